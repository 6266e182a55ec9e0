"""Quantiles with intervals over people, and values far out of the usual."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.statistics.intervals import LEVEL, Estimate, draw_counts

ROBUST_SD = 1.4826
"""Standard deviations a median absolute deviation, of a normal distribution."""
FEWEST_VALUES = 50
"""Below, no value is called far out of the usual."""


def bootstrap_quantiles(
    values: Sequence[int],
    people: Sequence[Hashable],
    shares: Sequence[float],
    seed: int = 0,
) -> list[Estimate]:
    """Estimate quantiles of counts, with intervals over people.

    A quantile is the lowest value that such a share of the values does not exceed.

    Args:
        values: counts; any number a person.
        people: whose each is.
        shares: of the quantiles, 0-1.
        seed: of the draws.
    """
    places = {person: place for place, person in enumerate(dict.fromkeys(people))}
    if not places:
        return [Estimate(None, None, None, 0) for _ in shares]
    levels, at = np.unique(np.asarray(values), return_inverse=True)
    counts = np.zeros((len(places), len(levels)))
    np.add.at(counts, (np.array([places[person] for person in people]), at), 1)
    whole = _take_quantiles(levels, counts.sum(axis=0)[None, :], shares)[0]
    if len(places) < 2:
        return [Estimate(float(value), None, None, len(places)) for value in whole]
    drawn = draw_counts(len(places), np.random.default_rng(seed)) @ counts
    tail = 100 * (1 - LEVEL) / 2
    ends = np.percentile(_take_quantiles(levels, drawn, shares), [tail, 100 - tail], axis=0)
    return [
        Estimate(float(value), float(low), float(high), len(places))
        for value, low, high in zip(whole, *ends, strict=True)
    ]


def find_usual(values: Sequence[int], deviations: float) -> tuple[float, float] | None:
    """Find between which counts the usual ones lie.

    The median, plus and minus so many robust standard deviations, of the logarithms, since lengths
    have a long tail upwards; 0 counts as 1.

    Args:
        values: counts, 0 or more.
        deviations: robust standard deviations allowed to either side.

    Returns:
        None below 50 values, and where more than half of them are equal, as then there is no
        deviation to measure by.

    Source: Leys et al. 2013, J Exp Soc Psychol 49:764.
    """
    if len(values) < FEWEST_VALUES:
        return None
    logs = np.log(np.maximum(np.asarray(values, dtype=np.float64), 1))
    middle = np.median(logs)
    spread = ROBUST_SD * np.median(np.abs(logs - middle))
    if not spread:
        return None
    reach = deviations * spread
    return float(np.exp(middle - reach)), float(np.exp(middle + reach))


def _take_quantiles(
    levels: NDArray[np.int_], counts: NDArray[np.float64], shares: Sequence[float]
) -> NDArray[np.int_]:
    """Quantiles (draws, shares) of levels by their counts (draws, levels)."""
    reached = counts.cumsum(axis=1)
    wanted = reached[:, -1:, None] * np.asarray(shares)
    taken: NDArray[np.int_] = levels[(reached[:, :, None] < wanted - 1e-9).sum(axis=1)]
    return taken
