"""The people of the demo, and what a run shows."""

import time

import pytest

from sqpsych.cli.demo import DEMO_PEOPLE, HIGH, LOW
from sqpsych.cli.progress import RunDisplay, print_ledger
from sqpsych.cli.study import choose_people
from sqpsych.corpus import Counts
from sqpsych.records import RejectedAttempt, Turn


def test_people_are_two_high_two_low_none_at_risk() -> None:
    people = choose_people(HIGH, LOW, DEMO_PEOPLE)
    totals = [score.value or 0 for person in people for score in person.scores]
    assert len({person.pseudonym for person in people}) == 4
    assert [total >= HIGH for total in totals] == [True, False, True, False]
    assert [total <= LOW for total in totals] == [False, True, False, True]
    assert all(answer.value == 0 for p in people for answer in p.answers if answer.item == "phq9_9")
    assert not any(person.risk_flags for person in people)


def make_turn(index: int, text: str) -> Turn:
    return Turn(
        index=index,
        speaker="client" if index % 2 else "therapist",
        text=text,
        phase="opening",
        attempts=1,
        model="scripted",
        seed=1,
        prompt_tokens=100,
        cached_tokens=90,
        completion_tokens=10,
        seconds=1.0,
    )


def make_rejected() -> RejectedAttempt:
    return RejectedAttempt(
        turn=1,
        number=1,
        speaker="client",
        text="what was not said",
        reasons=("repeated",),
        seed=2,
        prompt_tokens=100,
        cached_tokens=90,
        completion_tokens=10,
        seconds=1.0,
    )


def test_only_the_first_dialogue_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with RunDisplay(30, stream=True) as display:
        display.on_begin(Counts(waiting=2, closed=0, rejected=0, turns=0, attempts=0))
        display.on_turn("d1", make_turn(0, "How was your week?"))
        display.on_turn("d2", make_turn(0, "Good to see you."))
        display.on_rejected("d1", make_rejected())
        display.on_turn("d1", make_turn(1, "Long."))
        display.on_finished("d2", "turn 4: empty")
    shown = capsys.readouterr().out
    assert "Therapist: How was your week?" in shown
    assert "Client: Long." in shown
    assert "Good to see you." not in shown
    assert "what was not said" not in shown
    assert "d2 was rejected: turn 4: empty" in shown


def test_progress_counts_what_was_there_before(capsys: pytest.CaptureFixture[str]) -> None:
    with RunDisplay(30, stream=False) as display:
        display.on_begin(Counts(waiting=1, closed=2, rejected=1, turns=90, attempts=100))
        display.on_finished("d4", None)
    assert "3 dialogues and 90 turns are there already" in capsys.readouterr().out
    assert display.describe().startswith("4 of 4 dialogues, 90 turns")
    print_ledger(display.tally, Counts(waiting=0, closed=4, rejected=0, turns=90, attempts=100))
    assert "0, 90 in all" in capsys.readouterr().out


def test_the_time_left_is_that_of_the_turns_still_to_come() -> None:
    with RunDisplay(20, stream=False) as display:
        display.on_begin(Counts(waiting=3, closed=0, rejected=0, turns=10, attempts=10))
        for index in range(4):
            display.on_turn("d1", make_turn(index, "Go on."))
        display.on_finished("d1", "turn 4: empty")
        for index in range(10, 18):
            display.on_turn("d2", make_turn(index, "Go on."))
        display.tally.first_request = time.monotonic() - 12 * 60
        assert display.describe().endswith("about 22 min left")
        display.on_finished("d2", None)
        assert display.describe().endswith("about 20 min left")
        display.on_finished("d3", "turn 0: empty")
        assert display.describe().endswith("nearly done")


def test_ledger_gives_attempts_and_cache_share(capsys: pytest.CaptureFixture[str]) -> None:
    with RunDisplay(30, stream=False) as display:
        display.on_turn("d1", make_turn(0, "How was your week?"))
        display.on_rejected("d1", make_rejected())
    print_ledger(display.tally, Counts(waiting=1, closed=0, rejected=0, turns=1, attempts=2))
    ledger = capsys.readouterr().out
    assert "2 (2.00 a turn)" in ledger
    assert "90 %" in ledger
    assert "not finished 1" in ledger
