"""A study's directory: STUDY/review.sqlite holds all that is needed to rate, and all that was done.

The dialogues are copied into it, so that serving a study needs no corpus.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter

from sqpsych.errors import ReviewError
from sqpsych.review.database import Database, open_database
from sqpsych.review.events import EventLog
from sqpsych.review.people import People
from sqpsych.review.study import Item, Origin, Person, ReviewStudy, Task, TaskState

_ORIGINS = TypeAdapter(tuple[Origin, ...])


class ReviewStore:
    """An open study."""

    def __init__(self, database: Database) -> None:
        """Use an open file; see `open_study`."""
        self.database = database
        self.events = EventLog(database)
        self.people = People(database)
        rows = database.read("SELECT record FROM study")
        if not rows:
            raise ReviewError(f"{database.path} holds no study: making it broke off. Delete it.")
        self.study = ReviewStudy.model_validate_json(rows[0]["record"])

    def read_items(self) -> dict[str, Item]:
        """Read all items, by id."""
        rows = self.database.read("SELECT id, record FROM items ORDER BY rowid")
        return {row["id"]: Item.model_validate_json(row["record"]) for row in rows}

    def find_item(self, item: str) -> Item | None:
        """Find an item by its id."""
        rows = self.database.read("SELECT record FROM items WHERE id = ?", item)
        return Item.model_validate_json(rows[0]["record"]) if rows else None

    def read_origins(self) -> dict[str, tuple[Origin, ...]]:
        """Read where the texts of each item are from; none for training dialogues."""
        rows = self.database.read("SELECT id, origins FROM items ORDER BY rowid")
        return {row["id"]: _ORIGINS.validate_json(row["origins"]) for row in rows}

    def read_tasks(self, person: str | None = None) -> tuple[Task, ...]:
        """Read the tasks of a rater in their order, or those of all."""
        rows = self.database.read(
            "SELECT id, person, item, position, swapped FROM tasks "
            "WHERE ?1 IS NULL OR person = ?1 ORDER BY person, position",
            person,
        )
        return tuple(_make_task(row) for row in rows)

    def find_task(self, task: str, person: str) -> Task | None:
        """Find a task of a rater by its id; None also where it is another's."""
        rows = self.database.read(
            "SELECT id, person, item, position, swapped FROM tasks WHERE id = ? AND person = ?",
            task,
            person,
        )
        return _make_task(rows[0]) if rows else None

    def find_state(self, task: Task) -> TaskState:
        """How far one task is."""
        (row,) = self.database.read("SELECT state FROM task_states WHERE task = ?", task.id)
        state: TaskState = row["state"]
        return state

    def read_states(self) -> dict[str, TaskState]:
        """How far each task is, by its id."""
        rows = self.database.read("SELECT task, state FROM task_states")
        return {row["task"]: row["state"] for row in rows}


def _make_task(row: sqlite3.Row) -> Task:
    return Task(**dict(row) | {"swapped": bool(row["swapped"])})


@contextmanager
def open_study(directory: Path) -> Iterator[ReviewStore]:
    """Open a study, for reading and writing; others may have it open too.

    Raises:
        ReviewError: there is none.
        CorpusError: a later version made it.
    """
    database = open_database(directory)
    try:
        yield ReviewStore(database)
    finally:
        database.close()


def write_study(
    database: Database,
    study: ReviewStudy,
    items: Sequence[tuple[Item, Sequence[Origin]]],
    people: Sequence[Person],
    tasks: Sequence[Task],
) -> None:
    """Write a new study into an empty file, all of it or nothing.

    Raises:
        CorpusError: the disk refuses.
    """
    with database.write() as connection:
        connection.execute("INSERT INTO study VALUES (1, ?)", (study.model_dump_json(),))
        connection.executemany(
            "INSERT INTO items VALUES (?, ?, ?)",
            [
                (item.id, item.model_dump_json(), _ORIGINS.dump_json(tuple(origins)).decode())
                for item, origins in items
            ],
        )
        connection.executemany(
            "INSERT INTO people (name, role) VALUES (?, ?)", [(p.name, p.role) for p in people]
        )
        connection.executemany(
            "INSERT INTO tasks (id, person, item, position, swapped) VALUES (?, ?, ?, ?, ?)",
            [(t.id, t.person, t.item, t.position, int(t.swapped)) for t in tasks],
        )


def back_up(directory: Path, target: Path) -> None:
    """Copy a study into one file, while it is served.

    Args:
        directory: of the study.
        target: the file; put it into a directory as `review.sqlite`, and it is a study again.

    Raises:
        ReviewError: there is no study, or the file is there or cannot be written.
    """
    database = open_database(directory)
    try:
        database.copy_to(target)
    finally:
        database.close()
