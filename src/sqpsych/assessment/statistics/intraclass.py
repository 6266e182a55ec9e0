"""Intraclass correlation: the share of the variance of ratings that lies between the units."""

from dataclasses import replace
from math import isfinite
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.statistics.intervals import LEVEL
from sqpsych.assessment.statistics.ratings import Agreement, Table, join_notes, read_table
from sqpsych.assessment.statistics.resampling import Ends, load_stats

IccKind = Literal["2,1", "2,k"]
"""Reliability of one rater, or of the mean of all."""

_ROUNDING = 1e-12


class _Squares(NamedTuple):
    """Mean squares of a complete table."""

    units: int
    raters: int
    between: float
    """Of the units' means."""
    raters_mean: float
    """Of the raters' means."""
    rest: float


def icc(table: Table, kind: IccKind = "2,1") -> Agreement:
    """Measure absolute agreement of raters drawn from many: two-way random intraclass correlation.

    Args:
        table: of ratings. Only units that all raters rated are used; raters without any rating are
            left out first. The note counts the units lost.
        kind: "2,1" for one rater, "2,k" for the mean of all raters.

    Returns:
        At most 1, below 0 where units differ less than by chance; None for fewer than two raters or
        complete units, or where units do not differ. The interval is that of the F distribution
        with Satterthwaite's degrees of freedom, ends as the formula gives them: in small tables the
        low one may lie below what is possible.

    Raises:
        InputError: SciPy is not installed, or see `read_table`.

    Source: Shrout & Fleiss 1979, Psychological Bulletin 86:420; interval of ICC(A,1) in McGraw &
        Wong 1996, Psychological Methods 1:30, table 7. That of ICC(A,k) there is the same stepped
        up by Spearman and Brown's formula.
    """
    ratings = read_table(table)
    complete = ratings[np.isfinite(ratings).all(axis=1)]
    units, raters = complete.shape
    lost = len(ratings) - units
    note = f"{lost} of {len(ratings)} units left out, not rated by all" if lost else ""
    if raters < 2 or units < 2:
        why = "fewer than two raters" if raters < 2 else "fewer than two units rated by all"
        return Agreement(None, None, None, units, raters, join_notes(why, note))
    squares = _find_squares(complete)
    if squares is None:
        return Agreement(None, None, None, units, raters, join_notes("units do not differ", note))
    single = _find_single(squares)
    if kind == "2,k":
        single = _step_up(single)
    return replace(single, note=join_notes(single.note, note))


def _find_squares(ratings: NDArray[np.float64]) -> _Squares | None:
    """Take the table's variance apart; None where units do not differ in any way."""
    units, raters = ratings.shape
    centred = ratings - ratings.mean()
    rows, columns = centred.mean(axis=1), centred.mean(axis=0)
    rest = centred - rows[:, None] - columns[None, :]
    between, apart = raters * (rows**2).sum(), units * (columns**2).sum()
    left = (rest**2).sum()
    if between + left <= _ROUNDING * (between + apart + left):
        return None
    return _Squares(
        units,
        raters,
        float(between / (units - 1)),
        float(apart / (raters - 1)),
        float(left / ((units - 1) * (raters - 1))),
    )


def _find_single(squares: _Squares) -> Agreement:
    """ICC(2,1) and its interval."""
    n, k, between, apart, rest = squares
    total = between + (k - 1) * rest + k * (apart - rest) / n
    if total <= _ROUNDING * (between + rest):
        return Agreement(None, None, None, n, k, "ratings vary within units only")
    value = (between - rest) / total
    low, high = _find_f_ends(squares, value)
    return Agreement(value, low, high, n, k, "" if low is not None else "no interval")


def _find_f_ends(squares: _Squares, value: float) -> Ends:
    n, k, between, apart, rest = squares
    if 1 - value < _ROUNDING:
        return 1.0, 1.0
    a = k * value / (n * (1 - value))
    b = 1 + a * (n - 1)
    parts = (a * apart) ** 2 / (k - 1) + (b * rest) ** 2 / ((n - 1) * (k - 1))
    freedom = (a * apart + b * rest) ** 2 / parts if parts > 0 else 0.0
    if freedom < _ROUNDING:
        return None, None
    f = load_stats().f
    down, up = (float(f.ppf((1 + LEVEL) / 2, *dof)) for dof in ((n - 1, freedom), (freedom, n - 1)))
    noise = k * apart + (k * n - k - n) * rest
    low = n * (between - down * rest) / (down * noise + n * between)
    high = n * (up * between - rest) / (noise + n * up * between)
    return (low, high) if isfinite(low) and isfinite(high) else (None, None)


def _step_up(single: Agreement) -> Agreement:
    """Reliability of the mean of all raters, from that of one: Spearman and Brown's formula."""
    k = single.raters
    parts = [single.value, single.low, single.high]
    value, low, high = (
        None if part is None or 1 + (k - 1) * part < _ROUNDING else k * part / (1 + (k - 1) * part)
        for part in parts
    )
    if value is None:
        return replace(
            single, value=None, low=None, high=None, note="units differ less than chance"
        )
    if low is None or high is None:
        return replace(single, value=value, low=None, high=None, note="no interval")
    return replace(single, value=value, low=low, high=high)
