"""Runs are compared question by question, and only where they can be."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from benchmarks.small_files import make_row, write_answers, write_rows
from sqpsych.assessment.statistics.differences import adjust_holm
from sqpsych.benchmarks import find_task, read_questions, score_recorded, write_scores
from sqpsych.benchmarks.compared.comparison import TaskComparison, compare_runs
from sqpsych.benchmarks.compared.comparison_tables import lay_out, render_html, render_markdown
from sqpsych.benchmarks.compared.score_files import RunScores, read_run
from sqpsych.benchmarks.item_scores import estimate_items
from sqpsych.benchmarks.published import ChoiceSet
from sqpsych.errors import BenchmarkError

NAME = "exams.example/Exam 1/"


def score_letters(folder: Path, rights: str, said: str, model: str = "m") -> RunScores:
    """Score answers of one letter a question, by way of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    write_rows(folder / "counselingbench.csv", [make_row(n, r) for n, r in enumerate(rights)])
    answers = {f"{NAME}{n}": f"Answer: {letter}" for n, letter in enumerate(said)}
    recorded = write_answers(folder / "answers.jsonl", answers)
    task = find_task("counselingbench")
    questions = read_questions(task, folder)
    assert isinstance(questions, ChoiceSet)
    score = score_recorded(questions, recorded)
    path = folder / "counselingbench" / "scores.json"
    path.parent.mkdir(exist_ok=True)
    write_scores(path, task, score, folder, 0, system=model)
    (read,) = read_run(folder)
    return read


def make_items(values: Mapping[str, float | None], judge: str = "") -> RunScores:
    items = {name: {"closed": value} for name, value in values.items()}
    figures = estimate_items(items)
    return RunScores("live", "Live sessions", "m", figures, items=items, judge=judge)


def compare_two(a: RunScores, b: RunScores) -> TaskComparison:
    (task,) = compare_runs([("a", [a]), ("b", [b])])
    return task


def deal_out(right: Sequence[str], a: Sequence[str], b: Sequence[str]) -> float:
    """The exact test of a difference in macro F1: every way to deal the answers out."""

    def differ(swaps: Sequence[int]) -> float:
        first = [y if s else x for x, y, s in zip(a, b, swaps, strict=True)]
        second = [x if s else y for x, y, s in zip(a, b, swaps, strict=True)]
        scores = [
            f1_score(
                [*right], said, average="macro", labels=sorted({*right, *a, *b}), zero_division=0
            )
            for said in (first, second)
        ]
        return float(abs(scores[0] - scores[1]))

    seen = differ([0] * len(right))
    dealt = [differ(swaps) for swaps in product((0, 1), repeat=len(right))]
    return float(np.mean([value >= seen - 1e-12 for value in dealt]))


def test_macro_f1_is_tested_as_by_dealing_out_every_way(tmp_path: Path) -> None:
    right, a, b = "ABCABCAB", "ABCABCAA", "AACABBBA"
    task = compare_two(
        score_letters(tmp_path / "a", right, a), score_letters(tmp_path / "b", right, b)
    )
    test = next(test for test in task.tests if test.figure == "macro F1")
    expected = f1_score([*right], [*a], average="macro") - f1_score([*right], [*b], average="macro")
    assert test.difference.value == pytest.approx(expected)
    assert test.p == pytest.approx(deal_out(right, a, b), abs=0.02)


def test_accuracy_is_tested_as_scipy_does(tmp_path: Path) -> None:
    chance = Random(4)
    right = "".join(chance.choices("ABCD", k=60))
    a = "".join(letter if chance.random() < 0.7 else "A" for letter in right)
    b = "".join(letter if chance.random() < 0.45 else "B" for letter in right)
    task = compare_two(
        score_letters(tmp_path / "a", right, a), score_letters(tmp_path / "b", right, b)
    )
    test = next(test for test in task.tests if test.figure == "accuracy")
    hits = [np.array([x == r for x, r in zip(said, right, strict=True)], float) for said in (a, b)]
    expected = stats.permutation_test(
        [hits[0] - hits[1]], lambda x, axis: x.mean(axis), permutation_type="samples", rng=1
    )
    assert test.difference.value == pytest.approx(hits[0].mean() - hits[1].mean())
    assert test.p == pytest.approx(expected.pvalue, abs=0.02)
    assert test.difference.low is not None
    assert test.difference.high is not None
    assert test.difference.low < float(hits[0].mean() - hits[1].mean()) < test.difference.high


def test_a_system_does_not_differ_from_itself(tmp_path: Path) -> None:
    one = score_letters(tmp_path, "ABCD", "ABAA")
    task = compare_two(one, one)
    assert [test.p for test in task.tests] == [1.0, 1.0]
    assert [name for name, _ in task.systems] == ["m (a)", "m (b)"]


def test_all_tests_are_corrected_together(tmp_path: Path) -> None:
    right = "ABCD" * 10
    said = [right, "A" * 40, "ABCA" * 10]
    runs = [
        (f"r{n}", [score_letters(tmp_path / str(n), right, letters, f"m{n}"), *items])
        for n, (letters, items) in enumerate(
            zip(said, ([make_items({"p": 1.0, "q": 0.0})], [], []), strict=True)
        )
    ]
    compared = compare_runs(runs)
    assert [task.task for task in compared] == ["counselingbench", "live"]
    tests = [test for task in compared for test in task.tests]
    assert len(tests) == 3 * 2
    assert [test.p_holm for test in tests] == list(adjust_holm([test.p for test in tests]))


def test_means_are_compared_on_shared_items() -> None:
    a = make_items({f"p{n}": 1.0 for n in range(12)} | {"alone": 0.0, "none": None})
    b = make_items({f"p{n}": 0.0 for n in range(12)} | {"none": 1.0})
    (test,) = compare_two(a, b).tests
    assert test.difference.value == 1.0
    assert test.difference.n == 12
    assert test.p == pytest.approx(2 / 2**12, abs=0.002)


def test_other_questions_are_not_compared(tmp_path: Path) -> None:
    a = score_letters(tmp_path / "a", "ABCD", "AAAA", "ours")
    b = score_letters(tmp_path / "b", "ABDC", "AAAA", "theirs")
    with pytest.raises(
        BenchmarkError, match=r"ours and theirs did not answer the same .* 2 are in"
    ):
        compare_two(a, b)


def test_other_judges_and_other_sessions_are_not_compared() -> None:
    values = {"p": 1.0, "q": 0.0}
    with pytest.raises(BenchmarkError, match=r"was judged by one, .* by two"):
        compare_two(make_items(values, judge="one"), make_items(values, judge="two"))
    a = replace(make_items(values), settings={"model": {"name": "x"}, "seed": 0})
    b = replace(make_items(values), settings={"model": {"name": "y"}, "seed": 1})
    with pytest.raises(BenchmarkError, match="run with other seed"):
        compare_two(a, b)


def test_a_folder_without_scores_and_a_file_without_them_are_named(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="holds no scores"):
        read_run(tmp_path)
    path = tmp_path / "scores.json"
    path.write_text('{"task": "x"}', "utf-8")
    with pytest.raises(BenchmarkError, match=r"scores\.json holds no scores: title"):
        read_run(path)


def test_the_page_holds_all_figures_and_loads_nothing(tmp_path: Path) -> None:
    right = "ABCD" * 3
    runs = [
        ("a", [score_letters(tmp_path / "a", right, right, "<b>base</b>")]),
        ("b", [score_letters(tmp_path / "b", right, "A" * 12, "tuned|x")]),
    ]
    sections = lay_out(compare_runs(runs))
    page = render_html(sections, "Side by side", "2026-11-25", "<svg></svg>")
    assert "&lt;b&gt;base&lt;/b&gt;" in page
    assert "<b>base" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "1.000 [1.000, 1.000]" in page
    assert "Published, not measured here" in page
    text = render_markdown(sections, "comparison.svg")
    assert "tuned\\|x" in text
    assert "| SQPsychLLM-gemma | macro F1 | direct | 0.484 | arXiv:2510.25384 |" in text


def test_questions_that_were_refused_to_one_are_tested_in_none(tmp_path: Path) -> None:
    a = score_letters(tmp_path / "a", "ABCD", "ABCD")
    b = score_letters(tmp_path / "b", "ABCD", "ABAA")
    first, *others = b.questions
    refused = replace(first, outcome="refused", given=None)
    task = compare_two(a, replace(b, questions=(refused, *others)))
    assert {test.difference.n for test in task.tests} == {3}


def test_runs_that_were_asked_otherwise_or_from_another_file_are_not_compared(
    tmp_path: Path,
) -> None:
    a = score_letters(tmp_path / "a", "ABCD", "ABCD", "ours")
    b = score_letters(tmp_path / "b", "ABCD", "ABAA", "theirs")
    with pytest.raises(BenchmarkError, match="ours and theirs were run with other examples"):
        compare_two(replace(a, settings={"examples": []}), replace(b, settings={"examples": ["x"]}))
    with pytest.raises(BenchmarkError, match="were asked from different files"):
        compare_two(a, replace(b, data=a.data.replace("SHA-256 ", "SHA-256 0")[:-2] + ")"))
    (section,) = lay_out([compare_two(replace(a, settings={"examples": []}), b)])
    assert "theirs: not known with which settings it was run" in section.notes


def test_scores_written_before_settings_were_kept_can_be_compared(tmp_path: Path) -> None:
    scores = score_letters(tmp_path, "ABCD", "ABCD")
    path = tmp_path / "counselingbench" / "scores.json"
    record = json.loads(path.read_text("utf-8"))
    del record["settings"], record["data"]
    path.write_text(json.dumps(record), "utf-8")
    (old,) = read_run(tmp_path)
    assert (old.settings, old.data_sha256) == (None, None)
    assert scores.data_sha256
    assert [test.p for test in compare_two(scores, old).tests] == [1.0, 1.0]


def test_it_is_said_where_items_differ_and_of_how_many_each_figure_is() -> None:
    a = make_items({f"p{n}": 1.0 for n in range(12)} | {"alone": 0.0})
    b = make_items({f"p{n}": 0.0 for n in range(12)})
    (section,) = lay_out([compare_two(a, b)])
    assert any("12 items of both, 1 of m (a) alone, 0 of" in note for note in section.notes)
    assert [cell.rpartition(", ")[2] for cell in section.tables[0].rows[0][1:]] == ["n 13", "n 12"]
