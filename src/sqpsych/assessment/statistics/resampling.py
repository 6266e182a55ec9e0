"""Statistics of samples drawn anew: ranks, rank correlations, ends of intervals.

A drawn sample is written as how often each unit is in it, so that thousands of samples are one
table and need no loop.
"""

from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.statistics.intervals import DRAWS, draw_counts, find_percentiles
from sqpsych.errors import InputError

Counts = NDArray[np.float64]
"""(samples, units): how often each unit is in each sample."""
Ends = tuple[float, float] | tuple[None, None]
"""Ends of a 95 % interval, where there is one."""


def draw_samples(units: int, seed: int, draws: int = DRAWS) -> Counts:
    """Draw samples with replacement, as many units as there are; the first row is all units once.

    Args:
        units: how many there are; with fewer than two nothing is drawn.
        seed: of the draws.
        draws: how many samples are drawn.

    Returns:
        (1 + draws, units), or (1, units).
    """
    every = np.ones((1, units))
    if units < 2:
        return every
    return np.concatenate([every, draw_counts(units, np.random.default_rng(seed), draws)])


def find_ends(drawn: NDArray[np.float64]) -> Ends:
    """Find the 2.5th and the 97.5th percentile; samples in which it is NaN are left out."""
    known = np.isfinite(drawn)
    if not known.any():
        return None, None
    return find_percentiles(np.where(known, drawn, 0), known.astype(np.float64))


def rank_draws(values: NDArray[np.float64], counts: Counts) -> NDArray[np.float64]:
    """Rank the units of each sample, from 1, ties at the middle of their ranks.

    Args:
        values: (units,).
        counts: how often each is drawn; a unit drawn twice is tied with itself.

    Returns:
        (samples, units); ranks of units that are not in a sample mean nothing.
    """
    distinct, places = np.unique(values, return_inverse=True)
    sizes = counts @ np.eye(len(distinct))[places]
    ranks: NDArray[np.float64] = (np.cumsum(sizes, axis=1) - (sizes - 1) / 2)[:, places]
    return ranks


def correlate_ranks(
    a: NDArray[np.float64], b: NDArray[np.float64], counts: Counts
) -> NDArray[np.float64]:
    """Spearman's correlation of each sample, (samples,); NaN where one of the two does not vary."""
    total = counts.sum(axis=1, keepdims=True)
    centred = []
    for values in (a, b):
        ranks = rank_draws(values, counts)
        sums = (counts * ranks).sum(axis=1, keepdims=True)
        centred.append(ranks - np.divide(sums, total, out=np.zeros_like(sums), where=total > 0))
    together = (counts * centred[0] * centred[1]).sum(axis=1)
    spread = np.sqrt(np.prod([(counts * one**2).sum(axis=1) for one in centred], axis=0))
    rho = divide(together, spread)
    clipped: NDArray[np.float64] = np.clip(rho, -1, 1)
    return clipped


def divide(tops: NDArray[np.float64], bottoms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide; NaN where there is nothing to divide by."""
    shares = np.full(tops.shape, np.nan)
    np.divide(tops, bottoms, out=shares, where=bottoms > 0)
    return shares


def load_stats() -> ModuleType:
    """Load scipy.stats.

    Raises:
        InputError: SciPy is not installed.
    """
    try:
        from scipy import stats
    except ImportError as error:
        raise InputError(
            "This statistic needs SciPy, which is not installed. "
            "Run `pip install 'sqpsych[assess]'`."
        ) from error
    loaded: ModuleType = stats
    return loaded
