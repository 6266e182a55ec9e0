"""Intervals by leaving people out, for figures that drawing people twice would spoil.

A bootstrap counts some people twice. For a variety, a distance between distributions or a nearest
neighbour that is a fault and not chance: two copies of a dialogue lie at distance 0. Leaving groups
of people out has no copies.
"""

from collections.abc import Callable, Hashable, Sequence
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.statistics.intervals import LEVEL, Estimate
from sqpsych.assessment.statistics.threads import use_one_thread
from sqpsych.errors import InputError

GROUPS = 20
"""Groups that the people of a sample are put into, at most."""

Rows = NDArray[np.intp]


def jackknife(
    statistic: Callable[[Sequence[Rows]], float],
    owners: Sequence[Sequence[Hashable]],
    seed: int = 0,
    groups: int = GROUPS,
    bounds: tuple[float, float] = (-inf, inf),
) -> Estimate:
    """Estimate a figure of one or several samples, with an interval by leaving people out.

    The people of each sample are put at random into up to 20 groups; the figure is computed anew
    without each of them. The interval is the value plus and minus the standard error times
    Student's t for the smallest number of groups less one.

    Args:
        statistic: given the rows that are kept of each sample, gives the figure.
        owners: for each sample, whose each of its rows is.
        seed: of the groups.
        groups: how many, at most.
        bounds: what the figure cannot be below or above; the interval is cut there.

    Returns:
        The figure of all rows; without ends where a sample has fewer than two people.

    Raises:
        InputError: scipy is not installed.

    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 11; leaving out
        groups, Kott 2001, J Off Stat 17:521.
    """
    everything = [np.arange(len(sample)) for sample in owners]
    value = statistic(everything)
    people = [len(set(sample)) for sample in owners]
    if min(people) < 2:
        return Estimate(value, None, None, sum(people))
    generator = np.random.default_rng(seed)
    variance = 0.0
    for place, sample in enumerate(owners):
        group_of = _assign(sample, min(groups, people[place]), generator)
        with use_one_thread():
            found = np.array(
                [
                    statistic([*everything[:place], kept, *everything[place + 1 :]])
                    for group in range(group_of.max() + 1)
                    for kept in [np.flatnonzero(group_of != group)]
                ]
            )
        variance += (len(found) - 1) * found.var()
    reach = _find_t(min(*people, groups) - 1) * sqrt(variance)
    low, high = max(bounds[0], value - reach), min(bounds[1], value + reach)
    return Estimate(value, float(low), float(high), sum(people))


def _assign(sample: Sequence[Hashable], groups: int, generator: np.random.Generator) -> Rows:
    """The group of each row: people in random order, dealt out in turn."""
    people = list(dict.fromkeys(sample))
    group_of = dict(
        zip(people, generator.permutation(np.arange(len(people)) % groups), strict=True)
    )
    return np.array([group_of[person] for person in sample], dtype=np.intp)


def _find_t(freedom: int) -> float:
    try:
        from scipy.stats import t
    except ImportError as error:
        raise InputError(
            "Intervals of distances need scipy, which is not installed. "
            "Run `pip install 'sqpsych[assess]'`."
        ) from error
    return float(t.ppf((1 + LEVEL) / 2, freedom))
