"""What measures give: figures with intervals, findings in turns, tables behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqpsych.assessment.statistics.intervals import Estimate

Better = Literal["higher", "lower", "none"]
"""Which value of a measure is the better one; none: it only describes."""
Cell = str | float | int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of a corpus."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    """Ends of the 95 % interval over people, where the measure has one."""
    n: int
    """People it rests on."""
    better: Better
    note: str = ""
    """What it rests on, or why there is no value."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, where it is and in which words."""

    turn: int
    """Index of the turn."""
    kind: str
    quote: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What one measure found in a corpus."""

    rows: tuple[Row, ...]
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    """By id of the dialogue; dialogues without findings need not be there."""
    tables: Mapping[str, Sequence[Mapping[str, Cell]]] = field(default_factory=dict)
    """Numbers behind the figures, by name: what charts are drawn from."""


def make_row(name: str, estimate: Estimate, better: Better, note: str = "") -> Row:
    """Make a figure of an estimate."""
    return Row(name, estimate.value, estimate.low, estimate.high, estimate.n, better, note)


def make_missing(name: str, why: str, better: Better = "none", n: int = 0) -> Row:
    """Make a figure that cannot be given, with the reason."""
    return Row(name, None, None, None, n, better, why)


def show_number(value: float) -> str:
    """Write a figure with about three digits."""
    if isinstance(value, int) or value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3f}"


def show_row(row: Row | None) -> str:
    """Write a figure with its interval; a dash where there is none."""
    if row is None or row.value is None:
        return "–"
    if row.low is None or row.high is None:
        whole = abs(row.value) >= 1 and float(row.value).is_integer()
        return f"{row.value:,.0f}" if whole else show_number(row.value)
    return f"{show_number(row.value)} [{show_number(row.low)}, {show_number(row.high)}]"
