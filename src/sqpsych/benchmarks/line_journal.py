"""A file of JSON lines to which records are added as they come, by one process at a time.

A record is kept once its line ends: lines are written whole and synced, and what a killed process
left behind the last line end is taken off when the file is opened again. So nothing that was kept
is lost, and nothing half-written is read.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Generic, TypeVar

import filelock
from pydantic import TypeAdapter, ValidationError

from sqpsych.errors import BenchmarkError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")


class LineJournal(Generic[R]):
    """An open journal; see `open_journal`."""

    def __init__(self, file: BinaryIO, path: Path, form: TypeAdapter[R]) -> None:
        """Read what is in a file that is open for reading and adding, and locked.

        Raises:
            BenchmarkError: a line that ends is no record.
        """
        self._file = file
        self._path = path
        self._form = form
        whole, self.torn = self._take_off_torn(file.read())
        self.records: list[R] = [
            self._read(number, line) for number, line in enumerate(whole.split(b"\n")[:-1], start=1)
        ]
        """Those kept before this process opened it, in order."""

    def add(self, records: Iterable[R]) -> None:
        """Keep records: all of them are on the disk when this returns.

        Half a character, which a model may write and UTF-8 cannot hold, becomes a question mark.

        Raises:
            BenchmarkError: the disk refuses.
        """
        texts = (json.dumps(asdict(record), ensure_ascii=False) + "\n" for record in records)
        lines = "".join(texts).encode("utf-8", "replace")
        try:
            self._file.write(lines)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise BenchmarkError(
                f"{self._path} cannot be written: {error.strerror}. Make room on the disk and "
                "start the same command again; all that was kept before is safe."
            ) from error

    def _take_off_torn(self, content: bytes) -> tuple[bytes, bool]:
        """Take off what stands behind the last line end, in the file, too."""
        whole = content[: content.rfind(b"\n") + 1]
        torn = len(whole) < len(content)
        if torn:
            self._file.truncate(len(whole))
        return whole, torn

    def _read(self, number: int, line: bytes) -> R:
        try:
            return self._form.validate_json(line, strict=True)
        except ValidationError as error:
            raise BenchmarkError(
                f"{self._path} line {number} is no record of this file. Remove the line, and what "
                "it held is asked for again; or move the file away to begin anew."
            ) from error


@contextmanager
def open_journal(path: Path, kind: type[R]) -> Iterator[LineJournal[R]]:
    """Open a journal for reading and adding; it is made when missing, with the folders above.

    Args:
        path: the file. Beside it stands its lock.
        kind: class of the records.

    Raises:
        BenchmarkError: another process writes it, it cannot be written, or it is damaged.
    """
    with ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_lock(path))
            file = stack.enter_context(path.open("a+b"))
            file.seek(0)
            journal = LineJournal(file, path, TypeAdapter(kind))
        except OSError as error:
            raise BenchmarkError(f"{path} cannot be used: {error.strerror}.") from error
        yield journal


def _lock(path: Path) -> filelock.AcquireReturnProxy:
    """Lock a file for a `with` block; the lock also goes when the process is killed."""
    try:
        return filelock.FileLock(f"{path}.lock", blocking=False).acquire()
    except filelock.Timeout as error:
        raise BenchmarkError(
            f"Another process is writing {path}. Wait for it, and start the same command again."
        ) from error
