"""What is settled before a session begins: the client's invented life, and how symptoms come out.

A plan is a function of profile, protocol and seed. Nothing in it depends on the group label, and
the same vocabulary serves people with many symptoms and with none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from sqpsych.records import ClientProfile, Fact, Symptom
from sqpsych.roleplay.life import Situation, describe
from sqpsych.roleplay.lots import Lot
from sqpsych.roleplay.protocol import Knowledge, Protocol, RiskPolicy
from sqpsych.roleplay.telling import SymptomNote, write_notes
from sqpsych.seeds import derive_seed
from sqpsych.wording import find_denied, find_strongest, load_lexicon
from sqpsych.wording.symptoms import Area

Attitude = Literal["open", "agreeable", "guarded"]
"""How a client opens up: tells much at a time, tells what is asked for, tells little at a time."""

MANNERS: dict[Attitude, str] = {
    "open": "openly",
    "agreeable": "readily",
    "guarded": "with some hesitation",
}
HESITATIONS: dict[Attitude, tuple[str, ...]] = {
    "open": ("", "", "To be honest,", "Well,", "Since you ask,", "Frankly,"),
    "agreeable": (
        "",
        "",
        "I would say",
        "Well,",
        "Let me think.",
        "",
        "Let me see.",
        "",
    ),
    "guarded": ("", "Hm.", "I don't know,", "Well,", "", "Let me see."),
}
"""How a client may begin to tell of a symptom."""
PAUSES: dict[Attitude, tuple[str, ...]] = {
    "open": ("",),
    "agreeable": ("",),
    "guarded": ("Hm.", "", "Well.", "", "", "Let me see.", "", "Let me think."),
}
"""How a client may begin to tell of anything else; manners last for the whole session."""
_DAYS = ("on Wednesday", "on Thursday", "on Friday", "on Saturday", "on Sunday")


@dataclass(frozen=True)
class SessionPlan:
    """What is settled before a session begins."""

    seed: int
    lot: Lot
    """What falls to the session in its run."""
    appointment: str
    attitude: Attitude
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

    @property
    def situation(self) -> Situation:
        """The client's invented life."""
        return self.lot.situation

    @cached_property
    def invented(self) -> tuple[Fact, ...]:
        """What was made up about the person, for the record."""
        notes = tuple(
            Fact(name=f"{name}_{note.symptom}", value=text, origin="invented")
            for note in self.notes
            for name, text in (("telling", note.text), ("scene", note.scene))
            if text
        )
        attitude = Fact(name="attitude", value=self.attitude, origin="invented")
        return (*describe(self.situation), attitude, *notes)

    def say_fine(self, symptom: Symptom) -> str:
        """Say that a symptom is not there, in the third person."""
        return self.lot.deal(load_lexicon()[symptom].fine, "fine", symptom)

    def knows_of(self, area: Area) -> bool:
        """Whether the person was asked about an area."""
        lexicon = load_lexicon()
        known = {*self.denied, *(note.symptom for note in self.notes)}
        return any(lexicon[symptom].area == area for symptom in known)

    def find_fine(self, areas: Sequence[Area]) -> tuple[str, ...]:
        """Say what is well in some areas of which all symptoms asked about are denied."""
        troubled = {note.area for note in self.notes}
        lexicon = load_lexicon()
        return tuple(
            self.say_fine(symptom)
            for area in areas
            if area not in troubled
            for symptom in sorted(self.denied)
            if lexicon[symptom].area == area
        )


def plan_session(
    profile: ClientProfile,
    protocol: Protocol,
    seed: int,
    risk: RiskPolicy = "exclude",
    lot: Lot | None = None,
) -> SessionPlan:
    """Settle what a session needs.

    Args:
        profile: the client.
        protocol: what is played.
        seed: of the session.
        risk: what happens with thoughts of death and self-harm.
        lot: what falls to the session in its run; None for a session that stands alone.
    """
    lot = lot or Lot.draw(profile, seed)
    attitudes: tuple[Attitude, ...] = get_args(Attitude)
    severities = find_strongest(profile.statements)
    return SessionPlan(
        seed=seed,
        lot=lot,
        appointment=lot.deal(protocol.appointments, "appointment"),
        attitude=attitudes[derive_seed(seed, "attitude") % len(attitudes)],
        day=lot.deal(_DAYS, "day"),
        notes=write_notes(severities, lot),
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
