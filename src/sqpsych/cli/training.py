"""What training shows: what is learned from, how far it is, what came of it."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sqpsych.cli.options import name_command
from sqpsych.cli.progress import spell_duration
from sqpsych.errors import FinetuneError

if TYPE_CHECKING:
    from sqpsych.finetune import Display, Finetuned, Progress
    from sqpsych.finetune.display import Counts, Losses
    from sqpsych.finetune.settings import Settings
    from sqpsych.finetune.training import Job

_LINE_EVERY_S = 15.0


@dataclass(frozen=True, slots=True)
class Given:
    """What both kinds of training are given on the command line."""

    dataset: Path
    model: str
    output: Path
    preset: str | None
    """None: by what is here."""
    own: Sequence[str] | None
    """Settings in place of the preset's, as NAME=VALUE."""
    chat_template: Path | None


def hide_bars() -> None:
    """Keep the libraries' progress bars off the terminal; works only before they are imported."""
    os.environ.setdefault("TQDM_DISABLE", "1")


def run_training(
    settings: "type[Settings]",
    train: "Callable[[Job[Settings], Display], Finetuned]",
    given: Given,
) -> None:
    """Train as it was given, and print what came of it; say how to go on when it is stopped.

    Args:
        settings: of this kind of training.
        train: carries out a job.
        given: on the command line.
    """
    from sqpsych.finetune import choose_preset, read_settings
    from sqpsych.finetune.run import is_first_process
    from sqpsych.finetune.training import Job

    started = time.monotonic()
    preset = given.preset or choose_preset()
    own = read_settings(settings, preset, **_parse_settings(given.own))
    template = _read_template(given.chat_template)
    job = Job(given.dataset, given.model, given.output, own, template)
    try:
        finished = train(job, TrainingDisplay(preset))
    except KeyboardInterrupt:
        typer.echo(f"Stopped. The same command goes on in {given.output}.", err=True)
        raise
    if is_first_process():
        _print_result(finished, time.monotonic() - started)


def _parse_settings(given: Sequence[str] | None) -> dict[str, str]:
    settings = {}
    for one in given or ():
        name, equals, value = one.partition("=")
        if not equals:
            raise FinetuneError(f"--set {one}: expected NAME=VALUE, as in --set epochs=3.")
        settings[name.strip()] = value.strip()
    return settings


def _read_template(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FinetuneError(f"{path} cannot be read: {error}. Check the path.") from error


def _print_result(finished: "Finetuned", seconds: float) -> None:
    typer.echo(f"\n{finished.steps} steps, {spell_duration(seconds)} in all")
    for split, was in finished.before.items():
        now = finished.after[split]
        typer.echo(
            f"loss on {split:5} {was:.3f} before, {now:.3f} now ({100 * (now / was - 1):+.0f} %)"
        )
    typer.echo(f"written to {finished.output}; its card is {finished.output / 'README.md'}")
    typer.echo(f"to use it: {name_command()} models add {finished.output}")


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

    def on_doubt(self, text: str) -> None:
        """Print it beside the run."""
        typer.echo(text, err=True)

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
