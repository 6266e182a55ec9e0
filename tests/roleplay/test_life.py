"""The client's life: situations hold no symptom, and one that fits what is known is drawn."""

import random
import re
import tomllib
from collections import Counter
from typing import get_args

import pytest
from pydantic import ValidationError

from sqpsych.intake import build_nhanes_sample_profiles
from sqpsych.records import Fact, Speaker
from sqpsych.roleplay import life
from sqpsych.roleplay.life import Situation, describe, draw_situation, fits, list_situations
from sqpsych.wording import find_mentions, phrases, to_first_person, to_second_person

TEXTS = (
    "reason",
    "fact",
    "event",
    "thought",
    "for_it",
    "against_it",
    "fairer",
    "step",
    "obstacle",
    "person",
)
MOST_WORDS = 22
FIRST_PERSON = {
    "they were": "I was",
    "they are": "I am",
    "they": "I",
    "them": "me",
    "their": "my",
    "themselves": "myself",
    "the client's": "my",
    "the client is": "I am",
    "the client has": "I have",
    "the client": "I",
}


def know(**facts: str | int) -> tuple[Fact, ...]:
    return tuple(Fact(name=name, value=str(value)) for name, value in facts.items())


def make_situation(**conditions: object) -> Situation:
    texts = dict.fromkeys(TEXTS, "a text")
    return Situation.model_validate({"id": "made_up", "topic": "work", **texts, **conditions})


def put_in_first_person(text: str) -> str:
    spellings = sorted(FIRST_PERSON, key=len, reverse=True)
    found = re.compile(rf"\b(?:{'|'.join(spellings)})\b", re.IGNORECASE)
    return found.sub(lambda match: FIRST_PERSON[match[0].lower()], text)


def list_texts() -> list[tuple[str, str]]:
    return [(s.id, getattr(s, field)) for s in list_situations() for field in TEXTS]


def test_there_are_many_situations_of_every_topic() -> None:
    situations = list_situations()
    topics = Counter(situation.topic for situation in situations)
    assert len(situations) >= 70
    assert len({situation.id for situation in situations}) == len(situations)
    assert len({situation.fact for situation in situations}) > 0.9 * len(situations)
    assert topics.keys() == set(get_args(life.Topic))
    assert min(topics.values()) >= 3


def test_events_thoughts_and_steps_are_never_the_same() -> None:
    for field in ("event", "thought", "for_it", "against_it", "fairer", "step"):
        texts = [getattr(situation, field) for situation in list_situations()]
        assert [text for text, times in Counter(texts).items() if times > 1] == []


def test_a_topic_has_few_reasons_so_that_a_referral_gives_little_away() -> None:
    reasons = {(situation.topic, situation.reason) for situation in list_situations()}
    assert max(Counter(topic for topic, _ in reasons).values()) <= 2


@pytest.mark.parametrize("situation", list_situations(), ids=lambda situation: situation.id)
def test_texts_are_short_and_plain(situation: Situation) -> None:
    for field in TEXTS:
        text: str = getattr(situation, field)
        assert 2 <= len(text.split()) <= MOST_WORDS, text
        assert re.search(r"[^\w\s,.-]|\d|_|\s\s|^\s|\s$", text) is None, text
        assert not text.endswith("."), text
    assert re.match(r"(?:[\w ]+ and )?they ", situation.fact)
    assert 5 <= len(situation.thought.split()) <= 14
    for field in ("thought", "fairer"):
        assert not re.search(r"\bthe client\b", getattr(situation, field))
    for field in ("fact", "event", "for_it", "against_it", "step", "obstacle", "person"):
        assert not re.search(r"\b(?:I|me|my|the client)\b", getattr(situation, field)), field


def test_nothing_in_them_would_fail_a_reply_or_name_a_day() -> None:
    unwanted = (
        phrases.CRISES,
        phrases.DATES,
        phrases.FAREWELLS,
        phrases.MACHINE,
        phrases.MARKERS,
        phrases.NOT_THE_CLIENTS,
        phrases.PLACEHOLDERS,
        phrases.QUESTIONNAIRES,
        phrases.STAGE_DIRECTIONS,
    )
    found = [
        (name, match[0])
        for name, text in list_texts()
        for said in (text, put_in_first_person(text))
        for pattern in unwanted
        if (match := pattern.search(said))
    ]
    assert found == []


def test_verbs_fit_whoever_says_it() -> None:
    for situation in list_situations():
        for about in (situation.event, situation.for_it, situation.against_it, situation.step):
            first = to_first_person(about)
            assert not re.search(r"\bI (?:are|were|has)\b|\bthey\b", first), first
            assert not re.search(r"\byou(?: am| was|'m)\b", to_second_person(first)), first
        for said in (situation.thought, situation.fairer):
            assert not re.search(r"\byou(?: am| was|'m)\b", to_second_person(said)), said


@pytest.mark.parametrize("speaker", get_args(Speaker))
def test_no_text_speaks_of_a_symptom_whoever_says_it(speaker: Speaker) -> None:
    found = []
    for name, text in list_texts():
        spoken = put_in_first_person(text)
        for said in (text, spoken, f"I will {spoken}", f"I thought that {spoken}"):
            found += [(name, said, m.symptom) for m in find_mentions(said, speaker)]
    assert found == []


@pytest.mark.parametrize("sex", ["female", "male"])
@pytest.mark.parametrize("status", ["Married", "Never married"])
def test_every_adult_has_a_choice(sex: str, status: str) -> None:
    for age in range(18, 86):
        person = know(age=age, sex=sex, marital_status=status)
        assert sum(fits(situation, person) for situation in list_situations()) >= 25


def test_a_person_of_whom_nothing_is_known_has_a_choice() -> None:
    assert sum(fits(situation, ()) for situation in list_situations()) >= 25


@pytest.mark.parametrize(("age", "least"), [(18, 10), (25, 10), (65, 15), (80, 15)])
def test_the_young_and_the_old_have_situations_of_their_own(age: int, least: int) -> None:
    own = [s for s in list_situations() if s.ages != life.ADULT_AGES and fits(s, know(age=age))]
    assert len(own) >= least


def test_everybody_in_the_sample_has_a_choice() -> None:
    for profile in build_nhanes_sample_profiles():
        fitting = [s for s in list_situations() if fits(s, profile.demographics)]
        assert len(fitting) >= 25


def test_every_situation_can_happen_to_somebody() -> None:
    for situation in list_situations():
        low, high = situation.ages
        statuses = {"separated", "divorced", "widowed"} & {*situation.status}
        pair = "Married" if situation.partnered else min(statuses, default="Never married")
        work = min({"unemployed", "retired", "student"} & {*situation.status}, default="employed")
        person = know(
            age=(max(low, 18) + min(high, 90)) // 2,
            sex=situation.sex or "female",
            marital_status=pair,
            household="lives alone" if situation.lives_alone else "3 people",
            children="2" if situation.children else "none",
            employment=work,
        )
        assert fits(situation, person), situation.id


@pytest.mark.parametrize(
    ("facts", "ages", "fitting"),
    [
        (know(age=40), (18, 40), True),
        (know(age=41), (18, 40), False),
        (know(age="30-39"), (30, 45), True),
        (know(age_band="30–39 years"), (35, 45), False),
        (know(age="80 or older"), (65, 120), True),
        (know(age="80 or older"), (65, 85), False),
        (know(age="65+"), (60, 120), True),
        (know(age="under 30"), (18, 40), False),
        (know(age="30s"), (28, 40), True),
        (know(AgeInYearsAtScreening="34.5"), (30, 40), True),
        (know(age=34, age_group="30-39"), (33, 35), True),
        (know(age=34, age_group="50-59"), (18, 90), False),
        (know(age="1985-03-02"), (18, 90), False),
        (know(age="not known"), (18, 90), False),
        (know(age_at_onset=20), (18, 90), False),
        (know(age_of_child=20), (18, 90), False),
        ((), (18, 90), False),
        ((), (18, 120), True),
        (know(age=16), (18, 120), True),
    ],
)
def test_ages_are_read(facts: tuple[Fact, ...], ages: tuple[int, int], fitting: bool) -> None:
    assert fits(make_situation(ages=ages), facts) is fitting


def read(condition: str, facts: tuple[Fact, ...], yes: object = True, no: object = False) -> object:
    """What the facts tell of a condition: yes, no, or None where it fits neither."""
    told = [v for v in (yes, no) if fits(make_situation(**{condition: v}), facts)]
    assert len(told) <= 1
    return told[0] if told else None


@pytest.mark.parametrize(
    ("facts", "sex"),
    [
        (know(sex="Female"), "female"),
        (know(gender="F"), "female"),
        (know(Gender="woman"), "female"),
        (know(sex_assigned_at_birth="male"), "male"),
        (know(sex="male", gender="woman"), None),
        (know(gender="non-binary"), None),
        (know(sex="2"), None),
        (know(sex_of_partner="male"), None),
        ((), None),
    ],
)
def test_sex_is_read(facts: tuple[Fact, ...], sex: str | None) -> None:
    assert read("sex", facts, "female", "male") == sex


@pytest.mark.parametrize(
    ("facts", "partnered"),
    [
        (know(marital_status="Married"), True),
        (know(marital_status="Living with partner"), True),
        (know(MaritalStatus="Married/Living with partner"), True),
        (know(has_partner="yes"), True),
        (know(relationship_status="in a relationship"), True),
        (know(household="lives with her husband and two sons"), True),
        (know(marital_status="Never married"), False),
        (know(marital_status="Widowed/Divorced/Separated"), False),
        (know(marital_status="single"), False),
        (know(marital_status="previously married"), False),
        (know(has_partner="No"), False),
        (know(partner="no partner"), False),
        (know(relationship="not in a relationship"), False),
        (know(married="no"), None),
        (know(lives_with_partner="no"), None),
        (know(marital_status="separated, still married"), None),
        (know(marital_status="Divorced", has_partner="yes"), None),
        (know(partner_education="married"), None),
        (know(marital_status="refused"), None),
        (know(household="2 people"), None),
        ((), None),
    ],
)
def test_partnership_is_read(facts: tuple[Fact, ...], partnered: bool | None) -> None:
    assert read("partnered", facts) is partnered


@pytest.mark.parametrize(
    ("facts", "alone"),
    [
        (know(household="lives alone"), True),
        (know(household_size=1), True),
        (know(lives_alone="Yes"), True),
        (know(living_situation="on her own"), True),
        (know(household="1 person"), True),
        (know(household="2 people"), False),
        (know(household="7 or more people"), False),
        (know(TotalNumberOfPeopleInTheHousehold=3), False),
        (know(household="1 adult, 2 children"), False),
        (know(lives_alone="no"), False),
        (know(living_situation="with parents"), False),
        (know(marital_status="Living with partner"), False),
        (know(household="1 or more people"), None),
        (know(household_income="1"), None),
        (know(children_in_household="1"), None),
        (know(marital_status="Married"), None),
        ((), None),
    ],
)
def test_households_are_read(facts: tuple[Fact, ...], alone: bool | None) -> None:
    assert read("lives_alone", facts) is alone


@pytest.mark.parametrize(
    ("facts", "children"),
    [
        (know(children=2), True),
        (know(number_of_children="three"), True),
        (know(children="one son, one daughter"), True),
        (know(has_children="yes"), True),
        (know(parent="yes"), True),
        (know(household="lives with partner and children"), True),
        (know(children=0), False),
        (know(children="none"), False),
        (know(has_children="no"), False),
        (know(household="lives with parents and their children"), None),
        (know(household="lives without children"), None),
        (know(children_in_household=2), None),
        (know(age_of_children=12), None),
        (know(children="not asked"), None),
        ((), None),
    ],
)
def test_children_are_read(facts: tuple[Fact, ...], children: bool | None) -> None:
    assert read("children", facts) is children


@pytest.mark.parametrize(
    ("facts", "working"),
    [
        (know(employment="Employed full-time"), True),
        (know(work_situation="self-employed"), True),
        (know(employed="yes"), True),
        (know(occupation="student, works part time"), True),
        (know(employed="yes", retired="no"), True),
        (know(occupation="retired"), False),
        (know(work_status="Unemployed"), False),
        (know(employment="looking for work"), False),
        (know(employed="no"), False),
        (know(occupation="homemaker"), False),
        (know(occupation="carpenter"), None),
        (know(employment="employed", occupation="carpenter"), None),
        (know(employment="employed, on sick leave"), None),
        (know(occupation="student"), None),
        (know(employment="retired, works part time"), None),
        (know(partner_occupation="employed"), None),
        (know(unemployed="no"), None),
        ((), None),
    ],
)
def test_work_is_read(facts: tuple[Fact, ...], working: bool | None) -> None:
    assert read("working", facts) is working


@pytest.mark.parametrize(
    ("facts", "status", "fitting"),
    [
        (know(marital_status="Widowed"), ["widowed"], True),
        (know(marital_status="Divorced or separated"), ["divorced", "separated"], True),
        (know(marital_status="Divorced or separated"), ["divorced"], False),
        (know(marital_status="Widowed/Divorced/Separated"), ["divorced", "separated"], False),
        (know(marital_status="Never married"), ["divorced", "separated"], False),
        (know(occupation="retired teacher"), ["retired"], True),
        (know(unemployed="yes"), ["unemployed"], True),
        (know(unemployed="no"), ["unemployed"], False),
        (know(employment="student"), ["student"], True),
        ((), ["retired"], False),
    ],
)
def test_statuses_are_read(facts: tuple[Fact, ...], status: list[str], fitting: bool) -> None:
    assert fits(make_situation(status=status), facts) is fitting


def test_a_draw_depends_on_facts_and_seed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    person = know(age=34, sex="female", marital_status="Married")
    before = [draw_situation(person, seed) for seed in range(50)]
    assert [draw_situation(tuple(reversed(person)), seed) for seed in range(50)] == before
    assert all(fits(situation, person) for situation in before)

    read_file = tomllib.loads

    def read_shuffled(text: str) -> dict[str, object]:
        entries = read_file(text)["situation"]
        random.Random(1).shuffle(entries)
        return {"situation": entries}

    monkeypatch.setattr(tomllib, "loads", read_shuffled)
    list_situations.cache_clear()
    try:
        assert [draw_situation(person, seed) for seed in range(50)] == before
    finally:
        list_situations.cache_clear()


def test_draws_are_spread_over_all_that_fit() -> None:
    person = know(age=70)
    fitting = [situation.id for situation in list_situations() if fits(situation, person)]
    draws = Counter(draw_situation(person, seed).id for seed in range(60 * len(fitting)))
    assert draws.keys() == set(fitting)
    assert 25 < min(draws.values()) <= max(draws.values()) < 110


def test_a_description_is_marked_invented() -> None:
    situation = list_situations()[0]
    facts = describe(situation)
    assert [fact.name for fact in facts] == [
        "situation", "topic", "event", "thought", "person", "step",
    ]  # fmt: skip
    assert {fact.origin for fact in facts} == {"invented"}
    assert facts[0].value == situation.fact


def test_ages_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValidationError, match="lowest age"):
        make_situation(ages=(40, 30))
