"""SQLite files of a run directory: one transaction at a time, tables brought up to date."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqpsych.errors import CorpusError

Migration = Callable[[sqlite3.Connection], None]
"""A step from one state of the tables to the next."""


@contextmanager
def write(connection: sqlite3.Connection, what: str) -> Iterator[sqlite3.Connection]:
    """Write in one transaction: all of it or nothing.

    Args:
        connection: without transactions of its own (isolation_level None).
        what: is written, for the error ("The journal").

    Raises:
        CorpusError: the disk refuses.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        remedy = "Make room on the disk and start" if full else "Start"
        raise CorpusError(
            f"{what} cannot be written: {error}. {remedy} the same command again; all that was "
            "written before is safe."
        ) from error
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def select(
    connection: sqlite3.Connection, what: str, query: str, *values: str | int
) -> Iterator[tuple[Any, ...]]:
    """Read rows.

    Args:
        connection: as for `write`.
        what: is read, for the error ("The journal").
        query: in SQL, with a question mark for each value.
        values: for these.

    Yields:
        What the query selects.

    Raises:
        CorpusError: the file is damaged, or gone.
    """
    try:
        yield from connection.execute(query, values)
    except sqlite3.Error as error:
        raise CorpusError(f"{what} cannot be read: {error}.") from error


def read_version(connection: sqlite3.Connection) -> int:
    """How many migrations a file has had; 0 for a new one, or one that is none of ours."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration], what: str) -> None:
    """Bring the tables of a file up to date, a step at a time.

    Args:
        connection: as for `write`.
        migrations: all steps there are; the file's user_version counts those it has had.
        what: is brought up to date, for the error.

    Raises:
        CorpusError: a later version made the file, or it cannot be written.
    """
    if (version := read_version(connection)) > len(migrations):
        raise CorpusError(
            f"{what} was made by a later version of sqpsych (version {version}, this one knows "
            f"{len(migrations)}). Update sqpsych."
        )
    while version < len(migrations):
        with write(connection, what):
            # Another process may have taken the step while this one waited for its turn.
            if read_version(connection) == version:
                migrations[version](connection)
                connection.execute(f"PRAGMA user_version = {version + 1}")
        version = read_version(connection)
