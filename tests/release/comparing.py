"""A study of pairs, chosen by hand and exported as the review exports it."""

from pathlib import Path

from review.making import make_event, serve_study
from sqpsych.review import answering
from sqpsych.review.agreement import Adjudication
from sqpsych.review.exporting import export_study
from sqpsych.review.settling import adjudicate
from sqpsych.review.store import ReviewStore
from sqpsych.review.study import PREFERENCE, Task, Winner

WINNERS: dict[str, Winner] = {"a": "a", "b": "b", "t": "tie", "-": "a"}
Choices = dict[str, str]
"""By rater a letter a pair, in the order of the items: a, b, t for a tie, - for not finished."""


def export_choices(
    folder: Path, choices: Choices, settled: dict[int, int] | None = None
) -> tuple[list[Path], Path, list[str]]:
    """Let raters compare the two corpora of the review's tests, and export it.

    Args:
        folder: where to.
        choices: what raters choose.
        settled: what the owner settles, by the place of the item.

    Returns:
        The corpora, the export, and the people of the items, in order.
    """
    with serve_study(folder, per_corpus=4, raters=len(choices), rubric=None) as served:
        store = served.store
        order = list(store.read_items())
        for rater, letters in choices.items():
            for task in store.read_tasks(rater):
                _choose(store, task, letters[order.index(task.item)])
        owner = store.people.read_all()[0]
        for place, value in (settled or {}).items():
            adjudication = Adjudication(value=value)
            adjudicate(store, owner, make_event(), order[place], PREFERENCE, adjudication)
        export_study(store, folder / "results")
        people = [store.read_origins()[item][0].pseudonym for item in order]
    return [folder / "sure", folder / "plain"], folder / "results", people


def _choose(store: ReviewStore, task: Task, letter: str) -> None:
    side = answering.find_side(WINNERS[letter], task.swapped)
    answering.save_choice(store, task, make_event(), side, "Because.")
    if letter != "-":
        assert answering.finish(store, task, make_event()) == ()
