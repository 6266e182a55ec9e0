"""What the owner does: settle where raters differ, and close the study."""

from sqpsych.errors import ChangeRefusedError
from sqpsych.review.agreement import Adjudication, list_disagreements
from sqpsych.review.store import ReviewStore
from sqpsych.review.study import PREFERENCE, Event, Person


def adjudicate(
    store: ReviewStore,
    owner: Person,
    event: str,
    item: str,
    criterion: str,
    adjudication: Adjudication,
) -> Event:
    """Settle one criterion of one item on which raters differ.

    Args:
        store: the study.
        owner: who settles it.
        event: id of the change.
        item: on which they differ.
        criterion: on which they differ.
        adjudication: what holds.

    Raises:
        ChangeRefusedError: the raters do not differ there, or the value is off the scale.
        StudyClosedError: the study is closed.
        EventReusedError: the id stands for another change.
    """
    if not any((d.item, d.criterion) == (item, criterion) for d in list_disagreements(store)):
        raise ChangeRefusedError("On this the raters do not differ.")
    low, high, nullable = _find_scale(store, criterion)
    value = adjudication.value
    if (value is None and not nullable) or (value is not None and not low <= value <= high):
        raise ChangeRefusedError(f"{criterion} is {value}; expected {low} to {high}.")
    return store.events.append(
        event, owner.name, "adjudicated", adjudication, item=item, criterion=criterion
    )


def close(store: ReviewStore, owner: Person, event: str) -> Event:
    """Close a study: from now on nothing in it can be changed.

    Raises:
        StudyClosedError: it is closed already.
    """
    return store.events.append(event, owner.name, "closed")


def _find_scale(store: ReviewStore, criterion: str) -> tuple[int, int, bool]:
    """Lowest and highest value, and whether there may be none."""
    if store.study.rubric is None or criterion == PREFERENCE:
        return -1, 1, False
    for one in store.study.rubric.criteria:
        if one.id == criterion:
            return one.low, one.high, one.not_assessable
    raise ChangeRefusedError(f"The study has no criterion {criterion!r}.")
