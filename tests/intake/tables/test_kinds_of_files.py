"""The same answers in every kind of file give the same people.

Text, which tests of reading are about, is what the others are compared with.
"""

import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest
from openpyxl import Workbook

from sqpsych.errors import TableError
from sqpsych.intake import build_profiles, read_codebook, read_table
from sqpsych.intake.nhanes import find_sample_files
from sqpsych.intake.tables.grid import write_cell

from ..small_tables import CODEBOOK, KEY, QUESTIONS

ROWS = [["r001", *range(4), None, 0, 0, 0, 0, 40, 1], ["007", *[1] * 9, 61, 2]]
NAMES = ["id", *QUESTIONS, "age", "sex"]


def write_excel(table: pd.DataFrame, path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(table.columns))
    for row in table.itertuples(index=False):
        sheet.append([None if pd.isna(cell) else cell for cell in row])
    book.save(path)


WRITERS: dict[str, Callable[[pd.DataFrame, Path], Any]] = {
    ".xlsx": write_excel,
    ".sav": lambda table, path: pyreadstat.write_sav(table, path),
    ".zsav": lambda table, path: pyreadstat.write_sav(table, path, compress=True),
    ".dta": lambda table, path: pyreadstat.write_dta(table, path),
    ".xpt": lambda table, path: pyreadstat.write_xport(table, path),
    ".parquet": lambda table, path: table.to_parquet(path),
}


def read(path: Path, codebook: str = CODEBOOK) -> pd.DataFrame:
    """Read a table with a codebook beside it."""
    meaning = path.with_name("codebook.toml")
    meaning.write_text(codebook, encoding="utf-8")
    return read_table(path, read_codebook(meaning))


def refuse(path: Path, codebook: str = CODEBOOK) -> str:
    """Read a table that cannot be used; give the message."""
    with pytest.raises(TableError) as caught:
        read(path, codebook)
    return str(caught.value)


@pytest.mark.parametrize("ending", [*WRITERS, ".SAV"])
def test_every_kind_of_file_gives_the_same_text(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"answers{ending}"
    table = pd.DataFrame(ROWS, columns=NAMES).assign(unused="secret")
    WRITERS[ending.lower()](table, path)
    found = read(path)
    assert found.to_numpy().tolist() == [
        ["r001", "0", "1", "2", "3", "", "0", "0", "0", "0", "40", "1"],
        ["007", *["1"] * 9, "61", "2"],
    ]
    assert found.index.tolist() == ([2, 3] if ending == ".xlsx" else [1, 2])


@pytest.mark.parametrize("ending", [".xlsx", ".sav", ".parquet"])
def test_the_sample_gives_the_same_profiles_from_every_kind_of_file(
    ending: str, tmp_path: Path
) -> None:
    for source in find_sample_files():
        (tmp_path / source.name).write_bytes(source.read_bytes())
    text, path = tmp_path / "nhanes.csv", tmp_path / f"nhanes{ending}"
    codebook = read_codebook(tmp_path / "codebook.toml")
    WRITERS[ending](pd.read_csv(text, keep_default_na=False, na_values=[""]), path)
    expected, found = (
        build_profiles(read_table(file, codebook), codebook, KEY) for file in (text, path)
    )
    assert found.profiles == expected.profiles


@pytest.mark.parametrize("ending", WRITERS)
def test_what_is_no_such_file_is_refused_with_the_way_out(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"answers{ending}"
    path.write_bytes(b"\x00\x01nothing of the kind" * 40)
    said = refuse(path)
    assert path.name in said
    assert "CSV" in said or "anew" in said


@pytest.mark.parametrize("ending", WRITERS)
def test_a_file_that_is_cut_off_is_refused(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"answers{ending}"
    WRITERS[ending](pd.DataFrame(ROWS * 200, columns=NAMES), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    assert path.name in refuse(path)


@pytest.mark.parametrize("ending", WRITERS)
def test_a_file_that_is_not_there_is_named(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"answers{ending}"
    assert f"{path} cannot be read: No such file or directory" in refuse(path)


@pytest.mark.parametrize("ending", [".xlsx", ".sav", ".dta", ".parquet"])
def test_a_day_is_refused_as_a_fact_in_every_kind_of_file(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"answers{ending}"
    table = pd.DataFrame(ROWS, columns=NAMES).assign(born=[date(1961, 5, 12), date(1970, 1, 2)])
    WRITERS[ending](table, path)
    codebook = CODEBOOK + 'born = "born"\n'
    with pytest.raises(TableError, match="born holds a full date") as caught:
        build_profiles(read(path, codebook), read_codebook(tmp_path / "codebook.toml"), KEY)
    assert "1961" not in str(caught.value)


def test_what_spss_declares_missing_is_blank(tmp_path: Path) -> None:
    path = tmp_path / "answers.sav"
    table = pd.DataFrame(ROWS, columns=NAMES).fillna({"q5": 9.0})
    pyreadstat.write_sav(table, path, missing_ranges={"q5": [9]})
    assert read(path)["q5"].tolist() == ["", "1"]


def test_parquet_with_lists_names_the_column(tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    pd.DataFrame(ROWS, columns=NAMES).assign(q1=pd.Series([[0], [1]])).to_parquet(path)
    assert 'column "q1" has a cell of type list; expected texts' in refuse(path)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        (" as it is\n", " as it is\n"),
        (3.0, "3"),
        (3, "3"),
        (2.5, "2,5"),
        (-0.0, "0"),
        (1234567890123456.0, "1234567890123456"),
        (float("inf"), "inf"),
        (Decimal("7.50"), "7,50"),
        (True, "true"),
        (date(1961, 5, 12), "1961-05-12"),
        (datetime(1961, 5, 12), "1961-05-12"),
        (datetime(1961, 5, 12, 10, 5), "1961-05-12 10:05:00"),
        (time(10, 5), "10:05:00"),
        (timedelta(hours=26), "1 day, 2:00:00"),
    ],
)
def test_values_are_written_as_a_text_file_would_have_them(value: object, text: str) -> None:
    assert write_cell(value, ",") == text


@pytest.mark.parametrize(("ending", "library"), [(".xlsx", "openpyxl"), (".sav", "pyreadstat")])
def test_without_its_library_a_file_says_what_to_install(
    ending: str, library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"answers{ending}"
    WRITERS[ending](pd.DataFrame(ROWS, columns=NAMES), path)
    monkeypatch.setitem(sys.modules, library, None)
    said = refuse(path)
    assert library in said
    assert "pip install 'sqpsych[ingest]'" in said
