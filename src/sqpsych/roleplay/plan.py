"""What is settled before a session begins: the client's invented life, and how symptoms come out.

A plan is a function of profile, protocol and seed. Nothing in it depends on the group label, and
the same vocabulary serves people with many symptoms and with none.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Literal, TypeVar, get_args

from sqpsych.records import ClientProfile, Fact, Statement, Symptom
from sqpsych.roleplay.life import Situation, describe, draw_situation
from sqpsych.roleplay.protocol import Knowledge, Protocol, RiskPolicy
from sqpsych.seeds import derive_seed
from sqpsych.wording import find_denied, find_strongest, has_near, load_lexicon, normalise
from sqpsych.wording.symptoms import Area

_T = TypeVar("_T")

Attitude = Literal["open", "agreeable", "guarded"]
"""How a client opens up: tells much at a time, tells what is asked for, tells little at a time."""

MANNERS: dict[Attitude, str] = {
    "open": "openly",
    "agreeable": "readily",
    "guarded": "with some hesitation",
}
HESITATIONS: dict[Attitude, tuple[str, ...]] = {
    "open": ("", "", "To be honest,", "Well,"),
    "agreeable": ("", "", "I would say", "Yes, well,"),
    "guarded": ("", "Hm.", "I don't know,", "Well,"),
}
"""How a client may begin to tell of a symptom."""
_FRAMES = ("{degree} they {way}", "they {way}, {degree}", "{degree}, they {way}")
_DRAWS = 6
_ALIKE = 78
"""Two symptoms told this similarly, 0-100 by edit distance, would pass for one line said twice."""
_DAYS = ("on Wednesday", "on Thursday", "on Friday", "on Saturday", "on Sunday")
_DEGREES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "frequency": (
        ("on some days", "on a few days of the week", "now and then", "once or twice a week"),
        ("on most days", "more days than not", "more than half of the time", "on many days"),
        ("nearly every day", "almost every day", "day after day", "almost all the time"),
    ),
    "intensity": (
        ("at times, a little", "now and then", "a bit, on some days"),
        ("often these days", "quite a lot lately", "a lot of the time"),
        ("all the time lately", "nearly every day, and badly", "day after day, very much"),
    ),
}
"""How often or how strongly, for the lower, middle and upper third of severity. Where a
questionnaire grades strength alone, that something severe is there all the time is invented."""


@dataclass(frozen=True, slots=True)
class SymptomNote:
    """How one endorsed symptom comes out."""

    symptom: Symptom
    severity: float
    sensitive: bool
    area: Area
    text: str
    """What the client tells, in the third person: a way to live the symptom, and how often."""


@dataclass(frozen=True)
class SessionPlan:
    """What is settled before a session begins."""

    seed: int
    appointment: str
    attitude: Attitude
    situation: Situation
    openings: tuple[str, ...]
    """Ways to begin the therapist's lines, in the order of this session."""
    day: str
    """When the client means to take the step."""
    notes: tuple[SymptomNote, ...]
    """One for every endorsed symptom."""
    denied: frozenset[Symptom]
    """Symptoms that every answer about them denies."""
    includes_risk: bool = False
    """Whether thoughts of death and self-harm are asked about."""
    leaves_risk_open: bool = False
    """Whether the person left the question about them open."""

    def draw(self, choices: Sequence[_T], *about: str | int) -> _T:
        """Draw one of some choices for this session."""
        return _draw(choices, self.seed, *about)

    def take_turns(self, choices: Sequence[_T], place: int) -> _T:
        """Choose so that neighbouring places get different ones, in an order of this session."""
        return choices[(self.seed + place) % len(choices)]

    @cached_property
    def invented(self) -> tuple[Fact, ...]:
        """What was made up about the person, for the record."""
        notes = tuple(
            Fact(name=f"telling_{note.symptom}", value=note.text, origin="invented")
            for note in self.notes
        )
        attitude = Fact(name="attitude", value=self.attitude, origin="invented")
        return (*describe(self.situation), attitude, *notes)

    def find_fine(self, areas: Sequence[Area]) -> tuple[str, ...]:
        """Say what is well in some areas of which all symptoms asked about are denied."""
        troubled = {note.area for note in self.notes}
        lexicon = load_lexicon()
        return tuple(
            lexicon[symptom].fine[0]
            for area in areas
            if area not in troubled
            for symptom in sorted(self.denied)
            if lexicon[symptom].area == area
        )


def plan_session(
    profile: ClientProfile, protocol: Protocol, seed: int, risk: RiskPolicy = "exclude"
) -> SessionPlan:
    """Settle what a session needs.

    Args:
        profile: the client.
        protocol: what is played.
        seed: of the session.
        risk: what happens with thoughts of death and self-harm.
    """
    attitudes: tuple[Attitude, ...] = get_args(Attitude)
    severities = find_strongest(profile.statements)
    return SessionPlan(
        seed=seed,
        appointment=_draw(protocol.appointments, seed, "appointment"),
        attitude=_draw(attitudes, seed, "attitude"),
        situation=draw_situation(profile.demographics, derive_seed(seed, "situation")),
        openings=_shuffle(protocol.openings, seed),
        day=_draw(_DAYS, seed, "day"),
        notes=_write_notes(severities, seed),
        denied=find_denied(severities),
        includes_risk=risk == "include",
        leaves_risk_open="suicidality_unanswered" in profile.risk_flags,
    )


def describe_referral(
    profile: ClientProfile, plan: SessionPlan, knowledge: Knowledge
) -> tuple[str, ...]:
    """Write what the therapist knows beforehand, a line each."""
    facts = {fact.name: fact.value for fact in profile.demographics}
    lines = [_describe_person(facts.get("age", ""), facts.get("sex", ""))]
    lines.append(f"Reason for coming: {plan.situation.reason}.")
    if knowledge != "referral":
        bands = [score.band for score in profile.scores if score.scale == "total" and score.band]
        lines += [f"Symptoms overall: {band}." for band in bands]
    if knowledge == "items":
        lines += [statement.text for statement in profile.statements]
    return tuple(lines)


def _describe_person(age: str, sex: str) -> str:
    person = {"female": "A woman", "male": "A man"}.get(sex.lower(), "A person")
    digits = age.split("-")[0].split()[:1]
    if not digits or not digits[0].isdigit():
        return f"{person}, age not known."
    decade = int(digits[0]) // 10 * 10
    return f"{person}, {decade} to {decade + 9} years old."


def _write_notes(severities: Mapping[Symptom, Statement], seed: int) -> tuple[SymptomNote, ...]:
    """Write how each endorsed symptom comes out, no two in nearly the same words.

    A client who told two symptoms alike would be taken to repeat a line.
    """
    notes: list[SymptomNote] = []
    for statement in severities.values():
        if statement.severity == 0:
            continue
        texts = [normalise(note.text) for note in notes]
        for draw in range(_DRAWS):
            note = _write_note(statement, severities, seed, draw)
            if not has_near([normalise(note.text)], texts, _ALIKE):
                break
        notes.append(note)
    return tuple(notes)


def _write_note(
    statement: Statement, severities: Mapping[Symptom, Statement], seed: int, draw: int
) -> SymptomNote:
    """Write how a symptom comes out; another `draw` gives other words."""
    symptom = statement.symptom
    about: tuple[str | int, ...] = (symptom, draw) if draw else (symptom,)
    area = load_lexicon()[symptom].area
    third = min(int(statement.severity * 3 - 1e-9), 2)
    degree = _draw(_DEGREES[statement.grading][third], seed, "degree", *about)
    if area == "sleep":
        degree = degree.replace("days of the week", "nights of the week").replace("day", "night")
    way = _draw(list_ways(symptom, severities), seed, "way", *about)
    return SymptomNote(
        symptom=symptom,
        severity=statement.severity,
        sensitive=statement.sensitive,
        area=area,
        text=_draw(_FRAMES, seed, "frame", *about).format(way=way, degree=degree),
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


def _draw(choices: Sequence[_T], seed: int, *about: str | int) -> _T:
    return choices[derive_seed(seed, *about) % len(choices)]


def _shuffle(choices: Sequence[str], seed: int) -> tuple[str, ...]:
    return tuple(sorted(choices, key=lambda choice: derive_seed(seed, "order", choice)))
