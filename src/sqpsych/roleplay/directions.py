"""What the two sides are privately told: phrases that go on from the speaker's name.

Each ends in words that the line may keep close to: the client's in what is to be told, in the first
person, the therapist's in an answer to what the client just said and a question. Small models
stay near these words, large ones make them their own.
"""

from collections.abc import Sequence

from sqpsych.records import Turn
from sqpsych.roleplay.plan import HESITATIONS, MANNERS, PAUSES, SessionPlan
from sqpsych.roleplay.protocol import RECALLED, Protocol, Step
from sqpsych.roleplay.reflecting import take_up
from sqpsych.roleplay.schedule import find_claims
from sqpsych.roleplay.telling import JOINTS, SymptomNote, begin_with, tell_situation
from sqpsych.wording import (
    make_sentence,
    normalise,
    take_opening,
    to_first_person,
)

IN_WORDS = ", like this: "
"""Stands before the words that a line may keep close to."""
_FINE = 2
"""Things that are well, told in one line at most."""
_A_LINE = 3
"""Symptoms told in one line as a rule, each with a beginning of its own, and so in the next."""
_WITH_SCENE = 2
"""Symptoms told in one line, at most, where one of them comes with its scene."""
_MILD = 1 / 3
"""Severity up to which a symptom is told with how often it is so, and not without."""
_RECALLED_WORDS = (16, 24)
"""Words of an answer that a summary takes up, at most; more where it cannot be said in fewer."""


def hear(protocol: Protocol, step: Step, plan: SessionPlan, turns: Sequence[Turn]) -> str:
    """Choose what the therapist takes up of the client's last line.

    Args:
        protocol: what is played.
        step: of it.
        plan: of the session.
        turns: what was said.

    Returns:
        The first sentence of it that tells of no complaint and was not said back before; empty
        where there is none, and where nothing is to be taken up.
    """
    if not (step.reflects and turns):
        return ""
    said = " ".join(normalise(turn.text) for turn in turns if turn.speaker == "therapist")
    parts = take_up(turns[-1].text, protocol.lead_ins, _list_claims(turns[-1]))
    return next((part for part in parts if part and normalise(part) not in said), "")


def direct_therapist(
    protocol: Protocol, step: Step, plan: SessionPlan, turns: Sequence[Turn], heard: str
) -> str:
    """Write the therapist's direction: what to take up, and the question of this session.

    Args:
        protocol: what is played.
        step: of it.
        plan: of the session.
        turns: what was said.
        heard: what to take up, see `hear`; empty for nothing.
    """
    direction = fill(step.therapist, plan)
    if not step.asks:
        return direction
    if heard:
        first = _word(step.reflections or protocol.reflections, plan, turns, heard=heard)
    elif recalled := _recall(protocol, step, plan, turns):
        first = _word(step.summaries, plan, turns, **dict(zip(RECALLED, recalled, strict=False)))
    elif step.acknowledges:
        first = _word(step.acknowledges, plan, turns)
    else:
        return f"{direction}{IN_WORDS}{_word(step.asks, plan, turns)}"
    dealt = plan.lot.deal(step.asks, "question", step.asks[0], after=len(turns) // 2)
    return f"{direction}{IN_WORDS}{first} {fill(dealt, plan)}"


def _word(forms: Sequence[str], plan: SessionPlan, turns: Sequence[Turn], **parts: str) -> str:
    """Word what comes first, in a form that begins, and ends, unlike all the therapist said."""
    lines = [turn.text for turn in turns if turn.speaker == "therapist"]
    begun = {take_opening(line) for line in lines}
    said = " ".join(lines)

    def is_new(worded: str) -> bool:
        tail = worded.rpartition(". ")[2]
        return take_opening(worded) not in begun and (tail == worded or tail not in said)

    dealt = (
        plan.lot.deal(forms, forms[0], after=len(turns) // 2 + more) for more in range(len(forms))
    )
    worded = (make_sentence(form.format(appointment=plan.appointment, **parts)) for form in dealt)
    first = next(worded)
    return next((form for form in (first, *worded) if is_new(form)), first)


def _recall(protocol: Protocol, step: Step, plan: SessionPlan, turns: Sequence[Turn]) -> list[str]:
    """Take up what a step recalls; nothing where a part of it was never said."""
    answers: list[str] = []
    for recalled in step.recalls:
        phase, _, number = recalled.partition(" ")
        lines = [t for t in turns if t.speaker == "client" and t.phase == phase]
        if len(lines) < int(number):
            return []
        line = lines[int(number) - 1]
        options = (
            next(take_up(line.text, protocol.lead_ins, _list_claims(line), most=most), "")
            for most in _RECALLED_WORDS
        )
        answers.append(next(filter(None, options), ""))
    return answers if all(answers) else []


def _list_claims(turn: Turn) -> list[str]:
    """List the clauses of a turn that tell of a symptom."""
    return [mention.quote for mention in turn.mentions if mention.kind == "claimed"]


def tell(due: Sequence[SymptomNote], plan: SessionPlan, step: Step, turns: Sequence[Turn]) -> str:
    """Write what the client's line has to tell, in the first person.

    Args:
        due: symptoms that come out in it.
        plan: of the session.
        step: of the protocol.
        turns: what was said.
    """
    lot, exchange = plan.lot, len(turns) // 2
    told = [_say(lot.deal(step.says, "says", step.says[0]), plan)] if step.says else []
    scene = due[0].scene if 0 < len(due) <= _WITH_SCENE and plan.attitude != "guarded" else ""
    for place, note in enumerate(due):
        asked = note.area in step.screens
        starts = HESITATIONS[plan.attitude] if asked else JOINTS
        start = lot.deal(starts, "start", asked, after=exchange * _A_LINE + place)
        told.append(begin_with(start, to_first_person(note.text)))
        if scene and place == 0:
            told.append(make_sentence(to_first_person(f"they {scene}")))
    if not due and "safety" in step.screens and plan.leaves_risk_open:
        told.append("I would rather not speak about that.")
    elif not due:
        start = "no, they" if "safety" in step.screens else "they"
        fine = plan.find_fine(step.screens)[:_FINE]
        told += [make_sentence(to_first_person(f"{start} {way}")) for way in fine]
    if not told and step.ties and (trouble := _find_trouble(plan, turns)):
        tie = lot.deal(step.ties, "tie", step.ties[0])
        told.append(make_sentence(tie.format(trouble=to_first_person(f"they {trouble}"))))
    if not told and step.otherwise:
        told.append(_say(lot.deal(step.otherwise, "otherwise", after=exchange), plan))
    if told and not (due or "safety" in step.screens):
        told.insert(0, lot.deal(PAUSES[plan.attitude], "pause", after=exchange))
    return " ".join(filter(None, told))


def _find_trouble(plan: SessionPlan, turns: Sequence[Turn]) -> str:
    """Find the worst symptom that has come out, in words for the second time, without how often.

    Mild ones are left out: without how often they are, they would seem more than they are.
    """
    claimed = find_claims(turns)
    told = [
        note
        for note in plan.notes
        if note.symptom in claimed and not note.sensitive and note.severity > _MILD
    ]
    return max(told, key=lambda note: note.severity).again if told else ""


def direct_client(step: Step, plan: SessionPlan, told: str) -> str:
    """Write the client's direction, with what the line has to tell."""
    direction = fill(step.client, plan)
    return f"{direction}{IN_WORDS}{told}" if told else direction


def direct_farewell(protocol: Protocol, plan: SessionPlan) -> str:
    """Write the client's direction after the therapist has closed."""
    direction = fill(protocol.farewell, plan)
    if not protocol.farewells:
        return direction
    return f"{direction}{IN_WORDS}{fill(plan.lot.deal(protocol.farewells, 'farewell'), plan)}"


def fill(direction: str, plan: SessionPlan) -> str:
    """Fill a direction with the date and the client's manner."""
    return direction.format(appointment=plan.appointment, manner=MANNERS[plan.attitude])


def _say(text: str, plan: SessionPlan) -> str:
    return tell_situation(text, plan.situation, plan.day)
