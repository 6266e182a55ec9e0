"""The journal: what was committed is there again, whatever happens to the process or the disk."""

import sqlite3
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqpsych.corpus import Counts, Journal
from sqpsych.corpus.database import migrate, read_version
from sqpsych.corpus.schema import MIGRATIONS
from sqpsych.corpus.sessions import FinishedSession
from sqpsych.errors import CorpusError
from sqpsych.records import Fact, RejectedAttempt, Symptom, SymptomOutcome, Turn

from .records import HEADER, make_attempt, make_session, make_turn


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with closing(Journal.open(path)) as opened:
        opened.add_sessions([make_session(name) for name in ("a", "b", "c")])
        yield opened


def test_a_committed_turn_is_there_after_reopening(path: Path) -> None:
    first = Journal.open(path)
    first.add_sessions([make_session("a")])
    first.add_turn("a", make_turn(0, "Guten Morgen – “quoted”\tΩ"))
    first.add_rejected("a", [make_attempt(1, 1)])
    first.close()
    with closing(Journal.open(path)) as second:
        assert second.read_turns("a") == (make_turn(0, "Guten Morgen – “quoted”\tΩ"),)
        assert second.read_rejected("a") == (make_attempt(1, 1),)
        assert second.list_waiting() == (make_session("a"),)


def test_a_turn_is_seen_by_others_at_once(path: Path, journal: Journal) -> None:
    journal.add_turn("a", make_turn(0))
    with closing(Journal.open(path, read_only=True)) as reader:
        assert reader.read_turns("a") == (make_turn(0),)
        journal.add_turn("a", make_turn(1))
        assert len(reader.read_turns("a")) == 2


def test_a_reader_cannot_write(path: Path, journal: Journal) -> None:
    with (
        closing(Journal.open(path, read_only=True)) as reader,
        pytest.raises(CorpusError, match="readonly"),
    ):
        reader.add_turn("a", make_turn(0))
    assert journal.read_turns("a") == ()


def test_a_reader_makes_no_file(path: Path) -> None:
    with pytest.raises(CorpusError, match=r"journal\.sqlite cannot be used as a journal"):
        Journal.open(path, read_only=True)
    assert not path.exists()


def test_sessions_are_added_once(journal: Journal) -> None:
    journal.add_turn("b", make_turn(0))
    journal.finish("b", "rejected", "turn 1: cut_off")
    journal.add_sessions([make_session(name) for name in ("a", "b", "c", "d")])
    states = [("a", "waiting"), ("b", "rejected"), ("c", "waiting"), ("d", "waiting")]
    assert list(journal.list_sessions()) == states
    assert journal.read_turns("b") == (make_turn(0),)


def test_a_session_that_ended_stays_as_it_ended(journal: Journal) -> None:
    journal.finish("a", "closed", None)
    journal.finish("a", "rejected", "too late")
    assert [(d.ending, d.reason) for d in journal.read_dialogues(HEADER)] == [("closed", None)]


def test_finished_sessions_are_added_whole_and_once(journal: Journal) -> None:
    turns = tuple(make_turn(index) for index in range(3))
    journal.add_turn("b", make_turn(0))
    finished = [
        FinishedSession(make_session("d"), turns),
        FinishedSession(make_session("b"), turns),
        FinishedSession(make_session("e"), (), "rejected", "elsewhere"),
    ]
    assert journal.add_finished(finished) == 2
    assert journal.add_finished(finished) == 0
    found = [(d.id, len(d.turns), d.ending, d.reason) for d in journal.read_dialogues(HEADER)]
    assert found == [("d", 3, "closed", None), ("e", 0, "rejected", "elsewhere")]
    assert journal.read_turns("b") == (make_turn(0),)
    assert [name for name, _ in journal.list_sessions()] == ["a", "b", "c", "d", "e"]


def test_finished_sessions_are_added_all_or_none(journal: Journal) -> None:
    broken = FinishedSession(make_session("e"), (make_turn(0), make_turn(0)))
    with pytest.raises(CorpusError, match="UNIQUE"):
        journal.add_finished([FinishedSession(make_session("d"), (make_turn(0),)), broken])
    assert [name for name, _ in journal.list_sessions()] == ["a", "b", "c"]
    assert journal.count().turns == 0


def test_a_turn_is_not_written_twice(journal: Journal) -> None:
    journal.add_turn("a", make_turn(0, "First."))
    with pytest.raises(CorpusError, match="UNIQUE"):
        journal.add_turn("a", make_turn(0, "Second."))
    journal.add_turn("a", make_turn(1, "Next."))
    assert journal.read_turns("a") == (make_turn(0, "First."), make_turn(1, "Next."))


def test_a_turn_of_an_unknown_session_is_refused(journal: Journal) -> None:
    with pytest.raises(CorpusError, match="FOREIGN KEY"):
        journal.add_turn("nobody", make_turn(0))
    assert journal.count().turns == 0


def test_an_unknown_dialogue_is_named(journal: Journal) -> None:
    with pytest.raises(CorpusError, match="no dialogue 'nobody'"):
        journal.read_profile("nobody")


def test_dialogues_carry_the_header_and_their_turns(journal: Journal) -> None:
    for index in range(4):
        journal.add_turn("b", make_turn(index))
    journal.finish("b", "closed", None)
    (dialogue,) = journal.read_dialogues(HEADER)
    assert (dialogue.id, dialogue.pseudonym, dialogue.seed) == ("b", "person-b", 11)
    assert (dialogue.therapist_model, dialogue.client_model) == ("model-t", "model-c")
    assert [turn.index for turn in dialogue.turns] == [0, 1, 2, 3]


def test_counts_cover_sessions_turns_and_attempts(journal: Journal) -> None:
    journal.add_turn("a", make_turn(0))
    journal.add_rejected("a", [make_attempt(1, 1)])
    journal.add_rejected("a", [make_attempt(1, 2)])
    journal.finish("a", "closed", None)
    journal.finish("b", "rejected", "turn 0: empty")
    assert journal.count() == Counts(waiting=1, closed=1, rejected=1, turns=1, attempts=3)


def test_reasons_are_counted_most_frequent_first(journal: Journal) -> None:
    journal.add_rejected("a", [make_attempt(0, 1, "too_long", "repeated")])
    journal.add_rejected("a", [make_attempt(0, 2, "repeated")])
    journal.add_rejected("b", [make_attempt(0, 1, "copied", "repeated")])
    expected = {"repeated": 3, "copied": 1, "too_long": 1}
    assert list(journal.count_reasons().items()) == list(expected.items())


def test_a_fresh_file_gets_all_migrations(path: Path) -> None:
    Journal.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.fixture
def first_journal(path: Path) -> Path:
    """A journal as the first version made it, with one dialogue that was closed."""
    session = make_session("a")
    with closing(sqlite3.connect(path)) as connection, connection:
        MIGRATIONS[0](connection)
        connection.execute("PRAGMA user_version = 1")
        connection.execute(
            "INSERT INTO sessions VALUES ('a', 0, 11, ?, 'closed', NULL)",
            (session.profile.model_dump_json(),),
        )
        connection.execute("INSERT INTO turns VALUES ('a', 0, ?)", (_drop_new(make_turn(0)),))
    return path


def _drop_new(turn: Turn) -> str:
    """A turn as the first version wrote it."""
    return turn.model_dump_json(exclude={"screens", "mentions"})


@pytest.mark.parametrize("read_only", [True, False])
def test_a_journal_of_the_first_version_is_brought_up_to_date(
    first_journal: Path, read_only: bool
) -> None:
    with closing(Journal.open(first_journal, read_only=read_only)) as journal:
        (dialogue,) = journal.read_dialogues(HEADER)
    assert (dialogue.id, dialogue.ending) == ("a", "closed")
    assert dialogue.turns == (make_turn(0),)
    assert (dialogue.invented, dialogue.symptoms) == ((), ())
    with closing(sqlite3.connect(first_journal)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_a_reader_of_an_earlier_journal_still_cannot_write(first_journal: Path) -> None:
    reader = Journal.open(first_journal, read_only=True)
    with closing(reader), pytest.raises(CorpusError, match="readonly"):
        reader.add_sessions([make_session("b")])


def test_what_was_made_up_and_what_became_of_symptoms_is_there_again(
    path: Path, journal: Journal
) -> None:
    invented = (Fact(name="attitude", value="guarded – “hm”", origin="invented"),)
    voiced = SymptomOutcome(symptom=Symptom.GUILT, severity=0.5, state="voiced", turn=3)
    denied = SymptomOutcome(symptom=Symptom.FATIGUE, severity=0.0, state="kept")
    journal.finish("a", "closed", None, invented=invented, symptoms=(voiced, denied))
    with closing(Journal.open(path, read_only=True)) as reader:
        (dialogue,) = reader.read_dialogues(HEADER)
    assert (dialogue.invented, dialogue.symptoms) == (invented, (voiced, denied))


def test_a_turn_and_what_was_passed_over_are_one_commit(journal: Journal) -> None:
    journal.add_turn("a", make_turn(0), [make_attempt(0, 1), make_attempt(0, 3)])
    assert [a.number for a in journal.read_rejected("a")] == [1, 3]
    with pytest.raises(CorpusError, match="UNIQUE"):
        journal.add_turn("a", make_turn(1), [make_attempt(0, 2), make_attempt(0, 3)])
    assert len(journal.read_turns("a")) == 1
    assert [a.number for a in journal.read_rejected("a")] == [1, 3]


def test_a_journal_of_a_later_version_is_refused(path: Path) -> None:
    Journal.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(CorpusError, match=r"later version of sqpsych .*Update sqpsych"):
        Journal.open(path)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_is_no_database_is_refused(path: Path, read_only: bool) -> None:
    path.write_bytes(b"dialogue_id,text\n" * 400)
    with pytest.raises(CorpusError, match="not a database"):
        Journal.open(path, read_only=read_only)
    assert path.read_bytes() == b"dialogue_id,text\n" * 400


def test_an_empty_database_is_no_corpus_to_read(path: Path) -> None:
    path.touch()
    with pytest.raises(CorpusError, match="is no journal of a run"):
        Journal.open(path, read_only=True)


def test_a_full_disk_stops_the_run_and_keeps_the_turns(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    Journal.open(path).close()
    journal = Journal(connection)
    journal.add_sessions([make_session("a")])
    pages = connection.execute("PRAGMA page_count").fetchone()[0] + 4
    connection.execute(f"PRAGMA max_page_count = {pages}")
    long = "A long line. " * 100
    written = []
    full = r"disk is full.*all that was written before is safe"
    with pytest.raises(CorpusError, match=full):  # noqa: PT012
        for index in range(100):
            journal.add_turn("a", make_turn(index, long))
            written.append(make_turn(index, long))
    assert written
    assert journal.read_turns("a") == tuple(written)
    connection.execute("PRAGMA max_page_count = 1000000")
    journal.add_turn("a", make_turn(len(written)))
    journal.close()
    with closing(Journal.open(path)) as again:
        assert len(again.read_turns("a")) == len(written) + 1


STEPS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from(["turn", "rejected", "closed", "set aside", "reopen"]),
        st.text(st.characters(codec="utf-8"), max_size=20),
    ),
    max_size=30,
)


@settings(deadline=None, max_examples=25)
@given(steps=STEPS)
def test_any_interleaving_reads_back_as_it_was_written(steps: list[tuple[str, str, str]]) -> None:
    turns: dict[str, list[Turn]] = {name: [] for name in "abc"}
    attempts: dict[str, list[RejectedAttempt]] = {name: [] for name in "abc"}
    endings: dict[str, tuple[str, str | None]] = {}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        journal = Journal.open(path)
        journal.add_sessions([make_session(name) for name in "abc"])
        for name, step, text in steps:
            at = len(turns[name])
            if step == "turn":
                turns[name].append(make_turn(at, text))
                journal.add_turn(name, turns[name][-1])
            elif step == "rejected":
                tried = sum(attempt.turn == at for attempt in attempts[name])
                attempts[name].append(make_attempt(at, tried + 1))
                journal.add_rejected(name, [attempts[name][-1]])
            elif step == "reopen":
                journal.close()
                journal = Journal.open(path)
            else:
                ending = ("closed", None) if step == "closed" else ("rejected", text)
                endings.setdefault(name, ending)
                journal.finish(name, "closed" if step == "closed" else "rejected", ending[1])
        journal.close()
        with closing(Journal.open(path, read_only=True)) as reader:
            assert {name: list(reader.read_turns(name)) for name in "abc"} == turns
            assert {name: list(reader.read_rejected(name)) for name in "abc"} == attempts
            found = {d.id: (d.ending, d.reason) for d in reader.read_dialogues(HEADER)}
            assert found == endings
            assert {session.id for session in reader.list_waiting()} == set("abc") - endings.keys()
            assert reader.count().attempts == (
                sum(map(len, turns.values())) + sum(map(len, attempts.values()))
            )


def test_turns_taken_back_are_kept_beside_those_that_were_rejected(journal: Journal) -> None:
    journal.add_rejected("a", [make_attempt(2, 1)])
    for index in range(4):
        journal.add_turn("a", make_turn(index, f"Line {index}."))
    journal.take_back("a", 2, "taken_back")
    assert journal.read_turns("a") == (make_turn(0, "Line 0."), make_turn(1, "Line 1."))
    kept = [(r.turn, r.number, r.text, r.reasons) for r in journal.read_rejected("a")]
    assert kept[1:] == [
        (2, 2, "Line 2.", ("taken_back",)),
        (3, 1, "Line 3.", ("taken_back",)),
    ]
    journal.add_turn("a", make_turn(2, "Another."))
    assert [turn.text for turn in journal.read_turns("a")] == ["Line 0.", "Line 1.", "Another."]


def test_a_journal_in_memory_is_gone_when_it_is_closed() -> None:
    with closing(Journal.keep_in_memory()) as first:
        first.add_sessions([make_session("a")])
        first.add_turn("a", make_turn(0))
        assert first.read_turns("a") == (make_turn(0),)
    with closing(Journal.keep_in_memory()) as second:
        assert second.list_sessions() == ()


def test_a_record_of_another_version_is_refused_without_what_was_said(
    path: Path, journal: Journal
) -> None:
    journal.add_turn("a", make_turn(0, "I want to die"))
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE turns SET record = json_set(record, '$.mood', 'low')")
        other.execute("UPDATE sessions SET profile = json_set(profile, '$.mood', 'low')")
    for read in (journal.read_turns, journal.read_profile):
        with pytest.raises(CorpusError, match="of another version of sqpsych") as caught:
            read("a")
        assert caught.value.__suppress_context__
        assert "die" not in "".join(traceback.format_exception(caught.value))


def test_a_damaged_file_is_named_when_it_is_read(path: Path, journal: Journal) -> None:
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("DROP TABLE turns")
    with pytest.raises(CorpusError, match="The journal cannot be read: no such table"):
        journal.read_turns("a")


def test_two_who_bring_a_file_up_to_date_at_once_do_not_collide(path: Path) -> None:
    first, second = (sqlite3.connect(path, isolation_level=None) for _ in range(2))
    overtaken: list[str] = []

    def overtake(statement: str) -> None:
        if statement.startswith("BEGIN") and not overtaken:
            overtaken.append(statement)
            migrate(second, MIGRATIONS, "second")

    with closing(first), closing(second):
        first.set_trace_callback(overtake)
        migrate(first, MIGRATIONS, "first")
        assert overtaken
        assert read_version(first) == len(MIGRATIONS)
