"""Reading a rubric from TOML, and saying where a faulty one is wrong.

What stands at the top of the file (view, about, low, high, not_assessable, anchors) holds for
every criterion that does not say otherwise. Where the file has `[parts]`, every criterion is rated
once in each of them, under its id with the part's name behind it.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sqpsych.assessment.figures import Better
from sqpsych.assessment.judging.rubric import Anchor, Criterion, Part, Rubric, RubricScale, View
from sqpsych.errors import InputError

FILE_ENDING = ".toml"


class _WrittenCriterion(BaseModel):
    """A criterion as it stands in the file; None: as the top of the file says."""

    model_config = ConfigDict(extra="forbid")

    id: str
    label: str
    definition: str
    about: View | None = None
    view: View | None = None
    low: int | None = None
    high: int | None = None
    anchors: dict[int, str] | None = None
    not_assessable: bool | None = None


class _WrittenRubric(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid")

    id: str
    title: str
    source: str
    licence: str
    better: Better = "higher"
    view: View = "whole"
    about: View = "whole"
    low: int
    high: int
    anchors: dict[int, str] = Field(default_factory=dict)
    not_assessable: bool = False
    parts: dict[str, Part] = Field(default_factory=dict)
    criteria: list[_WrittenCriterion] = Field(min_length=1)
    scales: list[RubricScale] = Field(default_factory=list)


def list_rubrics() -> tuple[str, ...]:
    """List the ids of the shipped rubrics, sorted."""
    files = _shipped().iterdir()
    names = (file.name for file in files if file.name.endswith(FILE_ENDING))
    return tuple(sorted(name.removesuffix(FILE_ENDING) for name in names))


def load_rubric(name: str) -> Rubric:
    """Load a shipped rubric by its id, or one of the user's own by the path of its TOML file.

    Raises:
        InputError: there is none of that name, or it is faulty; names file, line and criterion.
    """
    if name in list_rubrics():
        return _load_shipped(name)
    if name.endswith(FILE_ENDING):
        return read_rubric(Path(name))
    near = get_close_matches(name.lower(), list_rubrics(), n=1)
    meant = f"Did you mean {near[0]!r}? " if near else ""
    raise InputError(
        f"There is no rubric {name!r}. {meant}Known are {', '.join(list_rubrics())}; for your own "
        "give the path of its TOML file."
    )


def read_rubric(path: Traversable) -> Rubric:
    """Read and check one rubric.

    Raises:
        InputError: it cannot be read or is faulty; names file, line and criterion.
    """
    try:
        text = path.read_text("utf-8")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not valid TOML: {error}. Correct it.") from error
    try:
        written = _WrittenRubric.model_validate(data)
    except ValidationError as error:
        fault = error.errors()[0]
        raise InputError(_place(path, text, data, fault["loc"]) + _say(fault)) from error
    criteria = [
        criterion
        for place, one in enumerate(written.criteria)
        for criterion in _complete(path, text, data, written, place, one)
    ]
    _check_ids(path, text, data, written, [criterion.id for criterion in criteria])
    return Rubric(
        id=written.id,
        title=written.title,
        source=written.source,
        licence=written.licence,
        better=written.better,
        criteria=tuple(criteria),
        scales=tuple(written.scales),
    )


@cache
def _load_shipped(name: str) -> Rubric:
    return read_rubric(_shipped().joinpath(f"{name}{FILE_ENDING}"))


def _shipped() -> Traversable:
    return resources.files("sqpsych.assessment.judging").joinpath("rubrics")


def _complete(
    path: Traversable,
    text: str,
    data: Mapping[str, Any],
    written: _WrittenRubric,
    place: int,
    one: _WrittenCriterion,
) -> Iterator[Criterion]:
    """Fill in what the top of the file says, once for each part."""
    own = one.model_dump(exclude_none=True)
    shared = written.model_dump(include={"view", "about", "low", "high", "not_assessable"})
    anchors = sorted((written.anchors if one.anchors is None else one.anchors).items())
    fields = shared | own | {"anchors": [Anchor(value=v, text=t) for v, t in anchors]}
    parts: Mapping[str, Part] = written.parts or {"": "all"}
    for name, part in parts.items():
        fields |= {"id": f"{one.id}_{name}" if name else one.id, "part": part}
        try:
            yield Criterion.model_validate(fields)
        except ValidationError as error:
            fault = error.errors()[0]
            where = _place(path, text, data, ("criteria", place, *fault["loc"]))
            raise InputError(where + _say(fault)) from error


def _check_ids(
    path: Traversable,
    text: str,
    data: Mapping[str, Any],
    written: _WrittenRubric,
    known: Sequence[str],
) -> None:
    """Refuse ids used twice, and scales of criteria that are not there."""
    for field, ids in (
        ("criteria", [one.id for one in written.criteria]),
        ("scales", [scale.id for scale in written.scales]),
    ):
        for place, name in enumerate(ids):
            if name in ids[:place]:
                where = _place(path, text, data, (field, place, "id"))
                raise InputError(f"{where}{name!r} stands twice. Rename one of them.")
    for place, scale in enumerate(written.scales):
        added = [*scale.criteria, *scale.minus]
        for name in added:
            near = get_close_matches(name, known, n=1)
            meant = f" Did you mean {near[0]!r}?" if near else f" Known are {', '.join(known)}."
            where = _place(path, text, data, ("scales", place, "criteria"))
            if name not in known:
                raise InputError(f"{where}there is no criterion {name!r}.{meant}")
            if added.count(name) > 1:
                raise InputError(f"{where}{name!r} stands twice. Remove one of them.")


def _say(fault: Any) -> str:
    message = fault["msg"].removeprefix("Value error, ")
    return f"{message}. Correct it; docs/judges.md has an example."


def _place(path: Traversable, text: str, data: Mapping[str, Any], loc: Sequence[str | int]) -> str:
    """Name file, line, criterion and field: "mine.toml line 12, criteria empathy, low: "."""
    words: list[str] = []
    at: Any = data
    for step in loc:
        known = isinstance(at, list) or (isinstance(at, dict) and step in at)
        at = at[step] if known else None
        if isinstance(step, int):
            words[-1] += f" {at.get('id', step + 1) if isinstance(at, dict) else step + 1}"
        else:
            words.append(step)
    line = find_line(text, loc)
    named = ", ".join(words) or "the file"
    return f"{path}{f' line {line}' if line else ''}, {named}: "


def find_line(text: str, loc: Sequence[str | int]) -> int | None:
    """Find the line of a rubric's file, from 1, that holds a field; else that of its table.

    Args:
        text: the file.
        loc: a field ("low",), or one of a table in a list ("criteria", 2, "label").
    """
    lines = [line.strip() for line in text.splitlines()]
    start, field = 0, str(loc[0]) if loc else ""
    found = None
    match loc:
        case (str(table), int(place), *rest):
            heads = [n for n, line in enumerate(lines) if line == f"[[{table}]]"]
            if place < len(heads):
                start = found = heads[place] + 1
                field = str(rest[0]) if rest else ""
    for number in range(start, len(lines)):
        line = lines[number]
        if re.match(rf"{re.escape(field)}\s*=", line) or re.search(
            rf"^\[(?:\w+\.)?{re.escape(field)}\]$", line
        ):
            return number + 1
        if line.startswith("[["):
            break
    return found
