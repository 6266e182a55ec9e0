"""Which lines are drawn for embedding."""

import numpy as np
import pytest

from sqpsych.assessment.language.drawn_lines import (
    draw_dialogues,
    draw_lines,
    embed_dialogues,
    spread_lines,
)
from sqpsych.assessment.language.embedding import explain_no_embedding
from sqpsych.assessment.sample import Sample
from sqpsych.records import Dialogue

from ..making import make_dialogue

LINES = [f"line {n}" for n in range(16)]


def make_sample(people: int, each: int = 1, lines: list[str] = LINES, seed: int = 0) -> Sample:
    """A corpus of people with so many dialogues each."""
    made = [
        make_dialogue(*lines, person=f"p{person}", name=f"{person}-{n}")
        for person in range(people)
        for n in range(each)
    ]
    return Sample("corpus", tuple(made), {}, seed=seed)


def test_one_dialogue_a_person_is_drawn() -> None:
    drawn = draw_dialogues(make_sample(12, each=3), people=5)
    assert len({dialogue.pseudonym for dialogue in drawn}) == len(drawn) == 5
    assert len(draw_dialogues(make_sample(12, each=3))) == 12


def test_rejected_dialogues_are_not_drawn() -> None:
    rejected = make_dialogue("Hello.", ending="rejected", reason="turn 1: empty")
    assert draw_dialogues(Sample("corpus", (rejected,), {})) == ()


def test_the_seed_settles_what_is_drawn() -> None:
    def draw(seed: int) -> list[str]:
        return [d.id for d in draw_dialogues(make_sample(50, seed=seed), 10)]

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


def test_a_line_of_each_quarter_of_a_side_is_drawn() -> None:
    dialogue = make_dialogue(*LINES)
    for side, first in (("therapist", 0), ("client", 1)):
        found = [int(line.split()[1]) for line in draw_lines(dialogue, side, seed=3)]  # type: ignore[arg-type]
        assert [(n - first) // 4 for n in found] == [0, 1, 2, 3]
        assert all(n % 2 == first for n in found)


def test_dialogues_draw_different_lines_and_the_same_one_the_same() -> None:
    drawn = {draw_lines(make_dialogue(*LINES, name=f"d{n}"), "client", 0) for n in range(20)}
    assert len(drawn) > 5
    assert draw_lines(make_dialogue(*LINES), "client", 0) == draw_lines(
        make_dialogue(*LINES), "client", 0
    )


def test_short_dialogues_give_all_lines_with_words() -> None:
    dialogue = make_dialogue("Hello.", "...", "Well?", "Fine.")
    assert draw_lines(dialogue, "client", 0) == ("Fine.",)
    assert draw_lines(dialogue, "therapist", 0) == ("Hello.", "Well?")


@pytest.mark.parametrize(("people", "expected"), [(2, 16), (4, 20), (30, 20)])
def test_lines_spread_over_as_many_people_as_there_are(people: int, expected: int) -> None:
    lines = spread_lines(make_sample(people), "therapist", 20)
    assert len(lines) == expected
    assert len({line.person for line in lines}) >= min(people, 5)


@pytest.mark.skipif(explain_no_embedding("en") is not None, reason="no embeddings")
def test_dialogues_without_a_word_of_the_side_are_left_out() -> None:
    dialogues: list[Dialogue] = [
        make_dialogue("Hello.", "I sleep badly.", person="a"),
        make_dialogue("Hello.", "...", person="b"),
    ]
    rows, people = embed_dialogues(dialogues, "client", 0)
    assert people == ("a",)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1])
    assert embed_dialogues(dialogues[1:], "client", 0)[0].shape == (0, 384)
