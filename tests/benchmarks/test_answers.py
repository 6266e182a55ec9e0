"""What models write is read as what they answered, and never in their favour."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.benchmarks.answers import read_choice, read_labels

WRITTEN = yaml.safe_load((Path(__file__).parent / "answers.yaml").read_text("utf-8"))
CHOICES: dict[str, dict[str, str]] = WRITTEN["choices"]
LABELS: dict[str, list[str]] = WRITTEN["label_sets"]
CHOICE_ANSWERS: list[dict[str, Any]] = WRITTEN["choice_answers"]
LABEL_ANSWERS: list[dict[str, Any]] = WRITTEN["label_answers"]


def name_answer(answer: dict[str, Any]) -> str:
    return str(answer["text"])[:40]


@pytest.mark.parametrize("answer", CHOICE_ANSWERS, ids=name_answer)
def test_the_choice_that_was_answered_is_read(answer: dict[str, Any]) -> None:
    reading = read_choice(answer["text"], CHOICES[answer["of"]])
    expected = None if answer["is"] == "none" else answer["is"]
    assert (reading.letter, reading.form) == (expected, answer["form"]), reading.reason


@pytest.mark.parametrize("answer", LABEL_ANSWERS, ids=name_answer)
def test_the_labels_that_were_given_are_read(answer: dict[str, Any]) -> None:
    allows_none = answer.get("allows_none", False)
    reading = read_labels(answer["text"], LABELS[answer["of"]], allows_none=allows_none)
    expected = None if answer["is"] == "none" else frozenset(answer["is"])
    assert (reading.labels, reading.form) == (expected, answer["form"]), reading.reason
    assert list(reading.unknown) == answer.get("unknown", [])


def test_there_are_enough_answers_and_traps() -> None:
    answers = CHOICE_ANSWERS + LABEL_ANSWERS
    assert len(answers) >= 200
    assert sum(answer.get("trap", False) for answer in answers) >= 0.15 * len(answers)
    forms = Counter(answer["form"] for answer in answers)
    assert min(forms[form] for form in ("asked", "other", "malformed", "none")) >= 10


@pytest.mark.parametrize(
    ("mark", "letter"),
    [("A, ", "A"), ("B\n", "B")]
    + [(mark, None) for mark in ("(", "*", " ", "\t-", "answer ", "answer:*", "[", "<think>")],
)
def test_long_rows_of_marks_are_read_through(mark: str, letter: str | None) -> None:
    text = mark * (20_000 // len(mark)) + "x"
    assert read_choice(text, CHOICES["sleep"]).letter == letter
    assert not read_labels(text, LABELS["fine"]).labels


@given(st.text(alphabet="abcdABCD \n.:*()-", max_size=60))
def test_a_letter_that_is_read_stands_in_the_text(text: str) -> None:
    reading = read_choice(text, CHOICES["sleep"])
    assert reading.letter is None or reading.letter in text.upper()


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    assert read_choice(text, CHOICES["next"]).letter in {None, *"ABCD"}
    labels = read_labels(text, LABELS["fine"]).labels
    assert labels is None or labels <= set(LABELS["fine"])
