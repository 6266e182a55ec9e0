"""Answers of a model to the questions of a task, each kept as soon as it is there.

One JSON line a question, as `read_recorded` reads it, with what the answer took beside. A process
that is killed leaves whole lines, and at most the beginning of one more, which is not read.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

import filelock

from sqpsych.errors import BenchmarkError

ANSWERS = "answers.jsonl"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered to a question."""

    id: str
    answer: str
    """All that it wrote; empty where the server refused the request."""
    finish_reason: str
    """stop: it ended by itself; length: it was cut off; refused: see `error`."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    """Wall-clock time, queueing at the server included."""
    error: str | None = None
    """Why the server refused the request."""


class AnswerStore:
    """The answers of one task, open for writing."""

    def __init__(self, file: TextIO, answers: dict[str, Answer]) -> None:
        """Add to answers that are there."""
        self._file = file
        self.answers = answers
        """By id of the question."""

    def keep(self, answer: Answer) -> None:
        """Keep an answer; it is in the file when this returns."""
        self._file.write(json.dumps(asdict(answer), ensure_ascii=False) + "\n")
        self._file.flush()
        self.answers[answer.id] = answer


@contextmanager
def open_answers(folder: Path) -> Iterator[AnswerStore]:
    """Open the answers in a folder, one process at a time.

    Raises:
        BenchmarkError: another process writes there, or a line is damaged.
    """
    path = folder / ANSWERS
    lock = filelock.FileLock(folder / ".lock")
    try:
        with lock.acquire(blocking=False):
            answers = _recover(path)
            with path.open("a", encoding="utf-8") as file:
                yield AnswerStore(file, answers)
    except filelock.Timeout:
        raise BenchmarkError(
            f"Another process writes to {folder}. Wait for it, or give another folder with -o."
        ) from None
    except OSError as error:
        raise BenchmarkError(
            f"{path} cannot be written: {error.strerror}. What is in it stays; the same command "
            "goes on."
        ) from error


def read_answers(folder: Path) -> dict[str, Answer]:
    """Read the answers in a folder, by id of the question.

    Raises:
        BenchmarkError: there are none, or a line is damaged.
    """
    path = folder / ANSWERS
    if not path.exists():
        raise BenchmarkError(f"{folder} has no answers. `sqpsych bench run` makes them.")
    return _parse(path, path.read_bytes())


def _recover(path: Path) -> dict[str, Answer]:
    """Read the whole lines, and cut off what was begun when a process was killed."""
    if not path.exists():
        return {}
    content = path.read_bytes()
    answers = _parse(path, content)
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
    return answers


def _parse(path: Path, content: bytes) -> dict[str, Answer]:
    *lines, _ = content.split(b"\n")
    answers: dict[str, Answer] = {}
    for number, line in enumerate(lines, start=1):
        try:
            answer = Answer(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise BenchmarkError(
                f"{path} line {number} is damaged: it is no answer as `sqpsych bench run` keeps "
                "them. Remove the line; its question is asked again."
            ) from error
        answers[answer.id] = answer
    return answers
