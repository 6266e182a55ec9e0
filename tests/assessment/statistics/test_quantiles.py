"""Quantiles of counts, and what lies far out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.assessment.statistics.quantiles import FEWEST_VALUES, bootstrap_quantiles, find_usual


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.sampled_from([0.25, 0.5, 0.95]))
def test_quantiles_are_those_of_numpy(values: list[int], share: float) -> None:
    (estimate,) = bootstrap_quantiles(values, range(len(values)), [share])
    assert estimate.value == np.quantile(values, share, method="inverted_cdf")
    assert estimate.n == len(values)


def test_the_interval_is_over_people() -> None:
    values = [1] * 50 + [9] * 50
    people = ["a"] * 50 + ["b"] * 50
    (estimate,) = bootstrap_quantiles(values, people, [0.5])
    assert (estimate.low, estimate.high, estimate.n) == (1, 9, 2)
    (alone,) = bootstrap_quantiles(values, ["a"] * 100, [0.5])
    assert (alone.value, alone.low, alone.high) == (1, None, None)


def test_no_values_have_no_quantile() -> None:
    assert [estimate.value for estimate in bootstrap_quantiles([], [], [0.5, 0.9])] == [None, None]


def test_usual_lengths_lie_around_the_median_in_equal_ratios() -> None:
    values = [20, 25, 30, 36, 45] * 12
    usual = find_usual(values, 3)
    assert usual is not None
    assert usual[0] < 20
    assert usual[1] > 45
    assert usual[0] * usual[1] == pytest.approx(30**2)


def test_few_or_equal_values_tell_nothing() -> None:
    assert find_usual(list(range(FEWEST_VALUES - 1)), 5) is None
    assert find_usual([36] * 100 + [4], 5) is None
