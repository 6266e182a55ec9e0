"""Scores as one JSON file."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqpsych import __version__
from sqpsych.benchmarks.json_files import write_record
from sqpsych.benchmarks.overlap import Overlap
from sqpsych.benchmarks.published.reading import describe_version
from sqpsych.benchmarks.run_folder import Settings
from sqpsych.benchmarks.scoring import BenchmarkScore
from sqpsych.benchmarks.tasks import Task
from sqpsych.errors import BenchmarkError


def write_scores(
    path: Path,
    task: Task,
    score: BenchmarkScore,
    data: Path,
    seed: int,
    *,
    system: str = "",
    overlap: Overlap | None = None,
    settings: Settings | None = None,
) -> None:
    """Write scores, with what came of every question and the published figures.

    Args:
        path: file to write, a new one or one written before.
        task: what was scored.
        score: its scores.
        data: folder of the questions.
        seed: of the intervals.
        system: who answered; empty where that is not known.
        overlap: with what the system was trained on, where that was looked for; None: what the file
            says of it stays.
        settings: all that shapes what a model answers, the model itself apart; None where that is
            not known.

    Raises:
        BenchmarkError: the file cannot be written, or what stands there cannot be read.
    """
    record = {
        "task": task.name,
        "title": task.title,
        "model": system,
        "sqpsych": __version__,
        "data": describe_version(data / task.file),
        "seed": seed,
        "settings": settings,
        "overlap": asdict(overlap) if overlap else read_scores(path).get("overlap"),
        **asdict(score),
        "published": [asdict(row) for row in task.published],
    }
    write_record(path, record)


def read_scores(path: Path) -> Mapping[str, Any]:
    """Read the scores that stand in a place; empty where there are none.

    Raises:
        BenchmarkError: what stands there is no such file.
    """
    if not path.exists():
        return {}
    try:
        record = json.loads(path.read_bytes())
        if not isinstance(record, dict) or "task" not in record:
            raise ValueError("it names no task")
    except (OSError, ValueError) as error:
        raise BenchmarkError(
            f"{path} holds no scores that could be replaced: {error}. Move it away, or give "
            "another place with -o."
        ) from error
    return record


def refuse_fewer(path: Path, count: int) -> None:
    """Refuse to put scores in place of those of more questions or answers.

    Args:
        path: of the scores.
        count: how many are to be scored.

    Raises:
        BenchmarkError: those that stand there are of more.
    """
    before = read_scores(path)
    there = len(before.get("questions") or before.get("items") or ())
    if count < there:
        raise BenchmarkError(
            f"{path} has scores of {there}, which scores of {count} would replace. Leave --limit "
            "out or raise it, or move the file away first."
        )
