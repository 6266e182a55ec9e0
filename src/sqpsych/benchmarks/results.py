"""Scores as one JSON file."""

from dataclasses import asdict
from pathlib import Path

from sqpsych import __version__
from sqpsych.benchmarks.json_files import write_record
from sqpsych.benchmarks.overlap import Overlap
from sqpsych.benchmarks.published.reading import describe_version
from sqpsych.benchmarks.scoring import BenchmarkScore
from sqpsych.benchmarks.tasks import Task


def write_scores(
    path: Path,
    task: Task,
    score: BenchmarkScore,
    data: Path,
    seed: int,
    *,
    system: str = "",
    overlap: Overlap | None = None,
) -> None:
    """Write scores, with what came of every question and the published figures.

    Args:
        path: file to write, a new one or one written before.
        task: what was scored.
        score: its scores.
        data: folder of the questions.
        seed: of the intervals.
        system: who answered; empty where that is not known.
        overlap: with what the system was trained on, where that was looked for.

    Raises:
        BenchmarkError: the file cannot be written.
    """
    record = {
        "task": task.name,
        "title": task.title,
        "model": system,
        "sqpsych": __version__,
        "data": describe_version(data / task.file),
        "seed": seed,
        "overlap": asdict(overlap) if overlap else None,
        **asdict(score),
        "published": [asdict(row) for row in task.published],
    }
    write_record(path, record)
