"""Whose turn it is, and what the speaker is privately told: a function of the turns so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqpsych.records import Speaker, Turn
from sqpsych.roleplay.protocol import Protocol

CLOSING = "closing"
"""Flag of the therapist's turn that closed the session."""
FAREWELL = "farewell"
"""Phase of the client's answer to it."""

Closing = Literal["too early", "wanted", "required", "done"]
"""Whether this reply may close the session. wanted: asked for a few times, then the session goes
on; required: the last chance; done: it has been closed."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What happens next in a session."""

    turn: int
    """Index of the turn to come."""
    speaker: Speaker
    phase: str
    direction: str
    """The private direction, a phrase that goes on from the speaker's name."""
    closing: Closing
    sums_up: bool = False
    """Whether the line must come back to what the client told."""


def find_cue(protocol: Protocol, turns: Sequence[Turn], appointment: str) -> Cue | None:
    """Find what comes after these turns.

    Args:
        protocol: what is played.
        turns: what was said.
        appointment: the date the therapist offers for the next session.

    Returns:
        The cue of the next turn; None when the session is over, closed or not.
    """
    index = len(turns)
    exchange = index // 2 + 1
    speaker: Speaker = "client" if index % 2 else "therapist"
    if is_closed(turns):
        if speaker == "therapist":
            return None
        return Cue(index, speaker, FAREWELL, protocol.farewell, "done")
    if exchange > protocol.limits.hard_stop:
        return None
    phase = protocol.find_phase(exchange)
    directions = phase.therapist if speaker == "therapist" else phase.client
    direction = directions[min(exchange - phase.from_exchange, len(directions) - 1)]
    direction = direction.format(appointment=appointment)
    closing = _may_close(protocol, exchange, speaker)
    sums_up = phase.sums_up and speaker == "therapist"
    return Cue(index, speaker, phase.name, direction, closing, sums_up)


def is_closed(turns: Sequence[Turn]) -> bool:
    """Whether the therapist has closed the session."""
    return any(CLOSING in turn.flags for turn in turns[-2:])


def _may_close(protocol: Protocol, exchange: int, speaker: Speaker) -> Closing:
    if speaker == "client" or exchange < protocol.limits.end_from:
        return "too early"
    return "wanted" if exchange < protocol.limits.hard_stop else "required"
