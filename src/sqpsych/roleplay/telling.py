"""How things come out: symptoms, with how often they are so, and the invented situation."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from itertools import chain

from sqpsych.records import Grading, Statement, Symptom
from sqpsych.roleplay.life import Situation
from sqpsych.roleplay.lots import Lot
from sqpsych.wording import has_near, load_lexicon, make_sentence, normalise, to_first_person
from sqpsych.wording.symptoms import Area

JOINTS = (
    "And on top of that,",
    "Besides,",
    "And another thing,",
    "And apart from that,",
    "There is more.",
    "One more thing.",
    "And while we are at it,",
    "Something else, too.",
)
"""Ways to come to something nobody has asked about just now; short enough to come twice."""
_FRAMES = (
    "{degree} they {way}",
    "they {way}, {degree}",
    "{degree}, they {way}",
)
_DRAWS = 6
_ALIKE = 78
"""Two symptoms told this similarly, 0-100 by edit distance, would pass for one line said twice."""
_DEGREES: Mapping[Grading, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "frequency": (
        (
            "on some days",
            "on a few days of the week",
            "now and then",
            "once or twice a week",
            "on several days",
            "from time to time",
            "every few days",
            "on and off",
        ),
        (
            "on most days",
            "more days than not",
            "more than half of the time",
            "on many days",
            "most of the week",
            "most of the time",
            "on most days of the week",
            "five days out of seven",
        ),
        (
            "nearly every day",
            "almost every day",
            "day after day",
            "almost all the time",
            "practically every day",
            "day in, day out",
            "just about every day",
            "nearly all the time",
        ),
    ),
    "intensity": (
        ("at times, a little", "now and then", "a bit, on some days", "a little, these days"),
        (
            "quite often, these days",
            "quite a lot lately",
            "a lot of the time",
            "rather often lately",
        ),
        (
            "almost constantly these days",
            "nearly every day, and badly",
            "day after day, very much",
            "just about every day, and strongly",
        ),
    ),
}
"""How often or how strongly, for the lower, middle and upper third of severity. Where a
questionnaire grades strength alone, that something severe is there all the time is invented."""


def _for_nights(degree: str) -> str:
    return degree.replace("days of the week", "nights of the week").replace("day", "night")


@dataclass(frozen=True, slots=True)
class SymptomNote:
    """How one endorsed symptom comes out."""

    symptom: Symptom
    severity: float
    sensitive: bool
    area: Area
    text: str
    """What the client tells, in the third person: a way to live the symptom, and how often."""
    again: str = ""
    """The symptom once more in other words, where it has them, without how often."""
    scene: str = ""
    """Something small that goes with it, in the third person; may be left untold."""


def write_notes(severities: Mapping[Symptom, Statement], lot: Lot) -> tuple[SymptomNote, ...]:
    """Write how each endorsed symptom comes out, no two in nearly the same words.

    A client who told two symptoms alike would be taken to repeat a line.

    Args:
        severities: the strongest statement about each symptom.
        lot: of the session.
    """
    notes: list[SymptomNote] = []
    for statement in severities.values():
        if statement.severity == 0:
            continue
        texts = [normalise(note.text) for note in notes]
        for draw in range(_DRAWS):
            note = _write_note(statement, severities, lot, draw)
            if not has_near([normalise(note.text)], texts, _ALIKE):
                break
        notes.append(note)
    return tuple(notes)


def _write_note(
    statement: Statement, severities: Mapping[Symptom, Statement], lot: Lot, draw: int
) -> SymptomNote:
    """Write how a symptom comes out; another `draw` gives other words."""
    symptom = statement.symptom
    wording = load_lexicon()[symptom]
    third = min(int(statement.severity * 3 - 1e-9), 2)
    degree = lot.deal(_DEGREES[statement.grading][third], "degree", symptom, after=draw)
    if wording.area == "sleep":
        degree = _for_nights(degree)
    ways = list_ways(symptom, severities)
    way = lot.deal(ways, "way", symptom, after=draw)
    return SymptomNote(
        symptom=symptom,
        severity=statement.severity,
        sensitive=statement.sensitive,
        area=wording.area,
        text=lot.deal(_FRAMES, "frame", symptom, after=draw).format(way=way, degree=degree),
        again=lot.deal(ways, "way", symptom, after=draw + 1),
        scene=lot.deal(wording.scenes, "scene", symptom) if wording.scenes else "",
    )


def list_ways(symptom: Symptom, asked: Container[Symptom]) -> tuple[str, ...]:
    """List the ways to live a symptom, those of its parts included.

    A part (waking early is one of sleeping badly) stands for the whole where neither it nor
    anything else it belongs to was asked about.
    """
    lexicon = load_lexicon()
    parts = (
        part
        for part in lexicon.values()
        if symptom in part.part_of
        and part.symptom not in asked
        and not any(whole in asked for whole in part.part_of if whole != symptom)
    )
    return tuple(chain(lexicon[symptom].says, *(part.says for part in parts)))


def begin_with(start: str, spoken: str) -> str:
    """Put words to begin with, or a short sentence, before what is told."""
    if start[-1:] == ".":
        return f"{start} {make_sentence(spoken)}"
    return make_sentence(f"{start} {spoken}".lstrip())


def tell_situation(text: str, life: Situation, day: str) -> str:
    """Fill a sentence about the situation, told by the person it happened to.

    Args:
        text: may use `LIFE_VARIABLES`.
        life: the situation.
        day: when the step is to be taken.
    """
    told = {
        "topic": life.reason,
        "fact": life.fact,
        "event": life.event,
        "for_it": life.for_it,
        "against_it": life.against_it,
        "step": life.step,
        "obstacle": life.obstacle,
        "person": life.person,
    }
    spoken = {name: to_first_person(phrase) for name, phrase in told.items()}
    return make_sentence(text.format(**spoken, thought=life.thought, fairer=life.fairer, day=day))
