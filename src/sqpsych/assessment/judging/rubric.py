"""A rubric: what a judge rates, on which scale, and whose words it sees."""

from typing import Literal, Self

from pydantic import Field, model_validator

from sqpsych.assessment.figures import Better
from sqpsych.records import Record

View = Literal["client", "therapist", "whole"]
"""Whose lines are shown to a judge: one speaker's alone, or all."""
Part = Literal["all", "first_third", "last_third"]
"""Which stretch of a dialogue is shown to a judge."""


class Anchor(Record):
    """What one value of a criterion means."""

    value: int
    text: str


class Criterion(Record):
    """One thing to be rated."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    definition: str
    about: View
    """Whose conduct is rated; whole: that of both, or the dialogue as such."""
    view: View
    part: Part = "all"
    low: int
    """Lowest value, inclusive."""
    high: int
    """Highest value, inclusive."""
    anchors: tuple[Anchor, ...]
    """By value, lowest first; a value without one lies between its neighbours."""
    not_assessable: bool = False
    """Whether a judge may say that the dialogue gives no ground to judge."""

    @model_validator(mode="after")
    def _check_scale(self) -> Self:
        """Refuse a scale without two ends, or anchors that do not mark them."""
        values = [anchor.value for anchor in self.anchors]
        if self.low >= self.high:
            raise ValueError(f"low is {self.low} and high is {self.high}; expected low below high")
        if values != sorted(set(values)):
            raise ValueError("anchors do not ascend, each value once")
        if not {self.low, self.high} <= set(values):
            raise ValueError(f"anchors lack one for {self.low} or for {self.high}")
        if values[0] < self.low or values[-1] > self.high:
            raise ValueError(f"an anchor lies outside {self.low} to {self.high}")
        return self


class RubricScale(Record):
    """Criteria added up into one score."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    criteria: tuple[str, ...] = Field(min_length=1)
    """Ids of the criteria that are added."""
    minus: tuple[str, ...] = ()
    """Ids of the criteria that are taken off, where the score is a change."""


class Rubric(Record):
    """Criteria that are rated together, and the scales they add up to."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    source: str
    """Publication that names the criteria."""
    licence: str
    """Terms of the original, and whose words these are."""
    better: Better = "higher"
    """Which end of its scales is the better one; none: they describe the client."""
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    scales: tuple[RubricScale, ...] = ()
