"""Scores of answers: accuracy, precision, recall and F1, with intervals over questions.

Every label (or letter of a choice) is counted by itself: right and given, given and not right,
right and not given. Macro figures are the mean over labels, weighted ones that mean by how often a
label is right. A label that is neither right nor given anywhere says nothing and is left out, as
scikit-learn does with several classes; where there is nothing to divide by, a figure is 0. A
question without an answer that can be used counts as wrong: what is right was not given. One that
the server refused is no matter of the model: it is counted, and in no figure.

The intervals draw questions with replacement, all figures from the same draws. One sample is one
row of a table of counts, so that thousands of them need no loop; scikit-learn, which takes one at a
time, is what the tests compare with.

Source: Sokolova & Lapalme 2009, Information Processing & Management 45:427; Efron & Tibshirani
    1993, An Introduction to the Bootstrap, chapter 13.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.statistics.intervals import DRAWS, Estimate
from sqpsych.assessment.statistics.resampling import Counts, divide, draw_samples, find_ends
from sqpsych.benchmarks.answers.choice_answers import read_choice
from sqpsych.benchmarks.answers.label_answers import read_labels
from sqpsych.benchmarks.answers.recorded import REFUSED
from sqpsych.benchmarks.published.questions import (
    ChoiceQuestion,
    ChoiceSet,
    LabelQuestion,
    LabelSet,
)

AS_ASKED = "in the asked format"
MISSING = "missing"
OUTCOMES = ("asked", "other", "malformed", "none", MISSING, REFUSED)
"""How questions fared, in this order: the forms of an answer, that none is recorded, and that the
server refused the question."""
NONE_REFUSED: Mapping[str, str] = MappingProxyType({})

_CHOICE_FIGURES = ("accuracy", "macro precision", "macro recall", "macro F1")
_LABEL_FIGURES = (
    "weighted precision",
    "weighted recall",
    "weighted F1",
    "macro precision",
    "macro recall",
    "macro F1",
)

Marks = NDArray[np.bool_]
"""(questions, labels): whether a label belongs to a question, or was given."""


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """What came of one question."""

    id: str
    right: tuple[str, ...]
    given: tuple[str, ...] | None
    """None: no answer that can be used."""
    outcome: str
    """One of `OUTCOMES`."""
    reason: str
    unknown: tuple[str, ...] = ()
    """Names it gave that are none of the benchmark's."""

    @property
    def is_right(self) -> bool:
        """Whether all that is right was given, and nothing else."""
        return self.given is not None and {*self.given} == {*self.right}


@dataclass(frozen=True, slots=True)
class BenchmarkScore:
    """Scores of a system on a benchmark."""

    figures: Mapping[str, Estimate]
    """By name; `n` counts questions, without those that were refused."""
    outcomes: Mapping[str, int]
    """How many questions fared how."""
    questions: tuple[QuestionScore, ...]
    by_competency: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)


def score_choices(
    benchmark: ChoiceSet,
    answers: Mapping[str, str],
    seed: int = 0,
    draws: int = DRAWS,
    refused: Mapping[str, str] = NONE_REFUSED,
) -> BenchmarkScore:
    """Score answers to multiple-choice questions.

    Args:
        benchmark: its questions.
        answers: all that was written, by id of the question; see `read_recorded` for strange ids.
        seed: of the intervals.
        draws: samples an interval rests on.
        refused: why the server refused a question, by its id.
    """
    questions = benchmark.questions
    scores = [
        _say_refused(question.id, (question.right,), refused[question.id])
        if question.id in refused
        else score_choice(question, answers.get(question.id))
        for question in questions
    ]
    letters = sorted({letter for question in questions for letter in question.choices})
    figures = _estimate(scores, letters, _CHOICE_FIGURES, (seed, draws))
    competencies = sorted({q.competency for q in questions if q.competency})
    by_competency = {
        competency: _estimate(
            [s for s, q in zip(scores, questions, strict=True) if q.competency == competency],
            letters,
            _CHOICE_FIGURES,
            (seed, draws),
        )
        for competency in competencies
    }
    return BenchmarkScore(figures, _count(scores), tuple(scores), by_competency)


def score_labels(
    benchmark: LabelSet,
    answers: Mapping[str, str],
    seed: int = 0,
    draws: int = DRAWS,
    refused: Mapping[str, str] = NONE_REFUSED,
) -> BenchmarkScore:
    """Score labels given to cases.

    Args:
        benchmark: its cases and labels.
        answers: all that was written, by id of the case.
        seed: of the intervals.
        draws: samples an interval rests on.
        refused: why the server refused a question, by its id.
    """
    scores = [
        _say_refused(question.id, sort_labels(benchmark, question), refused[question.id])
        if question.id in refused
        else score_case(benchmark, question, answers.get(question.id))
        for question in benchmark.questions
    ]
    figures = _estimate(scores, benchmark.labels, _LABEL_FIGURES, (seed, draws))
    return BenchmarkScore(figures, _count(scores), tuple(scores))


def score_choice(question: ChoiceQuestion, text: str | None) -> QuestionScore:
    """Score what was written to one question; None where nothing is recorded."""
    right = (question.right,)
    if text is None:
        return QuestionScore(question.id, right, None, MISSING, "not in the file")
    reading = read_choice(text, question.choices)
    given = (reading.letter,) if reading.letter else None
    return QuestionScore(question.id, right, given, reading.form, reading.reason)


def score_case(benchmark: LabelSet, question: LabelQuestion, text: str | None) -> QuestionScore:
    """Score what was written to one case; None where nothing is recorded."""
    right = sort_labels(benchmark, question)
    if text is None:
        return QuestionScore(question.id, right, None, MISSING, "not in the file")
    reading = read_labels(text, benchmark.labels, allows_none=benchmark.allows_none)
    given = None if reading.labels is None else tuple(sorted(reading.labels))
    return QuestionScore(question.id, right, given, reading.form, reading.reason, reading.unknown)


def sort_labels(benchmark: LabelSet, question: LabelQuestion) -> tuple[str, ...]:
    """The labels that are right, in the order of the benchmark."""
    return tuple(label for label in benchmark.labels if label in question.right)


def _say_refused(name: str, right: tuple[str, ...], why: str) -> QuestionScore:
    return QuestionScore(name, right, None, REFUSED, why)


def leave_out_refused(scores: Sequence[QuestionScore]) -> list[QuestionScore]:
    """The questions that figures are of."""
    return [score for score in scores if score.outcome != REFUSED]


def _count(scores: Sequence[QuestionScore]) -> dict[str, int]:
    counted = Counter(score.outcome for score in scores)
    return {outcome: counted[outcome] for outcome in OUTCOMES}


def _estimate(
    scores: Sequence[QuestionScore],
    labels: Sequence[str],
    names: Sequence[str],
    drawing: tuple[int, int],
) -> dict[str, Estimate]:
    asked = leave_out_refused(scores)
    if not asked:
        return dict.fromkeys((*names, AS_ASKED), Estimate(None, None, None, 0))
    drawn = draw_from_scores(asked, labels, draw_samples(len(asked), *drawing))
    return {name: _conclude(drawn[name], len(asked)) for name in (*names, AS_ASKED)}


def draw_from_scores(
    scores: Sequence[QuestionScore], labels: Sequence[str], counts: Counts
) -> dict[str, NDArray[np.float64]]:
    """All figures of each sample.

    Args:
        scores: of questions.
        labels: that can be right; letters of the choices.
        counts: how often each question is in each sample.

    Returns:
        (samples,) by name: those of `draw_figures`, accuracy (all labels of a question as they
        should be) and the share of answers in the asked format.
    """
    right = mark(labels, [score.right for score in scores])
    given = mark(labels, [score.given or () for score in scores])
    drawn = draw_figures(right, given, counts)
    total = counts.sum(axis=1)
    hit = np.array([score.is_right for score in scores])
    drawn["accuracy"] = divide(counts @ hit, total)
    as_asked = np.array([score.outcome == "asked" for score in scores])
    drawn[AS_ASKED] = divide(counts @ as_asked, total)
    return drawn


def _conclude(drawn: NDArray[np.float64], questions: int) -> Estimate:
    """A figure of all questions, from its first sample, with an interval from the others."""
    value = float(drawn[0]) if np.isfinite(drawn[0]) else None
    low, high = find_ends(drawn[1:])
    return Estimate(value, low, high, questions)


def mark(labels: Sequence[str], given: Sequence[Sequence[str]]) -> Marks:
    """Mark which labels each question has."""
    marks = [[label in names for label in labels] for names in given]
    return np.array(marks, dtype=np.bool_).reshape(len(given), len(labels))


def draw_figures(right: Marks, given: Marks, counts: Counts) -> dict[str, NDArray[np.float64]]:
    """Macro and weighted precision, recall and F1 of each sample.

    Args:
        right: which labels belong to each question.
        given: which were given.
        counts: how often each question is in each sample.

    Returns:
        (samples,) by name; NaN where no label is right or given in a sample.
    """
    hits = counts @ (right & given)
    support = counts @ right
    said = counts @ given
    figures = {
        "precision": _divide_or_zero(hits, said),
        "recall": _divide_or_zero(hits, support),
        "F1": _divide_or_zero(2 * hits, support + said),
    }
    weights = {"macro": (support + said > 0).astype(np.float64), "weighted": support}
    return {
        f"{kind} {name}": divide((values * weight).sum(axis=1), weight.sum(axis=1))
        for kind, weight in weights.items()
        for name, values in figures.items()
    }


def _divide_or_zero(tops: NDArray[np.float64], bottoms: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(tops, bottoms, out=np.zeros_like(tops), where=bottoms > 0)
