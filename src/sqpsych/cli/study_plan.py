"""What `sqpsych study` is to compare: its TOML file, checked before anything is played."""

import tomllib
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sqpsych.errors import InputError, find_fault
from sqpsych.roleplay import Protocol, load_protocol


class StudyPlan(BaseModel):
    """Two protocols, a model, and people of the shipped sample, half of them with high totals."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    protocols: list[str] = Field(min_length=2, max_length=2)
    """Names of shipped ones, or paths of folders."""
    seed: int = Field(ge=0)
    block: int = Field(ge=1)
    """So many people are played under one protocol before the other has its turn."""
    model: str
    """Plays therapist and client."""
    people: int = Field(ge=2)
    high: int = Field(ge=1)
    """PHQ-9 total of the one half, points: from here up."""
    low: int = Field(ge=0)
    """And of the other: up to here."""
    fewer: dict[str, int] = {}
    """The first so many people alone, by name of a protocol."""

    @model_validator(mode="after")
    def _check_halves(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low is {self.low}; it must be below high, {self.high}")
        return self

    def load_protocols(self) -> tuple[Protocol, Protocol]:
        """Load the two.

        Raises:
            InputError: one cannot be played, both have one name, or `fewer` has another.
        """
        first, second = (load_protocol(name) for name in self.protocols)
        if first.name == second.name:
            raise InputError(
                f"Both protocols are called {first.name!r}. Give one of them another name."
            )
        for name, people in self.fewer.items():
            if name not in (first.name, second.name) or people < 1:
                raise InputError(
                    f"fewer has {name} = {people}; it takes {first.name} or {second.name}, and one "
                    "person or more. Correct it."
                )
        return first, second


def read_plan(file: Path, size: str) -> StudyPlan:
    """Read what to compare, with the settings of one size.

    Args:
        file: the settings of all sizes, and a table for each size.
        size: the name of one.

    Raises:
        InputError: the file cannot be read, has no such size, or a setting that is missing,
            unknown or out of range.
    """
    try:
        data = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}.") from error
    sizes = data.pop("sizes", {})
    if not isinstance(sizes, dict) or not all(isinstance(one, dict) for one in sizes.values()):
        raise InputError(f"{file}: sizes must be tables, [sizes.{size}] for one. Correct it.")
    if size not in sizes:
        raise InputError(f"{file} has no size {size!r}; it has {', '.join(sizes) or 'none'}.")
    try:
        return StudyPlan.model_validate({**data, **sizes[size]})
    except ValidationError as error:
        place, message = find_fault(error)
        raise InputError(
            f"{file}, size {size}{', ' if place else ''}{place}: {message}. Correct it; settings "
            f"are {', '.join(StudyPlan.model_fields)}."
        ) from error
