"""Files that are whole or not there: written beside their place, then put into it in one step."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

PARTIAL = ".partial"
"""Ends the name of a file while it is written."""


def name_partial(path: Path) -> Path:
    """Name the file beside another in which that is written: each writer has one of its own."""
    return path.with_name(f"{path.name}.{token_hex(4)}{PARTIAL}")


@contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """Write a file that takes its place once it is whole; until then stays what stood there.

    Nobody may read it who could not read what stood there.

    Args:
        path: of the file.

    Yields:
        A path beside it to write to; what is there when writing fails is removed.

    Raises:
        OSError: it cannot be written.
    """
    partial = name_partial(path)
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        if path.exists():
            partial.chmod(partial.stat().st_mode & path.stat().st_mode)
        partial.replace(path)
        _sync_folder(path.parent)
    finally:
        with suppress(OSError):
            partial.unlink()


def _sync_folder(folder: Path) -> None:
    """Make sure that the new name outlives a loss of power, too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def write_file(path: Path, text: str, errors: str = "strict") -> None:
    """Write a text as such a file, in UTF-8.

    Args:
        path: of the file.
        text: with line feeds, which stay as they are.
        errors: what becomes of half a character, as `str.encode` has it.

    Raises:
        OSError: it cannot be written.
    """
    with replace_file(path) as partial:
        partial.write_text(text, encoding="utf-8", errors=errors, newline="\n")
