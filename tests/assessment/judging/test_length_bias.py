"""Scores that go with length, before and after what people say is held fixed."""

import numpy as np
import pytest

from sqpsych.assessment.judging.length_bias import LengthBias, measure_length_bias
from sqpsych.records import Dialogue, Score

from ..making import make_dialogue


def make_dialogues(words: list[int]) -> list[Dialogue]:
    """Dialogues of two turns, so many words in all."""
    return [
        make_dialogue("hello", " ".join(["word"] * (count - 1)), name=f"d{n}")
        for n, count in enumerate(words)
    ]


def make_scores(rater: str, values: list[float], criterion: str = "empathy") -> list[Score]:
    """Scores of one rater, a dialogue each."""
    return [
        Score(subject=f"d{n}", measure="rubric", criterion=criterion, value=value, rater=rater)
        for n, value in enumerate(values)
    ]


def find(biases: tuple[LengthBias, ...], rater: str, length: str = "words") -> LengthBias:
    """Pick one."""
    return next(one for one in biases if (one.rater, one.length) == (rater, length))


def test_a_rater_who_scores_by_length_correlates_with_words_fully() -> None:
    dialogues = make_dialogues([5, 9, 20, 40, 80])
    scores = [*make_scores("judge", [1, 2, 3, 4, 5]), *make_scores("human", [5, 4, 3, 2, 1])]
    biases = measure_length_bias(scores, dialogues)
    assert find(biases, "judge").rho.value == pytest.approx(1)
    assert find(biases, "human").rho.value == pytest.approx(-1)
    assert find(biases, "judge").rho.raters == 1
    assert find(biases, "judge").given_reference.note == "no reference rater"


def test_a_length_that_does_not_vary_gives_no_value_and_says_why() -> None:
    biases = measure_length_bias(make_scores("judge", [1, 2, 3]), make_dialogues([5, 9, 20]))
    turns = find(biases, "judge", "turns")
    assert (turns.rho.value, turns.rho.note) == (None, "a rater does not vary")


def test_what_people_see_too_is_held_fixed() -> None:
    generator = np.random.default_rng(0)
    quality = generator.normal(0, 1, 200)
    words = np.round(60 + 15 * (quality + generator.normal(0, 1, 200))).astype(int).clip(2)
    noise = generator.normal(0, 1, (3, 200))
    scores = [
        *make_scores("human", quality.tolist()),
        *make_scores("fair", (quality + noise[0]).tolist()),
        *make_scores("biased", (quality + noise[1] + words / 15).tolist()),
    ]
    biases = measure_length_bias(scores, make_dialogues(words.tolist()), {"human"})
    fair, biased, human = (find(biases, rater) for rater in ("fair", "biased", "human"))
    assert (fair.rho.low or 0) > 0.2
    assert fair.given_reference.value == pytest.approx(0, abs=0.15)
    assert (fair.given_reference.low or 0) < 0 < (fair.given_reference.high or 0)
    assert (biased.given_reference.low or 0) > 0.4
    assert human.given_reference.note == "the rater is part of the reference"


def test_the_partial_correlation_is_that_of_the_residuals_of_ranks() -> None:
    stats = pytest.importorskip("scipy.stats")
    generator = np.random.default_rng(1)
    words = [int(n) for n in generator.integers(5, 60, 30)]
    judge, human = (generator.integers(0, 5, 30).astype(float).tolist() for _ in range(2))
    scores = [*make_scores("judge", judge), *make_scores("human", human)]
    found = find(measure_length_bias(scores, make_dialogues(words), ["human"]), "judge")
    ranks = [stats.rankdata(values) for values in (judge, words, human)]
    left = [one - np.polyval(np.polyfit(ranks[2], one, 1), ranks[2]) for one in ranks[:2]]
    assert found.given_reference.value == pytest.approx(np.corrcoef(left)[0, 1])


def test_totals_are_what_is_correlated_and_unscored_ones_are_left_out() -> None:
    dialogues = make_dialogues([5, 9, 20, 40, 80])
    scores = [
        *make_scores("judge", [0, 3, 1, 2, 5], "warmth"),
        *make_scores("judge", [1, -1, 2, 2], "tact"),
        Score(subject="d4", measure="rubric", criterion="tact", value=None, rater="judge"),
        Score(subject="elsewhere", measure="rubric", criterion="tact", value=1, rater="judge"),
    ]
    found = find(measure_length_bias(scores, dialogues), "judge")
    assert found.rho.value == pytest.approx(1)
    assert found.rho.units == 4
    assert found.rho.note.endswith("1 of 5 units left out, not rated by both")


def test_too_few_dialogues_give_no_partial_correlation() -> None:
    scores = [*make_scores("judge", [1, 2, 3]), *make_scores("human", [1, 3, 2])]
    found = find(measure_length_bias(scores, make_dialogues([5, 9, 20]), ["human"]), "judge")
    assert found.given_reference.value is None
    assert found.given_reference.note.startswith("fewer than four dialogues")


def test_a_rater_like_the_reference_in_all_leaves_nothing_to_correlate() -> None:
    scores = [make for rater in ("judge", "human") for make in make_scores(rater, [1, 3, 2, 5, 4])]
    found = find(
        measure_length_bias(scores, make_dialogues([5, 9, 20, 40, 30]), ["human"]), "judge"
    )
    assert found.given_reference.value is None
    assert found.given_reference.note.endswith("go together fully")
