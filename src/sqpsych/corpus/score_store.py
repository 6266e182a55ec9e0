"""What was measured and judged in a corpus: an SQLite file beside its journal.

CORPUS/scores.sqlite   figures of measures, with a fingerprint of what they were taken from; scores
                       of judges, a row for each judge and dialogue

The journal stays as it is: a corpus can be assessed while it is read elsewhere, and again when
measures have changed. Each result is committed as soon as it is there.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sqpsych.corpus.database import Migration, migrate, select, write
from sqpsych.errors import CorpusError
from sqpsych.records import Score

SCORES = "scores.sqlite"
_SCORES = TypeAdapter(tuple[Score, ...])


def _create_tables(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE measured (measure TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, "
        "record TEXT NOT NULL) STRICT"
    )
    connection.execute(
        "CREATE TABLE judged (judge TEXT NOT NULL, dialogue TEXT NOT NULL, record TEXT NOT NULL, "
        "PRIMARY KEY (judge, dialogue)) STRICT"
    )


MIGRATIONS: tuple[Migration, ...] = (_create_tables,)
"""Steps from an empty file to today's tables; user_version counts those a file has had."""


class ScoreStore:
    """An open store of results."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Use an open connection; see `open_scores`."""
        self._connection = connection
        self._path = path

    def find_measured(self, measure: str, fingerprint: str) -> str | None:
        """Find what a measure gave, if it was taken from the same.

        Args:
            measure: its name.
            fingerprint: of what it is taken from.

        Returns:
            JSON; None when it was never taken, or from something else.
        """
        query = "SELECT record FROM measured WHERE measure = ? AND fingerprint = ?"
        rows = self._select(query, measure, fingerprint)
        return next((str(record) for (record,) in rows), None)

    def keep_measured(self, measure: str, fingerprint: str, record: str) -> None:
        """Keep what a measure gave, in place of what it gave before."""
        with self._write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO measured (measure, fingerprint, record) VALUES (?, ?, ?)",
                (measure, fingerprint, record),
            )

    def list_judged(self, judge: str) -> frozenset[str]:
        """List the dialogues a judge has judged, by id."""
        rows = self._select("SELECT dialogue FROM judged WHERE judge = ?", judge)
        return frozenset(dialogue for (dialogue,) in rows)

    def list_judges(self) -> tuple[str, ...]:
        """List the judges whose scores are here, sorted."""
        rows = self._select("SELECT DISTINCT judge FROM judged ORDER BY judge")
        return tuple(judge for (judge,) in rows)

    def read_scores(self, judge: str) -> tuple[Score, ...]:
        """Read all scores of a judge.

        Raises:
            CorpusError: the file is damaged.
        """
        rows = self._select("SELECT record FROM judged WHERE judge = ? ORDER BY dialogue", judge)
        try:
            return tuple(score for (record,) in rows for score in _SCORES.validate_json(record))
        except ValidationError as error:
            raise CorpusError(
                f"{self._path} holds scores that cannot be read. Delete it and assess again."
            ) from error

    def keep_scores(self, judge: str, dialogue: str, scores: Sequence[Score]) -> None:
        """Keep what a judge made of a dialogue."""
        with self._write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO judged (judge, dialogue, record) VALUES (?, ?, ?)",
                (judge, dialogue, _SCORES.dump_json(tuple(scores)).decode()),
            )

    def migrate(self) -> None:
        """Bring the tables up to date.

        Raises:
            CorpusError: a later version made the file.
        """
        migrate(self._connection, MIGRATIONS, str(self._path))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _write(self) -> AbstractContextManager[sqlite3.Connection]:
        return write(self._connection, str(self._path))

    def _select(self, query: str, *values: str) -> Iterator[tuple[Any, ...]]:
        return select(self._connection, str(self._path), query, *values)


@contextmanager
def open_scores(corpus: Path) -> Iterator[ScoreStore]:
    """Open the results of a run directory, for reading and writing.

    Raises:
        CorpusError: the file cannot be used.
    """
    store = _open(corpus / SCORES)
    try:
        store.migrate()
        yield store
    finally:
        store.close()


def _open(path: Path) -> ScoreStore:
    try:
        connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:
        raise CorpusError(
            f"{path} cannot be used: {error}. Is the directory writable, and the file one of "
            "sqpsych? Delete it to assess anew."
        ) from error
    return ScoreStore(connection, path)
