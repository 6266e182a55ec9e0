"""Samples: spread over groups and lengths, seeded; pairs of the same person or prompt."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.making import make_dialogue
from sqpsych.errors import ReviewError
from sqpsych.review.drawing import (
    SourceDialogue,
    count_shared,
    draw_pairs,
    draw_sample,
    pair_people,
    pair_prompts,
)


def make_source(name: str, words: int, condition: str, person: str = "") -> SourceDialogue:
    dialogue = make_dialogue("word " * words, "Yes.", person=person or name, name=name)
    return SourceDialogue("corpus", dialogue, condition)


SOURCES = [
    make_source(f"{condition}-{words}-{n}", words, condition)
    for condition in ("case", "control")
    for words in (10, 100, 1000)
    for n in range(4)
]


@given(st.integers(0, 1000))
def test_groups_and_lengths_are_drawn_in_proportion(seed: int) -> None:
    drawn = draw_sample(SOURCES, 12, Random(seed))
    assert Counter((one.condition, one.words) for one in drawn) == {
        (condition, words + 1): 2 for condition in ("case", "control") for words in (10, 100, 1000)
    }
    assert len({one.dialogue.id for one in drawn}) == 12


@given(st.integers(1, 24), st.integers(0, 100))
def test_any_number_can_be_drawn_and_a_seed_draws_the_same(count: int, seed: int) -> None:
    drawn = draw_sample(SOURCES, count, Random(seed))
    assert len(drawn) == count
    assert drawn == draw_sample(SOURCES, count, Random(seed))
    groups = Counter(one.condition for one in drawn)
    assert abs(groups["case"] - count / 2) <= 3


def test_nobody_comes_twice_before_everyone_came_once() -> None:
    twice = [make_source(f"d{n}", 10 + n, "case", person=f"p{n % 6}") for n in range(12)]
    drawn = draw_sample(twice, 6, Random(3))
    assert len({one.dialogue.pseudonym for one in drawn}) == 6
    assert len(draw_sample(twice, 9, Random(3))) == 9


@given(st.integers(1, 12), st.integers(0, 100))
def test_nobody_comes_once_more_before_everyone_has_come(count: int, seed: int) -> None:
    three_each = [make_source(f"d{n}", 10 + n, "case", person=f"p{n % 4}") for n in range(12)]
    drawn = draw_sample(three_each, count, Random(seed))
    times = Counter(one.dialogue.pseudonym for one in drawn)
    assert max(times.values()) - min(times[f"p{n}"] for n in range(4)) <= 1
    assert len({one.dialogue.id for one in drawn}) == count


def test_too_few_dialogues_are_an_error_that_says_how_many_there_are() -> None:
    with pytest.raises(ReviewError, match=r"corpus has 24 closed dialogues; 25 were asked for"):
        draw_sample(SOURCES, 25, Random(0))


def test_people_and_prompts_are_paired_across_corpora() -> None:
    first = [make_source("a", 3, "case", "p1"), make_source("b", 4, "case", "p2")]
    second = [make_source("c", 4, "case", "p1"), make_source("d", 9, "case", "p3")]
    (pair,) = pair_people({"x": first, "y": second})["x and y"]
    assert (pair.a.dialogue.id, pair.b.dialogue.id, pair.shared) == ("a", "c", 0)
    (same,) = pair_prompts({"x": first, "y": second})["x and y"]
    assert (same.a.dialogue.id, same.b.dialogue.id, same.shared) == ("b", "c", 1)
    with pytest.raises(ReviewError, match="x and y have 1 pairs in common; 2 were asked for"):
        draw_pairs(pair_people({"x": first, "y": second}), 2, Random(0))


def test_what_both_begin_with_leaves_each_a_turn_of_its_own() -> None:
    one = make_dialogue("Hello.", "Hi.", "So?", name="one")
    assert count_shared(one, one) == 2
    assert count_shared(one, make_dialogue("Hello.", "Hi. ", "And?", name="two")) == 2
    assert count_shared(one, make_dialogue("Good day.", "Hi.", name="three")) == 0
