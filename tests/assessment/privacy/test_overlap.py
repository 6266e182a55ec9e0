"""Words of the record in the dialogue: statements copied, values said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.assessment import Measured, Row, Sample
from sqpsych.assessment.privacy.overlap import (
    OVERLAP,
    find_copies,
    find_values,
    is_telling,
    list_observed,
    split_words,
)
from sqpsych.instruments import load_instrument, render_statements
from sqpsych.records import ClientProfile, Dialogue, Fact, Statement, Symptom

from ..making import make_dialogue

STATEMENT = "The client has lain awake until the small hours, going over old quarrels."


def state(text: str = STATEMENT, symptom: Symptom = Symptom.INSOMNIA) -> Statement:
    return Statement(instrument="any", item=symptom.value, symptom=symptom, text=text, severity=1)


def describe(
    *facts: Fact, person: str = "person", statements: tuple[Statement, ...] = ()
) -> ClientProfile:
    return ClientProfile(pseudonym=person, demographics=facts, statements=statements)


def take(*pairs: tuple[Dialogue, ClientProfile | None]) -> Measured:
    profiles = {dialogue.id: profile for dialogue, profile in pairs if profile}
    return OVERLAP.take(Sample("any", tuple(dialogue for dialogue, _ in pairs), profiles))


def by_name(measured: Measured) -> dict[str, Row]:
    return {row.name: row for row in measured.rows}


COPIED = "with a copied statement, share"
NEAR = "with a nearly copied statement, share"
SAID = "with an observed value said, share"


@given(st.text())
def test_words_stand_where_they_say(text: str) -> None:
    for word in split_words(text):
        assert text[word.start : word.end].strip() == text[word.start : word.end] != ""


def test_words_are_plain() -> None:
    words = split_words("I don’t earn 12,500 a year, do I?")
    assert [word.plain for word in words] == ["i", "dont", "earn", "12500", "a", "year", "do", "i"]


def test_seven_words_in_a_row_are_copied_and_quoted_as_said() -> None:
    dialogue = make_dialogue("Well?", "Oh, I've Lain Awake until the small hours - going nowhere.")
    (finding,) = find_copies(dialogue, [state()])
    assert (finding.turn, finding.kind) == (1, "statement_copied")
    assert finding.quote == "Lain Awake until the small hours - going"


def test_the_longest_stretch_is_one_finding() -> None:
    line = "Lain awake until the small hours, going over old quarrels, as I said."
    (finding,) = find_copies(make_dialogue("Well?", line), [state()])
    assert finding.quote == "Lain awake until the small hours, going over old quarrels"


def test_six_words_in_a_row_are_not_copied() -> None:
    dialogue = make_dialogue(
        "Well?",
        "Those lain awake until the small hours know little of such cold, wet and windy days.",
    )
    assert find_copies(dialogue, [state()]) == ()


def test_two_stretches_are_two_findings() -> None:
    other = state(
        "The client has given up choir, chess and the allotment by the river.", Symptom.CRYING
    )
    line = (
        "has lain awake until the small hours. Then nothing. "
        "given up choir, chess and the allotment by the river"
    )
    found = find_copies(make_dialogue("Well?", line), [state(), other])
    assert [finding.kind for finding in found] == ["statement_copied"] * 2


def test_a_sentence_that_comes_near_a_statement_is_found() -> None:
    line = "No. I have lain awake till the small hours, going on over old quarrels."
    (finding,) = find_copies(make_dialogue("Well?", line), [state()])
    assert finding.kind == "statement_nearly_copied"
    assert finding.quote == "I have lain awake till the small hours, going on over old quarrels."


def test_other_words_for_the_same_are_not_near() -> None:
    line = "I hardly sleep, because I keep thinking of fights we had years ago."
    assert find_copies(make_dialogue("Well?", line), [state()]) == ()


def test_short_sentences_and_short_statements_are_not_near() -> None:
    dialogue = make_dialogue("Well?", "I feel very sad. I do not feel sad at all, no.")
    assert find_copies(dialogue, [state("The client does not feel sad.")]) == ()
    assert find_copies(make_dialogue("Well?", "Going over old quarrels."), [state()]) == ()


def test_the_therapists_words_count_too() -> None:
    dialogue = make_dialogue("So you have lain awake until the small hours, going over it?")
    assert [finding.turn for finding in find_copies(dialogue, [state()])] == [0]


def test_phrases_of_the_questionnaire_are_no_copies() -> None:
    instrument = load_instrument("phq9")
    statements = render_statements(instrument, {item.id: 2 for item in instrument.items})
    period = "Was that so on more than half of the days in the last two weeks?"
    assert find_copies(make_dialogue(period), statements) == ()
    copied = "I have cared little for things or got little joy out of them."
    assert len(find_copies(make_dialogue(copied), statements)) == 1


@pytest.mark.parametrize(
    ("value", "telling"),
    [
        ("female", False),
        ("Never married", False),
        ("Living with partner", False),
        ("55", False),
        ("Some college", False),
        ("none", False),
        ("", False),
        ("beekeeper", True),
        ("IT consultant", True),
        ("12,500 dollars", True),
        ("14 March 2019", True),
        ("Aberystwyth", True),
    ],
)
def test_values_are_telling_or_not(value: str, telling: bool) -> None:
    assert is_telling(value) is telling


def test_values_are_found_as_whole_words_where_first_said() -> None:
    job, town = Fact(name="job", value="bee keeper"), Fact(name="town", value="Bath")
    dialogue = make_dialogue(
        "Where is that?", "By the bathhouse.", "You are a Bee Keeper?", "A bee keeper, in Bath."
    )
    found = find_values(dialogue, [town, job])
    assert [(said.fact.name, said.turn, said.quote) for said in found] == [
        ("job", 2, "Bee Keeper"),
        ("town", 3, "Bath"),
    ]


def test_of_a_long_value_seven_words_in_a_row_will_do() -> None:
    story = Fact(name="note", value="Lost the boat shed in a storm off Skye, then sold up.")
    told = make_dialogue("And?", "We lost the boat shed in a storm.")
    assert [said.quote for said in find_values(told, [story])] == ["lost the boat shed in a storm"]
    assert find_values(make_dialogue("And?", "We lost the boat shed in a fire."), [story]) == ()


def test_invented_facts_are_nobodys() -> None:
    profile = describe(
        Fact(name="job", value="beekeeper", origin="invented"), Fact(name="town", value="Bath")
    )
    assert [fact.name for fact in list_observed(profile)] == ["town"]
    assert list_observed(None) == ()


def test_shares_are_of_dialogues_that_could_say_it() -> None:
    told = make_dialogue("Well?", "I am a beekeeper.", person="a")
    silent = make_dialogue("Well?", "I keep to myself.", person="b")
    bare = make_dialogue("Well?", "I am a beekeeper.", person="c")
    job = Fact(name="job", value="beekeeper")
    measured = take(
        (told, describe(job, person="a")), (silent, describe(job, person="b")), (bare, None)
    )
    row = by_name(measured)[SAID]
    assert (row.value, row.n, row.note) == (0.5, 2, "1 job")
    assert [(f.kind, f.quote) for f in measured.findings[told.id]] == [
        ("observed_value", "beekeeper")
    ]
    assert list(measured.findings) == [told.id]
    assert measured.tables["observed values"] == [{"field": "job", "looked for": 2, "said": 1}]


def test_a_value_that_most_people_have_tells_nobody_apart() -> None:
    line = "I left at lower sixth level."
    common = [
        (
            make_dialogue("Well?", line, person=f"p{n}"),
            describe(Fact(name="level", value="Lower sixth level"), person=f"p{n}"),
        )
        for n in range(12)
    ]
    row = by_name(take(*common))[SAID]
    assert row.value is None
    assert "rare" in row.note
    assert by_name(take(*common[:3]))[SAID].value == 1


def test_copies_are_shares_of_dialogues_with_answers() -> None:
    copied = make_dialogue(
        "Well?", "I've lain awake until the small hours, going over it.", person="a"
    )
    other = make_dialogue("Well?", "I hardly sleep.", person="b")
    measured = take(
        (copied, describe(person="a", statements=(state(),))),
        (other, describe(person="b", statements=(state(),))),
        (make_dialogue("Well?", "No.", person="c"), None),
    )
    rows = by_name(measured)
    assert (rows[COPIED].value, rows[COPIED].n, rows[COPIED].better) == (0.5, 2, "lower")
    assert rows[NEAR].value == 0
    assert measured.tables["copies"][0] == {
        "kind": "statement_copied",
        "dialogues": 1,
        "findings": 1,
    }


def test_what_cannot_be_looked_for_is_missing_with_a_reason() -> None:
    rejected = make_dialogue("Well?", "No.", ending="rejected", reason="turn 2: x")
    for measured in (take(), take((rejected, describe(statements=(state(),))))):
        assert [row.note for row in measured.rows] == ["no closed dialogue"] * 3
        assert all(row.value is None for row in measured.rows)
    rows = by_name(take((make_dialogue("Well?", "No."), None)))
    assert rows[COPIED].note == "no questionnaire answers came with these dialogues"
    assert rows[SAID].note == "no observed facts in the profiles"
    rows = by_name(take((make_dialogue("Well?", "No."), describe(Fact(name="sex", value="male")))))
    assert "rare" in rows[SAID].note
