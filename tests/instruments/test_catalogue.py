"""What the instruments of the catalogue hold."""

import re

import pytest

import sqpsych.instruments
from sqpsych.errors import InstrumentError
from sqpsych.instruments import list_instruments, load_instrument
from sqpsych.records import Instrument, Item

INSTRUMENTS = list_instruments()
STATEMENTS = [
    (item.id, option.statement)
    for instrument in INSTRUMENTS
    for item in instrument.items
    for option in item.options
]
PRONOUNS = {"he", "she", "him", "her", "his", "hers", "himself", "herself", "they", "their"}
NAMES = re.compile(
    r"phq|gad|ham-?d|ham-?a\b|hdrs|bdi|\bbeck\b|hamilton|questionnaire|inventory|item|score|"
    r"depressi(on|ve) (disorder|episode)|anxiety disorder|diagnos",
    re.IGNORECASE,
)


def find_item(instrument_id: str, item_id: str) -> Item:
    instrument = load_instrument(instrument_id)
    return next(item for item in instrument.items if item.id == item_id)


def test_exports_are_sorted_and_exist() -> None:
    exports = sqpsych.instruments.__all__
    assert exports == sorted(exports)
    assert all(hasattr(sqpsych.instruments, name) for name in exports)


def test_list_is_sorted_by_id() -> None:
    assert [instrument.id for instrument in INSTRUMENTS] == [
        "bdi21",
        "gad7",
        "hama14",
        "hamd17",
        "phq8",
        "phq9",
    ]


@pytest.mark.parametrize(
    ("name", "count", "highest", "rater"),
    [
        ("phq9", 9, 27, "self"),
        ("phq8", 8, 24, "self"),
        ("gad7", 7, 21, "self"),
        ("hamd17", 17, 52, "clinician"),
        ("hama14", 14, 56, "clinician"),
        ("bdi21", 21, 63, "self"),
    ],
)
def test_published_number_of_items_and_range(
    name: str, count: int, highest: int, rater: str
) -> None:
    instrument = load_instrument(name)
    scored = [item for item in instrument.items if item.scored]
    assert [item.id for item in scored] == [f"{name}_{n}" for n in range(1, count + 1)]
    assert all(item.options[0].value == 0 for item in scored)
    assert sum(item.options[-1].value for item in scored) == highest
    assert instrument.rater == rater
    total = instrument.scales[0]
    assert total.id == "total"
    assert total.items == tuple(item.id for item in scored)


def test_hamd_items_have_their_published_ranges() -> None:
    short = {4, 5, 6, 12, 13, 14, 16, 17}
    for number, item in enumerate(load_instrument("hamd17").items, start=1):
        assert item.options[-1].value == (2 if number in short else 4)


def test_hama_subscales_are_hamiltons() -> None:
    scales = {scale.id: scale.items for scale in load_instrument("hama14").scales}
    assert scales["psychic"] == tuple(f"hama14_{n}" for n in (1, 2, 3, 4, 5, 6, 14))
    assert scales["somatic"] == tuple(f"hama14_{n}" for n in range(7, 14))


def test_phq8_is_phq9_without_the_suicidality_item() -> None:
    shorter, longer = load_instrument("phq8").items, load_instrument("phq9").items
    for eighth, ninth in zip(shorter, longer[:8], strict=True):
        assert eighth.model_dump(exclude={"id"}) == ninth.model_dump(exclude={"id"})


def test_suicidality_and_sexual_items_are_sensitive_and_no_others() -> None:
    sensitive = {item.id for one in INSTRUMENTS for item in one.items if item.sensitive}
    assert sensitive == {
        "phq9_9",
        "hamd17_3",
        "hamd17_14",
        "hama14_12",
        "bdi21_9",
        "bdi21_21",
    }


@pytest.mark.parametrize(
    ("name", "item_id"), [("phq9", "phq9_9"), ("hamd17", "hamd17_3"), ("bdi21", "bdi21_9")]
)
def test_suicidality_items(name: str, item_id: str) -> None:
    assert find_item(name, item_id).symptom == "suicidality"


def test_intended_weight_loss_is_asked_but_not_scored() -> None:
    item = find_item("bdi21", "bdi21_19a")
    assert not item.scored
    assert [option.value for option in item.options] == [0, 1]
    assert [item.id for item in load_instrument("bdi21").items][18:20] == ["bdi21_19", "bdi21_19a"]


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda one: one.id)
def test_licence_and_sources_are_named(instrument: Instrument) -> None:
    assert "sqpsych's own words" in instrument.licence
    assert re.search(r"\d{4}", instrument.source)
    assert all(scale.missing_source for scale in instrument.scales)
    assert instrument.language == "en"


@pytest.mark.parametrize(("item_id", "text"), STATEMENTS)
def test_statement_is_one_plain_sentence_about_the_client(item_id: str, text: str) -> None:
    words = re.findall(r"[a-z]+", text.lower())
    assert text.startswith("The client ")
    assert text.endswith(".")
    assert text.count(".") == 1
    assert "  " not in text
    assert not re.search(r"\d", text)
    assert not NAMES.search(text)
    assert not PRONOUNS & set(words)
    assert len(words) <= 30


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda one: one.id)
def test_no_two_answers_share_a_statement(instrument: Instrument) -> None:
    texts = [option.statement for item in instrument.items for option in item.options]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("name", ["phq9", "phq8", "gad7"])
def test_frequency_statements_carry_the_frequency(name: str) -> None:
    phrases = ("several days", "more than half of the days", "nearly every day")
    labels = ("not at all", "several days", "more than half the days", "nearly every day")
    for item in load_instrument(name).items:
        assert tuple(option.label for option in item.options) == labels
        assert all("last two weeks" in option.statement for option in item.options)
        for option, phrase in zip(item.options[1:], phrases, strict=True):
            assert phrase in option.statement


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("PHQ-9", "phq9"), ("phq", "phq"), ("hamd", "hamd17"), ("gad", "gad7"), ("BDI", "bdi21")],
)
def test_unknown_name_suggests_the_nearest(wrong: str, meant: str) -> None:
    with pytest.raises(InstrumentError, match=f"Did you mean '{meant}") as caught:
        load_instrument(wrong)
    assert "Known: bdi21, gad7, hama14, hamd17, phq8, phq9" in str(caught.value)


def test_unknown_name_far_from_all_suggests_none() -> None:
    with pytest.raises(InstrumentError, match=r"No instrument is called 'xyz'\. Known"):
        load_instrument("xyz")
