"""Reading a sheet of an Excel workbook.

Formulas are read by the results that are stored with them. One that was never worked out is
refused, and an error such as #N/A comes as its text: neither may pass for a blank.
"""

import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from sqpsych.errors import TableError
from sqpsych.intake.cells import tidy_cell
from sqpsych.intake.codebook import TableForm
from sqpsych.intake.problems import name_rows, suggest_nearest
from sqpsych.intake.tables.grid import Grid, write_cell

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_NO_WORKBOOK = (BadZipFile, EOFError, KeyError, SyntaxError, TypeError, ValueError)
"""What openpyxl raises of files that are none, SyntaxError where their XML is broken."""


def read_workbook(path: Path, form: TableForm, wanted: Collection[str]) -> Grid:
    """Read the sheet that the codebook names, or the only one that holds anything.

    Args:
        path: an .xlsx or .xlsm file.
        form: says which sheet, and the decimal sign that numbers get.
        wanted: names of the columns that will be used.
    Raises:
        TableError: openpyxl is not installed; no workbook; no such sheet, or several to choose
            from; a formula without a result in a column that is wanted.
    """
    sheet, rows = _read_rows(path, form, results=True)
    header = [tidy_cell(write_cell(cell, form.decimal)) for cell in rows[0]] if rows else []
    places = [place for place, name in enumerate(header) if name in wanted]
    blank = {
        (row, place) for row, cells in enumerate(rows) for place in places if cells[place] is None
    }
    _refuse_unknown_results(path, form.model_copy(update={"sheet": sheet}), blank)
    return Grid(header, _write_rows(rows, form))


def _write_rows(
    rows: Sequence[Sequence[object]], form: TableForm
) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(rows[1:], start=2):
        yield number, [write_cell(cell, form.decimal) for cell in cells]


def _refuse_unknown_results(
    path: Path, form: TableForm, blank: Collection[tuple[int, int]]
) -> None:
    """Refuse cells that are blank as a result and hold a formula."""
    formulas = _read_rows(path, form, results=False)[1] if blank else []
    unknown = sorted({row + 1 for row, place in blank if formulas[row][place] is not None})
    if unknown:
        raise TableError(
            f"{path} {name_rows(unknown)}: a formula without a result. Open the workbook in Excel "
            "or LibreOffice and save it, so that results are stored."
        )


def _read_rows(
    path: Path, form: TableForm, *, results: bool
) -> tuple[str, list[tuple[object, ...]]]:
    """Read the name of the sheet and all its cells, rows of equal length; formulas by their
    results, or as such."""
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise TableError(
            f"{path} is an Excel workbook, and openpyxl, which reads it, is not installed. "
            "Run `pip install 'sqpsych[ingest]'`, or export CSV."
        ) from None
    try:
        with (
            warnings.catch_warnings(action="ignore"),  # of what is left out, such as pictures
            path.open("rb") as file,
            closing(load_workbook(file, read_only=True, data_only=results)) as book,
        ):
            sheet = _choose_sheet(book, path, form)
            rows = [tuple(cell.value for cell in row) for row in sheet.iter_rows()]
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}.") from error
    except _NO_WORKBOOK as error:
        raise TableError(
            f"{path} is no Excel workbook that can be read, or one behind a password. "
            "Save it as .xlsx without one, or export CSV."
        ) from error
    width = max(map(len, rows), default=0)
    return sheet.title, [(*row, *[None] * (width - len(row))) for row in rows]


def _choose_sheet(book: "Workbook", path: Path, form: TableForm) -> "Worksheet":
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    for sheet in sheets.values():
        # What a file says of its own size may be wrong.
        sheet.reset_dimensions()
    if form.sheet is not None:
        if form.sheet not in sheets:
            raise TableError(
                f'{path} has no sheet "{form.sheet}".{suggest_nearest(form.sheet, list(sheets))} '
                "Correct sheet in [table] of the codebook."
            )
        return sheets[form.sheet]
    filled = [name for name, sheet in sheets.items() if _holds_anything(sheet)]
    if len(filled) > 1:
        names = ", ".join(f'"{name}"' for name in filled)
        raise TableError(
            f'{path} has {len(filled)} sheets: {names}. Set sheet = "{filled[0]}", or another, in '
            "[table] of the codebook."
        )
    return sheets[filled[0] if filled else next(iter(sheets))]


def _holds_anything(sheet: "Worksheet") -> bool:
    return any(cell.value is not None for row in sheet.iter_rows() for cell in row)
