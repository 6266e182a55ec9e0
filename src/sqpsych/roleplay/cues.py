"""Whose turn it is, and what the speaker is privately told: a function of the turns so far."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from sqpsych.records import Speaker, Symptom, Turn
from sqpsych.roleplay.plan import HESITATIONS, MANNERS, SessionPlan, SymptomNote
from sqpsych.roleplay.protocol import Phase, Protocol, Step
from sqpsych.roleplay.schedule import choose_due, holds
from sqpsych.wording import (
    end_sentence,
    load_lexicon,
    make_sentence,
    to_first_person,
    to_second_person,
)

CLOSING = "closing"
"""Flag of the therapist's turn that closed the session."""
FAREWELL = "farewell"
"""Phase of the client's answer to it."""

Closing = Literal["too early", "wanted", "required", "done"]
"""Whether this reply may close the session. wanted: asked for a few times, then the session goes
on; required: the last chance; done: it has been closed."""

_JOINTS = ("And on top of that,", "Besides,", "And another thing,", "And apart from that,")
"""Ways to come to something nobody has asked about just now."""
_FILLER = re.compile(
    r"^(?:(?:well|but then|maybe|hello|hi|yes|no|and|but|so|oh|um|hm|besides)[,.:]? )+",
    re.IGNORECASE,
)
_IS_I = re.compile(r"I\b")
_TAKEN_UP = 24
"""Words of the client that the therapist takes up, at most."""
_FINE = 2
"""Things that are well, told in one line at most."""


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
    reflects: bool = False
    """Whether the therapist's line takes up what the client has just told."""
    due: tuple[SymptomNote, ...] = ()
    """Symptoms that come out in the client's line."""
    told: str = ""
    """What the client's line tells, in the first person."""


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
        return Cue(index, speaker, FAREWELL, _fill(protocol.farewell, plan), "done")
    place = _find_place(protocol, plan, turns)
    if place is None:
        return None
    phase, done = place
    step = phase.steps[min(done, len(phase.steps) - 1)]
    screens = _list_screened(step)
    if speaker == "therapist":
        return Cue(
            index,
            speaker,
            phase.name,
            _ask(step, plan, turns),
            _may_close(protocol, phase, done, index),
            sums_up=phase.sums_up,
            advises=phase.advises,
            screens=screens,
            reflects=step.reflects,
        )
    due: tuple[SymptomNote, ...] = ()
    if protocol.schedule is not None:
        left = _count_left(protocol, plan, phase, done)
        due = choose_due(protocol.schedule, plan, turns, step, left)
    told = _tell(due, plan, step, index)
    direction = _fill(step.client, plan)
    if told:
        direction += f", in words like these: {told}"
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


def _ask(step: Step, plan: SessionPlan, turns: Sequence[Turn]) -> str:
    """Write the therapist's direction: what to take up, and the question of this session."""
    exchange = len(turns) // 2
    direction = step.therapist.format(appointment=plan.appointment)
    if not step.asks:
        return direction
    question = plan.draw(step.asks, "question", exchange)
    if step.recalls:
        answers = (_find_answer(turns, phase) for phase in step.recalls)
        heard = " and that ".join(answer.rstrip(".") for answer in answers if answer)
        said = f"You told me that {heard}. " if heard else ""
    else:
        heard = take_up(turns[-1].text) if step.reflects else ""
        said = f"{plan.openings[exchange % len(plan.openings)]} {heard} " if heard else ""
    return f"{direction}, in words like these: {said}{question}"


def _find_answer(turns: Sequence[Turn], phase: str) -> str:
    """Take up the client's first line in a phase."""
    lines = (turn.text for turn in turns if turn.speaker == "client" and turn.phase == phase)
    return take_up(next(lines, ""))


def take_up(line: str) -> str:
    """Take up the first sentence of a client's line, said to the client; of a long one the start.

    Returns:
        A sentence without its capital; empty when there is nothing short enough.
    """
    first = re.split(r"(?<=[.!?…])\s", _FILLER.sub("", line))[0].rstrip(".!?…")
    words = first.split()
    start = first.rpartition(",")[0]
    if len(words) > _TAKEN_UP // 2 and len(start.split()) > _TAKEN_UP // 4:
        first = start
    spoken = to_second_person(first if _IS_I.match(first) else first[:1].lower() + first[1:])
    return end_sentence(spoken) if 0 < len(spoken.split()) <= _TAKEN_UP else ""


def _tell(due: Sequence[SymptomNote], plan: SessionPlan, step: Step, place: int) -> str:
    """Write what the client's line has to tell, in the first person."""
    told = [_say(plan.draw(step.says, "says", place), plan)] if step.says else []
    for note in due:
        starts = HESITATIONS[plan.attitude] if note.area in step.screens else _JOINTS
        start = plan.draw(starts, "start", note.symptom)
        spoken = to_first_person(note.text)
        told.append(
            f"{start} {make_sentence(spoken)}" if start[-1:] == "." else _join(start, spoken)
        )
    if not due and "safety" in step.screens and plan.leaves_risk_open:
        told.append("I would rather not speak about that.")
    elif not due:
        fine = plan.find_fine(step.screens)[:_FINE]
        told += [make_sentence(to_first_person(f"they {way}")) for way in fine]
    if not told and step.otherwise:
        told.append(_say(plan.draw(step.otherwise, "otherwise", place), plan))
    return " ".join(told)


def _join(start: str, spoken: str) -> str:
    return make_sentence(f"{start} {spoken}".lstrip())


def _fill(direction: str, plan: SessionPlan) -> str:
    return direction.format(appointment=plan.appointment, manner=MANNERS[plan.attitude])


def _say(text: str, plan: SessionPlan) -> str:
    life = plan.situation
    return make_sentence(
        text.format(
            topic=to_first_person(life.reason),
            event=to_first_person(life.event),
            thought=life.thought,
            for_it=to_first_person(life.for_it),
            against_it=to_first_person(life.against_it),
            fairer=life.fairer,
            step=to_first_person(life.step),
            obstacle=to_first_person(life.obstacle),
            person=to_first_person(life.person),
            day=plan.day,
        )
    )
