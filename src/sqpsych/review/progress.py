"""How far everyone is, and when a break is due."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqpsych.review.events import Clock, read_clock
from sqpsych.review.store import ReviewStore
from sqpsych.review.study import Event, Person, Task

LONG_WORK = timedelta(minutes=45)
"""After so long without a break one is proposed."""
PAUSE = timedelta(minutes=10)
"""A gap between two changes that counts as a break."""


@dataclass(frozen=True, slots=True)
class RaterProgress:
    """How far one rater is."""

    person: Person
    joined: bool
    """Whether the invitation was taken up."""
    finished: int
    skipped: int
    started: int
    total: int
    """Tasks, training ones too."""
    last: str | None
    """UTC, ISO 8601, of the latest event."""
    resting: bool
    """Whether a break goes on."""


def list_progress(store: ReviewStore) -> tuple[RaterProgress, ...]:
    """How far each rater is."""
    states, tasks, joined = store.read_states(), store.read_tasks(), store.people.list_joined()
    events: dict[str, list[Event]] = {}
    for event in store.events.read_all():
        events.setdefault(event.person, []).append(event)
    progress = []
    for person in store.people.read_all():
        if person.role != "rater":
            continue
        own = events.get(person.name, [])
        counts = Counter(states[task.id] for task in tasks if task.person == person.name)
        progress.append(
            RaterProgress(
                person=person,
                joined=person.name in joined,
                finished=counts["finished"],
                skipped=counts["skipped"],
                started=counts["started"],
                total=counts.total(),
                last=own[-1].time if own else None,
                resting=bool(own) and own[-1].kind == "break_started",
            )
        )
    return tuple(progress)


def find_next(store: ReviewStore, tasks: Sequence[Task]) -> Task | None:
    """The first task of a list that is neither finished nor skipped."""
    states = store.read_states()
    return next((task for task in tasks if states[task.id] in {"open", "started"}), None)


def measure_work(store: ReviewStore, person: str, clock: Clock = read_clock) -> timedelta:
    """How long a rater has been at it without a break."""
    rows = store.database.read(
        "SELECT time, kind FROM events WHERE person = ? ORDER BY number DESC LIMIT 2000", person
    )
    now = clock()
    earliest = now
    for row in rows:
        time = datetime.fromisoformat(row["time"])
        if earliest - time > PAUSE or row["kind"] == "break_ended":
            break
        earliest = time
    return now - earliest
