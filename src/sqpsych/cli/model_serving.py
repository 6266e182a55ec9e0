"""What `sqpsych models path` and `serve` do with a name: find its files, and serve them."""

from dataclasses import dataclass
from pathlib import Path

import typer

from sqpsych.cli.options import check_choice
from sqpsych.errors import CatalogueError, InputError
from sqpsych.language_models.catalogue import ModelEntry, find_model, load_catalogue
from sqpsych.language_models.weights import check_gguf, explain_missing, weights_path

DEFAULT_SLOTS = 4
DEFAULT_CONTEXT_TOKENS = 8192


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the user wants a model to be served; None where nothing was said."""

    slots: int | None
    """Sessions at the same time; of a GGUF file."""
    context_tokens: int | None
    """Most tokens of one session; of a GGUF file."""
    engine: str | None
    """Server of a folder."""


def find_files(entry: ModelEntry) -> Path:
    """Find the GGUF file or the folder of a model.

    Raises:
        CatalogueError: it runs on a server of the user's, and has no file here.
        WeightsError: it is not there, or not as it was.
    """
    if entry.kind == "server":
        raise CatalogueError(
            f"{entry.name} runs on a server of yours ({entry.checkpoint}); it has no file here."
        )
    if entry.kind == "folder" and entry.path is not None and entry.path.is_dir():
        return entry.path
    found = weights_path(entry)
    if found is None:
        raise explain_missing(entry)
    return found


def serve_model(name: str, port: int, wishes: Wishes) -> None:
    """Serve a model until Ctrl-C.

    Args:
        name: of the catalogue, or the path of a GGUF file or a Hugging Face folder.
        port: on 127.0.0.1.
        wishes: how.

    Raises:
        InputError: a wish that this kind of model cannot have.
        ModelError: it cannot be served.
    """
    known = {entry.name: entry for entry in load_catalogue()}
    entry = known.get(name)
    if entry is None and not name.endswith(".gguf") and Path(name).is_dir():
        _serve_folder(Path(name), None, port, wishes)
    elif entry is not None and entry.kind == "folder":
        _serve_folder(find_files(entry), entry, port, wishes)
    else:
        _serve_gguf(name, port, wishes)


def _serve_gguf(name: str, port: int, wishes: Wishes) -> None:
    from sqpsych.language_models.embedded import serve_forever

    if wishes.engine is not None:
        raise InputError(
            f"--with chooses the server of a Hugging Face folder; {name} runs on the embedded "
            "engine. Leave it out."
        )
    slots = wishes.slots or DEFAULT_SLOTS
    context_tokens = wishes.context_tokens or DEFAULT_CONTEXT_TOKENS
    if name.endswith(".gguf"):
        entry, path, alias = None, Path(name), Path(name).stem
    else:
        entry = find_model(name)
        path, alias = find_files(entry), entry.name
        context_tokens = min(context_tokens, entry.context_tokens)
    check_gguf(path, entry)
    serve_forever(path, alias, port, slots, context_tokens)


def _serve_folder(folder: Path, entry: ModelEntry | None, port: int, wishes: Wishes) -> None:
    from sqpsych.language_models.folder_server import (
        Engine,
        check_folder,
        choose_engine,
        serve_folder,
    )
    from sqpsych.language_models.tuned import fit_name

    if wishes.slots is not None or wishes.context_tokens is not None:
        raise InputError(
            f"--slots and --context-tokens are for GGUF files; {folder} is a folder, whose server "
            "settles both by itself. Leave them out."
        )
    asked = None if wishes.engine is None else check_choice("--with", wishes.engine, Engine)
    check_folder(folder)
    engine = choose_engine(asked)
    name = fit_name(folder.resolve().name) or "model" if entry is None else entry.name
    if engine == "transformers" and entry is not None and entry.sampling.extra:
        typer.echo(
            f"transformers' server refuses {', '.join(entry.sampling.extra)}, which {name} is "
            f"sampled with. Give it as a model by its address alone: http://127.0.0.1:{port}/v1",
            err=True,
        )
    serve_folder(folder, name, port, engine)
