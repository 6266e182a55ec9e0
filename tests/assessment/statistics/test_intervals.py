"""Ratios and their intervals over people."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.assessment.statistics import bootstrap_mean, bootstrap_ratio
from sqpsych.errors import InputError


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5), st.sampled_from("abcdef"))))
def test_a_ratio_is_the_sum_by_the_sum_and_lies_in_its_interval(
    cells: list[tuple[int, int, str]],
) -> None:
    tops, bottoms = [top for top, _, _ in cells], [bottom for _, bottom, _ in cells]
    people = [who for _, _, who in cells]
    estimate = bootstrap_ratio(tops, bottoms, people, draws=200)
    assert estimate.n == len(set(people))
    if sum(bottoms):
        assert estimate.value == pytest.approx(sum(tops) / sum(bottoms))
        assert (estimate.low is None) == (len(set(people)) < 2)
        assert estimate.low is None or estimate.low <= (estimate.high or 0)
    else:
        assert estimate.value is None


def test_the_interval_of_a_mean_is_near_the_normal_one() -> None:
    values = np.random.default_rng(3).normal(5, 2, 400).tolist()
    estimate = bootstrap_mean(values, range(400))
    half = 1.96 * np.std(values) / 20
    assert estimate.low == pytest.approx(np.mean(values) - half, abs=0.03)
    assert estimate.high == pytest.approx(np.mean(values) + half, abs=0.03)


def test_dialogues_of_one_person_do_not_narrow_the_interval() -> None:
    values = [float(n % 7) for n in range(30)]
    once = bootstrap_mean(values, range(30), seed=1)
    thrice = bootstrap_mean(values * 3, [*range(30)] * 3, seed=1)
    assert (thrice.value, thrice.low, thrice.high, thrice.n) == pytest.approx(
        (once.value, once.low, once.high, once.n)
    )


def test_the_seed_settles_the_interval() -> None:
    values = [1.0, 2.0, 5.0, 9.0]
    assert bootstrap_mean(values, "abcd", seed=4) == bootstrap_mean(values, "abcd", seed=4)


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(InputError, match="2 numerators and 1 denominators"):
        bootstrap_ratio([1, 2], [1], ["a", "b"])
