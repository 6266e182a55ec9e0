"""What training shows: what is learned from, how far it is, what came of it."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sqpsych.cli.options import name_command
from sqpsych.cli.progress import spell_duration
from sqpsych.errors import FinetuneError

if TYPE_CHECKING:
    from sqpsych.finetune import Finetuned, Progress
    from sqpsych.finetune.display import Counts, Losses

_LINE_EVERY_S = 15.0


def hide_bars() -> None:
    """Keep the libraries' progress bars off the terminal; works only before they are imported."""
    os.environ.setdefault("TQDM_DISABLE", "1")


def parse_settings(given: Sequence[str] | None) -> dict[str, str]:
    """Read settings given as NAME=VALUE.

    Raises:
        FinetuneError: one is not in this form.
    """
    settings = {}
    for one in given or ():
        name, equals, value = one.partition("=")
        if not equals:
            raise FinetuneError(f"--set {one}: expected NAME=VALUE, as in --set epochs=3.")
        settings[name.strip()] = value.strip()
    return settings


def read_template(path: Path | None) -> str | None:
    """Read a chat template of the user's.

    Raises:
        FinetuneError: the file cannot be read.
    """
    if path is None:
        return None
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FinetuneError(f"{path} cannot be read: {error}. Check the path.") from error


def run_training(train: "Callable[[], Finetuned]", output: Path) -> None:
    """Train, and print what came of it; say how to go on when it is stopped."""
    from sqpsych.finetune.run import is_first_process

    started = time.monotonic()
    try:
        finished = train()
    except KeyboardInterrupt:
        typer.echo(f"Stopped. The same command goes on in {output}.", err=True)
        raise
    if not is_first_process():
        return
    typer.echo(f"\n{finished.steps} steps, {spell_duration(time.monotonic() - started)} in all")
    for split, was in finished.before.items():
        now = finished.after[split]
        typer.echo(
            f"loss on {split:5} {was:.3f} before, {now:.3f} now ({100 * (now / was - 1):+.0f} %)"
        )
    typer.echo(f"written to {output}; its card is {output / 'README.md'}")
    typer.echo(f"to use it: {name_command()} models add {output}")


class TrainingDisplay:
    """Prints how training goes, as plain lines."""

    def __init__(self, preset: str) -> None:
        """Prepare the display of a run with a preset."""
        self._preset = preset
        self._last_line = 0.0

    def on_data(self, counts: "dict[str, Counts]", example: str) -> None:
        """Print what there is to train on, and a stretch of it."""
        typer.echo(f"Settings: {self._preset}")
        for split, own in counts.items():
            told = ", ".join(f"{number:,} {name}" for name, number in own.items() if number)
            typer.echo(f"{split:6}{told}")
        if not any(counts.get("dev", {}).get(name) for name in ("dialogues", "pairs")):
            typer.echo("Nothing in dev says when to stop: all epochs are trained.")
        if example:
            typer.echo(f"\nWhat stands in ⟦ ⟧ is learned from, in the first one:\n\n{example}")

    def on_losses(self, losses: "Losses", when: str) -> None:
        """Print losses on what is not trained on."""
        told = {"before": "before training", "during": "so far", "after": "after training"}[when]
        for split, loss in losses.items():
            print(f"[loss on {split} {told}: {loss:.3f}]", flush=True)

    def on_step(self, progress: "Progress") -> None:
        """Print how far training is, now and then."""
        now = time.monotonic()
        if now - self._last_line < _LINE_EVERY_S and progress.step < progress.steps:
            return
        self._last_line = now
        done = progress.step - progress.steps_before
        left = (progress.steps - progress.step) * progress.seconds / max(done, 1)
        print(
            f"[step {progress.step} of {progress.steps}, epoch {progress.epoch:.2f}, "
            f"loss {progress.loss:.3f}, about {spell_duration(left)} left]",
            flush=True,
        )
