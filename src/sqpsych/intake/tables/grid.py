"""What every kind of table is read into: the names of its columns, and rows of text."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal as DecimalNumber
from math import isfinite, isnan
from typing import NamedTuple

from sqpsych.intake.cells import Decimal


class Grid(NamedTuple):
    """A table as text."""

    header: list[str]
    """Names of all columns; none where the file is empty."""
    rows: Iterator[tuple[int, list[str]]]
    """Of every row its number, as the programs that such files are from show it, and its cells.
    What stands in columns that were not asked for may be left blank."""
    labels: Mapping[str, str] = {}
    """What the file itself says that a column is, where it does."""


def write_cell(value: object, decimal: Decimal) -> str:
    """Write a value as the cell of a text file.

    Args:
        value: None and NaN become blanks, truth "true" or "false", days and times ISO 8601; whole
            numbers have no decimals.
        decimal: the decimal sign that numbers get.
    Raises:
        TypeError: a value that is no text, number, truth, day or time.
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return str(value).lower()
        case int() | float() | DecimalNumber():
            return _write_number(value).replace(".", decimal)
        case date() | time() | timedelta():
            return _write_time(value)
    raise TypeError(f"a cell of type {type(value).__name__}")


def _write_number(value: int | float | DecimalNumber) -> str:
    if isnan(value):
        return ""
    return str(int(value)) if isfinite(value) and value == int(value) else str(value)


def _write_time(value: date | time | timedelta) -> str:
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value)
