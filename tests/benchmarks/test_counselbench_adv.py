"""CounselBench-Adv is read as its authors' code writes it, and answers as a run holds them."""

from pathlib import Path

import pytest

from benchmarks.small_adversarial import (
    QUESTIONS,
    make_adversarial_rows,
    write_adversarial,
    write_run,
)
from sqpsych.benchmarks import find_task, read_questions
from sqpsych.benchmarks.answers import name_file, read_open_answers
from sqpsych.benchmarks.published import OpenQuestion, read_counselbench_adv
from sqpsych.errors import BenchmarkError


def test_each_cell_is_a_question_named_by_failure_clinician_and_which(tmp_path: Path) -> None:
    benchmark = read_counselbench_adv(write_adversarial(tmp_path))
    assert len(benchmark.questions) == 24
    assert [q.id for q in benchmark.questions[:5]] == [
        "apathetic/0/1",
        "apathetic/0/2",
        "apathetic/1/1",
        "apathetic/1/2",
        "assumptions/0/1",
    ]
    (one,) = (q for q in benchmark.questions if q.id == "medication/1/2")
    text = f"{QUESTIONS['medication']} It is day 4."
    assert one == OpenQuestion("medication/1/2", text, "medication")


def test_rows_of_a_clinician_need_not_stand_together(tmp_path: Path) -> None:
    rows = make_adversarial_rows()
    benchmark = read_counselbench_adv(write_adversarial(tmp_path, [rows[k] for k in (0, 2, 1, 3)]))
    assert [q.id for q in benchmark.questions[:4]] == [
        "apathetic/0/1",
        "apathetic/1/1",
        "apathetic/0/2",
        "apathetic/1/2",
    ]


def test_the_task_reads_its_file_and_as_many_questions_as_published(tmp_path: Path) -> None:
    write_adversarial(tmp_path, make_adversarial_rows(10))
    task = find_task("counselbench-adv")
    assert len(read_questions(task, tmp_path).questions) == task.questions == 120


ROWS = make_adversarial_rows()
WRONG = {
    "a blank cell": ([ROWS[0] | {"symptoms": "  "}], "row 2: symptoms blank"),
    "a blank clinician": ([ROWS[0], ROWS[1] | {"annotator_id": ""}], "row 3: annotator_id blank"),
    "twice in a column": (
        [ROWS[0], ROWS[1] | {"therapy": ROWS[0]["therapy"].replace(" ", "  ")}],
        "one question 2 times: row 2 under therapy, row 3 under therapy",
    ),
    "twice in a row": (
        [ROWS[0] | {"therapy": ROWS[0]["symptoms"]}],
        "one question 2 times: row 2 under symptoms, row 2 under therapy",
    ),
    "another table": ([{"id": "1", "text": "x"}], "not the table expected"),
}


@pytest.mark.parametrize(("rows", "told"), WRONG.values(), ids=WRONG)
def test_a_wrong_table_is_refused(tmp_path: Path, rows: list[dict[str, str]], told: str) -> None:
    with pytest.raises(BenchmarkError, match=told) as raised:
        read_counselbench_adv(write_adversarial(tmp_path, rows))
    assert "keys" not in str(raised.value)


def test_a_renamed_or_missing_column_is_named(tmp_path: Path) -> None:
    rows = [{{"medication": "medications"}.get(k, k): v for k, v in ROWS[0].items()}]
    with pytest.raises(BenchmarkError, match=r'"medication" is not.*mean "medications"'):
        read_counselbench_adv(write_adversarial(tmp_path, rows))
    rows = [{k: v for k, v in ROWS[0].items() if k != "annotator_id"}]
    with pytest.raises(BenchmarkError, match='"annotator_id" is not in'):
        read_counselbench_adv(write_adversarial(tmp_path, rows))


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="no rows"):
        read_counselbench_adv(write_adversarial(tmp_path, []))


def test_answers_are_those_with_words_thoughts_left_out(tmp_path: Path) -> None:
    questions = read_counselbench_adv(write_adversarial(tmp_path))
    said = {
        "medication/0/1": "<think>Tablets?</think>\nAsk your physician.",
        "therapy/0/1": " \n",
        "therapy/0/2": "<think>Never closed",
        "apathetic/0/1": "I am sorry.",
    }
    answers = read_open_answers(write_run(tmp_path / "run", said), "counselbench-adv", questions)
    assert [(a.question.id, a.text) for a in answers.answers] == [
        ("apathetic/0/1", "I am sorry."),
        ("medication/0/1", "Ask your physician."),
    ]
    assert (answers.questions, answers.missing, answers.blank) == (24, 20, 2)
    assert (answers.model, answers.named_by_folder) == ("counsellor", False)


def test_answers_from_elsewhere_are_called_by_their_folder(tmp_path: Path) -> None:
    questions = read_counselbench_adv(write_adversarial(tmp_path))
    run = write_run(tmp_path / "elsewhere", {"apathetic/0/1": "I am sorry."}, model=None)
    answers = read_open_answers(run, "counselbench-adv", questions)
    assert (answers.model, answers.named_by_folder) == ("elsewhere", True)


@pytest.mark.parametrize(
    "settings", ["{}", '{"model": {}}', '{"model": {"name": " "}}', '{"model": 1}', "[1]", "{"]
)
def test_settings_that_name_no_model_are_refused(tmp_path: Path, settings: str) -> None:
    questions = read_counselbench_adv(write_adversarial(tmp_path))
    run = write_run(tmp_path / "run", {"apathetic/0/1": "I am sorry."})
    (run / "counselbench-adv/settings.json").write_text(settings)
    with pytest.raises(BenchmarkError, match=r"settings\.json does not say which model"):
        read_open_answers(run, "counselbench-adv", questions)


def test_a_run_without_answers_is_refused(tmp_path: Path) -> None:
    questions = read_counselbench_adv(write_adversarial(tmp_path))
    with pytest.raises(BenchmarkError, match=r"answers\.jsonl is not there.*bench run"):
        read_open_answers(tmp_path / "away", "counselbench-adv", questions)
    silent = write_run(tmp_path / "silent", {"apathetic/0/1": ""})
    with pytest.raises(BenchmarkError, match="no answer with words"):
        read_open_answers(silent, "counselbench-adv", questions)
    half = write_run(tmp_path / "half", {"apathetic/0/1": "Sorry \ud83d"})
    with pytest.raises(BenchmarkError, match="apathetic/0/1 holds half a character"):
        read_open_answers(half, "counselbench-adv", questions)


def test_names_of_files_are_safe_and_keep_what_tells_them_apart() -> None:
    key = f"{'x' * 200}/google/gemma/failure modes/0123456789ab"
    assert name_file("../theirs", key).startswith("theirs.xxx")
    assert name_file(key).endswith("_gemma_failure_modes_0123456789ab")
    assert len(name_file(key)) <= 80
    assert "/" not in name_file("a/b", "..")
