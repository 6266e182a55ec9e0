"""What the two sides are privately told: phrases that go on from the speaker's name.

Each ends in words that the line may keep close to: the client's in what is to be told, in the first
person, the therapist's in what the client just said, turned round, and a question. Small models
stay near these words, large ones make them their own.
"""

import re
from collections.abc import Sequence

from sqpsych.records import Turn
from sqpsych.roleplay.plan import HESITATIONS, MANNERS, SessionPlan, SymptomNote
from sqpsych.roleplay.protocol import Step
from sqpsych.wording import (
    end_sentence,
    find_mentions,
    make_sentence,
    to_first_person,
    to_second_person,
)

IN_WORDS = ", in words like these: "
"""Stands before the words that a line may keep close to."""
_JOINTS = ("And on top of that,", "Besides,", "And another thing,", "And apart from that,")
"""Ways to come to something nobody has asked about just now."""
_FILLER = re.compile(
    r"^(?:(?:well|but then|maybe|hello|hi|yes|no|and|but|so|oh|um|hm|besides|honestly|to be honest|"
    r"i don['’]t know|i would say|i guess|i think|(?:it|that) was when|"
    r"(?:and )?(?:on top of that|another thing|apart from that))[,.:]? )+",
    re.IGNORECASE,
)
_IS_I = re.compile(r"I\b")
_TAKEN_UP = 24
"""Words of the client that the therapist takes up, at most."""
_FINE = 2
"""Things that are well, told in one line at most."""


def direct_therapist(step: Step, plan: SessionPlan, turns: Sequence[Turn]) -> str:
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
    return f"{direction}{IN_WORDS}{said}{question}"


def _find_answer(turns: Sequence[Turn], phase: str) -> str:
    """Take up the client's first line in a phase."""
    lines = (turn.text for turn in turns if turn.speaker == "client" and turn.phase == phase)
    return take_up(next(lines, ""))


def take_up(line: str) -> str:
    """Take up one sentence of a client's line, said to the client; of a long one the start.

    That is the last one that tells of a symptom, so that nobody who speaks of tears is asked about
    something else; without any, the first.

    Returns:
        A sentence without its capital; empty when there is nothing short enough.
    """
    sentences = [
        _FILLER.sub("", part) for part in re.split(r"(?<=[.!?…])\s", _FILLER.sub("", line))
    ]
    telling = [s for s in sentences if any(m.kind == "claimed" for m in find_mentions(s))]
    first = (telling[-1] if telling else sentences[0]).rstrip(".!?…")
    words = first.split()
    start = first.rpartition(",")[0]
    if len(words) > _TAKEN_UP // 2 and len(start.split()) > _TAKEN_UP // 4:
        first = start
    spoken = to_second_person(first if _IS_I.match(first) else first[:1].lower() + first[1:])
    return end_sentence(spoken) if 0 < len(spoken.split()) <= _TAKEN_UP else ""


def tell(due: Sequence[SymptomNote], plan: SessionPlan, step: Step, place: int) -> str:
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
        told.append(_say(plan.take_turns(step.otherwise, place // 2), plan))
    return " ".join(told)


def _join(start: str, spoken: str) -> str:
    return make_sentence(f"{start} {spoken}".lstrip())


def direct_client(step: Step, plan: SessionPlan, told: str) -> str:
    """Write the client's direction, with what the line has to tell."""
    direction = fill(step.client, plan)
    return f"{direction}{IN_WORDS}{told}" if told else direction


def fill(direction: str, plan: SessionPlan) -> str:
    """Fill a direction with the date and the client's manner."""
    return direction.format(appointment=plan.appointment, manner=MANNERS[plan.attitude])


def _say(text: str, plan: SessionPlan) -> str:
    """Say what the protocol has the client tell, filled with the invented situation."""
    life = plan.situation
    told = {
        "topic": life.reason,
        "event": life.event,
        "for_it": life.for_it,
        "against_it": life.against_it,
        "step": life.step,
        "obstacle": life.obstacle,
        "person": life.person,
    }
    spoken = {name: to_first_person(phrase) for name, phrase in told.items()}
    return make_sentence(
        text.format(**spoken, thought=life.thought, fairer=life.fairer, day=plan.day)
    )
