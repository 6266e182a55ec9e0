"""A rater's pages: the list, a dialogue with its rubric or two texts, feedback, breaks."""

from datetime import timedelta
from itertools import takewhile
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from sqpsych.assessment.judging import Criterion
from sqpsych.review import answering
from sqpsych.review.answering import SKIP_REASONS, Side, SkipReason
from sqpsych.review.progress import LONG_WORK, find_next, measure_work
from sqpsych.review.store import ReviewStore
from sqpsych.review.study import COMMENT_CHARACTERS, Item, Judgement, Person, ShownTurn, Task
from sqpsych.review.web.pages import render
from sqpsych.review.web.visitors import Rater, Store, check_form, check_header

router = APIRouter(default_response_class=HTMLResponse)

EVENT_PATTERN = "^[0-9a-f]{32}$"
TaskId = Annotated[str, Path(max_length=40)]
EventId = Annotated[str, Form(pattern=EVENT_PATTERN)]
Words = Annotated[str, Field(max_length=COMMENT_CHARACTERS)]
_FORM = [Depends(check_form)]
_JSON = [Depends(check_header)]


class _Change(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    event: str = Field(pattern=EVENT_PATTERN)


class RatingChange(_Change):
    """All that is said of one criterion."""

    criterion: str = Field(max_length=100)
    value: int | None = Field(ge=-1000, le=1000)
    groundless: bool = False
    comment: Words = ""
    evidence: list[Annotated[int, Field(ge=0, le=1_000_000)]] = Field([], max_length=500)


class ChoiceChange(_Change):
    """Which of two texts is better, by its place on the screen."""

    side: Side | None
    reason: Words = ""


class NoteChange(_Change):
    """What is said of the dialogue as a whole."""

    text: Words


class Saved(BaseModel):
    """A change that is on disk."""

    event: str
    number: int
    time: str


def get_task(task: TaskId, person: Rater, store: Store) -> Task:
    """A task of the rater signed in; another's is not there for them."""
    found = store.find_task(task, person.name)
    if found is None:
        raise HTTPException(404)
    return found


OwnTask = Annotated[Task, Depends(get_task)]


@router.get("/tasks")
def show_tasks(request: Request, person: Rater, store: Store) -> Response:
    """The rater's list, and where to go on."""
    tasks, items = store.read_tasks(person.name), store.read_items()
    states = store.read_states()
    return render(
        request,
        "tasks.html.jinja",
        tasks=tasks,
        items=items,
        states=states,
        done=sum(states[task.id] in {"finished", "skipped"} for task in tasks),
        next=find_next(store, tasks),
    )


@router.get("/tasks/{task}")
def show_task(
    request: Request,
    task: OwnTask,
    person: Rater,
    store: Store,
    shown: Annotated[bool, Query()] = False,
    asked: Annotated[bool, Query()] = False,
) -> Response:
    """One dialogue with its rubric, or two texts; `asked` marks what is still open."""
    item = _read_item(store, task)
    waiting = _find_training_left(store, person)
    if waiting and not item.training:
        return RedirectResponse(f"/tasks/{waiting.id}", 303)
    state = store.find_state(task)
    if state == "finished" and item.training:
        return RedirectResponse(f"/tasks/{task.id}/feedback", 303)
    if item.sensitive and state == "open" and not (shown or asked):
        return render(
            request,
            "warning.html.jinja",
            task=task,
            place=_place(store, task),
            item=item,
            skip_reasons=SKIP_REASONS,
        )
    missing = answering.list_missing(store, task) if asked else ()
    return _show_task(request, store, task, item, missing)


@router.post(
    "/tasks/{task}/ratings", dependencies=_JSON, response_model=Saved, response_class=JSONResponse
)
def save_rating(task: OwnTask, store: Store, change: RatingChange) -> Saved:
    """Save what is said of one criterion."""
    judgement = Judgement(
        value=change.value,
        groundless=change.groundless,
        comment=change.comment,
        evidence=tuple(sorted(change.evidence)),
    )
    event = answering.save_judgement(store, task, change.event, change.criterion, judgement)
    return Saved(event=event.id, number=event.number, time=event.time)


@router.post(
    "/tasks/{task}/choice", dependencies=_JSON, response_model=Saved, response_class=JSONResponse
)
def save_choice(task: OwnTask, store: Store, change: ChoiceChange) -> Saved:
    """Save which of two texts is better."""
    event = answering.save_choice(store, task, change.event, change.side, change.reason)
    return Saved(event=event.id, number=event.number, time=event.time)


@router.post(
    "/tasks/{task}/note", dependencies=_JSON, response_model=Saved, response_class=JSONResponse
)
def save_note(task: OwnTask, store: Store, change: NoteChange) -> Saved:
    """Save what is said of the dialogue as a whole."""
    event = answering.save_note(store, task, change.event, change.text)
    return Saved(event=event.id, number=event.number, time=event.time)


@router.post("/tasks/{task}/finish", dependencies=_FORM)
def finish_task(task: OwnTask, person: Rater, store: Store, event: EventId) -> Response:
    """Go on to the next one, when all is answered."""
    if answering.finish(store, task, event):
        return RedirectResponse(f"/tasks/{task.id}?asked=true", 303)
    if _read_item(store, task).training:
        return RedirectResponse(f"/tasks/{task.id}/feedback", 303)
    return _go_on(store, person)


@router.post("/tasks/{task}/skip", dependencies=_FORM)
def skip_task(
    task: OwnTask,
    person: Rater,
    store: Store,
    event: EventId,
    reason: Annotated[SkipReason, Form()],
    text: Annotated[str, Form(max_length=COMMENT_CHARACTERS)] = "",
) -> Response:
    """Leave a dialogue out, and say why."""
    answering.skip(store, task, event, reason, text)
    return _go_on(store, person)


@router.post("/tasks/{task}/return", dependencies=_FORM)
def return_to_task(task: OwnTask, store: Store, event: EventId) -> Response:
    """Take a skipped dialogue up again."""
    answering.take_back(store, task, event)
    return RedirectResponse(f"/tasks/{task.id}", 303)


@router.get("/tasks/{task}/feedback")
def show_feedback(request: Request, task: OwnTask, person: Rater, store: Store) -> Response:
    """A training dialogue's ratings beside the reference, once it is done."""
    item = _read_item(store, task)
    if not item.training or store.find_state(task) != "finished":
        raise HTTPException(404)
    return render(
        request,
        "feedback.html.jinja",
        task=task,
        item=item,
        given=answering.read_judgements(store, task),
        next=find_next(store, store.read_tasks(person.name)),
    )


@router.get("/break")
def show_break(request: Request, person: Rater, store: Store) -> Response:
    """A page to rest at."""
    return render(request, "break.html.jinja", next=find_next(store, store.read_tasks(person.name)))


@router.post("/break/start", dependencies=_FORM)
def start_break(person: Rater, store: Store, event: EventId) -> Response:
    """Rest."""
    store.events.append(event, person.name, "break_started")
    return RedirectResponse("/break", 303)


@router.post("/break/end", dependencies=_FORM)
def end_break(person: Rater, store: Store, event: EventId) -> Response:
    """Go on."""
    store.events.append(event, person.name, "break_ended")
    return _go_on(store, person)


def _show_task(
    request: Request, store: ReviewStore, task: Task, item: Item, missing: tuple[str, ...] = ()
) -> Response:
    state = store.find_state(task)
    shared: dict[str, Any] = {
        "task": task,
        "item": item,
        "state": state,
        "place": _place(store, task),
        "missing": missing,
        "note": answering.read_note(store, task),
        "tired": state != "finished" and _is_tired(store, task.person),
        "skip_reasons": SKIP_REASONS,
    }
    if store.study.rubric is None:
        choice = answering.read_choice(store, task)
        texts = item.texts[::-1] if task.swapped else item.texts
        side = answering.find_side(choice.winner, task.swapped)
        return render(request, "pair.html.jinja", texts=texts, choice=choice, side=side, **shared)
    return render(
        request,
        "rate.html.jinja",
        given=answering.read_judgements(store, task),
        empty=Judgement(),
        stretch=find_stretch,
        **shared,
    )


def find_stretch(criterion: Criterion, turns: tuple[ShownTurn, ...]) -> tuple[int, int] | None:
    """First and last turn that a criterion is about; None: all of them."""
    third = max(1, len(turns) // 3)
    if criterion.part == "all":
        return None
    some = turns[:third] if criterion.part == "first_third" else turns[-third:]
    return some[0].index, some[-1].index


def _place(store: ReviewStore, task: Task) -> dict[str, object]:
    """Where a task stands in its list: number, total, how many are done, neighbours."""
    tasks, states = store.read_tasks(task.person), store.read_states()
    at = tasks.index(task)
    return {
        "done": sum(states[one.id] in {"finished", "skipped"} for one in tasks),
        "number": at + 1,
        "total": len(tasks),
        "before": tasks[at - 1].id if at else None,
        "after": tasks[at + 1].id if at + 1 < len(tasks) else None,
    }


def _is_tired(store: ReviewStore, person: str) -> bool:
    worked: timedelta = measure_work(store, person)
    return worked >= LONG_WORK


def _find_training_left(store: ReviewStore, person: Person) -> Task | None:
    """The first training dialogue that is not done; they come first on every list."""
    tasks = store.read_tasks(person.name)
    training = takewhile(lambda task: _read_item(store, task).training, tasks)
    return find_next(store, tuple(training))


def _read_item(store: ReviewStore, task: Task) -> Item:
    item = store.find_item(task.item)
    if item is None:
        raise HTTPException(404)
    return item


def _go_on(store: ReviewStore, person: Person) -> Response:
    following = find_next(store, store.read_tasks(person.name))
    return RedirectResponse(f"/tasks/{following.id}" if following else "/tasks", 303)
