"""Read a table of answers, strictly, as text.

Only the columns that the codebook names are kept. Rows are numbered as the program that a file is
from shows them: in text and workbooks the header is row 1 and blank rows count; in files of
SPSS, Stata and SAS and in Parquet the first case is row 1; in FHIR responses are counted.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from sqpsych.errors import CodebookError, InputError, TableError
from sqpsych.intake.cells import normalise_code, parse_number, tidy_cell
from sqpsych.intake.codebook import Codebook, MappedColumn, TableForm
from sqpsych.intake.identities import holds_date_or_email
from sqpsych.intake.problems import name_rows, raise_if_any, suggest_nearest
from sqpsych.intake.tables import read_grid

FILE_ATTRIBUTE = "file"
"""Key in `DataFrame.attrs` under which the name of the file goes along, for messages."""
PASSED_OVER = "passed_over"
"""Key under which the number of rows goes along that are not read."""
ROW_INDEX = "row"
NAMES_SHOWN = 5
CHARACTERS_SHOWN = 20
"""Of each name that is shown."""


def read_table(path: Path | str, codebook: Codebook) -> pd.DataFrame:
    """Read the columns that a codebook names from a table of answers.

    Args:
        path: by the ending of its name .csv, .tsv or .tab, a workbook (.xlsx, .xlsm), a file of
            SPSS (.sav, .zsav) or Stata (.dta), a SAS transport file (.xpt), .parquet, or FHIR
            (.json, .ndjson); any other is text and needs `table.delimiter` in the codebook.
        codebook: what the columns mean.
    Returns:
        One row a person and one column a mapped column, cells as trimmed text, "" where blank. The
        index "row" holds row numbers; `attrs["file"]` the file name, `attrs["passed_over"]` how
        many rows are not among those that `table.only` keeps.
    Raises:
        TableError: a file that cannot be read, decoded or parsed; repeated columns; rows of another
            length than the header; no rows.
        CodebookError: the codebook names columns that are not there.
    """
    path = Path(path)
    wanted = {column for column, _ in codebook.list_columns_read()}
    header, records, _ = read_grid(path, codebook.table, wanted)
    if not header:
        raise TableError(f"{path} is empty; expected a header row and one row a person.")
    if not any(header):
        raise TableError(f"{path} begins with an empty line; expected the header row. Remove it.")
    places = _find_columns(path.name, header, codebook)
    is_kept = _make_filter(codebook.table, places)
    numbers, rows, ragged, passed_over = [], [], [], 0
    for number, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            ragged.append((number, len(cells)))
        elif is_kept(cells):
            numbers.append(number)
            rows.append([tidy_cell(cells[place]) for place in places.values()])
        else:
            passed_over += 1
    _refuse_ragged_rows(path.name, ragged, len(header))
    if passed_over and not rows:
        raise TableError(
            f"{path}: only, in [table] of the codebook, keeps none of {passed_over} rows. "
            "Correct its column or its cells."
        )
    if not rows:
        raise TableError(f"{path} has a header and no rows; expected one row a person.")
    table = pd.DataFrame(
        rows, columns=list(places), index=pd.Index(numbers, name=ROW_INDEX), dtype=str
    )
    mapped = [column for column, _ in codebook.list_columns()]
    table = table[list(dict.fromkeys(mapped))]
    table.attrs |= {FILE_ATTRIBUTE: path.name, PASSED_OVER: passed_over}
    return table


def _make_filter(form: TableForm, places: Mapping[str, int]) -> Callable[[Sequence[str]], bool]:
    """Make the question whether a row is read."""
    chosen = {
        places[column]: {normalise_code(code, form.decimal) for code in codes}
        for column, codes in form.only.items()
    }
    return lambda cells: all(
        normalise_code(cells[place], form.decimal) in codes for place, codes in chosen.items()
    )


def list_columns(path: Path, form: TableForm) -> tuple[tuple[str, str], ...]:
    """List the columns of a table with what the file says that they are, empty where it does not.

    Args:
        path: see `read_table`.
        form: how it is written.
    Raises:
        TableError: a file that cannot be read, or is empty.
    """
    header, _, labels = read_grid(path, form, ())
    if not any(header):
        raise TableError(f"{path} begins without a header; expected the names of its columns.")
    return tuple((name, labels.get(name, "")) for name in header)


def find_missing_columns(
    present: list[str], named: Iterable[MappedColumn], where: str
) -> list[str]:
    """Say which columns the codebook names and the table lacks, with the nearest that is there."""
    return [
        f'column "{column}" ({use}) is not in {where}.{suggest_nearest(column, present)} '
        "Correct the name in the codebook."
        for column, use in named
        if column not in present
    ]


def _find_columns(file: str, header: list[str], codebook: Codebook) -> dict[str, int]:
    """Give the place of every mapped column; repeated or absent ones are refused."""
    counts = Counter(header)
    named = codebook.list_columns_read()
    wanted = [column for column, _ in named]
    problems: list[str] = []
    kind: type[InputError] = TableError
    for column in dict.fromkeys(wanted):
        if counts[column] > 1:
            at = [place for place, name in enumerate(header, start=1) if name == column]
            problems.append(
                f'column "{column}" is in {file} {counts[column]} times (columns '
                f"{', '.join(map(str, at))}). Rename or remove all but one."
            )
    absent = find_missing_columns(header, named, file)
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
