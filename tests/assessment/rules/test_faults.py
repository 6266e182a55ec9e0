"""The rules as measures: rows, kinds counted, findings by dialogue, samples with nothing to see."""

import pytest

from sqpsych.assessment.measure import Measure
from sqpsych.assessment.rules.faults import ARTEFACTS, REPETITION, TURN_TAKING
from sqpsych.assessment.sample import Sample

from ..making import make_dialogue, make_dialogue_of, make_turn

MEASURES = (ARTEFACTS, REPETITION, TURN_TAKING)


def test_artefacts_are_counted_by_kind_and_kept_by_dialogue() -> None:
    faulty = make_dialogue("Hello (sighs). [/END]", "On [insert date].", person="a")
    clean = make_dialogue("Hello, how was it?", "It was fine.", person="b")
    measured = ARTEFACTS.take(Sample("any", (faulty, clean), {}))
    rows = {row.name: row for row in measured.rows}
    assert rows["artefacts a dialogue"].value == pytest.approx(1.5)
    assert rows["artefacts a dialogue"].note == "1 end_marker, 1 stage_direction, 1 placeholder"
    assert rows["with any artefact, share"].value == pytest.approx(0.5)
    assert rows["with any artefact, share"].n == 2
    assert list(measured.findings) == [faulty.id]
    assert [finding.turn for finding in measured.findings[faulty.id]] == [0, 0, 1]


def test_artefacts_are_judged_in_the_language_of_the_sample() -> None:
    line = "Ich habe in der letzten Woche leider sehr schlecht geschlafen."
    for language, count in (("en", 1), ("de", 0)):
        sample = Sample("any", (make_dialogue(line),), {}, language=language)
        assert ARTEFACTS.take(sample).rows[0].value == count


def test_repetition_is_counted() -> None:
    dialogue = make_dialogue("What would help?", "Sleep.", "What would help?", "Rest.")
    measured = REPETITION.take(Sample("any", (dialogue,), {}))
    assert [(row.name, row.value) for row in measured.rows] == [("repeated lines a dialogue", 1)]
    assert measured.rows[0].note == "1 repeated_line"


def test_turn_taking_is_counted() -> None:
    turns = [make_turn(0, "Hello.", speaker="client"), make_turn(1, "Well.", speaker="client")]
    measured = TURN_TAKING.take(Sample("any", (make_dialogue_of(turns),), {}))
    assert [(row.name, row.value) for row in measured.rows] == [("out of turn a dialogue", 2)]


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_a_rejected_dialogue_is_not_judged_and_none_is_no_zero(measure: Measure) -> None:
    rejected = make_dialogue("[/END]", "[/END]", ending="rejected", reason="no")
    measured = measure.take(Sample("any", (rejected,), {}))
    assert measured.findings == {}
    assert all(row.value is None and row.note == "no closed dialogue" for row in measured.rows)
