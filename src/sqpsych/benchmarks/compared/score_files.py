"""Scores of runs, read back to be compared."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sqpsych.assessment.figures import Better
from sqpsych.assessment.statistics.intervals import Estimate
from sqpsych.benchmarks.published.questions import Published
from sqpsych.benchmarks.run_folder import SCORES
from sqpsych.benchmarks.scoring import QuestionScore
from sqpsych.errors import BenchmarkError, find_fault


@dataclass(frozen=True, slots=True)
class RunScores:
    """What one system reached in one task, as `scores.json` has it."""

    task: str
    title: str
    model: str
    """Who answered; empty where a file of recorded answers does not say."""
    figures: Mapping[str, Estimate]
    questions: tuple[QuestionScore, ...] = ()
    """What came of each question that has a right answer."""
    items: Mapping[str, Mapping[str, float | None]] | None = None
    """Values by item and figure, where figures are means over items."""
    better: Mapping[str, Better] | None = None
    """Which end of each figure is the better one; None: the higher."""
    outcomes: Mapping[str, int] | None = None
    published: tuple[Published, ...] = ()
    judge: str = ""
    """Key of who judged, where answers are judged."""
    settings: Mapping[str, Any] | None = None
    """What settles the result, the model apart; None: that is not known."""
    data: str = ""
    """Version of the questions, with the SHA-256 of their file at the end."""

    @property
    def data_sha256(self) -> str | None:
        """The SHA-256 of the file of questions, where it is known."""
        found = re.search(r"SHA-256 ([0-9a-f]{64})\)$", self.data)
        return found[1] if found else None


_FORM = TypeAdapter(RunScores)


def read_run(path: Path) -> tuple[RunScores, ...]:
    """Read all scores of a run.

    Args:
        path: a run folder, or one file of scores.

    Raises:
        BenchmarkError: there are none, or a file holds no scores.
    """
    files = [path] if path.is_file() else sorted(path.glob(f"*/{SCORES}"))
    if not files:
        raise BenchmarkError(
            f"{path} holds no scores. `sqpsych bench run TASK -o {path}` makes them; answers to "
            "counselbench-adv have some once they are judged (`sqpsych bench judge`)."
        )
    return tuple(_read(file) for file in files)


def _read(path: Path) -> RunScores:
    try:
        return _FORM.validate_json(path.read_bytes())
    except OSError as error:
        raise BenchmarkError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        place, message = find_fault(error)
        raise BenchmarkError(
            f"{path} holds no scores: {place or 'the whole file'}: {message}. Make it anew with "
            "`sqpsych bench run`, `judge`, `live` or `score -o`."
        ) from error
