"""`sqpsych bench`: what it prints, what it writes, what it refuses."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.small_files import make_case, make_row, write_answers, write_json, write_rows
from sqpsych.benchmarks import TASKS, find_task, read_questions, score_recorded, write_scores
from sqpsych.benchmarks.published import ChoiceSet
from sqpsych.cli.app import app
from sqpsych.errors import BenchmarkError

NAME = "exams.example/Exam 1/"


def test_tasks_are_listed_with_their_files() -> None:
    result = CliRunner().invoke(app, ["bench", "tasks"])
    assert result.exit_code == 0
    for task in TASKS.values():
        line = next(row for row in result.stdout.splitlines() if row.startswith(f"{task.name}\t"))
        assert task.file in line
        assert task.where in line


def test_answers_are_scored_beside_the_published_rows(tmp_path: Path) -> None:
    rows = [make_row(n, "ABCD"[n % 4]) | {"label": "ethics"} for n in range(8)]
    write_rows(tmp_path / "counselingbench.csv", rows)
    said = {NAME + "0": "Answer: A", NAME + "1": "I say it is B or C.", NAME + "2": "(c)"}
    answers = write_answers(tmp_path / "answers.jsonl", said)
    output = tmp_path / "scores.json"
    command = ["bench", "score", "counselingbench", "--data", str(tmp_path)]
    command += ["--answers", str(answers), "-o", str(output)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "another version than the known ones" in result.stdout
    assert "as asked 1, otherwise 1; malformed 0, no answer 1, missing 5" in result.stdout
    assert "\naccuracy\t0.250\t0.000 to 0.6" in result.stdout
    assert "ethics (8 questions)" in result.stdout
    assert "SQPsychLLM-gemma\tdirect\t0.484\tpublished, arXiv:2510.25384" in result.stdout
    assert "1,612 questions, not of these 8: they cannot be compared" in result.stdout
    written = json.loads(output.read_text("utf-8"))
    assert written["figures"]["accuracy"]["value"] == 0.25
    assert written["outcomes"]["missing"] == 5
    assert written["questions"][2]["given"] == ["C"]
    assert len(written["published"]) == 7


def test_labels_are_scored(tmp_path: Path) -> None:
    cases = [make_case("1", "helpless"), make_case("2", "worthless", "unlovable")]
    write_json(tmp_path / "core_major_test.json", cases)
    said = {"1": '["helpless"]', "2": "Labels: worthless, hopeless"}
    answers = write_answers(tmp_path / "answers.jsonl", said)
    command = ["bench", "score", "cbt-pc", "--data", str(tmp_path), "--answers", str(answers)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "as asked 1, otherwise 0; malformed 1, no answer 0, missing 0" in result.stdout
    assert "\nweighted F1\t0.333\t" in result.stdout
    assert "SQPsychLLM-nemotron\t\t0.737\tpublished" in result.stdout


@pytest.mark.parametrize(
    ("task", "told"),
    [("cbt-cc", 'Did you mean "cbt-cd"'), ("cbt-cd", "distortions_test.json cannot be read")],
)
def test_what_cannot_be_scored_is_refused(tmp_path: Path, task: str, told: str) -> None:
    answers = write_answers(tmp_path / "answers.jsonl", {})
    command = ["bench", "score", task, "--data", str(tmp_path), "--answers", str(answers)]
    result = CliRunner().invoke(app, command)
    assert isinstance(result.exception, BenchmarkError)
    assert told in str(result.exception)


def test_overlap_with_what_a_model_was_trained_on_is_told_before_the_run(tmp_path: Path) -> None:
    long = " ".join(f"word{n}" for n in range(20))
    cases = [make_case("1", "helpless") | {"ori_text": long}, make_case("2", "helpless")]
    write_json(tmp_path / "core_major_test.json", cases)
    texts = tmp_path / "texts.txt"
    texts.write_text(f"They said: {long}!", "utf-8")
    command = ["bench", "run", "cbt-pc", "--data", str(tmp_path), "--trained-on", str(texts)]
    command += ["-m", "http://127.0.0.1:9/v1", "-o", str(tmp_path / "run")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code != 0
    assert "CBT-Bench PC: 1 of 2 questions have 13 words in a row" in result.stderr


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (("jan/scores.json", "feb/scores.json"), {"jan/scores.json", "feb/scores.json"}),
        (("a/base", "b/base"), {"m (a/base)", "m (b/base)"}),
    ],
)
def test_runs_of_one_name_are_told_apart(
    tmp_path: Path, given: tuple[str, str], names: set[str]
) -> None:
    write_rows(tmp_path / "counselingbench.csv", [make_row(n, "A") for n in range(4)])
    task, answers = find_task("counselingbench"), tmp_path / "answers.jsonl"
    questions = read_questions(task, tmp_path)
    assert isinstance(questions, ChoiceSet)
    for place, letter in zip(given, "AB", strict=True):
        write_answers(answers, {f"{NAME}{n}": f"Answer: {letter}" for n in range(4)})
        path = tmp_path / place
        path = path if path.suffix else path / task.name / "scores.json"
        path.parent.mkdir(parents=True)
        model = "m" if path.parent.name == task.name else ""
        score = score_recorded(questions, answers)
        write_scores(path, task, score, tmp_path, 0, system=model)
    output = tmp_path / "out"
    paths = [str(tmp_path / place) for place in given]
    result = CliRunner().invoke(app, ["bench", "compare", *paths, "-o", str(output)])
    assert result.exit_code == 0, result.output
    (compared,) = json.loads((output / "comparison.json").read_text("utf-8"))["tasks"]
    assert compared["systems"].keys() == names
    assert {figures["accuracy"]["value"] for figures in compared["systems"].values()} == {0, 1}
    twice = CliRunner().invoke(app, ["bench", "compare", paths[0], paths[0]])
    assert "is given twice" in str(twice.exception)
