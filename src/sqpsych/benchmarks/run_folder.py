"""The folder of a run: one model, a folder a task.

RUN/<task>/settings.json  the model and all that shapes its answers
RUN/<task>/answers.jsonl  what it answered, kept as it comes
RUN/<task>/logs/          the same for Inspect's viewer
RUN/<task>/scores.json    what the answers are worth
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqpsych.errors import BenchmarkError

SETTINGS = "settings.json"
SCORES = "scores.json"
LOGS = "logs"


def prepare_folder(folder: Path, settings: Mapping[str, Any]) -> None:
    """Make the folder of a task, or see that what is there was made alike.

    Args:
        folder: RUN/<task>.
        settings: JSON values; whatever shapes an answer.

    Raises:
        BenchmarkError: it was made with other settings, or cannot be written.
    """
    path = folder / SETTINGS
    if path.exists():
        _refuse_other(folder, read_json(path), settings)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(path, settings)
    except OSError as error:
        raise BenchmarkError(
            f"{folder} cannot be written: {error.strerror}. Give another folder with -o."
        ) from error


def _refuse_other(folder: Path, before: Any, settings: Mapping[str, Any]) -> None:
    known = before if isinstance(before, dict) else {}
    changed = [
        f"{name} was {json.dumps(known.get(name))[:120]}, is {json.dumps(value)[:120]}"
        for name, value in settings.items()
        if known.get(name) != json.loads(json.dumps(value))
    ]
    if changed:
        raise BenchmarkError(
            f"{folder} was begun otherwise: {'; '.join(changed)}. Go on as it was begun, or give "
            "another folder with -o."
        )


def read_json(path: Path) -> Any:
    """Read a JSON file of a run.

    Raises:
        BenchmarkError: it cannot be read.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BenchmarkError(
            f"{path} cannot be read: {error}. Run `sqpsych bench run` again, or give another."
        ) from error


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file whole, or not at all.

    Raises:
        OSError: it cannot be written.
    """
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)
