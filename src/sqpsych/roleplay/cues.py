"""Whose turn it is, and what the speaker is privately told: a function of the turns so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from sqpsych.records import Speaker, Symptom, Turn
from sqpsych.roleplay.directions import (
    IN_WORDS,
    direct_client,
    direct_farewell,
    direct_therapist,
    hear,
    tell,
)
from sqpsych.roleplay.plan import SessionPlan
from sqpsych.roleplay.protocol import Phase, Protocol, Step
from sqpsych.roleplay.schedule import choose_due, holds
from sqpsych.roleplay.telling import SymptomNote
from sqpsych.wording import load_lexicon

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
    advises: bool = False
    """Whether the therapist may give advice."""
    screens: tuple[Symptom, ...] = ()
    """Symptoms that the therapist asks everyone about in this exchange."""
    heard: str = ""
    """What the therapist's line takes up of what the client has just told."""
    due: tuple[SymptomNote, ...] = ()
    """Symptoms that come out in the client's line."""
    told: str = ""
    """What the line tells: the client's, in the first person, and the therapist's first."""

    @property
    def words(self) -> str:
        """The words the direction holds for the line to keep close to; empty where it has none."""
        return self.direction.partition(IN_WORDS)[2]


def find_cue(protocol: Protocol, plan: SessionPlan, turns: Sequence[Turn]) -> Cue | None:
    """Find what comes after these turns.

    Args:
        protocol: what is played.
        plan: of this session.
        turns: what was said.

    Returns:
        The cue of the next turn; None when the session is over, closed or not.
    """
    index = len(turns)
    speaker: Speaker = "client" if index % 2 else "therapist"
    if is_closed(turns):
        if speaker == "therapist":
            return None
        return Cue(index, speaker, FAREWELL, direct_farewell(protocol, plan), "done")
    place = _find_place(protocol, plan, turns)
    if place is None:
        return None
    phase, done = place
    step = phase.steps[min(done, len(phase.steps) - 1)]
    screens = _list_screened(step)
    if speaker == "therapist":
        heard = hear(protocol, step, plan, turns)
        direction = direct_therapist(protocol, step, plan, turns, heard)
        return Cue(
            index,
            speaker,
            phase.name,
            direction,
            _may_close(protocol, phase, done, index),
            sums_up=phase.sums_up,
            advises=phase.advises,
            screens=screens,
            heard=heard,
            told="" if turns else direction.partition(IN_WORDS)[2],
        )
    due: tuple[SymptomNote, ...] = ()
    if protocol.schedule is not None:
        left = _count_left(protocol, plan, phase, done)
        asking = sum(1 for later in phase.steps[done:] if later.screens)
        due = choose_due(protocol.schedule, plan, turns, step, left, asking)
    told = tell(due, plan, step, turns)
    direction = direct_client(step, plan, told)
    return Cue(
        index, speaker, phase.name, direction, "too early", screens=screens, due=due, told=told
    )


def is_closed(turns: Sequence[Turn]) -> bool:
    """Whether the therapist has closed the session."""
    return any(CLOSING in turn.flags for turn in turns[-2:])


def _find_place(
    protocol: Protocol, plan: SessionPlan, turns: Sequence[Turn]
) -> tuple[Phase, int] | None:
    """Find the phase the next turn belongs to, and the exchanges it has had before."""
    said = turns[: len(turns) // 2 * 2]
    exchange = len(said) // 2 + 1
    if exchange > protocol.limits.hard_stop:
        return None
    place = _go_on(protocol, plan, said) if said else (protocol.phases[0], 0)
    if exchange == protocol.limits.hard_stop and not (place and place[0].closes):
        return next(phase for phase in reversed(protocol.phases) if phase.closes), 0
    return place


def _go_on(protocol: Protocol, plan: SessionPlan, said: Sequence[Turn]) -> tuple[Phase, int] | None:
    """Stay in the phase of the last exchange, or go to the next that may be entered."""
    phase = protocol.find_phase(said[-1].phase)
    backwards = (turn.phase for turn in reversed(said))
    done = sum(1 for _ in takewhile(lambda name: name == phase.name, backwards)) // 2
    least, most = phase.exchanges
    ready = phase.until is not None and holds(phase.until, plan, said)
    if done < most and not (done >= least and ready):
        return phase, done
    following = protocol.follow(phase)
    while following and not _may_enter(following, plan, said):
        following = protocol.follow(following)
    return (following, 0) if following else None


def _may_enter(phase: Phase, plan: SessionPlan, said: Sequence[Turn]) -> bool:
    if phase.risk and not plan.includes_risk:
        return False
    return phase.when is None or holds(phase.when, plan, said)


def _may_close(protocol: Protocol, phase: Phase, done: int, index: int) -> Closing:
    if not phase.closes:
        return "too early"
    is_last = protocol.follow(phase) is None and done + 1 == phase.exchanges[1]
    return "required" if is_last or index // 2 + 1 >= protocol.limits.hard_stop else "wanted"


def _count_left(protocol: Protocol, plan: SessionPlan, phase: Phase, done: int) -> int:
    """Count the exchanges to come before the session may close, this one included."""
    left = max(phase.exchanges[0] - done, 1)
    following = protocol.follow(phase)
    while following is not None and not following.closes:
        left += following.exchanges[0] if _may_enter(following, plan, ()) else 0
        following = protocol.follow(following)
    return left


def _list_screened(step: Step) -> tuple[Symptom, ...]:
    """List the symptoms of the areas a step asks everyone about."""
    lexicon = load_lexicon()
    return tuple(symptom for symptom, wording in lexicon.items() if wording.area in step.screens)
