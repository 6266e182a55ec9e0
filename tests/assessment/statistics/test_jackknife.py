"""The jackknife against closed forms."""

from collections.abc import Sequence

import numpy as np
import pytest

from sqpsych.assessment.statistics.jackknife import Rows, jackknife

pytest.importorskip("scipy")


def test_leaving_out_each_person_of_a_mean_gives_its_t_interval() -> None:
    values = np.array([1.0, 4.0, 2.0, 8.0, 5.0])
    estimate = jackknife(lambda kept: float(values[kept[0]].mean()), [list("abcde")])
    # Student's t for 4 degrees of freedom, 2.776; standard error s / sqrt(n).
    reach = 2.776445 * values.std(ddof=1) / np.sqrt(5)
    assert estimate.value == 4
    assert estimate.low == pytest.approx(4 - reach, abs=1e-5)
    assert estimate.high == pytest.approx(4 + reach, abs=1e-5)
    assert estimate.n == 5


def test_rows_of_a_person_are_left_out_together() -> None:
    left_out: list[set[str]] = []
    owners = list("aabbcc")

    def record(kept: Sequence[Rows]) -> float:
        left_out.append({*owners} - {owners[row] for row in kept[0]})
        return 0.0

    jackknife(record, [owners])
    assert sorted(map(sorted, left_out)) == [[], ["a"], ["b"], ["c"]]


def test_two_samples_give_the_interval_of_their_difference() -> None:
    generator = np.random.default_rng(0)
    a, b = generator.normal(3, 1, 200), generator.normal(0, 2, 300)
    owners = [[str(n) for n in range(200)], [str(n) for n in range(300)]]
    estimate = jackknife(lambda k: float(a[k[0]].mean() - b[k[1]].mean()), owners)
    error = np.sqrt(a.var(ddof=1) / 200 + b.var(ddof=1) / 300)
    assert estimate.n == 500
    assert (estimate.high or 0) - (estimate.value or 0) == pytest.approx(2.09 * error, rel=0.3)


def test_the_interval_stays_within_bounds_and_follows_the_seed() -> None:
    values = np.arange(40.0)
    owners = [[str(n) for n in range(40)]]

    def mean(kept: Sequence[Rows]) -> float:
        return float(values[kept[0]].mean())

    cut = jackknife(mean, owners, bounds=(18, 20))
    assert (cut.low, cut.high) == (18, 20)
    assert jackknife(mean, owners, seed=1) == jackknife(mean, owners, seed=1)
    assert jackknife(mean, owners, seed=1) != jackknife(mean, owners, seed=2)


def test_one_person_has_no_interval() -> None:
    estimate = jackknife(lambda kept: 7.0, [["a", "a"], ["b", "c"]])
    assert (estimate.value, estimate.low, estimate.high, estimate.n) == (7, None, None, 3)
