"""Lists: equally long, each item its raters, orders and sides balanced."""

from collections import Counter
from itertools import count, pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqpsych.errors import ReviewError
from sqpsych.review.assigning import assign
from sqpsych.review.study import Task

ITEMS = {f"i{n}": "xy"[n % 2] for n in range(12)}


def hand_out(
    items: dict[str, str], raters: int, overlap: int, seed: int = 0, *, sided: bool = False
) -> list[Task]:
    ids = count()
    return assign(
        items,
        ["practice"],
        [f"r{n}" for n in range(raters)],
        overlap,
        sided=sided,
        rng=Random(seed),
        make_id=lambda: str(next(ids)),
    )


def take(tasks: list[Task], rater: str) -> list[str]:
    own = sorted((task for task in tasks if task.person == rater), key=lambda task: task.position)
    assert [task.position for task in own] == list(range(len(own)))
    assert own[0].item == "practice"
    return [task.item for task in own[1:]]


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(1, 6), st.integers(1, 6), st.integers(0, 50))
def test_every_item_has_its_raters_and_every_rater_equally_many(
    items: int, raters: int, overlap: int, seed: int
) -> None:
    overlap = min(overlap, raters)
    tasks = hand_out({f"i{n}": "xyz"[n % 3] for n in range(items)}, raters, overlap, seed)
    real = [task for task in tasks if task.item != "practice"]
    assert set(Counter(task.item for task in real).values()) == {overlap}
    loads = [len(take(tasks, f"r{n}")) for n in range(raters)]
    assert max(loads) - min(loads) <= 1
    assert len({task.id for task in tasks}) == len(tasks)


def test_one_item_does_not_follow_another_for_all_raters() -> None:
    tasks = hand_out(ITEMS, 2, 2)
    first, second = ({*pairwise(take(tasks, rater))} for rater in ("r0", "r1"))
    assert first.isdisjoint(second)


def test_raters_go_through_the_items_in_different_orders() -> None:
    tasks = hand_out(ITEMS, 4, 4)
    orders = [take(tasks, f"r{n}") for n in range(4)]
    assert len({tuple(order) for order in orders}) == 4
    for item in ITEMS:
        places = [order.index(item) for order in orders]
        assert max(places) - min(places) >= 3, item


def test_kinds_take_turns() -> None:
    order = take(hand_out(ITEMS, 1, 1), "r0")
    kinds = [ITEMS[item] for item in order]
    assert all(set(kinds[n : n + 2]) == {"x", "y"} for n in range(0, 12, 2))


def test_raters_meet_about_equally_often() -> None:
    tasks = hand_out({f"i{n}": "x" for n in range(24)}, 4, 2)
    by_item: dict[str, list[str]] = {}
    for task in tasks:
        by_item.setdefault(task.item, []).append(task.person)
    met = Counter(frozenset(p) for item, p in by_item.items() if item != "practice")
    assert len(met) == 6
    assert max(met.values()) - min(met.values()) <= 2


@settings(deadline=None)
@given(st.integers(2, 24), st.integers(1, 6), st.integers(0, 50))
def test_sides_are_balanced_for_each_item_and_each_rater(
    items: int, raters: int, seed: int
) -> None:
    tasks = hand_out({f"i{n}": "x" for n in range(items)}, raters, raters, seed, sided=True)
    real = [task for task in tasks if task.item != "practice"]
    for item in {task.item for task in real}:
        left = sum(task.swapped for task in real if task.item == item)
        assert abs(2 * left - raters) <= 1
    for rater in {task.person for task in real}:
        left = sum(task.swapped for task in real if task.person == rater)
        assert abs(2 * left - items) <= 4


def test_more_raters_an_item_than_there_are_is_an_error() -> None:
    with pytest.raises(ReviewError, match=r"to have 4 raters, and there are 3\. Give more"):
        hand_out(ITEMS, 3, 4)
