"""All measures that ship, taken of a small corpus and put into a page."""

from datetime import date
from html import unescape
from pathlib import Path

import pytest

from sqpsych.assessment import MEASURES, Sample, take_measures
from sqpsych.records import Symptom
from sqpsych.report import About, CorpusResults, compose_report, write_page
from sqpsych.report.contents import load_targets
from sqpsych.report.pictures import PICTURES, draw_pictures

from assessment.making import make_dialogue, make_profile  # isort: skip

PEOPLE = 24


@pytest.fixture(scope="module")
def corpus() -> CorpusResults:
    """People of two groups, those of one tired; everyone else says the same."""
    dialogues, profiles, labels = [], {}, {}
    for number in range(PEOPLE):
        tired = number % 2
        dialogue = make_dialogue(
            "Hello, how have your days been?",
            "I am tired nearly every day." if tired else "My days are much as ever.",
            f"You say {'you are tired' if tired else 'they are as ever'}. What did you do?",
            f"I walked {number + 2} times round the lake with Mona.",
            "Thank you. See you next Monday at four, goodbye.",
            "Thank you, goodbye.",
            person=f"p{number}",
            name=f"d{number}",
        )
        dialogues.append(dialogue)
        profiles[dialogue.id] = make_profile(
            (Symptom.FATIGUE, float(tired)), (Symptom.INSOMNIA, 0.0), person=f"p{number}"
        )
        labels[dialogue.id] = tired
    sample = Sample("small", tuple(dialogues), profiles, labels, ("well", "tired"))
    return CorpusResults("small", {}, sample, take_measures(sample, MEASURES))


def test_names_of_measures_and_of_figures_are_unique(corpus: CorpusResults) -> None:
    names = [row.name for row in corpus.rows]
    assert len(set(names)) == len(names)
    assert len({measure.name for measure in MEASURES}) == len(MEASURES)


def test_every_target_is_a_figure(corpus: CorpusResults) -> None:
    names = {row.name for row in corpus.rows}
    assert [target.row for target in load_targets() if target.row not in names] == []


def test_what_has_no_value_says_why(corpus: CorpusResults) -> None:
    assert [row.name for row in corpus.rows if row.value is None and not row.note] == []


def test_every_picture_is_drawn(corpus: CorpusResults) -> None:
    assert len(draw_pictures([corpus])) == len(PICTURES)


def test_the_page_holds_all_sections(corpus: CorpusResults, tmp_path: Path) -> None:
    abouts = [About(measure.name, measure.title, measure.about) for measure in MEASURES]
    write_page(compose_report([corpus], abouts), tmp_path / "r.html", "All", date(2026, 1, 2))
    page = unescape((tmp_path / "r.html").read_text("utf-8"))
    assert [m.title for m in MEASURES if f">{m.title}</h3>" not in page] == []
