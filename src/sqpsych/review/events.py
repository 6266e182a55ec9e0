"""What people did: a list that is only added to."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime

from sqpsych.errors import EventReusedError, StudyClosedError
from sqpsych.records import Record
from sqpsych.review.database import Database
from sqpsych.review.study import Event, EventKind

Clock = Callable[[], datetime]


def read_clock() -> datetime:
    """The time now, UTC."""
    return datetime.now(UTC)


class EventLog:
    """The events of a study."""

    def __init__(self, database: Database, clock: Clock = read_clock) -> None:
        """Use an open file.

        Args:
            database: of the study.
            clock: gives the time now.
        """
        self._database = database
        self._clock = clock

    def append(
        self,
        id: str,
        person: str,
        kind: EventKind,
        body: Record | dict[str, str] | None = None,
        *,
        task: str | None = None,
        item: str | None = None,
        criterion: str | None = None,
    ) -> Event:
        """Add an event; it is on disk when this returns.

        Args:
            id: of the event; the same event given again is not added a second time.
            person: who did it.
            kind: what it was.
            body: what belongs to the kind.
            task: it is about.
            item: it is about, where it concerns no single task.
            criterion: it is about.

        Returns:
            The event, as it was added now or before.

        Raises:
            StudyClosedError: the study is closed.
            EventReusedError: another event has this id.
            CorpusError: the disk refuses.
        """
        text = body.model_dump_json() if isinstance(body, Record) else json.dumps(body or {})
        new = (person, kind, task, item, criterion, text)
        with self._database.write() as connection:
            known = connection.execute("SELECT * FROM events WHERE id = ?", (id,)).fetchone()
            if known is not None:
                event = _make_event(known)
                if new != _list_contents(event):
                    raise EventReusedError("This change was sent with the id of another change.")
                return event
            if kind != "exported" and _find_closing(connection):
                raise StudyClosedError("The study is closed: nothing can be changed any more.")
            time = self._clock().isoformat(timespec="milliseconds")
            cursor = connection.execute(
                "INSERT INTO events (id, time, person, kind, task, item, criterion, body) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (id, time, *new),
            )
        return Event(
            number=cursor.lastrowid or 0,
            id=id,
            time=time,
            person=person,
            kind=kind,
            task=task,
            item=item,
            criterion=criterion,
            body=text,
        )

    def has(self, id: str) -> bool:
        """Whether an event was added before: what is asked for was then allowed, and is done."""
        return bool(self._database.read("SELECT 1 FROM events WHERE id = ?", id))

    def read_all(self) -> tuple[Event, ...]:
        """Read the whole history, oldest first."""
        return self._read("SELECT * FROM events ORDER BY number")

    def read_ratings(self) -> tuple[Event, ...]:
        """Read the latest judgement of each task and criterion."""
        return self._read("SELECT * FROM current_ratings ORDER BY number")

    def read_task_ratings(self, task: str) -> tuple[Event, ...]:
        """Read the latest judgement of each criterion of one task."""
        return self._read(
            "SELECT * FROM events WHERE number IN (SELECT max(number) FROM events "
            "WHERE task = ? AND kind = 'rated' GROUP BY criterion) ORDER BY number",
            task,
        )

    def read_choices(self) -> tuple[Event, ...]:
        """Read the latest choice of each task."""
        return self._read("SELECT * FROM current_choices ORDER BY number")

    def read_notes(self) -> tuple[Event, ...]:
        """Read the latest note of each task."""
        return self._read("SELECT * FROM current_notes ORDER BY number")

    def find_latest(self, task: str, kind: EventKind) -> Event | None:
        """Find the latest event of a kind on a task."""
        found = self._read(
            "SELECT * FROM events WHERE task = ? AND kind = ? ORDER BY number DESC LIMIT 1",
            task,
            kind,
        )
        return found[0] if found else None

    def read_adjudications(self) -> tuple[Event, ...]:
        """Read the latest adjudication of each item and criterion."""
        return self._read("SELECT * FROM current_adjudications ORDER BY number")

    def read_chats(self, person: str) -> tuple[Event, ...]:
        """Read when someone began to try a simulated client out, oldest first."""
        return self._read(
            "SELECT * FROM events WHERE kind = 'chat_begun' AND person = ? ORDER BY number", person
        )

    def count(self) -> int:
        """Count the events; grows with each."""
        ((number,),) = self._database.read("SELECT count(*) FROM events")
        return int(number)

    def find_closing(self) -> Event | None:
        """Find the event that closed the study, if it is closed."""
        found = self._read("SELECT * FROM events WHERE kind = 'closed'")
        return found[0] if found else None

    def _read(self, query: str, *values: str) -> tuple[Event, ...]:
        return tuple(_make_event(row) for row in self._database.read(query, *values))


def _make_event(row: sqlite3.Row) -> Event:
    return Event(**dict(row))


def _list_contents(event: Event) -> tuple[str | None, ...]:
    return (event.person, event.kind, event.task, event.item, event.criterion, event.body)


def _find_closing(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM events WHERE kind = 'closed'").fetchone()
    return found is not None
