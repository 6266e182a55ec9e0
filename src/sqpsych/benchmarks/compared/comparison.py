"""Runs side by side: figures with intervals, and paired tests of their differences.

Systems that answered the same questions are compared question by question, on those that the server
refused to neither. A test deals the two
answers to each question out anew, at random, and asks how often the figure then differs as much;
it needs no formula for the figure, so that it serves F1 as well as a mean. All tests of a
comparison are corrected together.

Source: Noreen 1989, Computer-Intensive Methods for Testing Hypotheses; Yeh 2000, More accurate
    tests for the statistical significance of result differences, COLING; Holm 1979, Scandinavian
    Journal of Statistics 6:65.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.statistics.differences import PERMUTATIONS, adjust_holm
from sqpsych.assessment.statistics.intervals import Estimate
from sqpsych.assessment.statistics.resampling import Counts, draw_samples, find_ends
from sqpsych.benchmarks.answers.recorded import REFUSED
from sqpsych.benchmarks.compared.score_files import RunScores
from sqpsych.benchmarks.scoring import draw_from_scores
from sqpsych.errors import BenchmarkError

TESTED = ("accuracy", "macro F1"), ("weighted F1", "macro F1")
"""Figures that are tested where one choice is right, and where any labels are."""
BATCH = 500
"""Permutations at a time, which bounds memory."""

_Draw = Callable[[Counts], NDArray[np.float64]]
"""A figure of each sample, given how often each answer is in it: first those of a, then of b."""


@dataclass(frozen=True, slots=True)
class PairedTest:
    """How a figure differs between two systems that answered the same questions."""

    figure: str
    a: str
    b: str
    difference: Estimate
    """Figure of a less that of b, with a bootstrap interval over questions."""
    p: float | None
    """Two-sided, by randomisation; None where it cannot be tested."""
    p_holm: float | None = None
    """Corrected for all tests of the comparison."""


@dataclass(frozen=True, slots=True)
class TaskComparison:
    """One task, all systems."""

    task: str
    title: str
    questions: int
    """Questions or items of the first system."""
    systems: tuple[tuple[str, RunScores], ...]
    """By the name they have in the comparison."""
    tests: tuple[PairedTest, ...]


def compare_runs(
    runs: Sequence[tuple[str, Sequence[RunScores]]], seed: int = 0
) -> tuple[TaskComparison, ...]:
    """Compare runs on every task that any of them has.

    Args:
        runs: each with the name that tells it apart where models are called alike.
        seed: of permutations and intervals.

    Returns:
        A task each, in the order in which they come.

    Raises:
        BenchmarkError: two systems answered different questions, or were judged or played
            differently.
    """
    names = name_systems(runs)
    by_task: dict[str, list[tuple[str, RunScores]]] = {}
    for name, (_, scores) in zip(names, runs, strict=True):
        for one in scores:
            by_task.setdefault(one.task, []).append((name, one))
    compared = [_compare_task(systems, seed) for systems in by_task.values()]
    tests = [test for task in compared for test in task.tests]
    adjusted = iter(adjust_holm([test.p for test in tests]))
    return tuple(
        replace(task, tests=tuple(replace(t, p_holm=next(adjusted)) for t in task.tests))
        for task in compared
    )


def name_systems(runs: Sequence[tuple[str, Sequence[RunScores]]]) -> list[str]:
    """Name each run by its model, and by its folder where that alone does not tell."""
    models = [
        next((one.model for one in scores if one.model), folder) or folder
        for folder, scores in runs
    ]
    often = Counter(models)
    return [
        model if often[model] == 1 else f"{model} ({folder})"
        for model, (folder, _) in zip(models, runs, strict=True)
    ]


def _compare_task(systems: Sequence[tuple[str, RunScores]], seed: int) -> TaskComparison:
    first = systems[0][1]
    for name, other in systems[1:]:
        _refuse_different(systems[0], (name, other))
    tests = [
        test
        for (a, one), (b, other) in combinations(systems, 2)
        for test in _test(a, one, b, other, seed)
    ]
    items = first.questions or first.items or ()
    return TaskComparison(first.task, first.title, len(items), tuple(systems), tuple(tests))


def _refuse_different(a: tuple[str, RunScores], b: tuple[str, RunScores]) -> None:
    """Refuse to compare what was not asked, judged or played alike.

    Raises:
        BenchmarkError: so it is.
    """
    (name_a, one), (name_b, other) = a, b
    rights = [{q.id: q.right for q in scores.questions} for scores in (one, other)]
    differing = {*rights[0].items()} ^ {*rights[1].items()}
    if differing:
        raise BenchmarkError(
            f"{one.task}: {name_a} and {name_b} did not answer the same questions: "
            f"{len({name for name, _ in differing})} are in one alone, or have another right "
            "answer. Run both with the same --data, --limit and --seed."
        )
    if one.data_sha256 and other.data_sha256 and one.data_sha256 != other.data_sha256:
        raise BenchmarkError(
            f"{one.task}: {name_a} and {name_b} were asked from different files: {one.data}; "
            f"{other.data}. Run both with the same --data."
        )
    if one.judge != other.judge:
        raise BenchmarkError(
            f"{one.task}: {name_a} was judged by {one.judge}, {name_b} by {other.judge}. Let one "
            "judge judge both (`sqpsych bench judge`)."
        )
    theirs = other.settings or {}
    unlike = [
        key
        for key, value in (one.settings or {}).items()
        if key != "model" and key in theirs and value != theirs[key]
    ]
    if unlike:
        raise BenchmarkError(
            f"{one.task}: {name_a} and {name_b} were run with other {', '.join(unlike)}. Run both "
            "alike (`sqpsych bench run`, `sqpsych bench live`)."
        )


def _test(a: str, one: RunScores, b: str, other: RunScores, seed: int) -> Iterator[PairedTest]:
    if one.questions:
        yield from _test_questions(a, one, b, other, seed)
        return
    for figure in one.figures:
        pairs = [
            (x, y)
            for item, values in (one.items or {}).items()
            if (x := values.get(figure)) is not None
            and (y := (other.items or {}).get(item, {}).get(figure)) is not None
        ]
        values = np.array([x for x, _ in pairs] + [y for _, y in pairs])

        def draw(counts: Counts, values: NDArray[np.float64] = values) -> NDArray[np.float64]:
            means: NDArray[np.float64] = counts @ values / counts.sum(axis=1)
            return means

        yield _make_test(figure, a, b, draw, len(pairs), seed)


def _test_questions(
    a: str, one: RunScores, b: str, other: RunScores, seed: int
) -> Iterator[PairedTest]:
    theirs = {question.id: question for question in other.questions}
    pairs = [
        (question, theirs[question.id])
        for question in one.questions
        if REFUSED not in (question.outcome, theirs[question.id].outcome)
    ]
    stacked = [*(own for own, _ in pairs), *(their for _, their in pairs)]
    labels = sorted({label for q in stacked for label in (*q.right, *(q.given or ()))})
    tested = TESTED[0] if TESTED[0][0] in one.figures else TESTED[1]
    for figure in tested:

        def draw(counts: Counts, figure: str = figure) -> NDArray[np.float64]:
            return draw_from_scores(stacked, labels, counts)[figure]

        yield _make_test(figure, a, b, draw, len(pairs), seed)


def _make_test(figure: str, a: str, b: str, draw: _Draw, n: int, seed: int) -> PairedTest:
    """Estimate and test the difference of a figure.

    Args:
        figure: its name.
        a: a system.
        b: another.
        draw: makes the figure of samples of both systems' answers.
        n: questions.
        seed: of draws.
    """
    if not n:
        return PairedTest(figure, a, b, Estimate(None, None, None, 0), None)
    counts = draw_samples(n, seed)
    none = np.zeros_like(counts)
    drawn = draw(np.hstack([counts, none])) - draw(np.hstack([none, counts]))
    value = float(drawn[0]) if np.isfinite(drawn[0]) else None
    low, high = find_ends(drawn[1:])
    p = None if value is None or n < 2 else _permute(draw, n, abs(value), seed)
    return PairedTest(figure, a, b, Estimate(value, low, high, n), p)


def _permute(draw: _Draw, n: int, seen: float, seed: int) -> float:
    """How often a figure differs as much when answers are dealt out by chance; two-sided.

    The answers as they are count as one of the permutations.
    """
    generator = np.random.default_rng(seed)
    as_much = 1
    for begin in range(0, PERMUTATIONS, BATCH):
        swapped = generator.integers(0, 2, (min(BATCH, PERMUTATIONS - begin), n)).astype(float)
        kept = 1 - swapped
        drawn = draw(np.hstack([kept, swapped])) - draw(np.hstack([swapped, kept]))
        as_much += int((np.abs(drawn) >= seen - 1e-12).sum())
    return as_much / (PERMUTATIONS + 1)
