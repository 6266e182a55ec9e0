"""What a rater may do with a task, and what is refused.

A change that was saved before and is sent again, since its answer was lost, is never refused.
"""

from typing import Literal, get_args

from sqpsych.assessment.judging import Criterion
from sqpsych.errors import ChangeRefusedError
from sqpsych.records import Record
from sqpsych.review.store import ReviewStore
from sqpsych.review.study import Choice, Event, Item, Judgement, Task, TaskState, Winner

Side = Literal["left", "right", "tie"]
SkipReason = Literal["distressing", "recognised", "unreadable", "other"]
"""Why a dialogue can be skipped; words of the rater's own may be added."""
SKIP_REASONS: tuple[SkipReason, ...] = get_args(SkipReason)


class Skip(Record):
    """Why a task was skipped."""

    reason: SkipReason
    text: str = ""


class Note(Record):
    """What a rater says of a dialogue as a whole."""

    text: str = ""


def save_judgement(
    store: ReviewStore, task: Task, event: str, criterion: str, judgement: Judgement
) -> Event:
    """Save what a rater says of one criterion; the latest counts, all are kept.

    Args:
        store: the study.
        task: of that rater.
        event: id of the change.
        criterion: of the rubric.
        judgement: all that is said of it.

    Raises:
        ChangeRefusedError: it does not fit the rubric or the dialogue, or the task is locked.
        StudyClosedError: the study is closed.
        EventReusedError: the id stands for another change.
    """
    if not store.events.has(event):
        _check_rating(store, task, criterion, judgement)
    return store.events.append(
        event, task.person, "rated", judgement, task=task.id, criterion=criterion
    )


def save_choice(store: ReviewStore, task: Task, event: str, side: Side | None, why: str) -> Event:
    """Save which of two texts a rater finds better.

    Args:
        store: the study.
        task: of that rater.
        event: id of the change.
        side: where the better one stands on this rater's screen; None: not chosen yet.
        why: in the rater's words.

    Raises:
        ChangeRefusedError: the study compares nothing, or the task is locked.
        StudyClosedError: the study is closed.
        EventReusedError: the id stands for another change.
    """
    choice = Choice(winner=_find_winner(side, task.swapped), reason=why)
    if not store.events.has(event):
        _check_choice(store, task, choice)
    return store.events.append(event, task.person, "chosen", choice, task=task.id)


def save_note(store: ReviewStore, task: Task, event: str, text: str) -> Event:
    """Save what a rater says of a dialogue as a whole.

    Raises:
        ChangeRefusedError: the task is locked.
        StudyClosedError: the study is closed.
        EventReusedError: the id stands for another change.
    """
    if not store.events.has(event):
        _check_open(store, task, _find_item(store, task))
    return store.events.append(event, task.person, "noted", Note(text=text), task=task.id)


def finish(store: ReviewStore, task: Task, event: str) -> tuple[str, ...]:
    """Mark a task as done, if all that is asked has been answered.

    Returns:
        Ids of the criteria that are still open ("winner", "reason" for a pair); when there are
        any, nothing was marked.

    Raises:
        ChangeRefusedError: the task was skipped.
        StudyClosedError: the study is closed.
    """
    state = store.find_state(task)
    if state == "skipped":
        raise ChangeRefusedError("The dialogue was skipped; take it back first.")
    missing = list_missing(store, task)
    if not missing and state != "finished":
        store.events.append(event, task.person, "finished", task=task.id)
    return missing


def skip(store: ReviewStore, task: Task, event: str, reason: SkipReason, text: str) -> None:
    """Leave a task out, and say why.

    Raises:
        ChangeRefusedError: it is done already.
        StudyClosedError: the study is closed.
    """
    if not store.events.has(event) and store.find_state(task) == "finished":
        raise ChangeRefusedError("The dialogue is done; it cannot be skipped.")
    body = Skip(reason=reason, text=text)
    store.events.append(event, task.person, "skipped", body, task=task.id)


def take_back(store: ReviewStore, task: Task, event: str) -> None:
    """Take a skipped task up again.

    Raises:
        ChangeRefusedError: it was not skipped.
        StudyClosedError: the study is closed.
    """
    if not store.events.has(event) and store.find_state(task) != "skipped":
        raise ChangeRefusedError("The dialogue was not skipped.")
    store.events.append(event, task.person, "returned", task=task.id)


def list_missing(store: ReviewStore, task: Task) -> tuple[str, ...]:
    """List what is still to be answered in a task; see `finish`."""
    if store.study.rubric is None:
        choice = read_choice(store, task)
        open_parts = {"winner": choice.winner is None, "reason": not choice.reason.strip()}
        return tuple(name for name, is_open in open_parts.items() if is_open)
    given = read_judgements(store, task)
    criteria = (criterion.id for criterion in store.study.rubric.criteria)
    return tuple(c for c in criteria if c not in given or not given[c].given)


def read_judgements(store: ReviewStore, task: Task) -> dict[str, Judgement]:
    """Read what a rater has said of each criterion so far."""
    return {
        event.criterion or "": Judgement.model_validate_json(event.body)
        for event in store.events.read_task_ratings(task.id)
    }


def read_choice(store: ReviewStore, task: Task) -> Choice:
    """Read what a rater has said of two texts so far."""
    event = store.events.find_latest(task.id, "chosen")
    return Choice.model_validate_json(event.body) if event else Choice()


def read_note(store: ReviewStore, task: Task) -> str:
    """Read what a rater has said of a dialogue as a whole."""
    event = store.events.find_latest(task.id, "noted")
    return Note.model_validate_json(event.body).text if event else ""


def read_skips(store: ReviewStore) -> dict[str, Skip]:
    """Read why tasks that are skipped now were skipped, by task."""
    skipped = (task for task, state in store.read_states().items() if state == "skipped")
    events = {task: store.events.find_latest(task, "skipped") for task in skipped}
    return {task: Skip.model_validate_json(event.body) for task, event in events.items() if event}


def find_side(winner: Winner | None, swapped: bool) -> Side | None:
    """Where the better text stands on a rater's screen."""
    if winner is None or winner == "tie":
        return winner
    return "left" if (winner == "a") is not swapped else "right"


def _find_winner(side: Side | None, swapped: bool) -> Winner | None:
    if side is None or side == "tie":
        return side
    return "a" if (side == "left") is not swapped else "b"


def _find_item(store: ReviewStore, task: Task) -> Item:
    item = store.find_item(task.item)
    if item is None:
        raise ChangeRefusedError("The task has no dialogue.")
    return item


def _check_open(store: ReviewStore, task: Task, item: Item) -> TaskState:
    state = store.find_state(task)
    if state == "skipped":
        raise ChangeRefusedError("The dialogue was skipped; take it back first.")
    if state == "finished" and item.training:
        raise ChangeRefusedError("A training dialogue whose reference was shown cannot be changed.")
    return state


def _check_rating(store: ReviewStore, task: Task, criterion: str, judgement: Judgement) -> None:
    item = _find_item(store, task)
    state = _check_open(store, task, item)
    known = {one.id: one for one in (store.study.rubric.criteria if store.study.rubric else ())}
    if criterion not in known:
        raise ChangeRefusedError(f"The study has no criterion {criterion!r}.")
    _check_judgement(known[criterion], judgement, item)
    if state == "finished" and not judgement.given:
        raise ChangeRefusedError("A finished dialogue keeps a rating of every criterion.")


def _check_choice(store: ReviewStore, task: Task, choice: Choice) -> None:
    state = _check_open(store, task, _find_item(store, task))
    if store.study.kind != "comparison":
        raise ChangeRefusedError("In this study nothing is compared.")
    if state == "finished" and (choice.winner is None or not choice.reason.strip()):
        raise ChangeRefusedError("A finished pair keeps a choice and a reason.")


def _check_judgement(criterion: Criterion, judgement: Judgement, item: Item) -> None:
    value = judgement.value
    if value is not None and not criterion.low <= value <= criterion.high:
        raise ChangeRefusedError(
            f"{criterion.id} is {value}; expected {criterion.low} to {criterion.high}."
        )
    if judgement.groundless and (value is not None or not criterion.not_assessable):
        raise ChangeRefusedError(f"{criterion.id} must have a value, or none and no ground.")
    turns = {turn.index for text in item.texts for turn in text.turns}
    if len(set(judgement.evidence)) < len(judgement.evidence) or set(judgement.evidence) - turns:
        raise ChangeRefusedError("Evidence names a turn that the dialogue does not have, or twice.")
