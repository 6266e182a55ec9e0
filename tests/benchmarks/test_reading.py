"""Published files are read as they are; what is wrong with one is named."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.small_files import make_case, make_row, write_answers, write_json, write_rows
from sqpsych.benchmarks.answers import read_recorded
from sqpsych.benchmarks.published import (
    describe_version,
    read_cbt_bench,
    read_counselingbench,
    reading,
)
from sqpsych.benchmarks.published.cbt_bench import CD, FORMS, PC
from sqpsych.benchmarks.published.cbt_qa import read_cbt_qa
from sqpsych.errors import BenchmarkError


def test_a_question_has_its_parts_choices_and_right_letter(tmp_path: Path) -> None:
    row = make_row(7, "C", Presenting_Problem="He sleeps\nbadly, “so he says”.")
    benchmark = read_counselingbench(write_rows(tmp_path / "x.csv", [row]))
    (question,) = benchmark.questions
    assert question.id == "exams.example/Exam 1/7"
    assert question.right == "C"
    assert question.choices["D"] == "Step d of 7"
    assert question.parts == {
        "Presenting Problem": "He sleeps\nbadly, “so he says”.",
        "Question": "What comes first, in session 7?",
    }
    assert question.competency is None


def test_numbers_may_begin_anew_with_each_exam(tmp_path: Path) -> None:
    rows = [make_row(1), make_row(1, Exam_Name="Exam 2")]
    benchmark = read_counselingbench(write_rows(tmp_path / "x.csv", rows))
    assert [q.id for q in benchmark.questions] == [
        "exams.example/Exam 1/1",
        "exams.example/Exam 2/1",
    ]


@pytest.mark.parametrize("column", ["question_category", "label"])
def test_competencies_are_read_where_there_are_any(tmp_path: Path, column: str) -> None:
    rows = [make_row(1) | {column: "ethics"}, make_row(2) | {column: ""}]
    benchmark = read_counselingbench(write_rows(tmp_path / "x.csv", rows))
    assert [q.competency for q in benchmark.questions] == ["ethics", None]


def test_a_row_without_a_question_is_left_out_and_told(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "x.csv", [make_row(1), make_row(2, Question=" ?")])
    benchmark = read_counselingbench(path)
    assert len(benchmark.questions) == 1
    assert benchmark.left_out == ("x.csv row 3 holds no question.",)


def test_spaces_around_the_right_answer_do_not_matter(tmp_path: Path) -> None:
    row = make_row(1) | {"Correct Answer": "  Step c  of 1 "}
    (question,) = read_counselingbench(write_rows(tmp_path / "x.csv", [row])).questions
    assert question.right == "C"


WRONG_TABLES = {
    "no choice": ([make_row(1) | {"Correct Answer": "Step z of 1"}], "none of the choices"),
    "a letter": ([make_row(1) | {"Correct Answer": "B"}], "none of the choices"),
    "two alike": ([make_row(1) | {"Choice A": "Step b of 1"}], "A and B alike"),
    "blank choice": ([make_row(1) | {"Choice A": " "}], "Choice A blank"),
    "ids twice": ([make_row(1), make_row(2), make_row(1)], "2 times: rows 2 and 4"),
    "two competencies": ([make_row(1) | {"label": "a", "question_category": "b"}], "two columns"),
    "no question": ([make_row(1, Question="")], "no row with a question"),
    "another table": ([{"id": "1", "text": "x"}], "not the table expected"),
}


@pytest.mark.parametrize(("rows", "told"), WRONG_TABLES.values(), ids=WRONG_TABLES)
def test_a_wrong_table_is_refused(tmp_path: Path, rows: list[dict[str, str]], told: str) -> None:
    with pytest.raises(BenchmarkError, match=told):
        read_counselingbench(write_rows(tmp_path / "x.csv", rows))


def test_a_renamed_column_is_named_with_the_nearest_there_is(tmp_path: Path) -> None:
    row = make_row(1)
    row["Corect Answer"] = row.pop("Correct Answer")
    with pytest.raises(BenchmarkError, match=r'"Correct Answer" is not.*mean "Corect Answer"'):
        read_counselingbench(write_rows(tmp_path / "x.csv", [row]))


NO_TABLES = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\n", "is empty"),
    "a workbook": (b"PK\x03\x04\x14\x00\x08\xff", "no text in UTF-8"),
    "zeros": (b"Source\0Question", "zero bytes"),
    "a page": (b"<!DOCTYPE html>\n<html></html>", "not the table expected"),
    "an open quote": (b'Source,"Question\nx', "no table of comma-separated values"),
}


@pytest.mark.parametrize(("content", "told"), NO_TABLES.values(), ids=NO_TABLES)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(BenchmarkError, match=told):
        read_counselingbench(tmp_path / "x.csv")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"x\.csv cannot be read.*bench tasks"):
        read_counselingbench(tmp_path / "x.csv")


def test_a_ragged_or_missing_row_is_refused(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "x.csv", [make_row(1)])
    header = path.read_text("utf-8").splitlines()[0]
    path.write_text(path.read_text("utf-8") + "a,b\n", "utf-8")
    with pytest.raises(BenchmarkError, match="row 3 has 2 cells"):
        read_counselingbench(path)
    path.write_text(header + "\n", "utf-8")
    with pytest.raises(BenchmarkError, match="no rows"):
        read_counselingbench(path)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_cases_have_parts_and_labels(tmp_path: Path, form: Any) -> None:
    cases = [make_case("4", *form.labels[:2], key=form.key), make_case("9", key=form.key)]
    benchmark = read_cbt_bench(write_json(tmp_path / "x.json", cases), form)
    assert [q.id for q in benchmark.questions] == ["4", "9"]
    assert benchmark.questions[0].right == set(form.labels[:2])
    assert set(benchmark.questions[0].parts) == {"situation", "thoughts"}
    assert benchmark.allows_none


def test_the_sets_have_as_many_labels_as_published() -> None:
    assert [len(form.labels) for form in FORMS] == [10, 3, 19]


WRONG_CASES = {
    "no list": ({"data": []}, "not a JSON list of objects"),
    "texts": (["a"], "not a JSON list of objects"),
    "no case": ([], "without a case"),
    "another label": ([make_case("1", "helples")], 'Did you mean "helpless"'),
    "labels no list": ([make_case("1") | {"core_belief_major": "helpless"}], "no list of texts"),
    "ids twice": ([make_case("1", "helpless"), make_case("1", "helpless")], "2 times"),
    "a number for id": ([make_case("1") | {"id": 1}], '"id" is no text'),
    "a blank id": ([make_case(" ", "helpless")], '"id" is blank'),
    "other set": ([make_case("1", "labeling", key="distortions")], 'no "core_belief_major"'),
}


@pytest.mark.parametrize(("cases", "told"), WRONG_CASES.values(), ids=WRONG_CASES)
def test_wrong_cases_are_refused(tmp_path: Path, cases: Any, told: str) -> None:
    with pytest.raises(BenchmarkError, match=told):
        read_cbt_bench(write_json(tmp_path / "x.json", cases), PC)


def test_a_renamed_key_is_named_with_the_nearest_there_is(tmp_path: Path) -> None:
    case = make_case("1", "helpless")
    case["thought"] = case.pop("thoughts")
    with pytest.raises(BenchmarkError, match=r'Case 1 .* no "thoughts".*mean "thought"'):
        read_cbt_bench(write_json(tmp_path / "x.json", [case]), PC)


def test_a_file_that_is_no_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("version https://git-lfs.example/spec/v1\n")
    with pytest.raises(BenchmarkError, match="is no JSON"):
        read_cbt_bench(tmp_path / "x.json", CD)


def test_another_version_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_json(tmp_path / "x.json", [make_case("1", "helpless")])
    told = describe_version(path)
    assert "another version than the known ones" in told
    digest = told.rpartition(" ")[2].rstrip(")")
    monkeypatch.setattr(reading, "KNOWN_VERSIONS", {digest: "one case"})
    assert describe_version(path) == f"x.json: one case, as known (SHA-256 {digest})"


def test_recorded_answers_are_read(tmp_path: Path) -> None:
    path = write_answers(tmp_path / "a.jsonl", {"1": "B\u2028\nyes", "2": ""})
    assert read_recorded(path, {"1", "2", "3"}).answers == {"1": "B\u2028\nyes", "2": ""}


WRONG_LINES = {
    "unknown": ({"id": "9", "answer": ""}, "no question has the id 9"),
    "no answer": ({"id": "1", "anwser": "B"}, 'has no "answer".*"anwser"'),
    "null": ({"id": "1", "answer": None}, '"answer" is no text'),
    "number": ({"id": 1, "answer": "B"}, '"id" is no text'),
    "list": (["1", "B"], "is no object"),
}


@pytest.mark.parametrize(("record", "told"), WRONG_LINES.values(), ids=WRONG_LINES)
def test_wrong_lines_are_refused(tmp_path: Path, record: Any, told: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "2", "answer": "A"}\n' + json.dumps(record) + "\n")
    with pytest.raises(BenchmarkError, match=told):
        read_recorded(path, {"1", "2"})


def test_an_id_twice_and_a_broken_line_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "2", "answer": "A"}\n{"id": "2", "answer": "B"}\n\n{"id"')
    with pytest.raises(BenchmarkError, match=r"(?s)2 problems.*line 2.*again.*line 4 is no JSON"):
        read_recorded(path, {"2"})


def make_exam(**keys: object) -> dict[str, object]:
    """A question of CBT-Bench QA."""
    case = {
        "question": "Which is a thought?",
        "a": "I fail",
        "b": "Sadness",
        "c": "",
        "answer": "b",
    }
    return case | keys


def test_an_exam_has_its_choices_and_the_letter_alone_or_in_a_list(tmp_path: Path) -> None:
    cases = [make_exam(), make_exam(e="A knot", answer=["E "])]
    benchmark = read_cbt_qa(write_json(tmp_path / "qa_test.json", cases))
    first, second = benchmark.questions
    assert (first.id, first.right, dict(first.choices)) == (
        "qa/1",
        "B",
        {"A": "I fail", "B": "Sadness"},
    )
    assert (second.right, second.choices["E"]) == ("E", "A knot")


@pytest.mark.parametrize(
    ("case", "problem"),
    [
        (make_exam(answer="c"), '"answer" is "c"; expected one of a, b'),
        (make_exam(answer=["a", "b"]), "expected one of a, b"),
        (make_exam(b=None), "1 of the choices"),
        (make_exam(question=" "), '"question" is no text'),
    ],
)
def test_an_exam_with_something_wrong_is_refused(
    tmp_path: Path, case: dict[str, object], problem: str
) -> None:
    path = write_json(tmp_path / "qa_test.json", [make_exam(), case])
    with pytest.raises(BenchmarkError, match=re.escape(problem)):
        read_cbt_qa(path)
