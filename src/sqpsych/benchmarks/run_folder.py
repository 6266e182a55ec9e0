"""The folder of a run: one model, a folder a task.

RUN/<task>/settings.json  the model and all that shapes what came of it
RUN/<task>/answers.jsonl  what it answered, kept as it comes
RUN/<task>/logs/          the same for Inspect's viewer
RUN/<task>/scores.json    what the answers are worth
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqpsych.benchmarks.json_files import write_record
from sqpsych.errors import BenchmarkError

SETTINGS = "settings.json"
ANSWERS = "answers.jsonl"
LOGS = "logs"
SCORES = "scores.json"

Settings = Mapping[str, Any]
"""What settles the result, in JSON values."""


def keep_settings(folder: Path, settings: Settings) -> None:
    """Write the settings of a run, or check that it goes on with the same.

    Args:
        folder: RUN/<task>; made when missing.
        settings: what settles the result.

    Raises:
        BenchmarkError: the run was begun with other settings, or the folder cannot be used.
    """
    path = folder / SETTINGS
    if not path.exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BenchmarkError(f"{folder} cannot be made: {error.strerror}.") from error
        write_record(path, settings)
        return
    before = read_settings(folder)
    there, now = dict(_spell_out(before)), dict(_spell_out(settings))
    differing = [key for key in {**there, **now} if there.get(key) != now.get(key)]
    if differing:
        lines = "\n".join(
            f"  {key}: there {there.get(key, 'none')}, now {now.get(key, 'none')}"
            for key in differing
        )
        raise BenchmarkError(
            f"{folder} was begun with other settings:\n{lines}\n"
            "Give the same to go on with it, or another folder with -o."
        )


def read_settings(folder: Path) -> Settings:
    """Read the settings of a run; empty where there are none, as for answers from elsewhere.

    Raises:
        BenchmarkError: they cannot be read.
    """
    path = folder / SETTINGS
    if not path.exists():
        return {}
    try:
        settings = json.loads(path.read_bytes())
        if not isinstance(settings, dict):
            raise ValueError("it holds no settings")
    except (OSError, ValueError) as error:
        raise BenchmarkError(
            f"{path} cannot be read: {error}. Give another folder with -o."
        ) from error
    return settings


def describe_asking(settings: Settings) -> dict[str, Any]:
    """What has to be the same in two runs of an exam: all but the model, and the seed, which shapes
    nothing but the choice of questions and examples, and these are named.
    """
    return {key: value for key, value in settings.items() if key not in ("model", "seed")}


def _spell_out(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Spell settings out, a line each: "judges 1 name" and its JSON; what is empty has none."""
    match value:
        case dict():
            for key, one in value.items():
                yield from _spell_out(one, f"{name} {key}".strip())
        case list() | tuple():
            for place, one in enumerate(value, start=1):
                yield from _spell_out(one, f"{name} {place}")
        case _:
            yield name, json.dumps(value, ensure_ascii=False)
