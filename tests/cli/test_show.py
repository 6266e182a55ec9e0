"""`sqpsych show`: a list of dialogues, and one of them with what became of the symptoms."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from corpus.records import HEADER, STUDY, make_attempt, make_session, make_turn
from sqpsych.cli.app import app
from sqpsych.corpus import open_run
from sqpsych.records import Fact, Symptom, SymptomOutcome


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A closed dialogue whose symptoms were followed, and one in which they were not."""
    outcomes = (
        SymptomOutcome(symptom=Symptom.DEPRESSED_MOOD, severity=1.0, state="voiced", turn=3),
        SymptomOutcome(symptom=Symptom.GUILT, severity=0.5, state="pending"),
        SymptomOutcome(symptom=Symptom.FATIGUE, severity=0.0, state="kept"),
        SymptomOutcome(symptom=Symptom.APPETITE, severity=0.0, state="contradicted", turn=5),
    )
    made_up = (Fact(name="telling_guilt", value="they blame themselves", origin="invented"),)
    with open_run(tmp_path / "run", STUDY, HEADER) as journal:
        journal.add_sessions([make_session("da1"), make_session("db1")])
        journal.add_turn("da1", make_turn(0, "Good morning."), [make_attempt(0, 2, "not_chosen")])
        journal.finish("da1", "closed", None, invented=made_up, symptoms=outcomes)
        journal.add_turn("db1", make_turn(0, "Good evening."))
        journal.finish("db1", "rejected", "turn 1: empty")
    return tmp_path / "run"


def show(*arguments: str) -> str:
    """What the command prints."""
    result = CliRunner().invoke(app, ["show", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_dialogue_is_shown_with_the_outcome_of_each_symptom(corpus: Path) -> None:
    shown = show(str(corpus), "da1")
    assert "depressed mood: voiced in turn 3" in shown
    assert "guilt: pending\n" in shown
    assert "fatigue: kept\n" in shown
    assert "appetite: contradicted in turn 5" in shown
    assert shown.index("appetite") < shown.index("Therapist: Good morning.")


def test_what_was_made_up_is_shown_beside_the_attempts(corpus: Path) -> None:
    told = "invented: telling guilt: they blame themselves"
    assert told not in show(str(corpus), "da1")
    shown = show(str(corpus), "da1", "--attempts")
    assert told in shown
    assert "- not_chosen: A reply that failed" in shown


def test_a_dialogue_without_outcomes_is_shown_as_it_is(corpus: Path) -> None:
    shown = show(str(corpus), "db")
    assert "rejected at turn 1: empty" in shown
    assert "Therapist: Good evening." in shown
    assert "voiced" not in shown


def test_the_list_tells_how_each_dialogue_ended(corpus: Path) -> None:
    shown = show(str(corpus))
    assert "1 closed, 1 rejected, 0 not finished, 2 turns" in shown
    assert "turn 1: empty" in shown
