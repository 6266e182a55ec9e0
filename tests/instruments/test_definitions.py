"""An instrument of one's own, and everything that can be wrong with its file."""

from pathlib import Path

import pytest

from sqpsych.errors import InstrumentError
from sqpsych.instruments import load_instrument, score_answers

SOUND = """\
id: mood2
title: Two questions on mood
language: en
licence: ours
source: this test
time_frame: today
rater: self
items:
  - id: mood2_1
    label: Sadness
    symptom: depressed_mood
    options:
      - value: 0
        label: never
        statement: The client is cheerful.
      - value: 1
        label: always
        statement: The client is sad.
  - id: mood2_2
    label: Calm
    symptom: tension
    reversed: true
    options:
      - value: 0
        label: never
        statement: The client is never calm.
      - value: 1
        label: always
        statement: The client is calm.
scales:
  - id: total
    label: Mood
    items: [mood2_1, mood2_2]
    max_missing: 1
    prorate: true
    missing_source: this test
    bands:
      - {label: low, low: 0, high: 0, source: this test}
      - {label: high, low: 1, high: 2, source: this test}
grading: frequency
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "mood2.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_own_instrument_is_loaded_by_path_or_text(tmp_path: Path) -> None:
    path = write(tmp_path, SOUND)
    instrument = load_instrument(path)
    assert instrument == load_instrument(str(path))
    assert score_answers(instrument, {"mood2_1": 1})[0].value == 2


FAULTS = {
    "misspelt field": ("    label: Sadness", "    lable: Sadness", "line 10", "mean 'label'"),
    "misspelt field at the top": ("rater: self", "ratter: self", "line 7", "Did you mean 'rater'"),
    "missing field": ("    label: Sadness\n", "", "item mood2_1, label: found nothing", "Add it"),
    "unknown symptom": (
        "symptom: tension",
        "symptom: tensoin",
        "line 21: item mood2_2, symptom: found 'tensoin'",
        "Did you mean 'tension'",
    ),
    "unknown rater": ("rater: self", "rater: me", "line 7", "'self' or 'clinician'"),
    "number as text": ("value: 1", "value: '1'", "item mood2_1, option 2, value", "valid integer"),
    "yes for a label": ("label: always", "label: yes", "found True", "quotation marks"),
    "repeated item": (
        "  - id: mood2_2",
        "  - id: mood2_1",
        "line 19",
        "found 'mood2_1' again",
    ),
    "malformed id": ("id: mood2\n", "id: Mood-2\n", "line 1: id: found 'Mood-2'", "Rename it"),
    "language in words": ("language: en", "language: English", "line 3", "ISO 639-1"),
    "options out of order": (
        "value: 0",
        "value: 2",
        "line 16: item mood2_1, option 2, value: found 1 after 2",
        "ascend",
    ),
    "single option": (
        "      - value: 1\n        label: always\n        statement: The client is sad.\n",
        "",
        "item mood2_1, options: found 1 option(s)",
        "at least two",
    ),
    "statement used twice": (
        "statement: The client is sad.",
        "statement: The client is cheerful.",
        "line 15",
        "Reword",
    ),
    "digits in a statement": ("is sad.", "is sad on 5 days.", "line 18", "no digits"),
    "empty statement": (
        "statement: The client is sad.",
        "statement: ''",
        "line 18",
        "a sentence",
    ),
    "scale with an unknown item": (
        "items: [mood2_1, mood2_2]",
        "items: [mood2_1, mood_2]",
        "scale total, item 2: found 'mood_2'",
        "Did you mean 'mood2_2'",
    ),
    "scale with an item twice": (
        "items: [mood2_1, mood2_2]",
        "items: [mood2_1, mood2_2, mood2_2]",
        "found 'mood2_2' again",
        "every item once",
    ),
    "scored item in no scale": (
        "items: [mood2_1, mood2_2]",
        "items: [mood2_1]",
        "line 19: item mood2_2, id: found 'mood2_2' in no scale",
        "Add it to a scale",
    ),
    "unscored item in a scale": (
        "    reversed: true",
        "    scored: false",
        "'mood2_2', scored: false",
        "scored items only",
    ),
    "overlapping bands": ("low: 1, high: 2", "low: 0, high: 2", "an overlap", "expected 1"),
    "gapped bands": (
        "low: 1, high: 2",
        "low: 2, high: 2",
        "line 39: scale total, band 2, low: found 2",
        "(a gap); expected 1",
    ),
    "bands that end too low": ("high: 2", "high: 1", "found 1", "2, the highest score possible"),
    "bands that begin too high": ("low: 0,", "low: -1,", "found -1", "0, the lowest score"),
    "band label twice": ("label: high, ", "label: low, ", "'low' again", "labels used once"),
    "everything may be missing": ("max_missing: 1", "max_missing: 2", "found 2", "0 to 1"),
    "prorating unequal items": (
        "      - value: 1\n        label: always\n        statement: The client is calm.",
        "      - value: 2\n        label: always\n        statement: The client is calm.",
        "scale total, prorate: found true",
        "items of one range",
    ),
    "empty title": ("title: Two questions on mood", "title: ' '", "line 2: title", "an empty text"),
    "empty source": ("source: this test\ntime", "source: ''\ntime", "line 5: source", "Write them"),
    "band without a source": (
        "high: 2, source: this test",
        "high: 2, source: ''",
        "scale total, band 2, source: found an empty text",
        "expected words",
    ),
    "band without a label": ("label: high, ", "label: '', ", "band 2, label", "an empty text"),
    "repeated field": ("rater: self", "rater: self\nrater: self", "rater: found", "Remove one"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_named_with_place_and_remedy(tmp_path: Path, name: str) -> None:
    old, new, *expected = FAULTS[name]
    assert old in SOUND
    path = write(tmp_path, SOUND.replace(old, new, 1))
    with pytest.raises(InstrumentError) as caught:
        load_instrument(path)
    message = str(caught.value)
    assert f"{path}, line " in message
    for part in expected:
        assert part in message


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    text = SOUND.replace("language: en", "language: English").replace("high: 2", "high: 9")
    with pytest.raises(InstrumentError) as caught:
        load_instrument(write(tmp_path, text))
    assert len(str(caught.value).splitlines()) == 2


def test_missing_without_prorating_needs_items_that_can_be_zero(tmp_path: Path) -> None:
    text = SOUND.replace("prorate: true", "prorate: false")
    text = text.replace("value: 1", "value: 2").replace("value: 0", "value: 1")
    with pytest.raises(InstrumentError, match="with items that cannot be 0; expected items"):
        load_instrument(write(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "found an empty file"),
        ("- a\n- b\n", "found a list"),
        ("id: [", "not valid YAML"),
        ("id: !!python/name:os.system\n", "not valid YAML"),
    ],
)
def test_file_that_is_no_definition(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(InstrumentError, match=expected):
        load_instrument(write(tmp_path, text))


def test_file_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "mood2.yaml"
    path.write_bytes("title: Fragebögen".encode("latin-1"))
    with pytest.raises(InstrumentError, match="UTF-8"):
        load_instrument(path)


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match=r"gone\.yaml: cannot be read"):
        load_instrument(tmp_path / "gone.yaml")


def test_example_of_the_guide_is_sound(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "instruments.md").read_text(encoding="utf-8")
    example = guide.split("```yaml\n")[1].split("```")[0]
    assert load_instrument(write(tmp_path, example)).id == "sleep2"
