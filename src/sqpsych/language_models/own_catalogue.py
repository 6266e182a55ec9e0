"""The user's own catalogue, models.toml: an entry is put in or taken out, the rest stays as it is.

The file is text that people edit: what stands in it, comments too, is kept to the letter. It is
written whole or not at all, and only when what comes out reads as what was meant.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import filelock

from sqpsych.errors import CatalogueError
from sqpsych.language_models.catalogue import (
    ModelEntry,
    find_model,
    load_catalogue,
    parse_catalogue,
    user_catalogue_path,
)
from sqpsych.whole_files import replace_file

_HEADER = re.compile(r"^\s*\[\[\s*models\s*\]\]")
_ASIDE = re.compile(r"^\s*(#.*)?$")
"""A line that says nothing to the program: empty, or a comment."""
_BARE_KEY = re.compile(r"^[A-Za-z0-9_-]+$")


def add_entry(entry: ModelEntry) -> Path:
    """Put an entry at the end of the user's catalogue.

    Returns:
        The path of the catalogue.

    Raises:
        CatalogueError: the name is taken, or the file cannot be read or written.
    """
    with _hold() as path:
        text = _read(path)
        check_free(entry.name)
        apart = "" if not text else "\n" if text.endswith("\n") else "\n\n"
        wanted = (*parse_catalogue(text, str(path)), entry)
        _write(path, text + apart + write_entry(entry), wanted)
        return path


def remove_entry(name: str) -> ModelEntry:
    """Take an entry out of the user's catalogue; the model's files stay where they are.

    Returns:
        The entry that was there.

    Raises:
        CatalogueError: no model has the name, it is one that sqpsych ships, or the file cannot be
            read or written.
    """
    entry = find_model(name)
    with _hold() as path:
        text = _read(path)
        own = parse_catalogue(text, str(path))
        if entry not in own:
            raise CatalogueError(f"{name} comes with sqpsych; only what stands in {path} can go.")
        wanted = tuple(other for other in own if other != entry)
        _write(path, _cut_entry(text, own.index(entry)), wanted)
        return entry


def check_free(name: str) -> None:
    """Check that no model has a name yet.

    Raises:
        CatalogueError: one has.
    """
    for entry in load_catalogue():
        if entry.name == name:
            whose = f"your model at {entry.path}" if entry.path else "a model of the catalogue"
            raise CatalogueError(
                f"{name!r} is the name of {whose} already. Give another with --name"
                + (f", or remove that one: `sqpsych models remove {name}`." if entry.path else ".")
            )


def write_entry(entry: ModelEntry) -> str:
    """Write an entry as it stands in a catalogue, in TOML."""
    fields = entry.model_dump(mode="json", exclude_defaults=True)
    lines = [f"{key} = {_write_value(value)}" for key, value in fields.items()]
    return "\n".join(("[[models]]", *lines, ""))


def _write_value(value: object) -> str:
    if isinstance(value, Mapping):
        pairs = (f"{_write_key(key)} = {_write_value(inner)}" for key, inner in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, str):
        # JSON's strings are TOML's, but for one character that TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)


def _write_key(key: str) -> str:
    return key if _BARE_KEY.match(key) else _write_value(key)


def _cut_entry(text: str, number: int) -> str:
    """Cut out the text of one entry, up to the comment that stands above the next."""
    lines = text.splitlines(keepends=True)
    headers = [place for place, line in enumerate(lines) if _HEADER.match(line)]
    if number >= len(headers):
        return text
    start = headers[number]
    end = headers[number + 1] if number + 1 < len(headers) else len(lines)
    while end > start + 1 and _ASIDE.match(lines[end - 1]):
        end -= 1
    while end < len(lines) and not lines[end].strip():
        end += 1
    return "".join(lines[:start] + lines[end:])


@contextmanager
def _hold() -> Iterator[Path]:
    """Keep other processes from writing the catalogue meanwhile."""
    path = user_catalogue_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(path.with_name(f"{path.name}.lock")):
            yield path
    except OSError as error:
        raise CatalogueError(f"{path} cannot be written: {error}.") from error


def _read(path: Path) -> str:
    """Read the file as it is, line ends and all; empty when there is none."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{path} cannot be read: {error}.") from error


def _write(path: Path, text: str, wanted: tuple[ModelEntry, ...]) -> None:
    """Replace the file by a text, when that reads as what is wanted."""
    try:
        content = text.encode("utf-8")
        fits = parse_catalogue(text, str(path)) == wanted
    except (CatalogueError, UnicodeEncodeError):
        fits = False
    if not fits:
        raise CatalogueError(
            f"{path} is written in a way that cannot be changed without harm (not as [[models]] "
            "tables, say). Change it in an editor."
        )
    target = path.resolve()
    with replace_file(target) as partial:
        partial.write_bytes(content)
