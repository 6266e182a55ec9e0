"""Writing a folder of splits, whole or not at all, with the hashes of its files.

DIR/data/*.parquet   one file a split
DIR/jsonl/*.jsonl    the same rows, one a line
DIR/release.json     what it was made from, its figures and the hashes of its files
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqpsych.errors import ReleaseError
from sqpsych.release.splitting import Split
from sqpsych.whole_files import name_partial

if TYPE_CHECKING:
    import pyarrow as pa

RECORD = "release.json"
_AT_ONCE = 500
"""Rows of one row group."""


@contextmanager
def write_whole(path: Path) -> Iterator[Path]:
    """Write a folder that is there when all of it is, and else not.

    Args:
        path: the folder, which must not be there yet.

    Yields:
        A folder to write to meanwhile, not made yet.

    Raises:
        ReleaseError: it is there already, or cannot be written.
    """
    if path.exists():
        raise ReleaseError(f"{path} is there already. Give another folder with -o.")
    partial = name_partial(path)
    try:
        yield partial
        with telling_of(path):
            partial.rename(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def telling_of(path: Path) -> Iterator[None]:
    """Say of what is written within that it cannot be.

    Raises:
        ReleaseError: so it is.
    """
    try:
        yield
    except OSError as error:
        raise ReleaseError(
            f"{path} cannot be written: {error.strerror or error}. Make room there, or give "
            "another folder with -o."
        ) from error


class SplitWriter:
    """Writes one split, as Parquet and as JSON lines."""

    def __init__(self, folder: Path, split: Split, schema: "pa.Schema") -> None:
        """Begin the two files of a split."""
        import pyarrow.parquet as pq

        self._folder = folder
        self._schema = schema
        with telling_of(folder):
            for name in ("data", "jsonl"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            self._parquet = pq.ParquetWriter(folder / "data" / f"{split}.parquet", schema)
            self._lines = (folder / "jsonl" / f"{split}.jsonl").open("w", encoding="utf-8")
        self._rows: list[Mapping[str, Any]] = []

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a row."""
        with telling_of(self._folder):
            self._lines.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._rows.append(row)
        if len(self._rows) == _AT_ONCE:
            self._flush()

    def close(self) -> None:
        """Write what is left, and close both files."""
        if self._rows:
            self._flush()
        with telling_of(self._folder):
            self._parquet.close()
            self._lines.close()

    def _flush(self) -> None:
        import pyarrow as pa

        with telling_of(self._folder):
            self._parquet.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []


def describe_messages() -> "pa.DataType":
    """The type of a column of messages: a list of {role, content}."""
    import pyarrow as pa

    return pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))


def write_release_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Write what a folder was made from, with the hashes of all files that are in it by now."""
    with telling_of(folder):
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        hashes = {
            file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in files
        }
        text = json.dumps({**record, "sha256": hashes}, indent=2, ensure_ascii=False)
        (folder / RECORD).write_text(f"{text}\n", encoding="utf-8")
