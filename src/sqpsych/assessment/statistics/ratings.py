"""Tables of ratings, and what is said of how far the raters in them agree."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.statistics.resampling import find_ends
from sqpsych.errors import InputError
from sqpsych.records import Score

TOTAL = "total"
"""Stands for the sum of a measure's criteria where a criterion is named."""
Table = Sequence[Mapping[str, float | None]] | Sequence[Sequence[float | None]]
"""A row a unit: its ratings by rater, or in the order of the raters; None or absent is missing."""
Tabulated = dict[tuple[str, str], dict[str, dict[str, float | None]]]
"""Ratings by measure and criterion, subject, rater."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far raters agree."""

    value: float | None
    """1 is perfect; None where it cannot be told, and then the note says why."""
    low: float | None
    high: float | None
    """Ends of the 95 % interval over units, where there is one."""
    units: int
    """Units it rests on."""
    raters: int
    """Raters with any rating."""
    note: str = ""


def read_table(table: Table) -> NDArray[np.float64]:
    """Read ratings into (units, raters), NaN where missing; raters without any are left out.

    Raises:
        InputError: rows without names differ in length, or a rating is infinite.
    """
    lengths = {len(row) for row in table if not isinstance(row, Mapping)}
    if len(lengths) > 1:
        raise InputError(
            f"A table of ratings has rows of {min(lengths)} and of {max(lengths)} ratings; "
            "expected one a rater in each, None where missing."
        )
    rows: list[dict[Hashable, float | None]] = [
        dict(row.items() if isinstance(row, Mapping) else enumerate(row)) for row in table
    ]
    raters = list(dict.fromkeys(rater for row in rows for rater in row))
    ratings = np.array([[row.get(rater) for rater in raters] for row in rows], dtype=np.float64)
    ratings = ratings.reshape(len(rows), len(raters))
    if np.isinf(ratings).any():
        raise InputError("A rating is infinite; expected a number, or None where it is missing.")
    return ratings[:, np.isfinite(ratings).any(axis=0)]


def tabulate_scores(scores: Sequence[Score]) -> Tabulated:
    """Put scores into a table for each criterion, and one for the total of each measure.

    A total is the sum of all criteria of the measure that occur, two or more; a rater who left one
    out has none for that subject. A measure with a criterion named "total" keeps that one. A rating
    without a value, of a rater that failed, gives way to one with a value by the same rater.

    Raises:
        InputError: a rater has two values for one criterion of one subject.
    """
    tables: Tabulated = {}
    for score in scores:
        table = tables.setdefault((score.measure, score.criterion), {})
        row = table.setdefault(score.subject, {})
        if score.value is not None and row.get(score.rater) is not None:
            raise InputError(
                f"{score.rater} has two values for {score.measure}, {score.criterion}, in "
                f"{score.subject}; expected one. Leave one out, or name the raters differently."
            )
        row[score.rater] = row.get(score.rater) if score.value is None else score.value
    for measure in dict.fromkeys(measure for measure, _ in tables):
        own = [table for (name, _), table in tables.items() if name == measure]
        if len(own) > 1:
            tables.setdefault((measure, TOTAL), _add_up(own))
    return tables


def pick_totals(tables: Tabulated) -> dict[str, dict[str, dict[str, float | None]]]:
    """The table of each measure's total, or of its only criterion."""
    return {measure: tables.get((measure, TOTAL), own) for (measure, _), own in tables.items()}


def _add_up(
    tables: Sequence[Mapping[str, Mapping[str, float | None]]],
) -> dict[str, dict[str, float | None]]:
    """Totals by subject and rater; None where the rater has not rated all."""
    totals: dict[str, dict[str, float | None]] = {}
    for subject, rater in dict.fromkeys(
        (s, r) for t in tables for s, row in t.items() for r in row
    ):
        values = [table.get(subject, {}).get(rater) for table in tables]
        known = [value for value in values if value is not None]
        # fsum is right to the last bit, so that equal totals tie whatever they are sums of.
        total = fsum(known) if len(known) == len(values) else None
        totals.setdefault(subject, {})[rater] = total
    return totals


def read_pairs(
    a: Sequence[float | None], b: Sequence[float | None]
) -> tuple[NDArray[np.float64], str]:
    """The units that both rated, (units, 2), and how many are lost."""
    if len(a) != len(b):
        raise InputError(
            f"Two raters have {len(a)} and {len(b)} ratings; expected one of each unit from both, "
            "None where missing."
        )
    ratings = np.array([a, b], dtype=np.float64).T.reshape(-1, 2)
    both = ratings[np.isfinite(ratings).all(axis=1)]
    lost = len(ratings) - len(both)
    note = f"{lost} of {len(ratings)} units left out, not rated by both" if lost else ""
    return both, note


def conclude(
    drawn: NDArray[np.float64],
    units: int,
    raters: int,
    note: str = "",
    why: str = "ratings do not vary",
) -> Agreement:
    """Make an agreement of its values in all units, first, and in drawn samples.

    Args:
        drawn: (1 + samples,), NaN where there is no value.
        units: it rests on.
        raters: with any rating.
        note: on the value.
        why: there is none, where there is none.
    """
    if np.isnan(drawn[0]):
        return Agreement(None, None, None, units, raters, join_notes(why, note))
    low, high = find_ends(drawn[1:])
    return Agreement(float(drawn[0]), low, high, units, raters, note)


def join_notes(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
