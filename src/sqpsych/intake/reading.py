"""Read a table of answers from CSV or TSV, strictly, as text.

Only the columns that the codebook names are kept. Rows are counted as a spreadsheet shows them: the
header is row 1, a record with line breaks inside quotes is one row, blank rows count.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from sqpsych.errors import CodebookError, InputError, TableError
from sqpsych.intake.cells import parse_number, tidy_cell
from sqpsych.intake.codebook import Codebook
from sqpsych.intake.identities import holds_date_or_email
from sqpsych.intake.problems import name_rows, raise_if_any, suggest_nearest

DELIMITER_BY_SUFFIX = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
DELIMITER_NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}
FILE_ATTRIBUTE = "file"
"""Key in `DataFrame.attrs` under which the name of the file goes along, for messages."""
ROW_INDEX = "row"
NAMES_SHOWN = 5
CHARACTERS_SHOWN = 20
"""Of each name that is shown."""

_KNOWN_STARTS = {
    b"PK\x03\x04": "an Excel or zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"$FL2": "an SPSS file",
    b"$FL3": "an SPSS file",
    b"%PDF": "a PDF file",
}
_UTF16_STARTS = (b"\xff\xfe", b"\xfe\xff")


def read_table(path: Path | str, codebook: Codebook) -> pd.DataFrame:
    """Read the columns that a codebook names from a table of answers.

    Args:
        path: a .csv, .tsv or .tab file; any other name needs `table.delimiter` in the codebook.
        codebook: what the columns mean.
    Returns:
        One row a person and one column a mapped column, cells as trimmed text, "" where blank. The
        index "row" holds row numbers as a spreadsheet shows them; `attrs["file"]` the file name.
    Raises:
        TableError: a file that cannot be read, decoded or parsed; repeated columns; rows of another
            length than the header; no rows.
        CodebookError: the codebook names columns that are not there.
    """
    path = Path(path)
    text = _decode(path, codebook.table.encoding)
    records = _parse(path, text, _choose_delimiter(path, text, codebook))
    header = [tidy_cell(name) for name in next(records, (1, []))[1]]
    if not text.strip():
        raise TableError(f"{path} is empty; expected a header row and one row a person.")
    if not any(header):
        raise TableError(f"{path} begins with an empty line; expected the header row. Remove it.")
    places = _find_columns(path.name, header, codebook)
    numbers, rows, ragged = [], [], []
    for number, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            ragged.append((number, len(cells)))
            continue
        numbers.append(number)
        rows.append([tidy_cell(cells[place]) for place in places.values()])
    _refuse_ragged_rows(path.name, ragged, len(header))
    if not rows:
        raise TableError(f"{path} has a header and no rows; expected one row a person.")
    table = pd.DataFrame(
        rows, columns=list(places), index=pd.Index(numbers, name=ROW_INDEX), dtype=str
    )
    table.attrs[FILE_ATTRIBUTE] = path.name
    return table


def find_missing_columns(present: list[str], codebook: Codebook, where: str) -> list[str]:
    """Say which columns the codebook names and the table lacks, with the nearest that is there."""
    return [
        f'column "{column}" ({use}) is not in {where}.{suggest_nearest(column, present)} '
        "Correct the name in the codebook."
        for column, use in codebook.list_columns()
        if column not in present
    ]


def _decode(path: Path, encoding: str) -> str:
    """Read the whole file as text; a byte order mark is dropped."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}.") from error
    for start, kind in _KNOWN_STARTS.items():
        if data.startswith(start):
            raise TableError(f"{path} is {kind}; expected text. Export it as CSV, in UTF-8.")
    utf8 = encoding.lower().replace("_", "-") in ("utf-8", "utf8")
    if utf8 and data.startswith(_UTF16_STARTS):
        raise TableError(
            f'{path} is UTF-16, not UTF-8. Set encoding = "utf-16" in [table] of the codebook.'
        )
    try:
        text = data.decode("utf-8-sig" if utf8 else encoding)
    except UnicodeError as error:
        at = error.start if isinstance(error, UnicodeDecodeError) else 0
        raise TableError(
            f"{path} is not {encoding}: line {data[:at].count(10) + 1} has the byte "
            f"0x{data[at]:02x}. Set encoding in [table] of the codebook "
            '(files from Windows are often "cp1252").'
        ) from error
    if "\x00" in text:
        raise TableError(
            f"{path} holds zero bytes; it is no {encoding} text. "
            "Set encoding in [table] of the codebook, or export it again as CSV."
        )
    return text.removeprefix("\ufeff")


def _choose_delimiter(path: Path, text: str, codebook: Codebook) -> str:
    """Take the codebook's delimiter, else the file name's, and check it against the header."""
    chosen = codebook.table.delimiter or DELIMITER_BY_SUFFIX.get(path.suffix.lower())
    if chosen is None:
        raise TableError(
            f"{path}: the name does not say what separates the cells. "
            'Set delimiter = "," (or ";" or "\\t") in [table] of the codebook.'
        )
    wanted = {column for column, _ in codebook.list_columns()}
    # Some programs end lines with a carriage return alone.
    first_line = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]

    def count_found(delimiter: str) -> int:
        try:
            names = next(csv.reader([first_line], delimiter=delimiter), [])
        except csv.Error:
            # Read with another delimiter, a header can be longer than a cell may be.
            return 0
        return len(wanted & {tidy_cell(name) for name in names})

    if count_found(chosen) == 0:
        best = max(DELIMITER_NAMES, key=count_found)
        if count_found(best):
            shown = best.replace("\t", "\\t")
            raise TableError(
                f"{path}: cells are separated by {DELIMITER_NAMES[best]}, not "
                f'{DELIMITER_NAMES[chosen]}. Set delimiter = "{shown}" in [table] of the codebook.'
            )
    return chosen


def _parse(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Give (row number, cells) of every record, the header first as row 1."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for cells in reader:
            number += 1
            yield number, cells
    except csv.Error as error:
        raise TableError(
            f"{path} row {number + 1} (line {reader.line_num}) is not valid CSV: {error}. "
            "Look for a quotation mark that is not closed or not doubled."
        ) from error


def _find_columns(file: str, header: list[str], codebook: Codebook) -> dict[str, int]:
    """Give the place of every mapped column; repeated or absent ones are refused."""
    counts = Counter(header)
    wanted = [column for column, _ in codebook.list_columns()]
    problems: list[str] = []
    kind: type[InputError] = TableError
    for column in dict.fromkeys(wanted):
        if counts[column] > 1:
            at = [place for place, name in enumerate(header, start=1) if name == column]
            problems.append(
                f'column "{column}" is in {file} {counts[column]} times (columns '
                f"{', '.join(map(str, at))}). Rename or remove all but one."
            )
    absent = find_missing_columns(header, codebook, file)
    if absent:
        absent[0] += _show_names(header, codebook)
    if absent and not problems:
        kind = CodebookError
    raise_if_any([*problems, *absent], kind, file)
    return {column: header.index(column) for column in wanted}


def _show_names(header: list[str], codebook: Codebook) -> str:
    """Quote the first names of a header; nothing where it may be the answers of a person."""
    decimal = codebook.table.decimal
    if len(set(header)) < len(header) or any(
        parse_number(name, decimal) is not None or holds_date_or_email(name) for name in header
    ):
        return ""
    shown = [
        name if len(name) <= CHARACTERS_SHOWN else f"{name[: CHARACTERS_SHOWN - 1]}…"
        for name in header[:NAMES_SHOWN]
    ]
    return " The header begins: " + ", ".join(f'"{name}"' for name in shown) + "."


def _refuse_ragged_rows(file: str, ragged: list[tuple[int, int]], width: int) -> None:
    """Refuse rows whose cells may stand under the wrong column."""
    by_length: dict[int, list[int]] = {}
    for number, length in ragged:
        by_length.setdefault(length, []).append(number)
    problems = [
        f"{file} {name_rows(numbers)}: {length} cells, expected {width} as in the header. "
        "Look for a delimiter or a line break inside a cell that is not quoted."
        for length, numbers in by_length.items()
    ]
    raise_if_any(problems, TableError, file)
