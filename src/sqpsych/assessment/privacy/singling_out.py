"""Rare combinations: how many people of the sample fit what a dialogue tells of its client.

Each fact may be harmless alone; together they can fit one person only. Counting who fits is
k-anonymity (Sweeney 2002, Int J Uncertain Fuzz 10:557), here of what is said and not of a table.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sqpsych.assessment.figures import Cell, Finding, Measured, make_missing, make_row
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.privacy.overlap import Said, find_values, is_telling, list_observed
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.statistics.intervals import bootstrap_mean
from sqpsych.records import ClientProfile, Dialogue, Fact
from sqpsych.wording import normalise

FEWEST = 5
"""A combination that fewer people fit singles out: the smallest cell that custodians of health data
have long gone by, El Emam 2013, Guide to the De-Identification of Personal Health Information,
chapter "Cell size precedents"."""

Trait = tuple[str, str]
"""Name of a fact and its value, or the ten years an age lies in."""

_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_DECADES = "twenties thirties forties fifties sixties seventies eighties nineties".split()
_ONES = "one two three four five six seven eight nine".split()
_I_AM = r"(?:i['’]?m|i am|you['’]?re|you are|as)"
_ONES_OWN = "(?:my|our|your)"
_SOME = r"(?:(?!not |never |no )\w+ )?"
"""A word that may stand before what someone is, and does not turn it round."""
_WOMAN = r"(?:woman|mother|mum|mom|wife|grandmother|girl|lady|widow)"
_MAN = r"(?:man|father|dad|husband|grandfather|guy|boy|bloke|widower)"


@dataclass(frozen=True, slots=True)
class Told:
    """A trait of the person that the dialogue tells."""

    trait: Trait
    said: Said


def find_told(dialogue: Dialogue, profile: ClientProfile) -> tuple[Told, ...]:
    """Find the observed facts that a dialogue tells of its client, in the order told.

    Ages are found where someone is said to be so old ("I'm fifty-two", "in your fifties"), sex and
    family where the person is said to be a woman or a man, or married ("my husband"), and all other
    values where they stand as whole words and are long and rare enough (`overlap.is_telling`).

    Args:
        dialogue: any; both speakers are looked at.
        profile: of its client; invented facts are passed over.
    """
    facts = list_observed(profile)
    told = [
        Told(_trait(said.fact), said)
        for said in find_values(dialogue, [fact for fact in facts if is_telling(fact.value)])
    ]
    for fact in facts:
        for trait, pattern in _list_ways(fact):
            said = _search(dialogue, fact, pattern)
            if said is not None:
                told.append(Told(trait, said))
    return tuple(sorted(told, key=lambda each: each.said.turn))


def count_fitting(
    traits: Sequence[Trait], people: Mapping[Trait, frozenset[str]], everyone: frozenset[str]
) -> int:
    """Count the people who have all of these traits.

    Args:
        traits: told of one person.
        people: who has a trait, from `index_people`.
        everyone: all people, who fit as long as nothing is told.
    """
    fitting = everyone
    for trait in traits:
        fitting &= people.get(trait, frozenset())
    return len(fitting)


def index_people(profiles: Sequence[ClientProfile]) -> dict[Trait, frozenset[str]]:
    """Say by trait which people have it, as pseudonyms."""
    people: dict[Trait, set[str]] = defaultdict(set)
    for profile in profiles:
        for fact in list_observed(profile):
            for trait in _list_traits(fact):
                people[trait].add(profile.pseudonym)
    return {trait: frozenset(having) for trait, having in people.items()}


def _trait(fact: Fact) -> Trait:
    return fact.name, normalise(fact.value)


def _list_traits(fact: Fact) -> Iterator[Trait]:
    yield _trait(fact)
    age = _read_age(fact)
    if age is not None:
        yield _decade(fact, age)


def _decade(fact: Fact, age: int) -> Trait:
    return fact.name, f"in the {age // 10 * 10}s"


def _read_age(fact: Fact) -> int | None:
    """The age a fact gives in whole years, where it is one of a grown-up."""
    if "age" not in re.split(r"[\W_]+", fact.name.lower()):
        return None
    value = fact.value.strip()
    return int(value) if re.fullmatch(r"[1-9]\d", value) else None


def _list_ways(fact: Fact) -> Iterator[tuple[Trait, re.Pattern[str]]]:
    """The patterns by which a fact of a common kind is told, with what each tells."""
    age = _read_age(fact)
    if age is not None:
        yield _trait(fact), _tell_age(age)
        if age >= 20:
            yield (
                _decade(fact, age),
                _compile(rf"in (?:my|your) (?:\w+ )?{_DECADES[age // 10 - 2]}"),
            )
    pattern = _list_common().get(normalise(fact.value))
    if pattern is not None:
        yield _trait(fact), pattern


@cache
def _tell_age(age: int) -> re.Pattern[str]:
    number = str(age)
    if age >= 20:
        tens, ones = _TENS[age // 10 - 2], age % 10
        number = rf"(?:{age}|{tens}[ -]{_ONES[ones - 1]})" if ones else rf"(?:{age}|{tens})"
    told = rf"{number}(?=\s*(?:[.,;!?]|$|years? old|and|now|this|next|already))"
    return _compile(
        rf"{_I_AM} {_SOME}{told}|(?:turned|turning) {told}|{number}[ -]years?[ -]old|"
        rf"(?:aged|at the age of) {number}"
    )


@cache
def _list_common() -> Mapping[str, re.Pattern[str]]:
    """How sex and family are told, by the value of the fact."""
    is_so = rf"(?:i['’]?m|i am|i was|you['’]?re|you are) {_SOME}"
    ways = {
        "female": rf"{_I_AM} (?:an?|the) (?:[\w-]+ )?{_WOMAN}",
        "male": rf"{_I_AM} (?:an?|the) (?:[\w-]+ )?{_MAN}",
        "married": rf"{_ONES_OWN} (?:husband|wife)|{is_so}married",
        "widowed": rf"{_ONES_OWN} late (?:husband|wife)|{is_so}(?:widowed|an? widow(?:er)?)",
        "divorced": rf"{_ONES_OWN} (?:ex-(?:husband|wife)|divorce)|{is_so}divorced|we got divorced",
        "separated": rf"{_ONES_OWN} separation|{is_so}separated|(?:we|we['’]re|you two) separated",
        "never married": rf"i(?:['’]ve)? never (?:got |been )?married|{is_so}single",
        "living with partner": rf"(?:i|we|you) (?:live|moved in) with {_ONES_OWN} "
        "(?:partner|boyfriend|girlfriend)",
    }
    same = {
        "woman": "female",
        "man": "male",
        "widow": "widowed",
        "widower": "widowed",
        "single": "never married",
        "cohabiting": "living with partner",
    }
    compiled = {value: _compile(pattern) for value, pattern in ways.items()}
    return compiled | {value: compiled[other] for value, other in same.items()}


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'’-])(?:{pattern})(?![\w-])", re.IGNORECASE)


def _search(dialogue: Dialogue, fact: Fact, pattern: re.Pattern[str]) -> Said | None:
    for turn in dialogue.turns:
        match = pattern.search(turn.text)
        if match is not None:
            return Said(fact, turn.index, match[0])
    return None


_SINGLED = f"told facts fit fewer than {FEWEST} people, share"
_TOLD = "observed facts told a dialogue"
_SIZES = (("1", 1), ("2 to 4", 4), ("5 to 9", 9), ("10 or more", None))


def _take(sample: Sample) -> Measured:
    profiles = {
        dialogue.id: profile
        for dialogue in sample.dialogues
        if (profile := sample.profiles.get(dialogue.id)) and list_observed(profile)
    }
    looked = [dialogue for dialogue in sample.closed if dialogue.id in profiles]
    everyone = frozenset(profile.pseudonym for profile in profiles.values())
    why = _explain_missing(sample, looked, everyone)
    if why:
        missing = (make_missing(_SINGLED, why, "lower"), make_missing(_TOLD, why))
        return Measured(missing)
    people = index_people(list(profiles.values()))
    told = {d.id: find_told(d, profiles[d.id]) for d in looked}
    sizes = {
        name: count_fitting([each.trait for each in found], people, everyone)
        for name, found in told.items()
    }
    note = f"of {len(everyone)} people, those in these dialogues; a lower bound"
    whose = [dialogue.pseudonym for dialogue in looked]
    few = [sizes[dialogue.id] < FEWEST for dialogue in looked]
    facts = [len({each.said.fact for each in told[dialogue.id]}) for dialogue in looked]
    findings = {
        name: (Finding(found[-1].said.turn, "singled_out", found[-1].said.quote),)
        for name, found in told.items()
        if sizes[name] < FEWEST
    }
    rows = (
        make_row(_SINGLED, bootstrap_mean(few, whose, sample.seed), "lower", note),
        make_row(_TOLD, bootstrap_mean(facts, whose, sample.seed), "none"),
    )
    return Measured(rows, findings, _make_tables(told, sizes))


def _explain_missing(
    sample: Sample, looked: Sequence[Dialogue], everyone: frozenset[str]
) -> str | None:
    if not sample.closed:
        return "no closed dialogue"
    if not looked:
        return "no observed facts in the profiles"
    if len(everyone) < FEWEST:
        return f"fewer than {FEWEST} people"
    return None


def _make_tables(
    told: Mapping[str, Sequence[Told]], sizes: Mapping[str, int]
) -> dict[str, list[dict[str, Cell]]]:
    fields = Counter(name for found in told.values() for name in {each.trait[0] for each in found})
    having = [sizes[name] for name, found in told.items() if found]
    fitting: list[dict[str, Cell]] = []
    low = 0
    for label, high in _SIZES:
        count = sum(low < size and (high is None or size <= high) for size in having)
        fitting.append({"people who fit": label, "dialogues": count})
        low = high or low
    fitting.append({"people who fit": "nothing told", "dialogues": len(told) - len(having)})
    facts: list[dict[str, Cell]] = [
        {"field": field, "dialogues": count} for field, count in fields.most_common()
    ]
    return {"people who fit": fitting, "facts told": facts}


SINGLING_OUT = Measure(
    name="singling_out",
    title="Singling out",
    about=(
        "How many people of the sample fit the observed facts that a dialogue tells of its client: "
        "k-anonymity (Sweeney 2002, Int J Uncertain Fuzz 10:557) of what is said. A combination "
        f"that fewer than {FEWEST} people fit singles out (El Emam 2013, Guide to the "
        "De-Identification of Personal Health Information). The sample is the reference "
        "population: this is the risk towards a reader who knows who took part, and for others "
        "more people would fit. Only facts told in listed ways are found, so that towards such a "
        "reader the share is a lower bound. Invented facts do not count, as they lead to nobody."
    ),
    take=_take,
)
