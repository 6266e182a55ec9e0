"""The folder of a training run: what it is a run of, so that only the same one goes on in it.

OUT/run.json       model, data and settings, written before the first step
OUT/checkpoints/   what training goes on from; removed once the model is written
OUT/...            the model and what is known of it, see writing.py
OUT/manifest.json  written last: a run that has it is finished
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock

from sqpsych.errors import FinetuneError

MANIFEST = "manifest.json"
_RUN = "run.json"
_LOCK = ".lock"
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")


def is_first_process() -> bool:
    """Whether this process is the one that writes, of those that train together."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def hold_run(output: Path, identity: dict[str, Any]) -> Iterator[None]:
    """Hold a run's folder, a new one or one in which the same run was begun.

    Args:
        output: the folder.
        identity: model, data and settings, as JSON has them.

    Raises:
        FinetuneError: the folder holds something else, a finished run, or one that is going on.
    """
    if not is_first_process():
        yield
        return
    if (output / MANIFEST).exists():
        raise FinetuneError(f"{output} holds a finished run. Give another folder with -o.")
    if output.exists() and not (output / _RUN).exists() and any(output.iterdir()):
        raise FinetuneError(
            f"{output} is there already, and no training run. Give another with -o."
        )
    output.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(output / _LOCK, timeout=0):
            _check_same(output / _RUN, identity)
            yield
    except filelock.Timeout as error:
        raise FinetuneError(
            f"Another process trains in {output}. Wait for it, or give another folder with -o."
        ) from error
    finally:
        (output / _LOCK).unlink(missing_ok=True)


def _check_same(path: Path, identity: dict[str, Any]) -> None:
    if not path.exists():
        write_json(path, identity)
        return
    begun = json.loads(path.read_text("utf-8"))
    for name in identity:
        if begun.get(name) != identity[name]:
            raise FinetuneError(
                f"The run begun in {path.parent} differs: {_say_difference(begun, identity)}. Give "
                "what it was begun with to go on, or another folder with -o."
            )


def _say_difference(begun: dict[str, Any], given: dict[str, Any]) -> str:
    before, now = _flatten(begun), _flatten(given)
    name = next(name for name in now if before.get(name) != now[name])
    return f"{name}: {before.get(name)} then, {now[name]} now"


def _flatten(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, one in value.items():
        if isinstance(one, dict):
            flat |= _flatten(one, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = one
    return flat


def find_checkpoint(output: Path) -> Path | None:
    """Find the last checkpoint of a run that is whole; None where there is none."""
    found = [
        (int(match[1]), path)
        for path in (output / "checkpoints").glob("checkpoint-*")
        if (match := _CHECKPOINT.fullmatch(path.name)) and (path / "trainer_state.json").is_file()
    ]
    return max(found)[1] if found else None


def read_manifest(run: Path) -> dict[str, Any]:
    """Read the manifest of a finished run.

    Raises:
        FinetuneError: there is none.
    """
    try:
        manifest: dict[str, Any] = json.loads((run / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise FinetuneError(
            f"{run} is no finished training run: {MANIFEST} cannot be read ({error}). Give the "
            "folder that `sqpsych finetune` wrote, or give its command again to finish it."
        ) from error
    return manifest


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    partial.replace(path)
