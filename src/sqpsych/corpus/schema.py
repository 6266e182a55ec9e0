"""Tables of a journal, from the first version to today's."""

import sqlite3

from sqpsych.corpus.database import Migration


def _create_tables(connection: sqlite3.Connection) -> None:
    statements = """
        CREATE TABLE sessions (
            id TEXT PRIMARY KEY,
            position INTEGER NOT NULL,
            seed INTEGER NOT NULL,
            profile TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'waiting'
                CHECK (state IN ('waiting', 'closed', 'rejected')),
            reason TEXT
        ) STRICT;
        CREATE TABLE turns (
            session TEXT NOT NULL REFERENCES sessions(id),
            number INTEGER NOT NULL,
            record TEXT NOT NULL,
            PRIMARY KEY (session, number)
        ) STRICT;
        CREATE TABLE rejected_attempts (
            session TEXT NOT NULL REFERENCES sessions(id),
            turn INTEGER NOT NULL,
            number INTEGER NOT NULL,
            record TEXT NOT NULL,
            PRIMARY KEY (session, turn, number)
        ) STRICT;
        """
    for statement in statements.split(";"):
        connection.execute(statement)


def _add_outcomes(connection: sqlite3.Connection) -> None:
    for column in ("invented", "symptoms"):
        connection.execute(f"ALTER TABLE sessions ADD COLUMN {column} TEXT NOT NULL DEFAULT '[]'")


MIGRATIONS: tuple[Migration, ...] = (_create_tables, _add_outcomes)
"""Steps from an empty file to today's tables; a journal's user_version counts those it has had."""
