"""Runs of `sqpsych generate` that are killed, over and over, and what is left of them.

A run starts in a process forked from a server that has the libraries loaded: starting an
interpreter takes seconds on a busy machine, and nothing is written meanwhile.
"""

import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from sqpsych.corpus import export_corpus, open_corpus
from sqpsych.intake import write_profiles
from sqpsych.language_models.scripted import Line

from .sessions import CLIENT, THERAPIST, make_profile, write_script

PEOPLE = 6
_STUCK_S = 60.0
_AT_ANY_TIME = 0.15
"""Share of the kills that come at a random time after the start, whatever was said by then."""
_START_S = 0.3
_TABLES = (
    "SELECT * FROM sessions ORDER BY position",
    "SELECT * FROM turns ORDER BY session, number",
    "SELECT * FROM rejected_attempts ORDER BY session, turn, number",
    "PRAGMA user_version",
)


@dataclass(frozen=True, slots=True)
class KilledRun:
    """One corpus that was finished in spite of kills."""

    corpus: Path
    kills: int
    at_turns: tuple[int, ...]
    """Turns in the journal at each kill."""
    lost: int
    """Turns that were in the journal before a kill and not after it."""


def write_study(folder: Path, delay_s: float) -> list[str]:
    """Write profiles and a script with some replies that fail.

    Returns:
        The arguments of `sqpsych`, but for -o.
    """
    profiles = folder / "profiles.jsonl"
    write_profiles([make_profile(number) for number in range(PEOPLE)], profiles)
    therapist: list[Line] = list(THERAPIST)
    client: list[Line] = list(CLIENT)
    for place in range(2, len(THERAPIST), 5):
        therapist[place] = (f"[smiles] {THERAPIST[place]}", THERAPIST[place])
    for place in range(1, len(CLIENT), 4):
        client[place] = (f"*sighs* {CLIENT[place]}", "", CLIENT[place])
    model = write_script(folder / "script.json", therapist, client, delay_s)
    return ["generate", str(profiles), "-m", model, "--concurrency", "3"]


def start(arguments: Sequence[str], corpus: Path) -> ForkServerProcess:
    """Start a run in a process of its own."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", "sqpsych.roleplay", __name__])
    process = context.Process(target=_run, args=([*arguments, "-o", str(corpus)], _log(corpus)))
    process.start()
    return process


def _run(arguments: Sequence[str], log: Path) -> None:
    """What the process does: the command line, its output in a file."""
    with log.open("a", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    from sqpsych.cli import main

    sys.argv = ["sqpsych", *arguments]
    main()


def _log(corpus: Path) -> Path:
    return corpus.with_name(f"{corpus.name}.log")


def finish(arguments: Sequence[str], corpus: Path) -> None:
    """Run to the end, without kills."""
    process = start(arguments, corpus)
    process.join(_STUCK_S)
    _expect(process, corpus, 0)


def kill_until_finished(
    arguments: Sequence[str], corpus: Path, draw: random.Random, most: int
) -> KilledRun:
    """Kill a run at random moments and start it again, until it is finished.

    Args:
        arguments: of `sqpsych`, but for -o.
        corpus: the run directory.
        draw: the moments.
        most: kills after which it is left to finish.
    """
    at_turns: list[int] = []
    lost = 0
    while len(at_turns) < most:
        process = start(arguments, corpus)
        seen = _wait_for_a_moment(process, corpus, draw)
        process.kill()
        process.join()
        if process.exitcode == 0:
            return KilledRun(corpus, len(at_turns), tuple(at_turns), lost)
        _expect(process, corpus, -signal.SIGKILL)
        left = read_turns(corpus)
        lost += len(seen - left)
        at_turns.append(len(left))
    finish(arguments, corpus)
    return KilledRun(corpus, len(at_turns), tuple(at_turns), lost)


def _expect(process: ForkServerProcess, corpus: Path, code: int) -> None:
    if process.exitcode != code:
        log = _log(corpus).read_text(encoding="utf-8")
        raise AssertionError(f"generate ended with {process.exitcode}, not {code}:\n{log}")


def _wait_for_a_moment(
    process: ForkServerProcess, corpus: Path, draw: random.Random
) -> set[tuple[str, int, str]]:
    """Wait for a random moment of a run; returns the turns that were safe shortly before it."""
    if draw.random() < _AT_ANY_TIME:
        time.sleep(draw.uniform(0, _START_S))
        return read_turns(corpus)
    goal = len(read_turns(corpus)) + draw.randint(1, 5)
    deadline = time.monotonic() + _STUCK_S
    while len(seen := read_turns(corpus)) < goal and process.is_alive():
        if time.monotonic() > deadline:
            raise AssertionError(f"no new turn in {_STUCK_S:.0f} s; {len(seen)} are there")
        time.sleep(0.002)
    time.sleep(draw.uniform(0, 0.02))
    return seen


def read_turns(corpus: Path) -> set[tuple[str, int, str]]:
    """Read the turns that are safe, as another process sees them."""
    path = corpus / "journal.sqlite"
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return set(connection.execute("SELECT session, number, record FROM turns"))
    except sqlite3.OperationalError:
        return set()


def dump_journal(corpus: Path) -> list[tuple[object, ...]]:
    """All rows of all tables of a journal, in order."""
    with closing(sqlite3.connect(corpus / "journal.sqlite")) as connection:
        return [row for query in _TABLES for row in connection.execute(query)]


def export_bytes(corpus: Path) -> bytes:
    """The bytes of a corpus's JSONL export."""
    path = corpus.with_name(f"{corpus.name}.jsonl")
    with open_corpus(corpus) as opened:
        export_corpus(opened, "jsonl", path, rejected=True, overwrite=True)
    return path.read_bytes()


def count_doubled(corpus: Path) -> int:
    """Count turns written for a place that had one already."""
    turns = [(session, number) for session, number, _ in read_turns(corpus)]
    return len(turns) - len(set(turns))
