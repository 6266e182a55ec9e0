"""Files made elsewhere, read as rows: CSV, JSON, JSON lines, Parquet.

What cannot be read is told by its place and its length. Messages never hold what was said in a
dialogue: names are shown only where they look like names.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqpsych.errors import InputError

DELIMITERS = ",;\t|"
DELIMITED_SUFFIXES = (".csv", ".tsv", ".tab")
LINES_SUFFIXES = (".jsonl", ".ndjson")
JSON_SUFFIXES = (".json", *LINES_SUFFIXES)
PLURALS = {"row": "rows", "line": "lines", "entry": "entries"}
"""Of the units that numbers count."""
LONGEST_CELL = 2**31 - 1
"""Characters; the csv module refuses cells of more than 131,072 unless told otherwise."""

_NAME = re.compile(r"[\w.\-]{1,30}")
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_OTHER_KINDS = {
    b"PK\x03\x04": "an Excel or zip file",
    b"\x1f\x8b": "a gzip file",
    b"%PDF": "a PDF file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that cannot be read."""

    number: int
    """Of the row, line or entry."""
    what: str
    """What is wrong; no words of the dialogue."""
    remedy: str
    """A sentence that says what to do."""
    detail: str = ""
    """Lengths and places within the row."""
    dialogue: int | None = None
    """Number of the row or line at which the dialogue begins; None where it cannot be told which
    dialogue is meant."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of a table, one line of a JSONL file, or one entry of a JSON list."""

    number: int
    values: dict[str, Any]


@dataclass(slots=True)
class SourceTable:
    """The rows of a file."""

    unit: str
    """What its numbers count: "row", "line" or "entry"."""
    rows: list[SourceRow]
    faults: list[Fault] = field(default_factory=list)
    """They name no dialogue: whether a row is one or a part of one, the format knows."""

    def list_columns(self) -> list[str]:
        """List the columns of all rows, in the order they first appear."""
        return list(dict.fromkeys(name for row in self.rows for name in row.values))


def is_name(text: str) -> bool:
    """Whether text looks like the name of a column or a speaker."""
    return _NAME.fullmatch(text) is not None


def show_name(name: object) -> str:
    """Quote what looks like a name; of anything else say how long it is."""
    text = str(name)
    return f'"{text}"' if is_name(text) else f"a name of {len(text)} characters"


def list_faults(unit: str, faults: Iterable[Fault]) -> list[str]:
    """Say what is wrong, one sentence a kind, with every place at which it is so."""
    places: dict[tuple[str, str], dict[tuple[int, str], None]] = {}
    for fault in faults:
        where = (fault.number, fault.detail)
        places.setdefault((fault.what, fault.remedy), {})[where] = None
    return [
        f"{_name_places(unit, list(where))}: {what}. {remedy}"
        for (what, remedy), where in places.items()
    ]


def _name_places(unit: str, places: Sequence[tuple[int, str]]) -> str:
    """Name places in order, runs of them as ranges: "rows 3-7, 9 (12 characters)"."""
    named: list[str] = []
    start = last = -1
    for number, detail in places:
        if detail:
            named.append(f"{number} ({detail})")
            start = last = -1
        elif start >= 0 and number == last + 1:
            named[-1] = f"{start}-{number}"
            last = number
        else:
            named.append(str(number))
            start = last = number
    return f"{unit if len(places) == 1 else PLURALS[unit]} {', '.join(named)}"


def decode(data: bytes, name: str) -> str:
    """Decode a whole file as UTF-8; a byte order mark is dropped.

    Raises:
        InputError: it is empty, something else than text, or not UTF-8.
    """
    for start, kind in _OTHER_KINDS.items():
        if data.startswith(start):
            raise InputError(
                f"{name} is {kind}. Give CSV, JSON, JSON lines or plain text in UTF-8, or Parquet."
            )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(
            f"{name} is not UTF-8: line {line} has the byte 0x{data[error.start]:02x}. "
            "Save it as UTF-8."
        ) from error
    if not text.strip():
        raise InputError(f"{name} is empty; expected dialogues.")
    return text


def is_parquet(data: bytes) -> bool:
    """Whether a file is Parquet, by its first bytes."""
    return data.startswith(b"PAR1")


def is_json(path: Path, text: str) -> bool:
    """Whether a file holds JSON: by its name, or its first character under a name unknown."""
    suffix = path.suffix.lower()
    if suffix in JSON_SUFFIXES:
        return True
    return suffix not in (*DELIMITED_SUFFIXES, ".txt", ".md") and _begins_as_json(text)


def _begins_as_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def read_table(path: Path, data: bytes) -> SourceTable:
    """Read the rows of a file; rows that cannot be read become faults.

    Args:
        path: of the file, for its name.
        data: its bytes.

    Raises:
        InputError: no row can be read, or it cannot be told where rows begin.
    """
    if is_parquet(data):
        table = _read_parquet(path.name, data)
    else:
        text = decode(data, path.name)
        delimited = path.suffix.lower() in DELIMITED_SUFFIXES or not (
            is_json(path, text) or _begins_as_json(text)
        )
        table = (_read_delimited if delimited else _read_json)(path, text)
    if not table.rows and not table.faults:
        raise InputError(f"{path.name} holds no rows; expected dialogues.")
    return table


def _read_parquet(name: str, data: bytes) -> SourceTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.read_table(pa.BufferReader(data)).to_pylist()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{name} is damaged: it begins as Parquet and cannot be read ({type(error).__name__}). "
            "Copy it again."
        ) from error
    return SourceTable("row", [SourceRow(place, row) for place, row in enumerate(rows, start=1)])


def _read_delimited(path: Path, text: str) -> SourceTable:
    """Read CSV; rows are counted as a spreadsheet shows them, the header is row 1."""
    records = _parse_delimited(path.name, text)
    header = [cell.strip() for cell in next(records)[1]]
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise InputError(
            f"{path.name} has more than one column named {', '.join(map(show_name, twice))}. "
            "Rename all but one."
        )
    table = SourceTable("row", [])
    for number, cells in records:
        if len(cells) == len(header):
            table.rows.append(SourceRow(number, dict(zip(header, cells, strict=True))))
        elif any(cell.strip() for cell in cells):
            what = f"{len(cells)} cells, expected {len(header)} as in the header"
            remedy = "Look for a delimiter or a line break that is not quoted."
            table.faults.append(Fault(number, what, remedy))
    return table


def _parse_delimited(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Give (row number, cells) of every record that is not blank."""
    first_line = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=first_line.count)
    before = csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        records = [(number, cells) for number, cells in enumerate(reader, start=1) if cells]
    except csv.Error as error:
        raise InputError(
            f"{name} line {reader.line_num} is not valid CSV: a quotation mark is not closed, or "
            "not doubled. Correct it; what comes after it cannot be read."
        ) from error
    finally:
        csv.field_size_limit(before)
    return iter(records)


def _read_json(path: Path, text: str) -> SourceTable:
    """Read JSON lines, a JSON list, or one JSON object."""
    lines = [line for line in text.split("\n") if line.strip()]
    if not text.lstrip().startswith("[") and (len(lines) == 1 or _is_object(lines[0])):
        return _read_lines(text)
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        if path.suffix.lower() in LINES_SUFFIXES or sum(map(_is_object, lines)) > 1:
            return _read_lines(text)
        at = f" line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(
            f"{path.name}{at} is not valid JSON. Correct it; what comes after it cannot be read. "
            "JSON lines are read line by line."
        ) from error
    table = SourceTable("entry", [])
    for number, value in enumerate(whole if isinstance(whole, list) else [whole], start=1):
        _add_row(table, number, value)
    return table


def _read_lines(text: str) -> SourceTable:
    table = SourceTable("line", [])
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            found = f"{len(line)} characters"
            remedy = "Write one JSON object a line."
            table.faults.append(Fault(number, "no valid JSON", remedy, found))
            continue
        _add_row(table, number, value)
    return table


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _add_row(table: SourceTable, number: int, value: object) -> None:
    """Take a JSON value as a row, if it is an object of whole characters."""
    if not isinstance(value, dict):
        what, remedy = f"no JSON object but {_name_kind(value)}", "Write an object there."
        table.faults.append(Fault(number, what, remedy))
    elif _HALF_CHARACTER.search(json.dumps(value, ensure_ascii=False)):
        what = "half a character (a lone surrogate such as \\ud83d)"
        remedy = "Export the file again without it."
        table.faults.append(Fault(number, what, remedy))
    else:
        table.rows.append(SourceRow(number, value))


def _name_kind(value: object) -> str:
    """Name the kind of a JSON value."""
    kinds = {list: "a list", dict: "an object", str: "text", bool: "true or false"}
    return "null" if value is None else kinds.get(type(value), "a number")
