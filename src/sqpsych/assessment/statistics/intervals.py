"""Intervals by resampling people: several dialogues of a person stand or fall together."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sqpsych.errors import InputError

DRAWS = 2000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval."""

    value: float | None
    """None where there is nothing to measure."""
    low: float | None
    high: float | None
    """Ends of the 95 % percentile interval; None for fewer than two people."""
    n: int
    """People it rests on."""


def bootstrap_mean(
    values: Sequence[float], people: Sequence[Hashable], seed: int = 0, draws: int = DRAWS
) -> Estimate:
    """Estimate a mean over dialogues, with an interval over people.

    Args:
        values: one a dialogue, in any unit.
        people: whose dialogue it is.
        seed: of the draws.
        draws: how many times the people are drawn.
    """
    return bootstrap_ratio(values, [1.0] * len(values), people, seed, draws)


def bootstrap_ratio(
    numerators: Sequence[float],
    denominators: Sequence[float],
    people: Sequence[Hashable],
    seed: int = 0,
    draws: int = DRAWS,
) -> Estimate:
    """Estimate sum(numerators) / sum(denominators), with an interval over people.

    As many people as there are get drawn with replacement, each with all of their dialogues; the
    interval is that of the 2.5th to the 97.5th percentile of the draws. It has no width where all
    people are alike: nothing seen in 20 people is no proof of nothing in the next 20.

    Args:
        numerators: one a dialogue, in any unit.
        denominators: one a dialogue, 0 or more.
        people: whose dialogue it is.
        seed: of the draws.
        draws: how many times the people are drawn.

    Raises:
        InputError: the three do not have the same length.

    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13; resampling whole
        clusters, Davison & Hinkley 1997, Bootstrap Methods and their Application, section 3.8.
    """
    if not len(numerators) == len(denominators) == len(people):
        raise InputError(
            f"A ratio over {len(people)} dialogues got {len(numerators)} numerators and "
            f"{len(denominators)} denominators; expected as many of each."
        )
    sums = sum_by_person(np.column_stack([numerators, denominators]), people)
    total = sums.sum(axis=0)
    if not total[1]:
        return Estimate(None, None, None, len(sums))
    value = float(total[0] / total[1])
    if len(sums) < 2:
        return Estimate(value, None, None, len(sums))
    drawn = _recall_counts(len(sums), seed, draws) @ sums
    low, high = find_percentiles(drawn[:, 0], drawn[:, 1])
    return Estimate(value, low, high, len(sums))


def sum_by_person(values: NDArray[np.float64], people: Sequence[Hashable]) -> NDArray[np.float64]:
    """Add up rows of the same person; one row a person, in order of first appearance."""
    places = {person: place for place, person in enumerate(dict.fromkeys(people))}
    sums = np.zeros((len(places), *values.shape[1:]))
    np.add.at(sums, [places[person] for person in people], values)
    return sums


@lru_cache(maxsize=4)
def _recall_counts(people: int, seed: int, draws: int) -> NDArray[np.float64]:
    """Draw counts once for the many figures of a corpus."""
    counts = draw_counts(people, np.random.default_rng(seed), draws)
    counts.flags.writeable = False
    return counts


def draw_counts(
    people: int, generator: np.random.Generator, draws: int = DRAWS
) -> NDArray[np.float64]:
    """How often each person is drawn, (draws, people), when as many as there are get drawn."""
    shares = np.full(people, 1 / people)
    return generator.multinomial(people, shares, size=draws).astype(np.float64)


def find_percentiles(
    numerators: NDArray[np.float64], denominators: NDArray[np.float64]
) -> tuple[float, float]:
    """The ends of the interval of drawn ratios; draws with nothing to divide by are left out."""
    kept = denominators > 0
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(numerators[kept] / denominators[kept], [tail, 100 - tail])
    return float(low), float(high)
