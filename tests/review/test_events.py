"""The trail: only added to, idempotent, closed for good; backed up while in use."""

import sqlite3
import threading
from pathlib import Path

import pytest

from review.making import make_event, make_study
from sqpsych.errors import CorpusError, EventReusedError, ReviewError, StudyClosedError
from sqpsych.review import back_up, open_study
from sqpsych.review.database import FILE
from sqpsych.review.schema import MIGRATIONS


def test_the_same_event_is_added_once_and_another_with_its_id_is_refused(tmp_path: Path) -> None:
    make_study(tmp_path)
    with open_study(tmp_path / "study") as store:
        event = make_event()
        first = store.events.append(event, "rater-1", "break_started")
        assert store.events.append(event, "rater-1", "break_started") == first
        with pytest.raises(EventReusedError):
            store.events.append(event, "rater-1", "break_ended")
        assert store.events.read_all() == (first,)


def test_the_database_itself_refuses_to_change_or_remove_what_was_done(tmp_path: Path) -> None:
    make_study(tmp_path)
    with open_study(tmp_path / "study") as store:
        store.events.append(make_event(), "rater-1", "break_started")
        connection = store.database._connection
        for table in ("events", "items", "tasks", "study"):
            column = "time" if table == "events" else "rowid"
            for statement in (
                f"UPDATE {table} SET {column} = {column}",
                f"DELETE FROM {table}",
                f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
            ):
                with pytest.raises(sqlite3.DatabaseError, match="are only added to"):
                    connection.execute(statement)
        assert store.events.count() == 1


def test_a_closed_study_takes_nothing_more(tmp_path: Path) -> None:
    make_study(tmp_path)
    with open_study(tmp_path / "study") as store:
        store.events.append(make_event(), "owner", "closed")
        with pytest.raises(StudyClosedError):
            store.events.append(make_event(), "rater-1", "break_started")
        with pytest.raises(sqlite3.DatabaseError, match="the study is closed"):
            store.database._connection.execute(
                "INSERT INTO events (id, time, person, kind, body) "
                "VALUES ('x', '', 'owner', 'rated', '{}')"
            )
        store.events.append(make_event(), "owner", "exported", {"file": "ratings.csv"})


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    make_study(tmp_path)
    with open_study(tmp_path / "study") as store:

        def work(person: str) -> None:
            for _ in range(20):
                store.events.append(make_event(), person, "break_started")

        threads = [threading.Thread(target=work, args=(f"rater-{n % 2 + 1}",)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [event.number for event in store.events.read_all()] == list(range(1, 121))


def test_a_backup_and_a_study_put_back_from_it_are_for_their_owner_alone(tmp_path: Path) -> None:
    make_study(tmp_path)
    copy = tmp_path / "copy" / FILE
    copy.parent.mkdir()
    back_up(tmp_path / "study", copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    copy.chmod(0o644)
    with open_study(copy.parent) as store:
        store.people.invite("owner")
        modes = {path.stat().st_mode & 0o777 for path in copy.parent.iterdir()}
    assert modes == {0o600}


def test_a_backup_taken_while_the_study_is_written_is_a_whole_study(tmp_path: Path) -> None:
    make_study(tmp_path)
    with open_study(tmp_path / "study") as store:
        writing = threading.Event()

        def write() -> None:
            while not writing.is_set():
                store.events.append(make_event(), "rater-1", "break_started")

        thread = threading.Thread(target=write)
        thread.start()
        (tmp_path / "copy").mkdir()
        back_up(tmp_path / "study", tmp_path / "copy" / FILE)
        writing.set()
        thread.join()
        whole = store.events.read_all()
    with open_study(tmp_path / "copy") as copy:
        saved = copy.events.read_all()
        assert saved == whole[: len(saved)]
        assert copy.study == store.study
        assert copy.database.read("PRAGMA integrity_check")[0][0] == "ok"
    with pytest.raises(ReviewError, match="is there already"):
        back_up(tmp_path / "study", tmp_path / "copy" / FILE)


def test_what_is_no_study_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="is no review study"), open_study(tmp_path):
        pass
    (tmp_path / FILE).write_bytes(b"")
    with pytest.raises(ReviewError, match="is no file of a review study"), open_study(tmp_path):
        pass
    (tmp_path / FILE).write_bytes(b"not a database at all" * 100)
    with pytest.raises(ReviewError, match="cannot be used"), open_study(tmp_path):
        pass


def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    make_study(tmp_path)
    connection = sqlite3.connect(tmp_path / "study" / FILE)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(CorpusError, match="later version"), open_study(tmp_path / "study"):
        pass
