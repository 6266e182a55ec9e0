"""What a simulated client is privately told before it answers a person: a function of the turns.

What was asked about comes out first, then what was asked about before and held back, and where the
therapist leaves it open, what is next; never more at a time than the client's attitude allows.
Sensitive symptoms come out when asked about, or late, when all else has been said and the therapist
asks what is left; thoughts of death only when asked about.
"""

from collections.abc import Iterator, Sequence

from sqpsych.records import Symptom, Turn
from sqpsych.roleplay.cues import CLOSING, FAREWELL, Cue
from sqpsych.roleplay.directions import IN_WORDS
from sqpsych.roleplay.live.hearing import Heard, Matter, Precaution, hear
from sqpsych.roleplay.plan import HESITATIONS, MANNERS, SessionPlan
from sqpsych.roleplay.protocol import Protocol
from sqpsych.roleplay.schedule import find_claims, list_pending
from sqpsych.roleplay.telling import JOINTS, SymptomNote, begin_with, tell_situation
from sqpsych.wording import content_words, load_lexicon, make_sentence, to_first_person
from sqpsych.wording.symptoms import Area

CONVERSATION = "conversation"
"""Phase of all turns but the farewell, where a person leads."""
LATE_TURN = 12
"""Index of the client's turn from which on it may come to what is hard to say."""
_FINE = 2
_TOLD_SHARE = 2
"""One in so many content words of a matter, said before, make it told."""

_SAYS: dict[Matter, str] = {
    "topic": "it is about {topic}",
    "event": "it was when {event}",
    "thought": "I thought, {thought}",
    "for_it": "well, {for_it}",
    "against_it": "but then, {against_it}",
    "fairer": "maybe {fairer}",
    "obstacle": "{obstacle}",
    "step": "I could {step} {day}",
    "person": "there is {person}",
}
_PRECAUTIONS: dict[Precaution, str] = {
    "intent": "No, I have no plan and no time for it, it is only the thoughts.",
    "means": "There is nothing prepared, and I can ask someone to look after the medicines.",
    "help": "I would call someone close to me first, and I can save the number of a crisis line.",
    "tonight": "I will not be on my own tonight, and I will call when it gets worse.",
}
_NOTHING = (
    "there is not much to tell there",
    "that is much as it always was",
    "nothing special, I would say",
    "I have not noticed anything there",
    "I never gave that much thought",
)
"""What is said of a symptom that nobody asked the person about."""
_UNSAID = "I would rather not speak about that."


def cue_client(protocol: Protocol, plan: SessionPlan, turns: Sequence[Turn]) -> Cue:
    """Find what the client's next line is to tell.

    Args:
        protocol: what is played; without a schedule, nothing is settled but the manner.
        plan: of this session.
        turns: what was said, the therapist's line last.
    """
    index, heard = len(turns), hear(turns[-1].text)
    if CLOSING in turns[-1].flags:
        agrees = ", agrees to the date" if heard.names_date else ""
        farewell = f"thanks the therapist{agrees} and says goodbye in one short sentence"
        return Cue(index, "client", FAREWELL, farewell, "done")
    due: tuple[SymptomNote, ...] = ()
    told = ""
    if protocol.schedule is not None:
        most: int = getattr(protocol.schedule, plan.attitude)
        due = choose_due(plan, turns, most)
        told = " ".join(_tell(plan, turns, due, heard))
    direction = f"answers what the therapist just said, {MANNERS[plan.attitude]}"
    if told:
        direction += f"{IN_WORDS}{told}"
    elif heard.named or heard.matters:
        direction += ", with something small and concrete that was not said before"
    return Cue(
        index,
        "client",
        CONVERSATION,
        direction,
        "too early",
        screens=_list_area(heard.areas),
        due=due,
        told=told,
    )


def choose_due(plan: SessionPlan, turns: Sequence[Turn], most: int) -> tuple[SymptomNote, ...]:
    """Choose the symptoms that come out in the client's answer.

    Args:
        plan: of the session.
        turns: what was said, the therapist's line last.
        most: symptoms told at a time.
    """
    heard = hear(turns[-1].text)
    pending = list_pending(plan, turns)
    exact = [note for note in pending if note.symptom in heard.named]
    near = [note for note in pending if note.area in heard.areas and note not in exact]
    if heard.areas:
        return tuple([*exact, *near][:most])
    if heard.matters and not heard.is_open:
        return ()
    before = {area for turn in turns[::2] for area in hear(turn.text).areas}
    held_back = [note for note in pending if note.area in before]
    if not heard.is_open:
        return tuple(held_back[:1])
    unasked = [note for note in pending if not note.sensitive and note not in held_back]
    late: list[SymptomNote] = []
    if heard.is_late and not unasked and len(turns) >= LATE_TURN:
        late = [n for n in pending if n.sensitive and n.symptom != Symptom.SUICIDALITY]
    return tuple([*held_back, *unasked, *(n for n in late if n not in held_back)][:most])


def _tell(
    plan: SessionPlan, turns: Sequence[Turn], due: Sequence[SymptomNote], heard: Heard
) -> Iterator[str]:
    """Say what the line tells, a sentence each: circumstances, symptoms, what is well."""
    of_safety_alone = heard.areas <= {"safety"}
    if Symptom.SUICIDALITY in find_claims(turns) and of_safety_alone and heard.precautions:
        yield _PRECAUTIONS[heard.precautions[0]]
        return
    if not heard.areas:
        untold = [text for text in _list_matters(plan, heard) if not _was_told(text, turns)]
        yield from untold[:1]
    for place, note in enumerate(due):
        starts = JOINTS if place else HESITATIONS[plan.attitude]
        start = plan.lot.deal(starts, "start", note.symptom)
        yield begin_with(start, to_first_person(note.text))
    if due and not heard.named & plan.denied - _list_parts(due):
        return
    if "safety" in heard.areas and plan.leaves_risk_open:
        yield _UNSAID
        return
    well = sorted(heard.named & plan.denied)
    for symptom in well[: 1 if due else _FINE]:
        yield make_sentence(to_first_person(f"they {plan.say_fine(symptom)}"))
    troubled = {note.area for note in plan.notes}
    if heard.named and not due and not well and not heard.areas & troubled:
        yield make_sentence(plan.lot.deal(_NOTHING, "nothing", after=len(turns) // 2))


def _list_parts(due: Sequence[SymptomNote]) -> set[Symptom]:
    """List what is told along with the symptoms that are due, and what they are parts of."""
    lexicon = load_lexicon()
    return {s for note in due for s in (note.symptom, *lexicon[note.symptom].part_of)}


def _list_matters(plan: SessionPlan, heard: Heard) -> Iterator[str]:
    for matter in heard.matters:
        yield tell_situation(_SAYS[matter], plan.situation, plan.day)


def _was_told(text: str, turns: Sequence[Turn]) -> bool:
    """Whether the client has said something before, by its words."""
    words = content_words(text)
    said = {word for turn in turns[1::2] for word in content_words(turn.text)}
    return bool(words) and len(words & said) * _TOLD_SHARE >= len(words)


def _list_area(areas: frozenset[Area]) -> tuple[Symptom, ...]:
    return tuple(s for s, wording in load_lexicon().items() if wording.area in areas)
