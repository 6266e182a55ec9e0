"""Check every cell of a table that the codebook maps, and gather what cannot be used.

Columns are checked as a whole: each distinct cell is read once, whatever the number of rows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import pandas as pd

from sqpsych.errors import CodebookError, TableError
from sqpsych.intake.cell_values import (
    Refusal,
    read_answer,
    read_fact,
)
from sqpsych.intake.cells import drop_zero_decimals, normalise_code, tidy_cell
from sqpsych.intake.codebook import Codebook, FactColumn
from sqpsych.intake.identities import describe_cell, find_ids_given_away, gather_known_ids
from sqpsych.intake.mapping import InstrumentMap, ItemMap, name_instrument, normalise_labels
from sqpsych.intake.problems import name_rows, raise_if_any
from sqpsych.intake.reading import FILE_ATTRIBUTE, PASSED_OVER, ROW_INDEX, find_missing_columns
from sqpsych.records import Fact

Value = TypeVar("Value")


class Problem(NamedTuple):
    """One thing that is wrong, and the first row it is wrong in."""

    row: int
    text: str


class CheckedTable(NamedTuple):
    """What the mapped columns say. Lists run over people, in the order of the table."""

    rows: tuple[int, ...]
    ids: list[str]
    answers: tuple[list[tuple[int | None, ...]], ...]
    """One list an instrument; points in the order of the map's items."""
    demographics: list[tuple[Fact, ...]]
    history: list[tuple[Fact, ...]]
    conditions: list[str | None]


@dataclass
class ColumnReader:
    """Reads columns of one table and keeps the problems it meets."""

    cells: pd.DataFrame
    rows: tuple[int, ...]
    file: str
    codebook: Codebook
    ids: list[str]
    """Tidy ids, one a row."""
    known_ids: frozenset[str] = field(init=False)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Bring the ids to the form in which they are looked for."""
        self.known_ids = gather_known_ids(self.ids)

    def add_problem(self, rows: Sequence[int], label: str, refusal: Refusal) -> None:
        """Keep one problem that several rows may share."""
        text = f"{label} {refusal.found} in {self.file} {name_rows(rows)}; {refusal.remedy}"
        self.problems.append(Problem(rows[0], text))

    def read(
        self, column: str, label: str, read_cell: Callable[[str], Value | Refusal]
    ) -> list[Value | None]:
        """Give one value a row, None where the cell is blank or a missing code."""
        decimal = self.codebook.table.decimal
        missing = self.codebook.list_missing_codes(column)
        codes, cells = pd.factorize(self.cells[column])
        values: list[Value | None] = []
        for number, raw in enumerate(cells):
            cell = tidy_cell(raw)
            if normalise_code(cell, decimal) in missing:
                values.append(None)
                continue
            value = read_cell(cell)
            if isinstance(value, Refusal):
                found = value.found or describe_cell(cell, self.known_ids, decimal)
                at = (codes == number).nonzero()[0]
                rows = [self.rows[place] for place in at]
                self.add_problem(rows, label, value._replace(found=found))
                values.append(None)
            else:
                values.append(value)
        return [values[code] for code in codes]


def check_table(
    table: pd.DataFrame, codebook: Codebook, maps: Sequence[InstrumentMap]
) -> CheckedTable:
    """Read all mapped columns of a table.

    Args:
        table: text cells; the index "row" and `attrs["file"]` of `read_table` serve messages.
        codebook: what the columns mean.
        maps: its instruments, from `match_instruments`.
    Raises:
        CodebookError: columns that are not in the table.
        TableError: cells that cannot be used, empty or repeated ids, no rows.
    """
    reader = _open_table(table, codebook)
    _check_ids(reader)
    answers = tuple(_read_answers(reader, entry) for entry in maps)
    demographics = _read_facts(reader, codebook.demographics)
    history = _read_facts(reader, codebook.history)
    conditions: list[str | None] = [None] * len(reader.ids)
    group = codebook.condition
    if group is not None and group.column is not None:
        conditions = _read_words(reader, "condition", group.column, group.recode)
    in_order = [problem.text for problem in sorted(reader.problems, key=lambda found: found.row)]
    raise_if_any(in_order, TableError, reader.file)
    return CheckedTable(reader.rows, reader.ids, answers, demographics, history, conditions)


def _open_table(table: pd.DataFrame, codebook: Codebook) -> ColumnReader:
    """Take a table in, whether or not `read_table` made it."""
    file = str(table.attrs.get(FILE_ATTRIBUTE, "the table"))
    if codebook.table.only and PASSED_OVER not in table.attrs:
        raise CodebookError(
            "only, in [table] of the codebook, goes with `read_table`. "
            "Choose the rows of a table of your own before, and leave it out."
        )
    table = table.rename(columns=lambda name: tidy_cell(str(name)))
    present = list(table.columns)
    raise_if_any(find_missing_columns(present, codebook.list_columns(), file), CodebookError, file)
    columns = list(dict.fromkeys(column for column, _ in codebook.list_columns()))
    repeated = [column for column in columns if present.count(column) > 1]
    if repeated:
        raise TableError(f'column "{repeated[0]}" is in {file} twice. Rename or remove one.')
    if table.empty:
        raise TableError(f"{file} has no rows; expected one row a person.")
    for column in columns:
        if not pd.api.types.is_string_dtype(table[column].dropna()):
            raise TableError(
                f'column "{column}" of {file} holds {table[column].dtype}; expected text. '
                "Read the file with read_table, or with dtype=str."
            )
    counted = table.index.name == ROW_INDEX
    rows = [int(row) for row in table.index] if counted else range(2, len(table) + 2)
    cells = table[columns].fillna("")
    decimal = codebook.table.decimal
    ids = [drop_zero_decimals(tidy_cell(cell), decimal) for cell in cells[codebook.table.id]]
    return ColumnReader(cells, tuple(rows), file, codebook, ids)


def _check_ids(reader: ColumnReader) -> None:
    """Make problems, which name rows only, of empty and repeated ids."""
    column = reader.codebook.table.id
    rows_of: dict[str, list[int]] = {}
    for row, source_id in zip(reader.rows, reader.ids, strict=True):
        rows_of.setdefault(source_id, []).append(row)
    empty = rows_of.pop("", [])
    if empty:
        reader.add_problem(
            empty,
            f'the id (column "{column}")',
            Refusal("every person needs one. Fill it in, or remove the row.", "is empty"),
        )
    for rows in rows_of.values():
        if len(rows) > 1:
            reader.add_problem(
                rows,
                f'the id (column "{column}")',
                Refusal("expected one row a person. Keep one of them.", "is the same"),
            )


def _read_answers(reader: ColumnReader, entry: InstrumentMap) -> list[tuple[int | None, ...]]:
    decimal = reader.codebook.table.decimal
    title = name_instrument(entry.instrument)

    def read_item(item: ItemMap) -> list[int | None]:
        return reader.read(
            item.column,
            f"{title} item {item.number}",
            lambda cell: read_answer(item, cell, decimal),
        )

    return list(zip(*(read_item(item) for item in entry.items), strict=True))


def _read_facts(reader: ColumnReader, sources: dict[str, FactColumn]) -> list[tuple[Fact, ...]]:
    """Give the facts of each person; a fact that is missing is left out."""
    columns = [_read_fact_column(reader, name, source) for name, source in sources.items()]
    if not columns:
        return [()] * len(reader.ids)
    return [
        tuple(fact for fact in facts if fact is not None) for facts in zip(*columns, strict=True)
    ]


def _read_fact_column(reader: ColumnReader, name: str, source: FactColumn) -> list[Fact | None]:
    """Give one fact of each person; people of whom the same is true share one record."""
    words = _read_words(reader, name, source.column, source.recode)
    unit = f" {source.unit}" if source.unit else ""
    facts = {value: Fact(name=name, value=f"{value}{unit}") for value in set(words) if value}
    return [facts.get(value) if value else None for value in words]


def _read_words(
    reader: ColumnReader, name: str, column: str, recode: Mapping[str, str] | None
) -> list[str | None]:
    """Give what a column says of each person, in words that tell nobody's id."""
    decimal = reader.codebook.table.decimal
    labels = normalise_labels(recode, decimal)
    words = reader.read(column, name, lambda cell: read_fact(name, cell, labels, decimal))
    telling = find_ids_given_away(words, reader.ids, reader.known_ids)
    if telling:
        refusal = Refusal(
            "ids stay out of profiles. Map another column, or recode it.", "holds a person's id"
        )
        reader.add_problem([reader.rows[place] for place in telling], name, refusal)
    return words
