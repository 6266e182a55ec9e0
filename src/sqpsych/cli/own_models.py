"""`sqpsych models add` and `remove`: models of the user's own in the catalogue."""

from pathlib import Path
from typing import Annotated

import typer


def add(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="A tuned model, as `sqpsych finetune` wrote it."),
    ],
    name: Annotated[
        str | None, typer.Option(help="What to call it. Default: the folder's name.")
    ] = None,
) -> None:
    """Give a tuned model a name, by which every command takes it.

    Its files are checked by their SHA-256 and stay where they are. It is sampled as the model it
    came from, where the catalogue has that.

    \b
    Examples:
        sqpsych models add tuned/therapist
        sqpsych models add tuned/therapist --name therapist-1
    """
    from sqpsych.language_models.own_catalogue import add_entry, check_free
    from sqpsych.language_models.tuned import name_tuned, read_tuned

    called = name_tuned(folder, name)
    check_free(called)
    entry = read_tuned(folder, called)
    catalogue = add_entry(entry)
    typer.echo(f"{entry.name} stands in {catalogue} now.")
    if entry.kind == "gguf":
        typer.echo(f"Give it as a model by its name: --model {entry.name}")
    else:
        typer.echo(
            f"Start it with `sqpsych models serve {entry.name} --port 8000`, and give it as a "
            f"model by its name and address: --model {entry.name}@http://127.0.0.1:8000/v1"
        )


def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A model of your own.")],
) -> None:
    """Take a model of your own out of the catalogue. Its files stay where they are.

    \b
    Example:
        sqpsych models remove therapist-1
    """
    from sqpsych.language_models.own_catalogue import remove_entry

    entry = remove_entry(name)
    stays = f"; its files stay at {entry.path}" if entry.path else ""
    typer.echo(f"{entry.name} is out of the catalogue{stays}.")
