"""Agreement between raters: weighted kappa, intraclass correlation, Krippendorff's alpha, Spearman.

A table of ratings has a row for each unit (a dialogue, say) and in it a rating of each rater, None
where there is none. All intervals are of 95 % and over units, which are taken for independent:
where a person has several dialogues they are too narrow, and one dialogue a person is to be given.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import atanh, sqrt, tanh
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.statistics.intervals import DRAWS, LEVEL
from sqpsych.assessment.statistics.intraclass import icc
from sqpsych.assessment.statistics.ratings import (
    TOTAL,
    Agreement,
    Table,
    conclude,
    join_notes,
    read_pairs,
    read_table,
    tabulate_scores,
)
from sqpsych.assessment.statistics.resampling import Counts, correlate_ranks, divide, draw_samples
from sqpsych.errors import InputError
from sqpsych.records import Score

Weights = Literal["quadratic", "linear"] | None
"""How disagreement grows with the steps between two categories; None: all count alike."""
Level = Literal["nominal", "ordinal", "interval"]

_ROUNDING = 1e-12

_Pairwise = Callable[[NDArray[np.float64], Counts], NDArray[np.float64]]
"""Gives a statistic of two raters, (units, 2), in each sample."""


@dataclass(frozen=True, slots=True)
class CriterionAgreement:
    """How far raters agree on one criterion, or on the total of a measure."""

    measure: str
    criterion: str
    """"total" for the sum of the criteria."""
    subjects: int
    """Dialogues that any rater was given."""
    raters: tuple[str, ...]
    unscored: int
    """Ratings without a value; they are treated as missing, never as 0."""
    alpha: Agreement
    """Krippendorff's, ordinal for a criterion, interval for a total."""
    icc_single: Agreement
    """ICC(2,1), of one rater."""
    icc_average: Agreement
    """ICC(2,k), of the mean of all raters."""
    kappa: Agreement
    """Mean of all pairs' kappas with quadratic weights."""
    rho: Agreement
    """Mean of all pairs' rank correlations."""


def weighted_kappa(
    a: Sequence[float | None],
    b: Sequence[float | None],
    weights: Weights = "quadratic",
    categories: Sequence[float] | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> Agreement:
    """Measure agreement of two raters on ordered categories beyond chance.

    Args:
        a: ratings of one rater, a unit each; None where missing.
        b: ratings of the other, of the same units in the same order.
        weights: of disagreement, by the steps between the two categories.
        categories: values of the scale, used or not, since unused ones between two used ones are
            steps too. Without them whole numbers are taken to be on a scale of whole numbers, and
            other values to be all the categories there are.
        seed: of the interval.
        draws: samples the interval rests on.

    Returns:
        -1 to 1, 0 at chance, with a bootstrap interval over the units that both rated; None where
        they are fewer than two, or all ratings are alike.

    Raises:
        InputError: lengths differ, or a rating is none of the categories.

    Source: Cohen 1968, Psychological Bulletin 70:213; without weights Cohen 1960, Educational and
        Psychological Measurement 20:37.
    """
    pairs, note = read_pairs(a, b)
    places = place_categories(pairs, categories)
    if len(pairs) < 2:
        return Agreement(
            None, None, None, len(pairs), 2, join_notes("fewer than two rated by both", note)
        )
    drawn = draw_kappas(places, draw_samples(len(pairs), seed, draws), weights)
    return conclude(drawn, len(pairs), 2, note)


def krippendorff_alpha(
    table: Table, level: Level = "ordinal", seed: int = 0, draws: int = DRAWS
) -> Agreement:
    """Measure agreement of any number of raters, with ratings missing anywhere.

    Args:
        table: of ratings. Units with fewer than two ratings say nothing and are left out; the note
            counts them.
        level: of measurement. Ordinal differences are by how many ratings lie between two values.
        seed: of the interval.
        draws: samples the interval rests on.

    Returns:
        At most 1, 0 at chance, with an interval by drawing units with replacement, which ranks and
        chance agreement are found anew for. None where fewer than two units have two ratings, or
        all ratings are alike.

    Raises:
        InputError: see `read_table`.

    Source: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability; Hayes & Krippendorff
        2007, Communication Methods and Measures 1:77 (their bootstrap draws pairs, not units).
    """
    ratings = read_table(table)
    paired = ratings[np.isfinite(ratings).sum(axis=1) > 1]
    units, raters = len(paired), ratings.shape[1]
    lost = len(ratings) - units
    note = f"{lost} of {len(ratings)} units left out, fewer than two ratings" if lost else ""
    if raters < 2 or units < 2:
        why = "fewer than two raters" if raters < 2 else "fewer than two units rated twice"
        return Agreement(None, None, None, units, raters, join_notes(why, note))
    drawn = _draw_alphas(paired, level, draw_samples(units, seed, draws))
    return conclude(drawn, units, raters, note)


def spearman(a: Sequence[float | None], b: Sequence[float | None]) -> Agreement:
    """Measure how far two raters put units in the same order.

    Args:
        a: ratings of one rater, a unit each; None where missing.
        b: ratings of the other, of the same units in the same order.

    Returns:
        -1 to 1, over the units that both rated; None for fewer than two, or where a rater does not
        vary. The interval is Bonett and Wright's: Fisher's z with a variance of
        (1 + rho²/2) / (n - 3). There is none for fewer than four units, or where rho is 1 or -1.

    Raises:
        InputError: lengths differ.

    Source: Spearman 1904, American Journal of Psychology 15:72; Bonett & Wright 2000, Psychometrika
        65:23.
    """
    pairs, note = read_pairs(a, b)
    n = len(pairs)
    if n < 2:
        return Agreement(None, None, None, n, 2, join_notes("fewer than two rated by both", note))
    rho = float(correlate_ranks(pairs[:, 0], pairs[:, 1], np.ones((1, n)))[0])
    if np.isnan(rho):
        return Agreement(None, None, None, n, 2, join_notes("a rater does not vary", note))
    if n < 4 or 1 - abs(rho) < _ROUNDING:
        return Agreement(
            rho, None, None, n, 2, join_notes("no interval at 1, -1 or below 4 units", note)
        )
    half = NormalDist().inv_cdf((1 + LEVEL) / 2) * sqrt((1 + rho**2 / 2) / (n - 3))
    return Agreement(rho, tanh(atanh(rho) - half), tanh(atanh(rho) + half), n, 2, note)


def agree(
    scores: Sequence[Score],
    categories: Mapping[str, Sequence[float]] | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> tuple[CriterionAgreement, ...]:
    """Measure how far all raters agree, on each criterion and on the total of each measure.

    Args:
        scores: of any measures and raters, people and models alike.
        categories: values of the scale of a measure's criteria, by measure; see `weighted_kappa`.
        seed: of the intervals.
        draws: samples an interval rests on.

    Returns:
        In the order in which measures and criteria come, totals last; see `tabulate_scores`.

    Raises:
        InputError: SciPy is not installed, a rater has two values for the same, or a rating is none
            of the categories.
    """
    return tuple(
        _agree_on(measure, criterion, table, (categories or {}).get(measure), (seed, draws))
        for (measure, criterion), table in tabulate_scores(scores).items()
    )


def _agree_on(
    measure: str,
    criterion: str,
    table: Mapping[str, Mapping[str, float | None]],
    categories: Sequence[float] | None,
    drawing: tuple[int, int],
) -> CriterionAgreement:
    rows = list(table.values())
    ratings = read_table(rows)
    known, places = np.isfinite(ratings), np.full_like(ratings, np.nan)
    places[known] = place_categories(ratings[known], None if criterion == TOTAL else categories)
    counts = draw_samples(len(rows), *drawing)
    return CriterionAgreement(
        measure=measure,
        criterion=criterion,
        subjects=len(rows),
        raters=tuple(dict.fromkeys(rater for row in rows for rater in row)),
        unscored=sum(value is None for row in rows for value in row.values()),
        alpha=krippendorff_alpha(rows, "interval" if criterion == TOTAL else "ordinal", *drawing),
        icc_single=icc(rows, "2,1"),
        icc_average=icc(rows, "2,k"),
        kappa=_average_pairs(places, draw_kappas, counts),
        rho=_average_pairs(ratings, _draw_rhos, counts),
    )


def _draw_rhos(pairs: NDArray[np.float64], counts: Counts) -> NDArray[np.float64]:
    return correlate_ranks(pairs[:, 0], pairs[:, 1], counts)


def _average_pairs(ratings: NDArray[np.float64], statistic: _Pairwise, counts: Counts) -> Agreement:
    """Mean over all pairs of raters, with an interval that draws units once for all pairs."""
    known = np.isfinite(ratings)
    units, raters = int((known.sum(axis=1) > 1).sum()), ratings.shape[1]
    pairs = [np.array(pair) for pair in combinations(range(raters), 2)]
    if not pairs:
        return Agreement(None, None, None, units, raters, "fewer than two raters")
    drawn = []
    for pair in pairs:
        rows = known[:, pair].all(axis=1)
        if rows.sum() > 1:
            drawn.append(statistic(ratings[np.ix_(rows, pair)], counts[:, rows]))
    drawn = [values for values in drawn if np.isfinite(values[0])]
    if not drawn:
        why = "no pair of raters with two units in common that vary"
        return Agreement(None, None, None, units, raters, why)
    each = np.array(drawn)
    firsts = f"from {each[:, 0].min():.2f} to {each[:, 0].max():.2f}"
    return conclude(
        divide(np.nansum(each, axis=0), np.isfinite(each).sum(axis=0).astype(np.float64)),
        units,
        raters,
        f"mean of {len(drawn)} of {len(pairs)} pairs of raters, {firsts}",
    )


def place_categories(
    ratings: NDArray[np.float64], categories: Sequence[float] | None
) -> NDArray[np.float64]:
    """Number ratings by their category, in steps from the lowest; see `weighted_kappa`.

    Raises:
        InputError: a rating is none of the categories.
    """
    if not ratings.size:
        return ratings
    if categories is None and (ratings == np.floor(ratings)).all():
        steps: NDArray[np.float64] = ratings - ratings.min()
        return steps
    scale = np.unique(np.asarray(ratings if categories is None else categories, dtype=np.float64))
    unknown = sorted(set(ratings.ravel().tolist()) - set(scale.tolist()))
    if unknown:
        raise InputError(
            f"A rating is {unknown[0]:g}; expected one of {', '.join(f'{v:g}' for v in scale)}. "
            "Correct it, or give all values of the scale."
        )
    places: NDArray[np.float64] = np.searchsorted(scale, ratings).astype(np.float64)
    return places


def draw_kappas(
    places: NDArray[np.float64], counts: Counts, weights: Weights = "quadratic"
) -> NDArray[np.float64]:
    """Weighted kappa of each sample, (samples,); NaN where all its ratings are alike.

    Args:
        places: (units, 2), from `place_categories`.
        counts: how often each unit is in each sample.
        weights: of disagreement.
    """
    power = {"quadratic": 2, "linear": 1, None: 0}[weights]
    used, ratings = np.unique(places, return_inverse=True)
    steps = np.abs(used[:, None] - used[None, :])
    penalties = np.where(steps > 0, steps**power, 0)
    first, second = ratings.reshape(places.shape).T
    each = np.eye(len(used))
    observed = counts @ penalties[first, second] * counts.sum(axis=1)
    expected = ((counts @ each[first] @ penalties) * (counts @ each[second])).sum(axis=1)
    kappas: NDArray[np.float64] = 1 - divide(observed, expected)
    return kappas


def _draw_alphas(ratings: NDArray[np.float64], level: Level, counts: Counts) -> NDArray[np.float64]:
    """Alpha of each sample.

    The ordinal difference of two values is the difference of their mid-ranks, so ordinal alpha is
    interval alpha of mid-ranks; the sums of squared differences over pairs are then those of
    squares, and no pair needs to be visited.
    """
    values = np.unique(ratings[np.isfinite(ratings)])
    tally = (ratings[:, :, None] == values).sum(axis=1).astype(np.float64)
    sizes, used = tally.sum(axis=1), counts @ tally
    total = used.sum(axis=1)
    if level == "nominal":
        within = counts @ ((sizes**2 - (tally**2).sum(axis=1)) / (sizes - 1))
        between = total**2 - (used**2).sum(axis=1)
    else:
        spots = (values - values.mean())[None, :]
        if level == "ordinal":
            spots = np.cumsum(used, axis=1) - used / 2
        squares = sizes * (spots**2 @ tally.T) - (spots @ tally.T) ** 2
        within = (counts * squares / (sizes - 1)).sum(axis=1)
        between = total * (used * spots**2).sum(axis=1) - (used * spots).sum(axis=1) ** 2
    varied = (used > 0).sum(axis=1) > 1
    return 1 - divide((total - 1) * within, np.where(varied, between, 0))
