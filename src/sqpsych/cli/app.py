"""The `sqpsych` command: its verbs, and what happens when one of them fails.

Exit codes: 0 done; 1 done, but nothing came of it; 2 an error that the message explains;
130 stopped by Ctrl-C, or told to end (SIGTERM, SIGHUP).
"""

import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from sqpsych import __version__
from sqpsych.cli import bench, corpus, instruments, models, profiles, review
from sqpsych.cli.assess import assess
from sqpsych.cli.chat import chat
from sqpsych.cli.demo import demo
from sqpsych.cli.export import export
from sqpsych.cli.finetune import finetune, finetune_preferences
from sqpsych.cli.generate import generate
from sqpsych.cli.memorised import memorised
from sqpsych.cli.pairs import pairs
from sqpsych.cli.release import release
from sqpsych.cli.report import report
from sqpsych.cli.show import show
from sqpsych.cli.study import study
from sqpsych.errors import SqpsychError
from sqpsych.language_models.egress import install_guard

app = typer.Typer(
    name="sqpsych",
    help="Questionnaires become synthetic therapy dialogues, on your own machines, with evidence.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(instruments.app, name="instruments")
app.add_typer(profiles.app, name="profiles")
app.add_typer(models.app, name="models")
app.add_typer(corpus.app, name="corpus")
app.add_typer(review.app, name="review")
app.add_typer(bench.app, name="bench")
VERBS = (
    generate,
    chat,
    show,
    export,
    assess,
    report,
    release,
    pairs,
    finetune,
    finetune_preferences,
    memorised,
    demo,
    study,
)
for verb in VERBS:
    app.command()(verb)


def print_version(asked: bool) -> None:
    """Print the version and leave, when asked."""
    if asked:
        typer.echo(f"sqpsych {__version__}")
        raise typer.Exit


@app.callback()
def set_up(
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Options that stand before the verb."""


def main() -> None:
    """Run the command line; errors of ours are printed without a traceback."""
    install_guard()
    stop_when_told()
    try:
        app()
    except SqpsychError as error:
        print(f"sqpsych: {error}", file=sys.stderr)
        sys.exit(2)


def stop_when_told() -> None:
    """Let what ends a job of a scheduler or a closed terminal stop a command as Ctrl-C does.

    Where Ctrl-C is ignored, as in the background of a script, it stays so: it is held back there.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def stop(number: int, frame: FrameType | None) -> None:
        on_ctrl_c = signal.getsignal(signal.SIGINT)
        if not callable(on_ctrl_c):
            raise KeyboardInterrupt
        on_ctrl_c(signal.SIGINT, frame)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, stop)
