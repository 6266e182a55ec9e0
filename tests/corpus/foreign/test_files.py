"""Files as rows: every kind of file gives the same, and faults are told without words."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sqpsych.corpus.foreign.files import Fault, SourceTable, list_faults, read_table
from sqpsych.errors import InputError

ROWS = [{"a": "x\ny", "b": "„z“; \u2028"}, {"a": "", "b": "w" * 200_000}]
SECRET = "Quetzalcoatlus"


def read(name: str, text: str | bytes) -> SourceTable:
    data = text if isinstance(text, bytes) else text.encode()
    return read_table(Path(name), data)


def write_rows(folder: Path, name: str) -> Path:
    path = folder / name
    if name.endswith("parquet"):
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    elif name.endswith(("csv", "tsv")):
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.DictWriter(file, ["a", "b"], delimiter="\t" if "tsv" in name else ",")
            writer.writeheader()
            writer.writerows(ROWS)
    elif name.endswith("lines.json") or name.endswith("jsonl"):
        path.write_text("\n\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    else:
        path.write_text(json.dumps(ROWS, indent=1, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "unit", "numbers"),
    [
        ("t.csv", "row", [2, 3]),
        ("t.tsv", "row", [2, 3]),
        ("t.parquet", "row", [1, 2]),
        ("t.jsonl", "line", [1, 3]),
        ("t.lines.json", "line", [1, 3]),
        ("t.json", "entry", [1, 2]),
        ("t.list", "entry", [1, 2]),
    ],
)
def test_every_kind_of_file_gives_the_same_rows(
    tmp_path: Path, name: str, unit: str, numbers: list[int]
) -> None:
    path = write_rows(tmp_path, name)
    before = csv.field_size_limit()
    table = read_table(path, path.read_bytes())
    assert [row.values for row in table.rows] == ROWS
    assert (table.unit, [row.number for row in table.rows]) == (unit, numbers)
    assert table.faults == []
    assert csv.field_size_limit() == before


def test_one_json_object_over_several_lines_is_one_row() -> None:
    assert len(read("t.json", json.dumps(ROWS[0], indent=2)).rows) == 1


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (f'{{"a": "{SECRET}"', "no valid JSON"),
        (f'["{SECRET}"]', "no JSON object but a list"),
        ("3", "no JSON object but a number"),
        ("null", "no JSON object but null"),
        (f'{{"a": "{SECRET} \\ud83d"}}', "half a character"),
        ("[" * 100_000, "no valid JSON"),
    ],
)
def test_a_line_that_is_no_object_is_a_fault(line: str, what: str) -> None:
    table = read("t.jsonl", f'{{"a": "b"}}\n{line}\n{{"a": "c"}}\n')
    assert [row.number for row in table.rows] == [1, 3]
    (fault,) = table.faults
    assert (fault.number, fault.dialogue) == (2, None)
    assert fault.what.startswith(what)
    assert SECRET not in str(fault)


def test_a_first_line_that_is_broken_does_not_spoil_the_others() -> None:
    table = read("t.jsonl", '{"a": \n{"a": "b"}\n{"a": "c"}\n')
    assert (len(table.rows), [fault.number for fault in table.faults]) == (2, [1])


def test_a_row_of_another_length_is_a_fault() -> None:
    table = read("t.csv", f"a,b\n1,2\n\n{SECRET},2,3\n4,5\n")
    assert [row.number for row in table.rows] == [2, 5]
    assert [(f.number, f.dialogue) for f in table.faults] == [(4, None)]
    assert "3 cells, expected 2" in table.faults[0].what


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("t.csv", b"", "empty"),
        ("t.csv", b"a,b\n", "no rows"),
        ("t.json", b"[]", "no rows"),
        ("t.csv", b'a,b\n1,2\n"Quetzalcoatlus,3\n', "line 3 is not valid CSV"),
        ("t.csv", b"a,a\n1,2\n", 'more than one column named "a"'),
        ("t.csv", b"a,b\nx,Quetzalcoatlus \xe9\n", "not UTF-8: line 2 has the byte 0xe9"),
        ("t.json", b'[{"a": 1},\n{"a": Quetzalcoatlus}]', "line 2 is not valid JSON"),
        ("t.xlsx", b"PK\x03\x04Quetzalcoatlus", "an Excel or zip file"),
        ("t.csv", "a,b".encode("utf-16"), "UTF-16"),
        ("t.parquet", b"PAR1Quetzalcoatlus", "begins as Parquet and cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_explained(name: str, data: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told) as raised:
        read(name, data)
    assert SECRET not in str(raised.value)
    assert name in str(raised.value)


def test_faults_are_listed_by_kind_with_every_place() -> None:
    same = [Fault(number, "no list", "Make one.") for number in (2, 3, 4, 7)]
    other = [Fault(9, "lost words", "Label them.", f"{n} characters") for n in (5, 5, 8)]
    assert list_faults("row", [*same, *other]) == [
        "rows 2-4, 7: no list. Make one.",
        "rows 9 (5 characters), 9 (8 characters): lost words. Label them.",
    ]
    assert list_faults("line", [Fault(1, "x", "Y.")]) == ["line 1: x. Y."]
    assert list_faults("entry", same[:2]) == ["entries 2-3: no list. Make one."]
