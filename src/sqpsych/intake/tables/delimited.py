"""Reading CSV, TSV and other text with delimiters, strictly."""

import csv
import io
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from sqpsych.errors import TableError
from sqpsych.intake.cells import tidy_cell
from sqpsych.intake.codebook import TableForm
from sqpsych.intake.tables.grid import Grid

DELIMITER_BY_SUFFIX = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
DELIMITER_NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}

_KNOWN_STARTS = {
    b"PK\x03\x04": ("an Excel or zip file", "Give its name the ending .xlsx"),
    b"\xd0\xcf\x11\xe0": ("an old or protected Excel file", "Save it as .xlsx, without a password"),
    b"$FL2": ("an SPSS file", "Give its name the ending .sav"),
    b"$FL3": ("an SPSS file", "Give its name the ending .zsav"),
    b"PAR1": ("a Parquet file", "Give its name the ending .parquet"),
    b"%PDF": ("a PDF file", "Look for the table it was made from"),
}
"""How files begin that are no text, what they are, and what to do."""
_UTF16_STARTS = (b"\xff\xfe", b"\xfe\xff")


def read_delimited(path: Path, form: TableForm, wanted: Collection[str]) -> Grid:
    """Read a table in text. The header is row 1, a record with line breaks inside quotes one row.

    Args:
        path: a .csv, .tsv or .tab file; any other name needs a delimiter.
        form: says the delimiter and the encoding.
        wanted: names of the columns that will be used, by which a wrong delimiter is found out.
    Raises:
        TableError: a file that cannot be read, decoded or parsed.
    """
    text = _decode(path, form.encoding)
    records = _parse(path, text, _choose_delimiter(path, text, form, wanted))
    header = [tidy_cell(name) for name in next(records, (1, []))[1]]
    return Grid(header or [""] if text.strip() else [], records)


def _decode(path: Path, encoding: str) -> str:
    """Read the whole file as text; a byte order mark is dropped."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}.") from error
    for start, (kind, remedy) in _KNOWN_STARTS.items():
        if data.startswith(start):
            raise TableError(
                f"{path} is {kind}; expected text. {remedy}, or export it as CSV, in UTF-8."
            )
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


def _choose_delimiter(path: Path, text: str, form: TableForm, wanted: Collection[str]) -> str:
    """Take the codebook's delimiter, else the file name's, and check it against the header."""
    chosen = form.delimiter or DELIMITER_BY_SUFFIX.get(path.suffix.lower())
    if chosen is None:
        raise TableError(
            f"{path}: the name does not say what separates the cells. "
            'Set delimiter = "," (or ";" or "\\t") in [table] of the codebook.'
        )
    # Some programs end lines with a carriage return alone.
    first_line = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]

    def count_found(delimiter: str) -> int:
        try:
            names = next(csv.reader([first_line], delimiter=delimiter), [])
        except csv.Error:
            # Read with another delimiter, a header can be longer than a cell may be.
            return 0
        return len({tidy_cell(name) for name in names}.intersection(wanted))

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
