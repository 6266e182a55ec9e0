"""The life a client brings to a session: one situation, invented, that fits what is known of them.

The situations stand in situations.toml, the same for patients and healthy people, and none of them
holds a symptom. What is known of a person are facts with free names and values ("marital_status:
Never married"); they are read tolerantly, and what they leave open counts as unknown: a situation
never contradicts a known fact, and never assumes one it would depend on.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Literal, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sqpsych.records import Fact
from sqpsych.seeds import derive_seed

SITUATIONS_FILE = "situations.toml"
ADULT_AGES = (18, 120)

Topic = Literal[
    "work",
    "job_search",
    "study",
    "family",
    "parenting",
    "partnership",
    "separation",
    "friendship",
    "neighbours",
    "health",
    "caring",
    "money",
    "housing",
    "language",
    "loss",
    "retirement",
    "ageing",
    "community",
    "volunteering",
    "pets",
    "leisure",
]
_T = TypeVar("_T")
Sex = Literal["female", "male"]
Status = Literal["widowed", "divorced", "separated", "unemployed", "retired", "student"]


class Situation(BaseModel):
    """Something that happened to a client lately, and what came to mind.

    The client is "they" in all texts; `thought` and `fairer` are in the first person. Texts are
    plain, without a full stop. A condition that is None, empty
    or spans all adult ages is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z_]*$")
    topic: Topic
    reason: str
    """What a referral may say: goes on from "wants to talk about". One or two to a topic."""
    fact: str
    """The circumstances, a clause."""
    event: str
    """Goes on from "tells about the moment when"."""
    thought: str
    """The automatic thought of that moment, about the event or about how others see it."""
    for_it: str
    """A fact that supports the thought."""
    against_it: str
    """A fact that does not fit the thought."""
    fairer: str
    """A thought that does justice to both."""
    step: str
    """What can be done about it, without a day: goes on from "to"."""
    obstacle: str
    """What could get in the way of the step."""
    person: str
    """Who is around."""
    ages: tuple[int, int] = ADULT_AGES
    """Lowest and highest age, completed years."""
    sex: Sex | None = None
    partnered: bool | None = None
    """Whether the client has, or has not, a spouse or partner."""
    children: bool | None = None
    working: bool | None = None
    """Whether the client goes to paid work, or does not."""
    lives_alone: bool | None = None
    status: tuple[Status, ...] = ()
    """The client is known to be one of these."""

    @model_validator(mode="after")
    def _check_ages(self) -> Self:
        if self.ages[0] > self.ages[1]:
            raise ValueError("the lowest age must not be above the highest")
        return self


@cache
def list_situations() -> tuple[Situation, ...]:
    """List the shipped situations, sorted by id."""
    file = resources.files("sqpsych.roleplay").joinpath(SITUATIONS_FILE)
    entries = tomllib.loads(file.read_text("utf-8"))["situation"]
    situations = (Situation.model_validate(entry) for entry in entries)
    return tuple(sorted(situations, key=lambda situation: situation.id))


def fits(situation: Situation, demographics: Sequence[Fact]) -> bool:
    """Whether all conditions of a situation are known to hold for a person.

    Args:
        situation: with conditions or without.
        demographics: facts under any name; names and values are read as English, whatever the
            case. Facts that contradict one another leave open what they are about.
    """
    return _holds(situation, _read_person(demographics))


def list_fitting(demographics: Sequence[Fact]) -> tuple[Situation, ...]:
    """List the situations that fit a person, sorted by id; there is always one."""
    person = _read_person(demographics)
    return tuple(situation for situation in list_situations() if _holds(situation, person))


def draw_situation(demographics: Sequence[Fact], seed: int) -> Situation:
    """Draw one of the situations that fit, each as likely as the others.

    The same facts and seed give the same situation, in whatever order the file holds them.
    """
    fitting = list_fitting(demographics)
    return fitting[derive_seed(seed, "situation") % len(fitting)]


def describe(situation: Situation) -> tuple[Fact, ...]:
    """Put a situation into facts, marked invented, for the record of a dialogue."""
    told = {
        "situation": situation.fact,
        "topic": situation.topic,
        "event": situation.event,
        "thought": situation.thought,
        "person": situation.person,
        "step": situation.step,
    }
    return tuple(Fact(name=name, value=text, origin="invented") for name, text in told.items())


class _Person(NamedTuple):
    """What is known of a person; None where it is not."""

    ages: tuple[int, int] | None
    """Lowest and highest age the person may have."""
    sex: str | None
    partnered: bool | None
    children: bool | None
    working: bool | None
    lives_alone: bool | None
    statuses: tuple[frozenset[str], ...]
    """For each fact that tells of any, the statuses it leaves possible."""


def _holds(situation: Situation, person: _Person) -> bool:
    low, high = situation.ages
    any_age = low <= ADULT_AGES[0] and high >= ADULT_AGES[1]
    if not any_age and (person.ages is None or person.ages[0] < low or person.ages[1] > high):
        return False
    if situation.status and not any(open_ <= {*situation.status} for open_ in person.statuses):
        return False
    conditions = (
        (situation.sex, person.sex),
        (situation.partnered, person.partnered),
        (situation.children, person.children),
        (situation.working, person.working),
        (situation.lives_alone, person.lives_alone),
    )
    return all(wanted is None or wanted == known for wanted, known in conditions)


def _read_person(demographics: Sequence[Fact]) -> _Person:
    facts = [(_words(fact.name), _phrase(fact)) for fact in demographics]
    facts = [(name, text) for name, text in facts if not _has(_UNTOLD, text)]
    ages = [text for name, text in facts if "age" in name and name <= _AGE_NAMES]
    sexes = [text for name, text in facts if name & {"sex", "gender"} and name <= _SEX_NAMES]
    pairs = [text for name, text in facts if name & _PAIR_NAMES and not name & _NOT_PAIR_NAMES]
    works = [text for name, text in facts if name & _WORK_NAMES and not name & _NOT_WORK_NAMES]
    homes = [text for name, text in facts if name & _HOME_NAMES and not name & _NOT_HOME_NAMES]
    broods = [text for name, text in facts if name & _CHILD_NAMES and name <= _BROOD_NAMES]
    working = [_read_working(text) for text in works if not _has(_NO, _NO_WORK.sub("", text))]
    with_partner = [True for text in homes if _read_partnered(text)]
    with_children = [True for text in homes if _has(_CHILD, text) and not _has(_NO_CHILD, text)]
    with_someone = [False for text in pairs if _has(_COHABITING, text)]
    return _Person(
        ages=_narrow([_read_ages(text) for text in ages]),
        sex=_agree([_read_sex(text) for text in sexes]),
        partnered=_agree([*map(_read_partnered, pairs), *with_partner]),
        children=_agree([*map(_read_children, broods), *with_children]),
        working=None if None in working else _agree(working),
        lives_alone=_agree([*map(_read_alone, homes), *with_someone]),
        statuses=tuple(filter(None, (_read_statuses(text) for text in (*pairs, *works)))),
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(_spell(text).split())


def _spell(text: str) -> str:
    """Lower-case words and numbers, "AgeInYears" taken apart."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return " ".join(re.findall(r"[^\W\d_]+|\d+(?:\.\d+)?|[+<>≤≥]", apart.lower()))


def _phrase(fact: Fact) -> str:
    """A value in words; for yes and no those of the name: "lives_alone: no", "not lives alone"."""
    value = _spell(fact.value)
    if value in {"yes", "y", "true"}:
        return _spell(fact.name)
    return f"not {_spell(fact.name)}" if value in {"no", "n", "false"} else value


def _agree(readings: Iterable[_T | None]) -> _T | None:
    """What all readings that tell anything say; None where they differ or none does."""
    told = {reading for reading in readings if reading is not None}
    return told.pop() if len(told) == 1 else None


def _narrow(spans: Iterable[tuple[int, int] | None]) -> tuple[int, int] | None:
    """The ages that all spans allow; None where there are none."""
    told = [span for span in spans if span is not None]
    if not told:
        return None
    low, high = max(span[0] for span in told), min(span[1] for span in told)
    return (low, high) if low <= high else None


def _read_ages(text: str) -> tuple[int, int] | None:
    """Read "47", "30-39 years", "80 or older", "under 30", "30s"."""
    numbers = [int(float(number)) for number in re.findall(r"\d+(?:\.\d+)?", text)]
    if not numbers or max(numbers) > ADULT_AGES[1] or len(numbers) > 2:
        return None
    low, high = numbers[0], numbers[-1]
    if len(numbers) == 1:
        if re.search(r"\d s\b", text):
            return low, low + 9
        if _has(_OR_LESS, text):
            return 0, high
        if _has(_OR_MORE, text):
            return low, ADULT_AGES[1]
    return (low, high) if low <= high else None


def _read_sex(text: str) -> str | None:
    return _agree([sex for sex, spellings in _SEXES.items() if _has(spellings, text)])


def _read_partnered(text: str) -> bool | None:
    """Whether there is a partner, as far as marriage and living together tell."""
    rest = _NO_PARTNER.sub("", text)
    if _has(_NO, rest):
        return None
    single = rest != text or _has(_SINGLE, rest)
    return _agree([False if single else None, True if _has(_PAIRED, rest) else None])


def _read_children(text: str) -> bool | None:
    if _has(_NO, text) or re.search(r"\b(?:0|zero|childless)\b", text):
        return False
    return True if _has(_CHILD, text) or re.search(rf"^{_COUNT}$|^(?:is )?parent$", text) else None


def _read_working(text: str) -> bool | None:
    """Whether someone goes to work.

    A job by its name ("carpenter") leaves it open, since a situation names a workplace of its own.
    """
    if _has(_ON_LEAVE, text):
        return None
    rest = _NO_WORK.sub("", text)
    idle = rest != text or any(_has(_STATUSES[status], rest) for status in _IDLE)
    return _agree([False if idle else None, True if _has(_AT_WORK, rest) else None])


def _read_alone(text: str) -> bool | None:
    """Whether nobody shares the home."""
    company, negated = _has(_COMPANY, text), _has(_NO, text)
    heads = re.search(rf"\b{_COUNT}(?: (?:person|persons|people|adults?|members?)\b|$)", text)
    if _has(_ALONE, text):
        return (None if company else True) if not negated else False
    if heads is None or negated:
        return False if company and not negated else None
    if heads[1] in {"1", "one"}:
        return False if company else None if _has(_OR_MORE, text) else True
    return None if heads[1] in {"0", "zero"} else False


def _read_statuses(text: str) -> frozenset[str]:
    if _has(_NO, text):
        return frozenset()
    return frozenset(status for status, spellings in _STATUSES.items() if _has(spellings, text))


def _has(spellings: re.Pattern[str], text: str) -> bool:
    return spellings.search(text) is not None


def _any_of(spellings: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{spellings})(?!\w)")


def _each(words: str) -> frozenset[str]:
    return frozenset(words.split())


_OWN = "client patient participant respondent person subject the of at in current own self reported"
_AGE_NAMES = _each(
    f"{_OWN} age years year band group range category class screening interview baseline intake "
    "assessment enrolment enrollment inclusion session"
)
_SEX_NAMES = _each(f"{_OWN} sex gender birth assigned biological legal identity")
_PAIR_NAMES = _each(
    "marital marriage married civil relationship partnership partner partnered spouse cohabiting "
    "single widowed divorced separated"
)
_NOT_PAIR_NAMES = _each(
    "age sex gender education income work job occupation employment employed support quality "
    "satisfaction length duration years number problems conflict parents mother father s"
)
_WORK_NAMES = _each(
    "work works working employment employed unemployed occupation occupational job profession "
    "labour labor retired retirement student studying"
)
_NOT_WORK_NAMES = _each(
    "hours income stress years satisfaction age loan place partner spouse husband wife mother "
    "father parent parents last former previous past longest usual"
)
_HOME_NAMES = _each("household living lives live home cohabitation housing")
_NOT_HOME_NAMES = _each(
    "income money rooms area region place language languages owner ownership tenure type children "
    "child kids other others pets cost costs parents siblings"
)
_CHILD_NAMES = _each("children child kids childless parent")
_BROOD_NAMES = _each(
    f"{_OWN} children child kids childless parent is a has have had any number count n total how "
    "many biological"
)

_UNTOLD = _any_of(
    "unknown|missing|refused|declined|n a|no (?:answer|information)|not (?:known|asked|reported|"
    "stated|given|applicable|to say)"
)
_NO = _any_of("no|not|non|none|never|without|ex|former|late|absent")
_OR_LESS = _any_of("<|≤|under|below|younger|less|most|up to|until")
_OR_MORE = _any_of(r"\+|>|≥|over|above|older|more|plus|least|from|up")
_SEXES = {"female": _any_of("female|f|woman|girl"), "male": _any_of("male|m|man|boy")}
_NO_PARTNER = _any_of(
    "(?:never|not yet)(?: been)? married|(?:formerly|previously|once) married|"
    "(?:no|without|not)(?: has| have| an?| current| steady| any)* (?:partner|spouse|relationship)|"
    "not (?:partnered|in an? (?:relationship|partnership))"
)
_SINGLE = _any_of("single|unpartnered|widow(?:ed|er)?|divorc(?:ed|ee)|separated")
_PAIRED = _any_of(
    "(?:re)?married|partner(?:ed|ship)?|cohabit(?:s|ing)?|husband|wife|spouse|engaged|"
    "in a relationship|common law|de facto"
)
_COHABITING = re.compile(r"^(?:cohabit(?:s|ing)|li(?:ves|ving) with (?:an? |the )?partner)\b")
_STATUSES = {
    "widowed": _any_of("widow(?:ed|er)?"),
    "divorced": _any_of("divorc(?:ed|ee)"),
    "separated": _any_of("separated"),
    "unemployed": _any_of(
        "unemployed|jobless|job ?seek(?:er|ing)|(?:looking for|seeking|out of) work"
    ),
    "retired": _any_of("retired|retiree|retirement|pensioner"),
    "student": _any_of("student|studying|studies|pupil"),
    "at_home": _any_of("homemaker|house(?:wife|husband)|keeping house|disabled|unable to work"),
}
_IDLE = ("unemployed", "retired", "at_home")
_NO_WORK = _any_of(
    "not (?:currently )?(?:working|employed|in (?:paid )?(?:work|employment))|does not work|"
    "(?:no|without(?: an?)?)(?: paid)? (?:job|work|employment|occupation)"
)
_AT_WORK = _any_of("employed|employee|working|works|(?:full|part) ?time|in work")
_ON_LEAVE = _any_of("leave|sick|furlough(?:ed)?|rehabilitation")
_CHILD = _any_of("children|child|kids?|sons?|daughters?")
_NO_CHILD = _any_of(f"{_NO.pattern}|parents?|mother|father|grandchild(?:ren)?|siblings?")
_ALONE = _any_of("alone|by (?:(?:him|her)self|themselves)|on (?:his|her|their) own|single person")
_COMPANY = _any_of(
    "with|shared?|sharing|famil(?:y|ies)|couple|parents?|partner|husband|wife|spouse|child(?:ren)?|"
    "kids?|sons?|daughters?|(?:flat|room|house)mates?|relatives?|siblings?|others?"
)
_COUNT = r"(\d+|zero|one|two|three|four|five|six|seven|eight|nine|ten)(?: or more| \+)?"
