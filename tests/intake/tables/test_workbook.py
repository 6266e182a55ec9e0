"""Sheets of a workbook: which one is read, and cells that are not what they seem."""

from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from sqpsych.errors import TableError
from sqpsych.intake import build_profiles, read_codebook

from ..small_tables import CODEBOOK, KEY
from .test_kinds_of_files import NAMES, ROWS, read, refuse


@pytest.fixture
def book() -> Workbook:
    """A workbook with the answers of two people."""
    book = Workbook()
    sheet = find_sheet(book)
    for row in [NAMES, *ROWS]:
        sheet.append(row)
    return book


def find_sheet(book: Workbook) -> Worksheet:
    """Give the sheet that the workbook opens with."""
    assert isinstance(book.active, Worksheet)
    return book.active


def save(book: Workbook, folder: Path) -> Path:
    """Save a workbook; give its path."""
    book.save(folder / "answers.xlsx")
    return folder / "answers.xlsx"


def on_sheet(name: str) -> str:
    """A codebook that names the sheet."""
    return CODEBOOK.replace("[table]", f'[table]\nsheet = "{name}"')


def test_empty_sheets_are_passed_over(book: Workbook, tmp_path: Path) -> None:
    book.create_sheet("Empty", 0)
    assert len(read(save(book, tmp_path))) == 2


def test_of_several_sheets_one_has_to_be_named(book: Workbook, tmp_path: Path) -> None:
    book.create_sheet("Notes")["A1"] = "by hand"
    path = save(book, tmp_path)
    said = refuse(path)
    assert 'has 2 sheets: "Sheet", "Notes". Set sheet = "Sheet", or another' in said
    assert len(read(path, on_sheet("Sheet"))) == 2


def test_a_sheet_that_is_not_there_names_the_nearest(book: Workbook, tmp_path: Path) -> None:
    said = refuse(save(book, tmp_path), on_sheet("sheet1"))
    assert 'has no sheet "sheet1". Did you mean "Sheet"?' in said


def test_rows_are_numbered_as_excel_shows_them(book: Workbook, tmp_path: Path) -> None:
    find_sheet(book).insert_rows(2, amount=3)
    assert read(save(book, tmp_path)).index.tolist() == [5, 6]


def test_a_workbook_without_a_cell_is_empty(tmp_path: Path) -> None:
    assert "answers.xlsx is empty" in refuse(save(Workbook(), tmp_path))


def test_a_formula_that_was_never_worked_out_is_no_blank(book: Workbook, tmp_path: Path) -> None:
    find_sheet(book)["C3"] = "=B3+1"
    assert "answers.xlsx row 3: a formula without a result" in refuse(save(book, tmp_path))


def test_formulas_in_other_columns_do_not_matter(book: Workbook, tmp_path: Path) -> None:
    sheet = find_sheet(book)
    sheet["M1"], sheet["M3"] = "sum", "=SUM(B3:J3)"
    assert len(read(save(book, tmp_path))) == 2


def test_an_error_is_no_blank(book: Workbook, tmp_path: Path) -> None:
    find_sheet(book)["C3"] = "#N/A"
    path = save(book, tmp_path)
    with pytest.raises(TableError, match='PHQ-9 item 2 is "#N/A" in answers'):
        build_profiles(read(path), read_codebook(tmp_path / "codebook.toml"), KEY)


def test_decimals_follow_the_codebook(book: Workbook, tmp_path: Path) -> None:
    find_sheet(book)["K2"] = 40.5
    path = save(book, tmp_path)
    assert read(path)["age"].tolist() == ["40.5", "61"]
    comma = CODEBOOK.replace("[table]", '[table]\ndecimal = ","')
    assert read(path, comma)["age"].tolist() == ["40,5", "61"]
