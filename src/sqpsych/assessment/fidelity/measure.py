"""Fidelity to the profile as a measure of a corpus: by symptom, by item, with its findings."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqpsych.assessment.fidelity.voicing import (
    Fidelity,
    find_claims,
    measure_fidelity,
    rate_fidelity,
    read_mentions,
)
from sqpsych.assessment.figures import (
    Better,
    Cell,
    Finding,
    Measured,
    Row,
    make_missing,
    make_row,
)
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.statistics.intervals import Estimate, bootstrap_mean, bootstrap_ratio
from sqpsych.records import ClientProfile, Dialogue, Symptom
from sqpsych.wording import load_lexicon

NO_ANSWERS = "no questionnaire answers came with these dialogues"

ItemName = tuple[str, str]
"""Id of the instrument and of its item."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What became of each item of the instruments a person answered.

    Items without an answer are in none of these.
    """

    endorsed: tuple[ItemName, ...]
    """Items answered with more than 0 points of severity."""
    voiced: tuple[ItemName, ...]
    """Those of them whose symptom the client claims."""
    denied: tuple[ItemName, ...]
    """Items whose symptom the profile denies."""
    invented: tuple[ItemName, ...]
    """Those of them whose symptom the client claims all the same."""

    @property
    def share(self) -> float | None:
        """Endorsed items voiced, 0-1; None where no item is endorsed."""
        return len(self.voiced) / len(self.endorsed) if self.endorsed else None


def measure_coverage(dialogue: Dialogue, profile: ClientProfile) -> Coverage:
    """Say of each item whether the client voices its symptom.

    An item is denied only where nothing in the profile endorses its symptom or a part of it, as in
    `measure_fidelity`.

    Args:
        dialogue: any.
        profile: of its client.
    """
    return _cover(profile, measure_fidelity(dialogue, profile))


def find_unasked(claimed: frozenset[Symptom], profile: ClientProfile) -> frozenset[Symptom]:
    """Find the claimed symptoms that no statement of the profile is about.

    A part of a symptom that was asked about is a detail of it, and whoever tells of the part tells
    of the whole: neither counts. Nor do a part and its whole count twice.

    Args:
        claimed: by the client.
        profile: of that client.
    """
    asked = frozenset(statement.symptom for statement in profile.statements)
    parts = {symptom: frozenset(word.part_of) for symptom, word in load_lexicon().items()}
    near = asked.union(*(parts[symptom] for symptom in asked))
    unasked = [s for s in Symptom if s in claimed - near and asked.isdisjoint(parts[s])]
    kept: list[Symptom] = []
    for symptom in unasked:
        told_by = [part for part in unasked if symptom in parts[part]]
        if all(part in parts[symptom] and part not in kept for part in told_by):
            kept.append(symptom)
    return frozenset(kept)


def find_contradictions(dialogue: Dialogue, fidelity: Fidelity) -> tuple[Finding, ...]:
    """Find the turns that first claim each symptom the profile denies.

    Args:
        dialogue: any.
        fidelity: of it.
    """
    found: dict[Symptom, Finding] = {}
    for turn in dialogue.turns:
        if turn.speaker == "client":
            for mention in read_mentions(turn.text, "client"):
                if mention.kind == "claimed" and mention.symptom in fidelity.contradicted:
                    finding = Finding(turn.index, "contradiction", mention.quote)
                    found.setdefault(mention.symptom, finding)
    return tuple(dict.fromkeys(found.values()))


@dataclass(frozen=True, slots=True)
class _Case:
    """One dialogue of two speakers, with all that is found in it."""

    dialogue: Dialogue
    profile: ClientProfile
    fidelity: Fidelity
    claimed: frozenset[Symptom]


def _cover(profile: ClientProfile, fidelity: Fidelity) -> Coverage:
    graded = [s for s in profile.statements if s.grades]
    items = [((s.instrument, s.item), s.symptom, s.severity) for s in graded]
    endorsed = [(name, symptom) for name, symptom, severity in items if severity > 0]
    denied = [(name, symptom) for name, symptom, _ in items if symptom in fidelity.denied]
    return Coverage(
        endorsed=tuple(name for name, _ in endorsed),
        voiced=tuple(name for name, symptom in endorsed if symptom in fidelity.voiced),
        denied=tuple(name for name, _ in denied),
        invented=tuple(name for name, symptom in denied if symptom in fidelity.contradicted),
    )


def _take(sample: Sample) -> Measured:
    cases = [_look_at(d, sample.profiles.get(d.id)) for d in sample.closed if _both_speak(d)]
    why = _explain_missing(sample, cases)
    if why:
        return Measured(tuple(make_missing(name, why, better) for name, better in _NAMES.items()))
    answered = [case for case in cases if case.profile.statements]
    rows = [*_rate(answered, sample.seed), _rate_prescience(cases, sample.seed)]
    findings = {case.dialogue.id: _list_findings(case) for case in cases}
    return Measured(
        tuple(sorted(rows, key=lambda row: list(_NAMES).index(row.name))),
        {name: found for name, found in findings.items() if found},
        {"symptoms": _count_symptoms(cases), "items": _count_items(answered)},
    )


def _look_at(dialogue: Dialogue, profile: ClientProfile | None) -> _Case:
    known = profile or ClientProfile(pseudonym=dialogue.pseudonym)
    return _Case(dialogue, known, measure_fidelity(dialogue, known), find_claims(dialogue))


def _both_speak(dialogue: Dialogue) -> bool:
    return {turn.speaker for turn in dialogue.turns} == {"therapist", "client"}


_VOICED = "endorsed symptoms voiced, share"
_CLAIMED = "denied symptoms voiced, share"
_UNASKED = "claims that fit nothing asked"
_COVERED = "endorsed items voiced, share"
_INVENTED = "invented items a dialogue"
_PRESCIENCE = "prescience a dialogue"
_NAMES: Mapping[str, Better] = {
    _VOICED: "higher",
    _CLAIMED: "lower",
    _PRESCIENCE: "lower",
    _UNASKED: "lower",
    _COVERED: "higher",
    _INVENTED: "lower",
}


def _explain_missing(sample: Sample, cases: Sequence[_Case]) -> str | None:
    if not sample.closed:
        return "no closed dialogue"
    if not cases:
        return "no dialogue in which both speak"
    if sample.language != "en":
        return "symptoms are known by their English words only"
    return None


def _rate(answered: Sequence[_Case], seed: int) -> Iterator[Row]:
    """The rows that rest on questionnaire answers."""
    if not answered:
        for name, better in _NAMES.items():
            if name != _PRESCIENCE:
                yield make_missing(name, NO_ANSWERS, better)
        return
    people = [case.dialogue.pseudonym for case in answered]
    rates = rate_fidelity([case.fidelity for case in answered], people, seed)
    yield _give(_VOICED, rates.voiced, "no symptom is endorsed in the profiles")
    yield _give(_CLAIMED, rates.contradicted, "no symptom is denied in the profiles")
    unasked = [len(find_unasked(case.claimed, case.profile)) for case in answered]
    yield _give(_UNASKED, bootstrap_mean(unasked, people, seed))
    coverages = [_cover(case.profile, case.fidelity) for case in answered]
    voiced, endorsed = ([len(getattr(c, n)) for c in coverages] for n in ("voiced", "endorsed"))
    covered = bootstrap_ratio(voiced, endorsed, people, seed)
    yield _give(_COVERED, covered, "no item is endorsed in the profiles")
    if any(coverage.denied for coverage in coverages):
        invented = [len(coverage.invented) for coverage in coverages]
        yield _give(_INVENTED, bootstrap_mean(invented, people, seed))
    else:
        yield make_missing(_INVENTED, "no item is denied in the profiles", "lower")


def _rate_prescience(cases: Sequence[_Case], seed: int) -> Row:
    ahead = [len(case.fidelity.prescience) for case in cases]
    people = [case.dialogue.pseudonym for case in cases]
    estimate = bootstrap_mean(ahead, people, seed)
    screened = any(turn.screens for case in cases for turn in case.dialogue.turns)
    note = "" if screened else "no question is marked as put to everyone, so that all count"
    return make_row(_PRESCIENCE, estimate, _NAMES[_PRESCIENCE], note)


def _give(name: str, estimate: Estimate, why_missing: str = "") -> Row:
    note = why_missing if estimate.value is None else ""
    return make_row(name, estimate, _NAMES[name], note)


def _list_findings(case: _Case) -> tuple[Finding, ...]:
    ahead = [Finding(p.turn, "prescience", p.quote) for p in case.fidelity.prescience]
    found = [*find_contradictions(case.dialogue, case.fidelity), *dict.fromkeys(ahead)]
    return tuple(sorted(found, key=lambda finding: finding.turn))


def _count_symptoms(cases: Sequence[_Case]) -> list[dict[str, Cell]]:
    """Dialogues by symptom; profiles without answers endorse and deny nothing."""
    claimed = Counter(symptom for case in cases for symptom in case.claimed)
    endorsed, voiced, denied, contradicted = (
        Counter(symptom for case in cases for symptom in getattr(case.fidelity, name))
        for name in ("endorsed", "voiced", "denied", "contradicted")
    )
    return [
        {
            "symptom": symptom.value,
            "claimed": claimed[symptom],
            "endorsed": endorsed[symptom],
            "endorsed and voiced": voiced[symptom],
            "denied": denied[symptom],
            "denied and claimed": contradicted[symptom],
        }
        for symptom in Symptom
    ]


def _count_items(answered: Sequence[_Case]) -> list[dict[str, Cell]]:
    """Dialogues by item, in the order of the profiles."""
    coverages = [_cover(case.profile, case.fidelity) for case in answered]
    symptoms = {(s.instrument, s.item): s.symptom for c in answered for s in c.profile.statements}
    endorsed, voiced, denied, invented = (
        Counter(item for coverage in coverages for item in getattr(coverage, name))
        for name in ("endorsed", "voiced", "denied", "invented")
    )
    return [
        {
            "instrument": item[0],
            "item": item[1],
            "symptom": symptom.value,
            "endorsed": endorsed[item],
            "endorsed and voiced": voiced[item],
            "denied": denied[item],
            "denied and claimed": invented[item],
        }
        for item, symptom in symptoms.items()
    ]


FIDELITY = Measure(
    name="fidelity",
    title="Fidelity to the profile",
    about=(
        "Whether the client voices the symptoms that the questionnaire answers endorse, claims "
        "those they deny, or claims some that nothing was asked about, and whether the therapist "
        "names a symptom before the client has spoken of it (prescience, each symptom once; a "
        "question put to everyone alike is none). A symptom is endorsed where its strongest answer "
        "lies above the lowest. The same by item: endorsed items voiced, and invented items, which "
        "were answered with the lowest answer and are claimed all the same. All is read from the "
        "words by a lexicon of how symptoms are told in everyday English. What it does not know is "
        "missed, and so are answers of yes and no: shares of what is voiced are lower bounds."
    ),
    take=_take,
)
