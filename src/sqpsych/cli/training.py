"""What training shows: what is learned from, how far it is, what came of it."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sqpsych.cli.options import name_command
from sqpsych.cli.progress import spell_duration
from sqpsych.errors import FinetuneError

if TYPE_CHECKING:
    from sqpsych.finetune import Encoded, Finetuned, Progress, Written

_LINE_EVERY_S = 15.0
_EXAMPLE_TURNS = 3


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
    started = time.monotonic()
    try:
        finished = train()
    except KeyboardInterrupt:
        typer.echo(f"Stopped. The same command goes on in {output}.", err=True)
        raise
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

    def on_data(self, splits: "dict[str, Encoded]", example: "Written") -> None:
        """Print what there is to train on, and a stretch of it."""
        typer.echo(f"Settings: {self._preset}")
        for name, split in splits.items():
            left = [
                f"{split.cut} cut at a turn" if split.cut else "",
                f"{split.too_long} left out, too long" if split.too_long else "",
            ]
            typer.echo(
                f"{name:6}{len(split.sequences):6} dialogues {split.tokens:9,} tokens, "
                f"{split.therapist_tokens:,} of them learned from"
                + "".join(f", {one}" for one in left if one)
            )
        typer.echo("\nLearned from, of the first dialogue: what stands in ⟦ ⟧\n")
        typer.echo(mark_example(example))
        if "dev" not in splits:
            typer.echo(
                "There is no dev split: nothing says when to stop, so all epochs are trained."
            )

    def on_losses(self, losses: dict[str, float], when: str) -> None:
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


def mark_example(example: "Written") -> str:
    """Mark what is learned from in the beginning of a conversation."""
    pieces, last = [], 0
    for start, end in example.turns[:_EXAMPLE_TURNS]:
        pieces += [example.text[last:start], "⟦", example.text[start:end], "⟧"]
        last = end
    return "".join(pieces) + ("\n…\n" if len(example.turns) > _EXAMPLE_TURNS else "\n")
