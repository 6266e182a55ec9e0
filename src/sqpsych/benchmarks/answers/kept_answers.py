"""Answers of a model to the questions of a task, each kept as soon as it is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqpsych.benchmarks.answers.recorded import NOT_SAID, REFUSED
from sqpsych.benchmarks.line_journal import LineJournal, open_journal
from sqpsych.benchmarks.run_folder import ANSWERS


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


class KeptAnswers:
    """The answers of one task, open for writing."""

    def __init__(self, journal: LineJournal[Answer]) -> None:
        """Add to answers that are there."""
        self._journal = journal
        self.by_id: dict[str, Answer] = {}
        """What the model answered."""
        self.refused: dict[str, str] = {}
        """Why the server refused a question that has no answer, by its id."""
        for answer in journal.records:
            self._take(answer)

    def keep(self, answer: Answer) -> None:
        """Keep an answer; it is on the disk when this returns.

        Raises:
            BenchmarkError: the disk refuses.
        """
        self._journal.add([answer])
        self._take(answer)

    def _take(self, answer: Answer) -> None:
        if answer.finish_reason == REFUSED:
            self.refused[answer.id] = answer.error or NOT_SAID
        else:
            self.by_id[answer.id] = answer
            self.refused.pop(answer.id, None)


@contextmanager
def open_answers(folder: Path) -> Iterator[KeptAnswers]:
    """Open the answers in the folder of a task, one process at a time; see `open_journal`."""
    with open_journal(folder / ANSWERS, Answer) as journal:
        yield KeptAnswers(journal)
