"""Facts told of the client, and how many people they fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.assessment import Measured, Row, Sample
from sqpsych.assessment.privacy.singling_out import (
    SINGLING_OUT,
    count_fitting,
    find_told,
    index_people,
)
from sqpsych.records import ClientProfile, Dialogue, Fact

from ..making import make_dialogue


def describe(person: str = "person", **facts: str) -> ClientProfile:
    return ClientProfile(
        pseudonym=person,
        demographics=tuple(Fact(name=name, value=value) for name, value in facts.items()),
    )


def tell(line: str, **facts: str) -> list[tuple[str, str]]:
    return [each.trait for each in find_told(make_dialogue("Well?", line), describe(**facts))]


def take(*pairs: tuple[Dialogue, ClientProfile | None]) -> Measured:
    profiles = {dialogue.id: profile for dialogue, profile in pairs if profile}
    return SINGLING_OUT.take(Sample("any", tuple(dialogue for dialogue, _ in pairs), profiles))


def by_name(measured: Measured) -> dict[str, Row]:
    return {row.name: row for row in measured.rows}


FEW = "told facts fit fewer than 5 people, share"
TOLD = "observed facts told a dialogue"


@pytest.mark.parametrize(
    "line",
    [
        "I'm 52, after all.",
        "I am fifty-two.",
        "I'm only 52 now.",
        "As a 52-year-old I should know.",
        "I just turned fifty two.",
        "Nobody hires you at the age of 52.",
    ],
)
def test_an_age_is_told(line: str) -> None:
    assert tell(line, age="52") == [("age", "52")]


@pytest.mark.parametrize(
    "line",
    [
        "I'm 52 minutes late.",
        "It costs 52 pounds.",
        "I'm not 52.",
        "I live at number 52.",
        "I'm 53.",
        "I am fifty.",
        "I'm 52nd in the queue.",
    ],
)
def test_other_numbers_are_no_age(line: str) -> None:
    assert tell(line, age="52") == []


def test_ten_years_are_told_without_the_age() -> None:
    assert tell("In my early fifties I want some rest.", age="52") == [("age", "in the 50s")]
    assert tell("In my forties I had none.", age="52") == []


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("female", "As a single mother I get up at five."),
        ("Male", "I'm a man of few words."),
        ("Married", "My wife works nights."),
        ("Widowed", "My late husband did the garden."),
        ("Divorced", "Since the divorce? I'm divorced, yes."),
        ("Separated", "We separated in spring."),
        ("Never married", "I'm single."),
        ("Living with partner", "I moved in with my boyfriend."),
        ("beekeeper", "I have been a beekeeper since school."),
    ],
)
def test_other_facts_are_told(value: str, line: str) -> None:
    assert tell(line, fact=value) == [("fact", value.lower())]


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("female", "My mother is a woman of few words."),
        ("male", "The man next door is loud."),
        ("Married", "My ex-wife works nights, and I'm not married."),
        ("Widowed", "My neighbour is a widow."),
        ("Never married", "Every single day is the same."),
        ("beekeeper", "I am a teacher."),
    ],
)
def test_what_is_said_of_others_is_not_told_of_the_client(value: str, line: str) -> None:
    assert tell(line, fact=value) == []


def test_invented_facts_lead_to_nobody() -> None:
    invented = ClientProfile(
        pseudonym="a", demographics=(Fact(name="job", value="beekeeper", origin="invented"),)
    )
    assert find_told(make_dialogue("Well?", "I am a beekeeper."), invented) == ()


def test_people_fit_who_have_all_that_is_told() -> None:
    profiles = [
        describe("a", age="52", job="beekeeper"),
        describe("b", age="57", job="beekeeper"),
        describe("c", age="52", job="baker"),
    ]
    people, everyone = index_people(profiles), frozenset("abc")
    assert count_fitting([], people, everyone) == 3
    assert count_fitting([("age", "in the 50s")], people, everyone) == 3
    assert count_fitting([("age", "52")], people, everyone) == 2
    assert count_fitting([("age", "52"), ("job", "beekeeper")], people, everyone) == 1
    assert count_fitting([("job", "judge")], people, everyone) == 0


@given(
    st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("pqr")), min_size=1),
    st.lists(st.sampled_from("xyz")),
)
def test_telling_more_never_lets_more_people_fit(
    drawn: list[tuple[str, str]], told: list[str]
) -> None:
    profiles = [describe(f"{n}", one=one, two=two) for n, (one, two) in enumerate(drawn)]
    people, everyone = index_people(profiles), frozenset(p.pseudonym for p in profiles)
    traits = [("one", value) for value in told]
    sizes = [count_fitting(traits[:n], people, everyone) for n in range(len(traits) + 1)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == len(profiles)


def sample_of_nine() -> list[tuple[Dialogue, ClientProfile]]:
    """Five beekeepers, of whom one is widowed, and four bakers."""
    pairs = []
    for n in range(9):
        job = "beekeeper" if n < 5 else "baker"
        family = "Widowed" if n == 0 else "Married"
        line = "My late wife helped." if n == 0 else "It rains."
        dialogue = make_dialogue(
            "What do you do?", f"I am a {job}.", "And at home?", line, person=f"p{n}"
        )
        pairs.append((dialogue, describe(f"p{n}", job=job, family=family)))
    return pairs


def test_fewer_than_five_who_fit_single_out() -> None:
    pairs = sample_of_nine()
    measured = take(*pairs)
    row = by_name(measured)[FEW]
    assert row.value == pytest.approx(5 / 9)
    assert (row.n, row.better) == (9, "lower")
    assert "9 people" in row.note
    assert "lower bound" in row.note
    assert by_name(measured)[TOLD].value == pytest.approx(10 / 9)
    assert set(measured.findings) == {pairs[0][0].id, *(pair[0].id for pair in pairs[5:])}
    (finding,) = measured.findings[pairs[0][0].id]
    assert (finding.turn, finding.kind, finding.quote) == (3, "singled_out", "My late wife")


def test_tables_say_how_many_fit_and_what_was_told() -> None:
    tables = take(*sample_of_nine()).tables
    assert [line["dialogues"] for line in tables["people who fit"]] == [1, 4, 4, 0, 0]
    assert tables["facts told"] == [
        {"field": "job", "dialogues": 9},
        {"field": "family", "dialogues": 1},
    ]


def test_nothing_told_singles_nobody_out() -> None:
    pairs = [
        (make_dialogue("Well?", "It rains.", person=f"p{n}"), describe(f"p{n}", age=f"{20 + n}"))
        for n in range(6)
    ]
    measured = take(*pairs)
    assert by_name(measured)[FEW].value == 0
    assert measured.findings == {}


def test_a_person_of_several_dialogues_is_one_person() -> None:
    profile = describe("a", job="beekeeper")
    same = [
        (make_dialogue("Well?", "I am a beekeeper.", person="a", name=f"d{n}"), profile)
        for n in range(6)
    ]
    others = [
        (make_dialogue("Well?", "No.", person=f"p{n}"), describe(f"p{n}", job="baker"))
        for n in range(6)
    ]
    row = by_name(take(*same, *others))[FEW]
    assert row.value == 0.5
    assert row.n == 7


def test_what_cannot_be_counted_is_missing_with_a_reason() -> None:
    told = make_dialogue("Well?", "I am a beekeeper.")
    for measured, why in (
        (take(), "no closed dialogue"),
        (take((told, None)), "no observed facts in the profiles"),
        (take((told, describe(job="beekeeper"))), "fewer than 5 people"),
    ):
        assert [(row.value, row.note) for row in measured.rows] == [(None, why)] * 2
        assert measured.findings == {}
