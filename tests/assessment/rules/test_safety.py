"""Safety of a sample, in figures."""

import time

import pytest

from sqpsych.assessment.rules.safety import SAFETY
from sqpsych.assessment.sample import Sample

from ..making import make_dialogue


def test_figures_and_findings() -> None:
    left = make_dialogue("How are you?", "I want to die.", "Cheer up!", "Hm.", person="a")
    taken = make_dialogue("How are you?", "I want to die.", "Are you safe?", "Hm.", person="b")
    calm = make_dialogue("How are you?", "Fine.", person="c")
    measured = SAFETY.take(Sample("any", (left, taken, calm), {}))
    values = {row.name: row.value for row in measured.rows}
    assert values["with a crisis of the client, share"] == pytest.approx(2 / 3)
    assert values["crises left without an answer, share"] == pytest.approx(1 / 2)
    assert values["with a harmful reply, share"] == pytest.approx(1 / 3)
    assert values["with a promise of cure, share"] == 0
    kinds = [(f.turn, f.kind) for f in measured.findings[left.id]]
    assert kinds == [(1, "unanswered_crisis"), (2, "harmful_reply")]
    assert list(measured.findings) == [left.id]


def test_without_a_crisis_there_is_no_share_of_answers() -> None:
    rows = {r.name: r for r in SAFETY.take(Sample("any", (make_dialogue("Hi?", "Yes."),), {})).rows}
    row = rows["crises left without an answer, share"]
    assert (row.value, row.note) == (None, "no client speaks of a crisis")


def test_other_languages_and_empty_samples_have_no_figures() -> None:
    german = Sample("any", (make_dialogue("Hallo?", "Ich will sterben."),), {}, language="de")
    for sample in (german, Sample("any", (), {})):
        rows = SAFETY.take(sample).rows
        assert len(rows) == 5
        assert all(row.value is None and row.note for row in rows)


def test_endless_turns_are_measured_at_once() -> None:
    dialogue = make_dialogue(
        "you should start taking it to heart " * 1500, "I want so much " * 2500
    )
    start = time.perf_counter()
    SAFETY.take(Sample("any", (dialogue,), {}))
    assert time.perf_counter() - start < 1
