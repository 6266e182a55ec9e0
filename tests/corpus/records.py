"""Records small enough to write by hand, for a journal."""

from sqpsych.corpus import PlannedSession, SessionHeader
from sqpsych.records import (
    Answer,
    ClientProfile,
    RejectedAttempt,
    Speaker,
    Statement,
    Symptom,
    Turn,
)

HEADER = SessionHeader("paper", "model-t", "model-c", "0" * 64, "0.1")
STUDY = {"seed": 0, "protocol": "paper"}


def make_session(name: str, condition: str | None = "case") -> PlannedSession:
    """Make a session whose profile has one answer and one statement."""
    statement = Statement(
        instrument="phq9",
        item="phq9_3",
        symptom=Symptom.INSOMNIA,
        text="secret statement",
        severity=1.0,
    )
    profile = ClientProfile(
        pseudonym=f"person-{name}",
        condition=condition,
        answers=(Answer(instrument="phq9", item="phq9_3", value=3),),
        statements=(statement,),
    )
    return PlannedSession(name, profile, seed=11)


def name_speaker(turn: int) -> Speaker:
    """The therapist speaks at even positions."""
    return "client" if turn % 2 else "therapist"


def make_turn(index: int, text: str = "A line, nothing more.") -> Turn:
    """Make an accepted turn."""
    return Turn(
        index=index,
        speaker=name_speaker(index),
        text=text,
        phase="agenda",
        attempts=1,
        model="model-t",
        seed=index,
        prompt_tokens=5,
        cached_tokens=1,
        completion_tokens=4,
        seconds=0.25,
    )


def make_attempt(turn: int, number: int, *reasons: str) -> RejectedAttempt:
    """Make a rejected attempt."""
    return RejectedAttempt(
        turn=turn,
        number=number,
        speaker=name_speaker(turn),
        text="A reply that failed",
        reasons=reasons or ("cut_off",),
        seed=3,
        prompt_tokens=5,
        cached_tokens=1,
        completion_tokens=4,
        seconds=0.25,
    )
