"""Runs of `sqpsych generate` that are killed, over and over, and what is left of them."""

import json
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

from sqpsych.corpus import export_corpus, open_corpus
from sqpsych.intake import write_profiles
from sqpsych.language_models.scripted import Line

from .sessions import CLIENT, THERAPIST, make_profile, write_script

PEOPLE = 6
STUCK_S = 20.0
"""How long a run may go without the turns waited for; one that failed is then found to have."""
_AT_ANY_TIME = 0.15
"""Share of the kills that come at a random time after the start, whatever was said by then."""
_START_S = 0.2
_LAUNCHER = Path(__file__).with_name("launcher.py")
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
    at_turns: tuple[int, ...]
    """Turns in the journal at each kill."""
    lost: int
    """Turns that were in the journal before a kill, and not so after it."""
    doubled: int
    """Turns whose line was asked for and accepted a second time."""


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
    played = ["--protocol", str(write_paper(folder / "paper")), "-m", model]
    return ["generate", str(profiles), *played, "--concurrency", "3"]


def write_paper(folder: Path) -> Path:
    """Copy the paper's protocol, with the date of the script; returns its folder."""
    shutil.copytree(Path(str(resources.files("sqpsych.roleplay"))) / "protocols" / "paper", folder)
    path = folder / "protocol.toml"
    dates = re.compile(r"^appointments = \[.*?^\]$", re.DOTALL | re.MULTILINE)
    text, found = dates.subn('appointments = ["next Tuesday at ten"]', path.read_text("utf-8"))
    assert found == 1
    path.write_text(text, encoding="utf-8")
    return folder


class Launcher:
    """Starts commands in processes of their own, and kills them or lets them end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextmanager
    def open(cls) -> Iterator["Launcher"]:
        """Start the launcher, and end it."""
        command = [sys.executable, str(_LAUNCHER)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
            yield cls(process)

    def start(self, arguments: Sequence[str], corpus: Path) -> None:
        """Start a run; the one before must have ended."""
        log = str(corpus.with_name(f"{corpus.name}.log"))
        self._write(json.dumps({"arguments": [*arguments, "-o", str(corpus)], "log": log}))

    def end(self, how: Literal["kill", "wait"]) -> int:
        """Kill the run, or let it end; returns its exit code, -9 when it was killed."""
        self._write(how)
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def finish(self, arguments: Sequence[str], corpus: Path) -> None:
        """Run to the end, without kills."""
        self.start(arguments, corpus)
        _expect(self.end("wait"), corpus, 0)

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


def kill_until_finished(
    launcher: Launcher, arguments: Sequence[str], corpus: Path, draw: random.Random, most: int
) -> KilledRun:
    """Kill a run at random moments and start it again, until it is finished.

    Args:
        launcher: starts and kills.
        arguments: of `sqpsych`, but for -o.
        corpus: the run directory.
        draw: the moments.
        most: kills after which it is left to finish.
    """
    at_turns: list[int] = []
    lost = doubled = 0
    while len(at_turns) < most:
        launcher.start(arguments, corpus)
        seen = _wait_for_a_moment(corpus, draw)
        code = launcher.end("kill")
        left = read_turns(corpus)
        lost += len(seen.keys() - left.keys())
        doubled += sum(left.get(place, record) != record for place, record in seen.items())
        if code == 0:
            return KilledRun(corpus, tuple(at_turns), lost, doubled)
        _expect(code, corpus, -signal.SIGKILL)
        at_turns.append(len(left))
    launcher.finish(arguments, corpus)
    return KilledRun(corpus, tuple(at_turns), lost, doubled)


def _expect(found: int, corpus: Path, code: int) -> None:
    if found != code:
        log = corpus.with_name(f"{corpus.name}.log").read_text(encoding="utf-8")
        raise AssertionError(f"generate ended with {found}, not {code}:\n{log}")


Turns = dict[tuple[str, int], str]
"""Session and index of each turn, and its record as it stands in the journal."""


def _wait_for_a_moment(corpus: Path, draw: random.Random) -> Turns:
    """Wait for a random moment of a run; returns the turns that were safe shortly before it."""
    if draw.random() < _AT_ANY_TIME:
        time.sleep(draw.uniform(0, _START_S))
        return read_turns(corpus)
    goal = len(read_turns(corpus)) + draw.randint(1, 5)
    wait_for_turns(corpus, goal)
    seen = read_turns(corpus)
    time.sleep(draw.uniform(0, 0.02))
    return seen


def wait_for_turns(corpus: Path, count: int) -> None:
    """Wait until so many turns are safe, no session is left to play, or nothing more can come."""
    deadline = time.monotonic() + STUCK_S
    while len(read_turns(corpus)) < count and not _is_finished(corpus):
        if time.monotonic() > deadline:
            return
        time.sleep(0.002)


def _is_finished(corpus: Path) -> bool:
    states = _query(corpus, "SELECT state FROM sessions")
    return bool(states) and ("waiting",) not in states


def read_turns(corpus: Path) -> Turns:
    """Read the turns that are safe, as another process sees them."""
    rows = _query(corpus, "SELECT session, number, record FROM turns")
    return {(str(session), int(str(number))): str(record) for session, number, record in rows}


def _query(corpus: Path, query: str) -> list[tuple[object, ...]]:
    """Ask a journal that may not be there yet."""
    uri = f"{(corpus / 'journal.sqlite').as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []


def dump_journal(corpus: Path) -> list[tuple[object, ...]]:
    """All rows of all tables of a journal, in order."""
    return [row for query in _TABLES for row in _query(corpus, query)]


def export_bytes(corpus: Path) -> bytes:
    """The bytes of a corpus's JSONL export."""
    path = corpus.with_name(f"{corpus.name}.jsonl")
    with open_corpus(corpus) as opened:
        export_corpus(opened, "jsonl", path, rejected=True, overwrite=True)
    return path.read_bytes()
