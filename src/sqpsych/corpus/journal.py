"""The journal of a run: an SQLite file in which every turn is safe before the next is asked for.

Write-ahead logging, and every commit synced to disk: a process killed at any instant, or a machine
that loses power, leaves all turns committed so far and nothing half-written. Rejected attempts are
kept beside the turns, with the reasons. The journal is the store; Parquet and JSONL are exports.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import TypeAdapter, ValidationError

from sqpsych.corpus.database import migrate, read_version, select, write
from sqpsych.corpus.schema import MIGRATIONS
from sqpsych.corpus.sessions import (
    Counts,
    FinishedSession,
    PlannedSession,
    SessionHeader,
    SessionState,
)
from sqpsych.errors import CorpusError
from sqpsych.records import (
    ClientProfile,
    Dialogue,
    Ending,
    Fact,
    RejectedAttempt,
    SymptomOutcome,
    Turn,
)

_T = TypeVar("_T")
_FACTS = TypeAdapter(tuple[Fact, ...])
_OUTCOMES = TypeAdapter(tuple[SymptomOutcome, ...])
_PROFILE = TypeAdapter(ClientProfile)
_TURN = TypeAdapter(Turn)
_ATTEMPT = TypeAdapter(RejectedAttempt)

_NOWHERE = Path(":memory:")


class Journal:
    """An open journal.

    What is read raises CorpusError where the file is damaged, or of another version of sqpsych.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use an open connection; see `open`."""
        self._connection = connection

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """Open a journal, bringing its tables up to date.

        Args:
            path: the file; made when missing, for its owner alone to read, unless read-only.
            read_only: refuse to write, also while another process does; a journal of an earlier
                version is brought up to date first.

        Raises:
            CorpusError: the file is no journal, or of a later version of sqpsych.
        """
        try:
            if read_only:
                connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
            else:
                if path != _NOWHERE:
                    path.touch(0o600)
                connection = sqlite3.connect(path)
        except (sqlite3.Error, OSError) as error:
            raise _explain_opening(path, error) from error
        try:
            connection.isolation_level = None
            if not read_only:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            journal = cls(connection)
            if read_only and 0 < read_version(connection) < len(MIGRATIONS):
                cls.open(path).close()
            journal._migrate(path, read_only)
        except sqlite3.Error as error:
            connection.close()
            raise _explain_opening(path, error) from error
        except CorpusError:
            connection.close()
            raise
        return journal

    @classmethod
    def keep_in_memory(cls) -> Self:
        """Open a journal that is gone when it is closed: nothing of it reaches a disk."""
        return cls.open(_NOWHERE)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def add_sessions(self, sessions: Sequence[PlannedSession]) -> None:
        """Add sessions that are not there yet, behind those that are; all of them or none."""
        with self._write() as connection:
            for place, session in _place_new(connection, {one.id: one for one in sessions}):
                _insert_session(connection, place, session)

    def add_finished(self, sessions: Sequence[FinishedSession]) -> int:
        """Add sessions with all their turns, behind those that are there; all of them or none.

        Returns:
            How many were added; one that is there already stays as it is.
        """
        with self._write() as connection:
            new = _place_new(connection, {one.planned.id: one for one in sessions})
            for place, one in new:
                _insert_session(connection, place, one.planned, one.state, one.reason)
                _insert_turns(connection, one.planned.id, one.turns)
        return len(new)

    def copy_session(self, source: "Journal", session: PlannedSession) -> None:
        """Copy a session that goes on, with all that was rejected, behind those that are there.

        Args:
            source: the journal that holds it.
            session: to be copied.

        Raises:
            CorpusError: its id is here already, or the journal cannot be written; nothing of the
                session is copied then.
        """
        turns, rejected = source.read_turns(session.id), source.read_rejected(session.id)
        with self._write() as connection:
            new = _place_new(connection, {session.id: session})
            if not new:
                raise CorpusError(f"{session.id} is in this corpus already.")
            _insert_session(connection, *new[0])
            _insert_turns(connection, session.id, turns)
            _insert_rejected(connection, session.id, rejected)

    def list_waiting(self) -> tuple[PlannedSession, ...]:
        """List the sessions not finished yet, in order."""
        rows = self._select(
            "SELECT id, profile, seed FROM sessions WHERE state = 'waiting' ORDER BY position"
        )
        return tuple(
            PlannedSession(session, _parse(_PROFILE, profile), seed)
            for session, profile, seed in rows
        )

    def read_turns(self, session: str) -> tuple[Turn, ...]:
        """Read a session's turns so far, in order."""
        rows = self._select("SELECT record FROM turns WHERE session = ? ORDER BY number", session)
        return tuple(_parse(_TURN, record) for (record,) in rows)

    def read_rejected(self, session: str) -> tuple[RejectedAttempt, ...]:
        """Read a session's rejected attempts, in order."""
        rows = self._select(
            "SELECT record FROM rejected_attempts WHERE session = ? ORDER BY turn, number", session
        )
        return tuple(_parse(_ATTEMPT, record) for (record,) in rows)

    def add_turn(
        self, session: str, turn: Turn, passed_over: Sequence[RejectedAttempt] = ()
    ) -> None:
        """Commit an accepted turn, with the candidates beside it that were not taken."""
        with self._write() as connection:
            _insert_turns(connection, session, [turn])
            _insert_rejected(connection, session, passed_over)

    def add_rejected(self, session: str, attempts: Sequence[RejectedAttempt]) -> None:
        """Commit replies that were drawn together and failed."""
        with self._write() as connection:
            _insert_rejected(connection, session, attempts)

    def take_back(self, session: str, first: int, reason: str) -> None:
        """Take turns out of a session that goes on, from one to the last; they stay on record.

        Args:
            session: id of the session.
            first: index of the first turn to go.
            reason: what they are kept under, among the rejected attempts.
        """
        taken = [turn for turn in self.read_turns(session) if turn.index >= first]
        with self._write() as connection:
            for turn in taken:
                (number,) = connection.execute(
                    "SELECT coalesce(max(number), 0) + 1 FROM rejected_attempts "
                    "WHERE session = ? AND turn = ?",
                    (session, turn.index),
                ).fetchone()
                _insert_rejected(connection, session, [_withdraw(turn, number, reason)])
            connection.execute(
                "DELETE FROM turns WHERE session = ? AND number >= ?", (session, first)
            )

    def finish(
        self,
        session: str,
        state: Ending,
        reason: str | None,
        *,
        invented: Sequence[Fact] = (),
        symptoms: Sequence[SymptomOutcome] = (),
    ) -> None:
        """Commit how a session ended, what was made up in it, and what became of the symptoms."""
        with self._write() as connection:
            connection.execute(
                "UPDATE sessions SET state = ?, reason = ?, invented = ?, symptoms = ? "
                "WHERE id = ? AND state = 'waiting'",
                (
                    state,
                    reason,
                    _FACTS.dump_json(tuple(invented)).decode(),
                    _OUTCOMES.dump_json(tuple(symptoms)).decode(),
                    session,
                ),
            )

    def read_profile(self, session: str) -> ClientProfile:
        """Read the profile a session was played from.

        Raises:
            CorpusError: there is no such session.
        """
        row = next(self._select("SELECT profile FROM sessions WHERE id = ?", session), None)
        if row is None:
            raise CorpusError(f"There is no dialogue {session!r} in this corpus.")
        return _parse(_PROFILE, row[0])

    def list_sessions(self) -> tuple[tuple[str, SessionState], ...]:
        """List all sessions and their states, in order."""
        rows = self._select("SELECT id, state FROM sessions ORDER BY position")
        return tuple((session, state) for session, state in rows)

    def read_dialogues(self, header: SessionHeader) -> Iterator[Dialogue]:
        """Read the finished dialogues, rejected ones too, in order."""
        rows = self._select(
            "SELECT id, seed, profile, state, reason, invented, symptoms FROM sessions "
            "WHERE state != 'waiting' ORDER BY position"
        )
        for session, seed, person, state, reason, invented, symptoms in rows:
            profile = _parse(_PROFILE, person)
            yield Dialogue(
                id=session,
                pseudonym=profile.pseudonym,
                protocol=header.protocol,
                therapist_model=header.therapist_model,
                client_model=header.client_model,
                turns=self.read_turns(session),
                ending=state,
                reason=reason,
                invented=_parse(_FACTS, invented),
                symptoms=_parse(_OUTCOMES, symptoms),
                risk_flags=profile.risk_flags,
                seed=seed,
                prompt_sha256=header.prompt_sha256,
                code_version=header.code_version,
            )

    def was_answered(self, turn: int) -> bool:
        """Whether a reply was ever given at this place of a session, accepted or not."""
        turns = self._select("SELECT 1 FROM turns WHERE number = ? LIMIT 1", turn)
        rejected = self._select("SELECT 1 FROM rejected_attempts WHERE turn = ? LIMIT 1", turn)
        return any(chain(turns, rejected))

    def count(self) -> Counts:
        """Count sessions by state, turns and attempts."""
        states = dict(self._select("SELECT state, count(*) FROM sessions GROUP BY state"))
        ((turns,),) = self._select("SELECT count(*) FROM turns")
        ((rejected,),) = self._select("SELECT count(*) FROM rejected_attempts")
        return Counts(
            waiting=states.get("waiting", 0),
            closed=states.get("closed", 0),
            rejected=states.get("rejected", 0),
            turns=turns,
            attempts=turns + rejected,
        )

    def count_reasons(self) -> dict[str, int]:
        """Count what attempts were rejected for, most frequent first.

        Checks, by their names, and what else keeps a reply out: `redrawn`, `not_chosen`,
        `taken_back`.
        """
        rows = self._select(
            "SELECT reason.value, count(*) FROM rejected_attempts, "
            "json_each(rejected_attempts.record, '$.reasons') AS reason "
            "GROUP BY reason.value ORDER BY count(*) DESC, reason.value"
        )
        return dict(rows)

    def _migrate(self, path: Path, read_only: bool) -> None:
        if read_only and read_version(self._connection) < len(MIGRATIONS):
            raise CorpusError(f"{path} is no journal of a run. Is it a run directory of sqpsych?")
        migrate(self._connection, MIGRATIONS, str(path))

    def _write(self) -> AbstractContextManager[sqlite3.Connection]:
        return write(self._connection, "The journal")

    def _select(self, query: str, *values: str | int) -> Iterator[tuple[Any, ...]]:
        return select(self._connection, "The journal", query, *values)


def _place_new(connection: sqlite3.Connection, sessions: Mapping[str, _T]) -> list[tuple[int, _T]]:
    """Those whose id is not there yet, each with its place behind those that are."""
    known = {session for (session,) in connection.execute("SELECT id FROM sessions")}
    ((last,),) = connection.execute("SELECT max(position) FROM sessions")
    new = (one for session, one in sessions.items() if session not in known)
    return list(enumerate(new, 0 if last is None else last + 1))


def _insert_session(
    connection: sqlite3.Connection,
    place: int,
    session: PlannedSession,
    state: SessionState = "waiting",
    reason: str | None = None,
) -> None:
    profile = session.profile.model_dump_json()
    connection.execute(
        "INSERT INTO sessions (id, position, seed, profile, state, reason) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (session.id, place, session.seed, profile, state, reason),
    )


def _insert_turns(connection: sqlite3.Connection, session: str, turns: Sequence[Turn]) -> None:
    connection.executemany(
        "INSERT INTO turns (session, number, record) VALUES (?, ?, ?)",
        [(session, turn.index, turn.model_dump_json()) for turn in turns],
    )


def _insert_rejected(
    connection: sqlite3.Connection, session: str, attempts: Sequence[RejectedAttempt]
) -> None:
    connection.executemany(
        "INSERT INTO rejected_attempts (session, turn, number, record) VALUES (?, ?, ?, ?)",
        [(session, a.turn, a.number, a.model_dump_json()) for a in attempts],
    )


def _parse(kind: TypeAdapter[_T], record: str) -> _T:
    """Read a record; what it holds is in no error, nor in one behind that."""
    try:
        return kind.validate_json(record)
    except ValidationError:
        raise CorpusError(
            "The journal of this corpus holds a record that cannot be read: it is damaged, or of "
            "another version of sqpsych. Take the version that the manifest names."
        ) from None


def _withdraw(turn: Turn, number: int, reason: str) -> RejectedAttempt:
    """Make of a turn what is kept of it when it is taken back."""
    shared = turn.model_dump(include=set(RejectedAttempt.model_fields) & set(Turn.model_fields))
    return RejectedAttempt(turn=turn.index, number=number, reasons=(reason,), **shared)


def _explain_opening(path: Path, error: sqlite3.Error | OSError) -> CorpusError:
    return CorpusError(
        f"{path} cannot be used as a journal: {error}. Is it a run directory of sqpsych?"
    )
