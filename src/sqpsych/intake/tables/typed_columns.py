"""Reading files of SPSS and Stata, SAS transport files and Parquet: columns of one type each.

Cells hold codes, not their labels. What a file itself declares missing is blank: SPSS's
user-missing values and Stata's and SAS's special ones.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from os import SEEK_END
from pathlib import Path
from typing import Any

from sqpsych.errors import TableError
from sqpsych.intake.cells import tidy_cell
from sqpsych.intake.codebook import TableForm
from sqpsych.intake.tables.grid import Grid, write_cell

STATISTICS_READERS = {
    ".sav": "read_sav",
    ".zsav": "read_sav",
    ".dta": "read_dta",
    ".xpt": "read_xport",
}
"""Functions of pyreadstat, by the ending of a file's name."""
_TRANSPORT_RECORD = 80
"""Bytes that SAS transport files are a multiple of; they say their length in no other way."""

_Columns = Mapping[str, Sequence[object]]


def read_statistics_file(path: Path, form: TableForm, wanted: Collection[str]) -> Grid:
    """Read columns of a file of SPSS or Stata or a SAS transport file; the first case is row 1.

    Args:
        path: a file that ends in one of `STATISTICS_READERS`.
        form: says the encoding, where the file does not, and the decimal sign that numbers get.
        wanted: names of the columns to read; the others are blank.
    Raises:
        TableError: pyreadstat is not installed, or cannot read the file.
    """
    try:
        import pyreadstat
    except ImportError:
        raise TableError(
            f"{path} needs pyreadstat, which is not installed. "
            "Run `pip install 'sqpsych[ingest]'`, or export CSV."
        ) from None
    read: Callable[..., Any] = getattr(pyreadstat, STATISTICS_READERS[path.suffix.lower()])
    encoding = None if form.encoding == "utf-8" else form.encoding
    _refuse_unreadable(path)
    try:
        about = read(path, metadataonly=True, encoding=encoding)[1]
        header = about.column_names
        used = _find_wanted(header, wanted)
        columns = (
            read(path, usecols=used, encoding=encoding, output_format="dict")[0] if used else {}
        )
    except (pyreadstat.PyreadstatError, pyreadstat.ReadstatError, OverflowError) as error:
        raise TableError(
            f"{path} cannot be read as a {path.suffix} file: {error}. "
            "Save it again in the program it is from, or export CSV."
        ) from error
    return _lay_out(path, header, columns, form)._replace(labels=_list_labels(about))


def _list_labels(about: Any) -> dict[str, str]:
    """Write the label of each column, with those of its values."""
    labels = {}
    for name, label in about.column_names_to_labels.items():
        values = about.variable_value_labels.get(name, {})
        meant = ", ".join(f"{write_cell(value, '.')} = {words}" for value, words in values.items())
        labels[tidy_cell(name)] = " ".join(
            part for part in (label, f"({meant})" if meant else "") if part
        )
    return labels


def read_parquet(path: Path, form: TableForm, wanted: Collection[str]) -> Grid:
    """Read columns of a Parquet file; the first row is row 1.

    Args:
        path: the file.
        form: says the decimal sign that numbers get.
        wanted: names of the columns to read; the others are blank.
    Raises:
        TableError: no Parquet file, or a column that is wanted holds lists or the like.
    """
    import pyarrow as pa
    from pyarrow import parquet

    _refuse_unreadable(path)
    try:
        with parquet.ParquetFile(path) as file:
            header = file.schema_arrow.names
            columns = file.read(columns=_find_wanted(header, wanted)).to_pydict()
    except (pa.ArrowException, OSError) as error:
        raise TableError(f"{path} is no Parquet file that can be read. Write it anew.") from error
    return _lay_out(path, header, columns, form)


def _refuse_unreadable(path: Path) -> None:
    """Refuse a file that is not there or cut off, before a library finds words of its own."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, SEEK_END)
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}.") from error
    if path.suffix.lower() == ".xpt" and size % _TRANSPORT_RECORD:
        raise TableError(f"{path} is cut off, or no SAS transport file. Export it anew, or as CSV.")


def _find_wanted(header: Sequence[str], wanted: Collection[str]) -> list[str]:
    return [name for name in header if tidy_cell(name) in wanted]


def _lay_out(path: Path, header: Sequence[str], columns: _Columns, form: TableForm) -> Grid:
    """Write the columns that were read, under the names of all."""
    written: dict[str, list[str]] = {}
    for name, values in columns.items():
        try:
            written[name] = [write_cell(value, form.decimal) for value in values]
        except TypeError as error:
            raise TableError(
                f'{path}: column "{name}" has {error}; expected texts, numbers, days or times.'
            ) from error
    return Grid([tidy_cell(name) for name in header], _write_rows(header, written))


def _write_rows(
    header: Sequence[str], written: Mapping[str, Sequence[str]]
) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(zip(*written.values(), strict=True), start=1):
        known = dict(zip(written, cells, strict=True))
        yield number, [known.get(name, "") for name in header]
