"""Files that are whole or not there: written beside their place, then put into it in one step."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PARTIAL = ".partial"
"""Ends the name of a file while it is written."""


@contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """Write a file that takes its place once it is whole; until then stays what stood there.

    Args:
        path: of the file.

    Yields:
        A path beside it to write to, which is gone afterwards, whatever happens.

    Raises:
        OSError: it cannot be written.
    """
    partial = path.with_name(path.name + PARTIAL)
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        with suppress(OSError):
            partial.unlink()


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
