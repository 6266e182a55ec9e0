"""Tables of a study. What was done is only ever added to: triggers refuse everything else."""

import sqlite3

from sqpsych.corpus.database import Migration

_TABLES = """
CREATE TABLE study (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    record TEXT NOT NULL
) STRICT;
CREATE TABLE items (
    id TEXT PRIMARY KEY,
    record TEXT NOT NULL,
    origins TEXT NOT NULL
) STRICT;
CREATE TABLE people (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('owner', 'rater')),
    passphrase TEXT
) STRICT;
CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people(name),
    item TEXT NOT NULL REFERENCES items(id),
    position INTEGER NOT NULL,
    swapped INTEGER NOT NULL,
    UNIQUE (person, item)
) STRICT;
CREATE TABLE events (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    time TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES people(name),
    kind TEXT NOT NULL,
    task TEXT REFERENCES tasks(id),
    item TEXT REFERENCES items(id),
    criterion TEXT,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_task ON events (task, kind, criterion, number);
CREATE INDEX events_by_kind ON events (kind);
CREATE VIEW current_ratings AS
    SELECT * FROM events WHERE number IN (
        SELECT max(number) FROM events WHERE kind = 'rated' GROUP BY task, criterion
    );
CREATE VIEW current_choices AS
    SELECT * FROM events WHERE number IN (
        SELECT max(number) FROM events WHERE kind = 'chosen' GROUP BY task
    );
CREATE VIEW current_notes AS
    SELECT * FROM events WHERE number IN (
        SELECT max(number) FROM events WHERE kind = 'noted' GROUP BY task
    );
CREATE VIEW current_adjudications AS
    SELECT * FROM events WHERE number IN (
        SELECT max(number) FROM events WHERE kind = 'adjudicated' GROUP BY item, criterion
    );
CREATE VIEW task_states AS
    SELECT t.id AS task, coalesce(
        (SELECT CASE e.kind WHEN 'finished' THEN 'finished' WHEN 'skipped' THEN 'skipped' END
         FROM events e
         WHERE e.task = t.id AND e.kind IN ('finished', 'skipped', 'returned')
         ORDER BY e.number DESC LIMIT 1),
        CASE WHEN EXISTS (
            SELECT 1 FROM events e WHERE e.task = t.id AND e.kind IN ('rated', 'chosen', 'noted')
        ) THEN 'started' ELSE 'open' END
    ) AS state
    FROM tasks t;
CREATE TABLE invitations (
    token TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people(name),
    expires REAL NOT NULL,
    used REAL
) STRICT;
CREATE TABLE sessions (
    token TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people(name),
    expires REAL NOT NULL
) STRICT;
CREATE TABLE failures (
    key TEXT NOT NULL,
    time REAL NOT NULL
) STRICT;
CREATE INDEX failures_by_key ON failures (key, time)
"""
_KEPT = ("study", "items", "tasks", "events")
"""Tables whose rows are never changed or removed."""


def _create_tables(connection: sqlite3.Connection) -> None:
    for statement in _TABLES.split(";"):
        connection.execute(statement)
    for table in _KEPT:
        for verb in ("UPDATE", "DELETE"):
            connection.execute(
                f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are only added to'); END"
            )
    connection.execute(
        "CREATE TRIGGER events_end_with_closing BEFORE INSERT ON events "
        "WHEN NEW.kind != 'exported' AND EXISTS (SELECT 1 FROM events WHERE kind = 'closed') "
        "BEGIN SELECT RAISE(ABORT, 'the study is closed'); END"
    )


MIGRATIONS: tuple[Migration, ...] = (_create_tables,)
"""Steps from an empty file to today's tables; user_version counts those a file has had."""
