"""The one connection to a study's file, used by many threads, one at a time.

A change is synced to disk before it is acknowledged (`synchronous = FULL`), so that what a rater
was told is saved outlives a killed server and a power cut.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import RLock

from sqpsych.corpus.database import migrate, read_version, write
from sqpsych.errors import ReviewError
from sqpsych.review.schema import MIGRATIONS
from sqpsych.whole_files import replace_file

FILE = "review.sqlite"
OWNER_ALONE = 0o600
"""Who may read a study: whoever made it."""
Value = str | int | float | None


class Database:
    """An open file of a study."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Use an open connection; see `open_database`."""
        self._connection = connection
        self._lock = RLock()
        self.path = path

    def read(self, query: str, *values: Value) -> list[sqlite3.Row]:
        """Read all rows of a query."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Write in one transaction: all of it or nothing.

        Raises:
            CorpusError: the disk refuses.
        """
        with self._lock, write(self._connection, str(self.path)) as connection:
            yield connection

    def copy_to(self, target: Path) -> None:
        """Copy the whole file, as it is at one moment, while others go on writing.

        The copy is for its owner alone to read.

        Args:
            target: a file that is not there yet.

        Raises:
            ReviewError: it is there, or cannot be written.
        """
        if target.exists():
            raise ReviewError(f"{target} is there already. Give another name.")
        try:
            with replace_file(target) as partial:
                partial.touch(OWNER_ALONE)
                with closing(sqlite3.connect(partial)) as copy:
                    with self._lock:
                        self._connection.backup(copy)
                    copy.execute("PRAGMA journal_mode = DELETE")
        except (sqlite3.Error, OSError) as error:
            raise ReviewError(f"{target} cannot be written: {error}. Give another.") from error

    def migrate(self) -> None:
        """Bring the tables up to date.

        Raises:
            CorpusError: a later version made the file.
        """
        with self._lock:
            migrate(self._connection, MIGRATIONS, str(self.path))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def open_database(directory: Path, *, new: bool = False) -> Database:
    """Open the file of a study, which from then on is for its owner alone to read.

    Args:
        directory: the study's.
        new: make it; otherwise it must be there.

    Raises:
        ReviewError: it is not there, or none of ours; with `new`, it is there already.
        CorpusError: a later version made it.
    """
    path = directory / FILE
    if new and path.exists():
        raise ReviewError(f"{directory} holds a study already. Give another directory with -o.")
    if not new and not path.is_file():
        raise ReviewError(
            f"{directory} is no review study: it has no {FILE}. Give the directory that "
            "`sqpsych review create` wrote with -o."
        )
    try:
        _close_to_others(path)
        connection = sqlite3.connect(
            path, timeout=30, isolation_level=None, check_same_thread=False
        )
    except (sqlite3.Error, OSError) as error:
        raise _explain(path, error) from error
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # Without it, INSERT OR REPLACE would remove a row past the trigger that refuses it.
        connection.execute("PRAGMA recursive_triggers = ON")
        if not new and read_version(connection) == 0:
            raise ReviewError(f"{path} is no file of a review study.")
        database = Database(connection, path)
        database.migrate()
    except sqlite3.Error as error:
        connection.close()
        raise _explain(path, error) from error
    except BaseException:
        connection.close()
        raise
    return database


def _close_to_others(path: Path) -> None:
    """Make the file when it is missing; one that was put back from a copy may be open to all."""
    if not path.exists():
        path.touch(OWNER_ALONE)
        return
    # Another's file, which we may use all the same, is theirs to close.
    with suppress(PermissionError):
        path.chmod(path.stat().st_mode & OWNER_ALONE)


def _explain(path: Path, error: sqlite3.Error | OSError) -> ReviewError:
    return ReviewError(
        f"{path} cannot be used: {error}. Is the directory writable, and the file one of sqpsych?"
    )
