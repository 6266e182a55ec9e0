"""Which kind of file a table is in."""

from collections.abc import Collection
from pathlib import Path

from sqpsych.intake.codebook import TableForm
from sqpsych.intake.tables.delimited import read_delimited
from sqpsych.intake.tables.fhir import read_fhir
from sqpsych.intake.tables.grid import Grid
from sqpsych.intake.tables.typed_columns import (
    STATISTICS_READERS,
    read_parquet,
    read_statistics_file,
)
from sqpsych.intake.tables.workbook import read_workbook

_READERS = {
    ".xlsx": read_workbook,
    ".xlsm": read_workbook,
    ".parquet": read_parquet,
    ".json": read_fhir,
    ".ndjson": read_fhir,
    **dict.fromkeys(STATISTICS_READERS, read_statistics_file),
}


def read_grid(path: Path, form: TableForm, wanted: Collection[str]) -> Grid:
    """Read a table by the ending of its name; any but those of workbooks, SPSS, Stata, SAS
    transport files, Parquet and FHIR is text with delimiters.

    Args:
        path: the file.
        form: how it is written.
        wanted: names of the columns that will be used.
    Raises:
        TableError: a file that cannot be read.
    """
    return _READERS.get(path.suffix.lower(), read_delimited)(path, form, wanted)
