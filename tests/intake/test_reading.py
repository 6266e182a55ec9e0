"""Tables that can be read, and what is said about those that cannot."""

from pathlib import Path

import pandas as pd
import pytest

from sqpsych.errors import CodebookError, TableError
from sqpsych.intake import build_profiles, read_codebook, read_table

from .small_tables import CODEBOOK, HEADER, write_files, write_row

ROW = write_row("r001", [0] * 9)


def refuse(folder: Path, text: str | bytes, codebook: str = CODEBOOK) -> str:
    """Read a table that is wrong; give the message."""
    table, meaning = write_files(folder, [], codebook)
    table.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises((TableError, CodebookError)) as caught:
        read_table(table, read_codebook(meaning))
    return str(caught.value)


def accept(folder: Path, data: bytes, codebook: str = CODEBOOK, name: str = "answers.csv") -> int:
    """Read a table that is right; give its number of rows."""
    _, meaning = write_files(folder, [], codebook)
    (folder / name).write_bytes(data)
    return len(read_table(folder / name, read_codebook(meaning)))


def test_only_mapped_columns_are_kept(tmp_path: Path) -> None:
    table, meaning = write_files(tmp_path, [f"{ROW},secret"], header=f"{HEADER},name")
    read = read_table(table, read_codebook(meaning))
    assert "name" not in read.columns
    assert read.index.tolist() == [2]


def test_column_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    said = refuse(tmp_path, HEADER.replace("age", "Age1") + f"\n{ROW}\n")
    assert 'column "age" (demographics.age) is not in answers.csv. Did you mean "Age1"?' in said


def test_all_absent_columns_are_listed(tmp_path: Path) -> None:
    said = refuse(tmp_path, HEADER.replace("age", "x").replace("q3", "y") + f"\n{ROW}\n")
    assert said.startswith("2 problems in answers.csv:")


def test_column_that_is_not_there_shows_how_the_header_begins(tmp_path: Path) -> None:
    header = HEADER.replace("q2", "how often were you tired")
    said = refuse(tmp_path, header.replace("id", "ï»¿id", 1) + f"\n{ROW}\n")
    assert said.count('The header begins: "ï»¿id", "q1", "how often were you …", "q3", "q4".') == 1
    assert "q5" not in said


@pytest.mark.parametrize("first", [ROW, "r001,often,never,often", "r001,1961-05-12"])
def test_answers_in_the_place_of_a_header_are_not_shown(tmp_path: Path, first: str) -> None:
    assert "r001" not in refuse(tmp_path, f"{first}\n{ROW}\n")


def test_empty_line_before_the_header_is_told(tmp_path: Path) -> None:
    assert "answers.csv begins with an empty line" in refuse(tmp_path, f"\n{HEADER}\n{ROW}\n")


@pytest.mark.parametrize("text", ["", "\n", "\n\n"])
def test_empty_table_is_refused(tmp_path: Path, text: str) -> None:
    assert "answers.csv is empty" in refuse(tmp_path, text)


def test_header_without_rows_is_refused(tmp_path: Path) -> None:
    assert "answers.csv has a header and no rows" in refuse(tmp_path, HEADER + "\n")


def test_repeated_column_is_refused_with_places(tmp_path: Path) -> None:
    said = refuse(tmp_path, f"{HEADER},q4\n{ROW},1\n")
    assert 'column "q4" is in answers.csv 2 times (columns 5, 13)' in said


def test_repeated_column_that_is_not_mapped_does_not_matter(tmp_path: Path) -> None:
    assert accept(tmp_path, f"{HEADER},x,x\n{ROW},1,2\n".encode()) == 1


def test_latin_1_is_refused_with_line_and_remedy(tmp_path: Path) -> None:
    said = refuse(tmp_path, f"{HEADER},city\n{ROW},Köln\n".encode("latin-1"))
    assert "answers.csv is not utf-8: line 2 has the byte 0xf6. Set encoding" in said


def test_named_encoding_is_read(tmp_path: Path) -> None:
    text = CODEBOOK.replace("[table]", '[table]\nencoding = "latin-1"')
    assert accept(tmp_path, f"{HEADER},city\n{ROW},Köln\n".encode("latin-1"), text) == 1


def test_utf_16_is_refused_with_remedy(tmp_path: Path) -> None:
    said = refuse(tmp_path, f"{HEADER}\n{ROW}\n".encode("utf-16"))
    assert 'is UTF-16, not UTF-8. Set encoding = "utf-16"' in said


def test_utf_16_is_read_when_named(tmp_path: Path) -> None:
    text = CODEBOOK.replace("[table]", '[table]\nencoding = "utf-16"')
    assert accept(tmp_path, f"{HEADER}\n{ROW}\n".encode("utf-16"), text) == 1


def test_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    assert accept(tmp_path, f"{HEADER}\n{ROW}\n".encode("utf-8-sig")) == 1


def test_semicolons_are_refused_with_remedy(tmp_path: Path) -> None:
    said = refuse(tmp_path, f"{HEADER}\n{ROW}\n".replace(",", ";"))
    assert "cells are separated by a semicolon, not a comma" in said
    assert 'Set delimiter = ";" in [table]' in said


def test_named_delimiter_is_read(tmp_path: Path) -> None:
    text = CODEBOOK.replace("[table]", '[table]\ndelimiter = ";"')
    assert accept(tmp_path, f"{HEADER}\n{ROW}\n".replace(",", ";").encode(), text) == 1


def test_carriage_returns_end_lines(tmp_path: Path) -> None:
    assert accept(tmp_path, f"{HEADER}\r{ROW}\r".encode()) == 1
    said = refuse(tmp_path, f"{HEADER}\r{ROW}\r".replace(",", ";"))
    assert "cells are separated by a semicolon, not a comma" in said


def test_delimiter_of_a_very_long_header_is_told(tmp_path: Path) -> None:
    names = ",".join(f"a_long_name_of_a_column_{number}" for number in range(6000))
    said = refuse(tmp_path, f"{HEADER},{names}\n{ROW}{',' * 6000}\n".replace(",", ";"))
    assert "cells are separated by a semicolon, not a comma" in said


def test_tabs_are_read_from_tsv(tmp_path: Path) -> None:
    data = f"{HEADER}\n{ROW}\n".replace(",", "\t").encode()
    assert accept(tmp_path, data, name="answers.tsv") == 1


def test_unknown_ending_needs_a_delimiter(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="does not say what separates"):
        accept(tmp_path, f"{HEADER}\n{ROW}\n".encode(), name="answers.txt")


def test_ragged_rows_are_refused_by_row(tmp_path: Path) -> None:
    said = refuse(tmp_path, f"{HEADER}\n{ROW}\n{ROW},9\n{ROW}\nr004,1\n")
    assert "answers.csv row 3: 13 cells, expected 12 as in the header" in said
    assert "answers.csv row 5: 2 cells" in said
    assert "r004" not in said


def test_open_quote_is_refused_by_row(tmp_path: Path) -> None:
    said = refuse(tmp_path, f'{HEADER}\n{ROW}\n"r002,1,1\n')
    assert "answers.csv row 3" in said
    assert "not valid CSV" in said


def test_rows_are_counted_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    text = f'{HEADER},note\n{ROW},"two\nlines"\n\n{"," * 12}\n{ROW},end\n'
    table, meaning = write_files(tmp_path, [])
    table.write_text(text, encoding="utf-8")
    assert read_table(table, read_codebook(meaning)).index.tolist() == [2, 5]


@pytest.mark.parametrize(
    ("start", "kind"), [(b"PK\x03\x04", "an Excel or zip file"), (b"$FL2", "an SPSS file")]
)
def test_other_kinds_of_file_are_told(tmp_path: Path, start: bytes, kind: str) -> None:
    assert f"answers.csv is {kind}; expected text" in refuse(tmp_path, start + b"...")


def test_zero_bytes_are_refused(tmp_path: Path) -> None:
    assert "holds zero bytes" in refuse(tmp_path, f"{HEADER}\n\x00".encode())


def test_absent_table_is_named(tmp_path: Path) -> None:
    _, meaning = write_files(tmp_path, [])
    with pytest.raises(TableError, match=r"nowhere\.csv cannot be read: No such file"):
        read_table(tmp_path / "nowhere.csv", read_codebook(meaning))


EVENTS = [
    f"{write_row(person, [points] * 9)},{event}"
    for person in ("r001", "r002")
    for points, event in ((0, "baseline"), (1, "week 4"), (2, "3.0"))
]


def read_events(folder: Path, only: str) -> list[list[str]]:
    """Give id and first answer of the rows that are kept."""
    chosen = CODEBOOK.replace("[table]", f"[table]\nonly = {only}")
    table, meaning = write_files(folder, EVENTS, chosen, f"{HEADER},event")
    read = read_table(table, read_codebook(meaning))
    assert "event" not in read.columns
    assert read.attrs["passed_over"] == len(EVENTS) - len(read)
    return read[["id", "q1"]].to_numpy().tolist()


def test_of_repeated_measurements_one_event_can_be_read(tmp_path: Path) -> None:
    assert read_events(tmp_path, '{ event = "week 4" }') == [["r001", "1"], ["r002", "1"]]
    assert read_events(tmp_path, "{ event = 3 }") == [["r001", "2"], ["r002", "2"]]
    both = read_events(tmp_path, '{ event = ["baseline", 3], q1 = 0 }')
    assert both == [["r001", "0"], ["r002", "0"]]


def test_rows_that_are_not_there_cannot_be_chosen(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"only, in .table. of the codebook, keeps none of 6 rows"):
        read_events(tmp_path, '{ event = "week 8" }')
    with pytest.raises(CodebookError, match=r'column "evnt" \(table.only\).*mean "event"'):
        read_events(tmp_path, '{ evnt = "week 8" }')


def test_rows_of_a_table_of_ones_own_are_not_chosen_unnoticed(tmp_path: Path) -> None:
    chosen = CODEBOOK.replace("[table]", '[table]\nonly = { event = "week 4" }')
    table, meaning = write_files(tmp_path, EVENTS, chosen, f"{HEADER},event")
    with pytest.raises(CodebookError, match="goes with `read_table`"):
        build_profiles(pd.read_csv(table, dtype=str), read_codebook(meaning), bytes(32))
