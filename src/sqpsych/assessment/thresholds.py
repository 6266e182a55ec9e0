"""Bounds that figures are held to: for pipelines that must stop, and for what a report praises.

A file of thresholds (TOML):

    [[threshold]]
    row = "artefacts a dialogue"     # the name of a figure
    at_most = 0                      # or at_least, or includes: a value within the interval
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sqpsych.assessment.figures import Row
from sqpsych.errors import InputError, find_fault

Verdict = Literal["met", "missed", "not measured"]


class Threshold(BaseModel):
    """One bound of one figure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: str
    """Name of the figure."""
    at_most: float | None = None
    at_least: float | None = None
    includes: float | None = None
    """A value that must lie within the interval."""
    says: str = ""
    """What the figure means, in a few words, for readers."""

    @model_validator(mode="after")
    def _check_bounds(self) -> "Threshold":
        if (self.at_most, self.at_least, self.includes) == (None, None, None):
            raise ValueError("give at_most, at_least or includes")
        return self

    @property
    def bound(self) -> str:
        """The bound in words."""
        parts = [
            f"at most {self.at_most:g}" if self.at_most is not None else "",
            f"at least {self.at_least:g}" if self.at_least is not None else "",
            f"{self.includes:g} within the interval" if self.includes is not None else "",
        ]
        return ", ".join(part for part in parts if part)

    def judge(self, row: Row | None) -> Verdict:
        """Hold a figure to the bound; one that is not there is not measured, and never met."""
        if row is None or row.value is None:
            return "not measured"
        if self.at_most is not None and row.value > self.at_most:
            return "missed"
        if self.at_least is not None and row.value < self.at_least:
            return "missed"
        if self.includes is not None:
            if row.low is None or row.high is None:
                return "not measured"
            return "met" if row.low <= self.includes <= row.high else "missed"
        return "met"


@dataclass(frozen=True, slots=True)
class Held:
    """A figure held to a threshold."""

    threshold: Threshold
    row: Row | None
    verdict: Verdict


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    threshold: tuple[Threshold, ...] = Field(min_length=1)


def read_thresholds(path: Path) -> tuple[Threshold, ...]:
    """Read a file of thresholds; other tables in it are left alone.

    Raises:
        InputError: the file cannot be read, holds none, or one that cannot be understood.
    """
    try:
        return parse_thresholds(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error


def parse_thresholds(text: str, where: str) -> tuple[Threshold, ...]:
    """Parse thresholds; see `read_thresholds`."""
    try:
        return _File.model_validate(tomllib.loads(text)).threshold
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where} is no TOML: {error}.") from error
    except ValidationError as error:
        place, message = find_fault(error)
        raise InputError(
            f"{where}: {place}: {message}. A threshold is a [[threshold]] table with row and "
            "at_most, at_least or includes."
        ) from error


def hold(thresholds: Sequence[Threshold], rows: Iterable[Row]) -> tuple[Held, ...]:
    """Hold figures to thresholds, in the order of the thresholds."""
    by_name = {row.name: row for row in rows}
    return tuple(
        Held(one, by_name.get(one.row), one.judge(by_name.get(one.row))) for one in thresholds
    )
