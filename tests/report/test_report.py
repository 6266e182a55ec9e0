"""The report: figures side by side, what is good and what not, in a page that loads nothing."""

import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from assessment.making import make_dialogue, make_profile
from sqpsych.assessment import Measured, Row, Sample
from sqpsych.assessment.figures import Finding
from sqpsych.assessment.thresholds import parse_thresholds
from sqpsych.errors import InputError
from sqpsych.report import About, CorpusResults, compose_report, write_json, write_page
from sqpsych.report.contents import find_worst, load_targets
from sqpsych.report.pictures import draw_pictures

DAY = date(2026, 1, 2)
ABOUTS = (About("rules", "Faults", "By rule."), About("leakage", "Leakage", "By words."))
TARGETS = parse_thresholds(
    """
    [[threshold]]
    row = "artefacts a dialogue"
    at_most = 0
    says = "No artefacts"
    [[threshold]]
    row = "therapist AUC, all words"
    at_most = 0.6
    says = "No leak"
    """,
    "test",
)
HOSTILE = '<script>alert("x")</script> & "quotes" <img src=http://192.0.2.1/x>'


def make_results(name: str, artefacts: float = 0, text: str = "Hi.") -> CorpusResults:
    """A corpus of two dialogues, the second with findings."""
    dialogues = (
        make_dialogue("Hello.", text, person="a", name=f"{name}-a"),
        make_dialogue("Hello.", "Hi there.", person="b", name=f"{name}-b"),
    )
    sample = Sample(name, dialogues, {d.id: make_profile(person=d.pseudonym) for d in dialogues})
    rules = Measured(
        (Row("artefacts a dialogue", artefacts, 0.0, 2.0, 2, "lower", "2 placeholder"),),
        {f"{name}-b": (Finding(1, "placeholder", "Hi"), Finding(0, "end_marker", "Hello."))},
    )
    leakage = Measured(
        (
            Row("therapist AUC, all words", 0.75, 0.6, 0.9, 2, "lower"),
            Row("client AUC", None, None, None, 2, "none", "too few people"),
        ),
        tables={
            "symptoms": [{"symptom": "fatigue", "endorsed": 4, "endorsed and voiced": 3}],
            "vocabulary growth": [{"words": 1000, "both": 300}, {"words": 2000, "both": 450}],
        },
    )
    facts = {"protocol": "structured"}
    return CorpusResults(name, facts, sample, {"rules": rules, "leakage": leakage})


def write(tmp_path: Path, *corpora: CorpusResults) -> str:
    """Write a page, and read it."""
    path = tmp_path / "report.html"
    write_page(compose_report(corpora, ABOUTS, TARGETS), path, "A report", DAY)
    return path.read_text("utf-8")


class Links(HTMLParser):
    """Collects what a page would load, and its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is loaded."""
        if tag in {"script", "link", "img", "iframe", "object"}:
            self.loaded.append(tag)
        self.loaded += [f"{name}={value}" for name, value in attrs if name in {"src", "srcset"}]


def test_the_headline_says_what_is_good_and_what_is_not() -> None:
    report = compose_report([make_results("good"), make_results("bad", 3)], ABOUTS, TARGETS)
    verdicts = [[one.verdict for one in held] for held in report.headline]
    assert verdicts == [["met", "missed"], ["missed", "missed"]]


def test_figures_of_corpora_stand_side_by_side() -> None:
    one, other = make_results("one"), make_results("other", 3)
    other = CorpusResults("other", {}, other.sample, {"rules": other.results["rules"]})
    report = compose_report([one, other], ABOUTS, TARGETS)
    rules, leakage = report.sections
    assert [row.value if row else None for row in rules.lines[0].rows] == [0, 3]
    assert leakage.lines[0].rows[1] is None
    assert leakage.lines[0].better == "lower"


def test_what_could_not_be_measured_says_why() -> None:
    report = compose_report([make_results("one")], ABOUTS, TARGETS)
    assert report.missing == (("one", "client AUC", "too few people"),)


def test_worst_dialogues_come_first_and_clean_ones_do_not_come() -> None:
    (worst,) = find_worst(make_results("one"))
    assert worst.dialogue.id == "one-b"
    assert [finding.turn for finding in worst.findings] == [0, 1]
    assert worst.kinds == "1 end marker, 1 placeholder"


def test_the_page_holds_all_of_it_and_loads_nothing(tmp_path: Path) -> None:
    page = write(tmp_path, make_results("one"), make_results("other", 3))
    links = Links()
    links.feed(page)
    assert links.loaded == []
    assert not re.search(r"@import|url\(|https?://(?!www\.w3\.org)", page)
    for text in ("A report", "No artefacts", "too few people", "By rule.", "2026-01-02"):
        assert text in page
    assert page.count("<svg") == 4
    assert 'class="therapist marked"' in page


def test_pictures_take_the_colour_of_the_page() -> None:
    for picture in draw_pictures([make_results("one")]):
        assert "currentColor" in picture.svg
        assert "#010203" not in picture.svg


def test_dialogues_names_and_notes_are_escaped(tmp_path: Path) -> None:
    dialogue = make_dialogue(HOSTILE, HOSTILE, person="b", name="one-b")
    rows = (Row(HOSTILE, 1, None, None, 1, "lower", HOSTILE),)
    rules = Measured(rows, {"one-b": (Finding(0, "marker", HOSTILE),)})
    sample = Sample("x", (dialogue,), {"one-b": make_profile()})
    page = write(tmp_path, CorpusResults(HOSTILE, {HOSTILE: HOSTILE}, sample, {"rules": rules}))
    links = Links()
    links.feed(page)
    assert links.loaded == []
    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_a_turn_of_ten_thousand_words_is_cut_in_the_page(tmp_path: Path) -> None:
    dialogue = make_dialogue("word " * 10_000, "Hi.", name="long")
    rules = Measured((), {"long": (Finding(0, "long_turn", "word " * 10_000),)})
    sample = Sample("x", (dialogue,), {"long": make_profile()})
    page = write(tmp_path, CorpusResults("x", {}, sample, {"rules": rules}))
    assert len(page) < 40_000
    assert "50,000 letters" in page


def test_the_figures_are_there_as_json(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_json(compose_report([make_results("one", 3)], ABOUTS, TARGETS), path, DAY)
    (corpus,) = json.loads(path.read_text("utf-8"))["corpora"]
    figures = {figure["name"]: figure for figure in corpus["figures"]}
    assert figures["artefacts a dialogue"]["value"] == 3
    assert figures["client AUC"]["value"] is None
    assert figures["client AUC"]["note"] == "too few people"
    assert corpus["headline"][0] == {
        "row": "artefacts a dialogue", "goal": "at most 0", "verdict": "missed",
    }  # fmt: skip
    assert corpus["findings"]["one-b"][0]["kind"] == "end_marker"


def test_a_page_that_cannot_be_written_is_named_and_none_is_left(tmp_path: Path) -> None:
    report = compose_report([make_results("one")], ABOUTS, TARGETS)
    with pytest.raises(InputError, match="away"):
        write_json(report, tmp_path / "away" / "report.json", DAY)
    assert list(tmp_path.iterdir()) == []


def test_the_shipped_targets_can_be_read() -> None:
    targets = load_targets()
    assert len({target.row for target in targets}) == len(targets)
    assert all(target.says for target in targets)
