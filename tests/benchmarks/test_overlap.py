"""Words in a row that a benchmark has in common with texts a model was trained on."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.small_files import make_case, make_row, write_json, write_rows
from sqpsych.benchmarks import find_overlap
from sqpsych.benchmarks.published import OpenQuestion, OpenSet
from sqpsych.benchmarks.published.cbt_bench import PC, read_cbt_bench
from sqpsych.benchmarks.published.counselingbench import read_counselingbench

LONG = "My brother says that I never finish anything, and I think he's right about me."
LETTERS = st.lists(st.sampled_from(["aa", "bb"]), max_size=40).map(" ".join)
"""Texts of two words alone, so that runs are shared by chance."""


def make_set(*texts: str) -> OpenSet:
    """Open questions, named by their place."""
    questions = (OpenQuestion(f"{n}", text, "none") for n, text in enumerate(texts))
    return OpenSet(tuple(questions))


def find_naively(questions: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The same by looking every 13 words of a question up in every text."""
    found = []
    for name, question in enumerate(questions):
        words = question.split()
        runs = [" ".join(words[n : n + 13]) for n in range(len(words) - 12)]
        if any(f" {run} " in f" {text} " for run in runs for text in texts):
            found.append(f"{name}")
    return found


@given(st.lists(LETTERS, max_size=5), st.lists(LETTERS, max_size=5))
def test_it_finds_what_a_naive_search_finds(questions: list[str], texts: list[str]) -> None:
    overlap = find_overlap(make_set(*questions), texts)
    assert list(overlap.ids) == find_naively(questions, texts)
    short = [f"{n}" for n, text in enumerate(questions) if len(text.split()) < 13]
    assert list(overlap.too_short) == short
    assert overlap.questions == len(questions)
    assert not set(overlap.ids) & set(short)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_question_of_any_text_is_found_in_itself(before: str, after: str) -> None:
    question = f"{before} {LONG} {after}"
    assert find_overlap(make_set(question), [question]).ids == ("0",)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (LONG, True),
        ("MY BROTHER SAYS THAT I NEVER FINISH ANYTHING AND I THINK HES RIGHT", True),
        ("He says: my brother says that I never\nfinish anything — and I think he’s right!", True),
        ("my brother says that I never finish anything and I think he is right", False),
        ("brother says that I never finish anything and I think he's", False),
        ("right he's think I and anything finish never I that says brother my", False),
    ],
)
def test_case_and_punctuation_make_no_difference_but_words_do(text: str, found: bool) -> None:
    assert bool(find_overlap(make_set(LONG), [text]).ids) is found


def test_words_of_two_texts_are_not_in_a_row() -> None:
    words = LONG.split()
    halves = [" ".join(words[:8]), " ".join(words[8:])]
    assert find_overlap(make_set(LONG), halves).ids == ()
    assert find_overlap(make_set(LONG), [" ".join(halves)]).ids == ("0",)


def test_short_questions_are_no_part_of_the_share() -> None:
    overlap = find_overlap(make_set(LONG, "How are you?", f"{LONG[:-1]} as he always is."), [LONG])
    assert overlap.ids == ("0", "2")
    assert overlap.too_short == ("1",)
    assert overlap.share == 1
    assert find_overlap(make_set("How are you?"), [LONG]).share is None
    assert find_overlap(make_set(LONG), []).share == 0


def test_choices_belong_to_a_question(tmp_path: Path) -> None:
    row = make_row(1) | {"Choice C": LONG}
    questions = read_counselingbench(write_rows(tmp_path / "c.csv", [row, make_row(2)]))
    overlap = find_overlap(questions, [LONG])
    assert overlap.ids == ("exams.example/Exam 1/1",)
    assert overlap.share == 0.5


def test_labels_are_no_part_of_a_case(tmp_path: Path) -> None:
    case = make_case("1", "helpless") | {"ori_text": LONG}
    questions = read_cbt_bench(write_json(tmp_path / "c.json", [case]), PC)
    assert find_overlap(questions, [LONG]).ids == ("1",)
    ending = "Nothing ever works out for me. helpless"
    told = " ".join(f"{LONG} I missed the bus. {ending}".split()[-13:])
    assert find_overlap(questions, [told]).ids == ()


def test_letters_before_choices_do_not_hide_a_question(tmp_path: Path) -> None:
    write_rows(tmp_path / "counselingbench.csv", [make_row(0)])
    benchmark = read_counselingbench(tmp_path / "counselingbench.csv")
    row = make_row(0)
    lettered = "\n".join(f"{letter}) {row[f'Choice {letter}']}" for letter in "ABCD")
    assert len(find_overlap(benchmark, [f"{row['Question']}\n{lettered}"]).ids) == 1
