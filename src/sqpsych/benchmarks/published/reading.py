"""Reading the files of benchmarks: text, tables and lists of cases, strictly, and which version."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqpsych.errors import BenchmarkError
from sqpsych.intake.problems import name_rows, raise_if_any, suggest_nearest

KNOWN_VERSIONS: Mapping[str, str] = {
    "0c1fa5f49a386565d08833580b1fe729562eb6967cc381baee78ce253b72a29a": "the 20 seed cases of CD",
    "db703f3d39510a9cc0e6b4beb564f9da086944913ff8478e23fae8b34aa40021": "the 20 seed cases of PC",
    "607dab8dcb2ccd32dd37563c5fc5a4ebf1ac3c4faa835584911173c2d4566180": "the 20 seed cases of FC",
    "6c079d054da106039901f655ec65318c16e98ed3099ec1c2908f9b1d42f0d80f": (
        "12 questions of CounselingBench"
    ),
}
"""Files that were read and looked at, by SHA-256."""


def describe_version(path: Path) -> str:
    """Say which version of a file this is, or that it is another than the known ones.

    Raises:
        BenchmarkError: the file cannot be read.
    """
    digest = hashlib.sha256(read_bytes(path)).hexdigest()
    known = KNOWN_VERSIONS.get(digest)
    told = f"{known}, as known" if known else "another version than the known ones"
    return f"{path.name}: {told} (SHA-256 {digest})"


def read_bytes(path: Path) -> bytes:
    """Read a file whole.

    Raises:
        BenchmarkError: it is not there, cannot be read, or holds nothing.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BenchmarkError(
            f"{path} cannot be read: {error.strerror}. `sqpsych bench tasks` says which files a "
            "task wants and where they are published."
        ) from error
    if not content.strip():
        raise BenchmarkError(f"{path} is empty. Download it again.")
    return content


def read_text(path: Path) -> str:
    """Read a text file, in UTF-8.

    Raises:
        BenchmarkError: see `read_bytes`; or it is no text in UTF-8.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BenchmarkError(
            f"{path} is no text in UTF-8 (byte {error.start}). Download it again, as it is "
            "published; a spreadsheet program may have changed it."
        ) from error
    if "\0" in text:
        raise BenchmarkError(f"{path} is no text: it holds zero bytes. Download it again.")
    return text


def read_rows(path: Path, wanted: Sequence[str]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Read a table of comma-separated values.

    Args:
        path: the file.
        wanted: columns it must have; it may have others.

    Returns:
        The columns, and each row with its number, as a spreadsheet shows it; blank rows left out.

    Raises:
        BenchmarkError: see `read_text`; a column is missing or there twice; a row has more or fewer
            cells than there are columns; there is no row.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        header, *rows = [(number, row) for number, row in enumerate(reader, start=1) if any(row)]
    except (csv.Error, ValueError) as error:
        raise BenchmarkError(
            f"{path} is no table of comma-separated values: {error}. Download it again."
        ) from error
    columns = [name.strip() for name in header[1]]
    raise_if_any(list(_find_header_problems(path, columns, wanted)), BenchmarkError, str(path))
    raise_if_any(
        [
            f"{path} row {number} has {len(row)} cells; expected {len(columns)} as in the header. "
            "Download it again."
            for number, row in rows
            if len(row) != len(columns)
        ],
        BenchmarkError,
        str(path),
    )
    if not rows:
        raise BenchmarkError(f"{path} has a header and no rows. Download it again.")
    return columns, rows


def _find_header_problems(
    path: Path, columns: Sequence[str], wanted: Sequence[str]
) -> Iterator[str]:
    if not set(wanted) & set(columns):
        yield (
            f"{path} is not the table expected: none of its {len(columns)} columns is one of "
            f"{', '.join(wanted)}. Download it again, as it is published."
        )
        return
    for name in wanted:
        if name not in columns:
            others = [column for column in columns if column not in wanted]
            yield (
                f'Column "{name}" is not in {path}.{suggest_nearest(name, others)} '
                "Rename the column as in the published file."
            )
        elif columns.count(name) > 1:
            yield f'Column "{name}" is in {path} {columns.count(name)} times. Remove all but one.'


def read_cases(path: Path, wanted: Sequence[str]) -> list[dict[str, Any]]:
    """Read a JSON list of objects.

    Args:
        path: the file.
        wanted: keys that every object must have; it may have others.

    Raises:
        BenchmarkError: see `read_text`; it is no JSON, no list of objects, an empty one, or a key
            is missing.
    """
    try:
        cases = json.loads(read_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise BenchmarkError(f"{path} is no JSON: {error}. Download it again.") from error
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise BenchmarkError(
            f"{path} is not a JSON list of objects, one a case. Download it again, as it is "
            "published."
        )
    if not cases:
        raise BenchmarkError(f"{path} is a list without a case. Download it again.")
    problems = [
        f'Case {place} of {path} has no "{key}".'
        f"{suggest_nearest(key, [name for name in case if name not in wanted])} "
        "Name it as in the published file."
        for place, case in enumerate(cases, start=1)
        for key in wanted
        if key not in case
    ]
    raise_if_any(problems, BenchmarkError, str(path))
    return cases


def refuse_repeated_ids(path: Path, ids: Sequence[str], places: Sequence[int]) -> None:
    """Refuse ids that several questions have.

    Args:
        path: where they are from, for the message.
        ids: one a question.
        places: where each stands, row or case.

    Raises:
        BenchmarkError: an id is there twice.
    """
    by_id: dict[str, list[int]] = {}
    for name, place in zip(ids, places, strict=True):
        by_id.setdefault(name, []).append(place)
    problems = [
        f'The id "{name}" is in {path} {len(at)} times: {name_rows(at)}. Answers could not be told '
        "apart; remove or renumber all but one."
        for name, at in by_id.items()
        if len(at) > 1
    ]
    raise_if_any(problems, BenchmarkError, str(path))
