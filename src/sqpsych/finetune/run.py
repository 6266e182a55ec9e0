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
from sqpsych.whole_files import PARTIAL, write_file

MANIFEST = "manifest.json"
CHECKPOINTS = "checkpoints"
KIND = "finetuned"
"""What a manifest says it is of."""
STATE = "trainer_state.json"
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
    if output.exists() and not output.is_dir():
        raise FinetuneError(f"{output} is a file; expected a folder. Give another with -o.")
    if (output / MANIFEST).exists():
        raise FinetuneError(f"{output} holds a finished run. Give another folder with -o.")
    if output.exists() and not (output / _RUN).exists() and _holds_something(output):
        raise FinetuneError(
            f"{output} is there already, and no training run. Give another with -o."
        )
    output.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(output / _LOCK, timeout=0):
            _check_same(output / _RUN, identity)
            try:
                yield
            finally:
                (output / _LOCK).unlink(missing_ok=True)
    except filelock.Timeout as error:
        raise FinetuneError(
            f"Another process trains in {output}. Wait for it, or give another folder with -o."
        ) from error


def _holds_something(output: Path) -> bool:
    """Whether a folder has more in it than what a run that could not begin leaves behind."""
    return any(path.name != _LOCK and path.suffix != PARTIAL for path in output.iterdir())


def _check_same(path: Path, identity: dict[str, Any]) -> None:
    if not path.exists():
        write_json(path, identity)
        return
    begun = _read_object(path)
    if begun != identity:
        raise FinetuneError(
            f"The run begun in {path.parent} differs: {_say_difference(begun, identity)}. Give "
            "what it was begun with to go on, or another folder with -o."
        )


def _say_difference(begun: dict[str, Any], given: dict[str, Any]) -> str:
    before, now = _flatten(begun), _flatten(given)
    name = next(name for name in before | now if before.get(name) != now.get(name))
    return f"{name}: {before.get(name)} then, {now.get(name)} now"


def _flatten(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, one in value.items():
        if isinstance(one, dict):
            flat |= _flatten(one, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = one
    return flat


def find_checkpoint(output: Path) -> Path | None:
    """Find the last checkpoint of a run that is whole, and let it know where it lies now.

    Args:
        output: folder of the run, which may have been moved since.

    Returns:
        Its folder; None where there is none.

    Raises:
        FinetuneError: the best weights so far, which it names, are not there.
    """
    found = sorted(
        (
            (int(match[1]), path)
            for path in (output / CHECKPOINTS).glob("checkpoint-*")
            if (match := _CHECKPOINT.fullmatch(path.name)) and _is_whole(path)
        ),
        reverse=True,
    )
    if not found:
        return None
    _, checkpoint = found[0]
    state = json.loads((checkpoint / STATE).read_text("utf-8"))
    if state.get("best_global_step"):
        best = checkpoint.with_name(f"checkpoint-{state['best_global_step']}").absolute()
        if not _is_whole(best):
            raise FinetuneError(
                f"{best}, the best weights so far, is damaged or not there. Begin anew with "
                "another folder, -o."
            )
        if state["best_model_checkpoint"] != str(best):
            write_json(checkpoint / STATE, state | {"best_model_checkpoint": str(best)})
    return checkpoint


def _is_whole(checkpoint: Path) -> bool:
    """Whether weights and state of a checkpoint can be read."""
    try:
        json.loads((checkpoint / STATE).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return any(checkpoint.glob("*.safetensors")) or any(checkpoint.glob("pytorch_model*"))


def read_manifest(run: Path) -> dict[str, Any]:
    """Read the manifest of a finished run.

    Raises:
        FinetuneError: there is none.
    """
    try:
        manifest = _read_object(run / MANIFEST)
    except OSError as error:
        raise FinetuneError(
            f"{run} is no finished training run: it has no {MANIFEST}. Give the folder that "
            "`sqpsych finetune` wrote, or give its command again to finish it."
        ) from error
    if manifest.get("kind") != KIND:
        raise FinetuneError(
            f"{run / MANIFEST} is not of a training run. Give the folder that `sqpsych finetune` "
            "wrote."
        )
    return manifest


def _read_object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise FinetuneError(f"{path} is damaged: {error}. Give another folder.") from error
    if not isinstance(found, dict):
        raise FinetuneError(f"{path} is damaged: it holds no object. Give another folder.")
    return found


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file whole or not at all."""
    write_file(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
