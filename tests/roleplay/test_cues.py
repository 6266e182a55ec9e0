"""Whose turn it is, in which phase, and whether the session may close: the paper's bounds."""

import pytest

from sqpsych.records import Turn
from sqpsych.roleplay import load_protocol
from sqpsych.roleplay.cues import FAREWELL, find_cue, is_closed
from sqpsych.roleplay.protocol import Phase

from .sessions import PHASES, make_plan, make_turns

PAPER = load_protocol("paper")


def say(turns: int, closing: bool = False) -> tuple[Turn, ...]:
    """So many turns in the phases they belong to."""
    return make_turns(["Words."] * turns, closing, PHASES)


@pytest.mark.parametrize(
    ("index", "speaker", "phase", "closing"),
    [
        (0, "therapist", "mood_check", "too early"),
        (1, "client", "mood_check", "too early"),
        (2, "therapist", "mood_check", "too early"),
        (4, "therapist", "agenda", "too early"),
        (6, "therapist", "referral", "too early"),
        (12, "therapist", "cognitive_model", "too early"),
        (22, "therapist", "plan", "too early"),
        (25, "client", "plan", "too early"),
        (26, "therapist", "feedback", "too early"),
        (27, "client", "feedback", "too early"),
        (28, "therapist", "closing", "wanted"),
        (29, "client", "closing", "too early"),
        (40, "therapist", "closing", "wanted"),
        (41, "client", "closing", "too early"),
        (42, "therapist", "wrap_up", "wanted"),
        (43, "client", "wrap_up", "too early"),
        (64, "therapist", "wrap_up", "required"),
        (65, "client", "wrap_up", "too early"),
    ],
)
def test_the_cue_of_each_turn(index: int, speaker: str, phase: str, closing: str) -> None:
    cue = find_cue(PAPER, make_plan(), say(index))
    assert cue is not None
    assert (cue.turn, cue.speaker, cue.phase, cue.closing) == (index, speaker, phase, closing)


def test_nothing_comes_past_the_hard_stop() -> None:
    assert find_cue(PAPER, make_plan(), say(66)) is None


@pytest.mark.parametrize("index", [29, 41, 65])
def test_the_client_says_farewell_once_the_therapist_has_closed(index: int) -> None:
    cue = find_cue(PAPER, make_plan(), say(index, closing=True))
    assert cue is not None
    assert (cue.speaker, cue.phase, cue.closing) == ("client", FAREWELL, "done")
    assert cue.direction == PAPER.farewell


@pytest.mark.parametrize("index", [30, 42, 66])
def test_nothing_comes_after_the_farewell(index: int) -> None:
    turns = say(index, closing=True)
    assert is_closed(turns)
    assert find_cue(PAPER, make_plan(), turns) is None


def test_a_session_under_way_is_not_closed() -> None:
    assert not is_closed(())
    assert not is_closed(make_turns(["Words."] * 30))


@pytest.mark.parametrize("found", PAPER.phases, ids=lambda phase: phase.name)
def test_directions_follow_one_another_and_the_last_one_stays(found: Phase) -> None:
    exchanges = [number for number, name in enumerate(PHASES) if name == found.name]
    for place, exchange in enumerate(exchanges):
        step = found.steps[min(place, len(found.steps) - 1)]
        for side, direction in enumerate((step.therapist, step.client)):
            cue = find_cue(PAPER, make_plan("on Monday"), say(2 * exchange + side))
            assert cue is not None
            assert cue.direction == direction.format(appointment="on Monday")


def test_the_closing_direction_names_the_appointment() -> None:
    cue = find_cue(PAPER, make_plan("next Friday at one"), say(28))
    assert cue is not None
    assert "next Friday at one" in cue.direction
