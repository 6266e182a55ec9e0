"""What figures depend on besides the dialogues: our code and its data, and the libraries."""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable

from sqpsych.assessment.language.embedding import PACKAGE

_PACKAGES = ("sqpsych.assessment", "sqpsych.wording", "sqpsych.instruments")


@cache
def hash_means() -> str:
    """Hash what figures depend on besides the dialogues, so that they are not taken for newer ones.

    A figure that lacks a library is taken anew once that is there.
    """
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for name, content in _read_files(resources.files(package), package):
            digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    for name in _list_libraries():
        digest.update(f"{name} {_find_version(name)}\n".encode())
    return digest.hexdigest()


def _read_files(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for one in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if one.is_dir() and one.name != "__pycache__":
            yield from _read_files(one, f"{name}/{one.name}")
        elif one.is_file():
            yield f"{name}/{one.name}", one.read_bytes()


def _list_libraries() -> list[str]:
    """Names of what the core and the extra `assess` need."""
    needed = [one for one in metadata.requires("sqpsych") or () if _is_needed(one)]
    return [*(re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in needed), PACKAGE]


def _is_needed(requirement: str) -> bool:
    return (
        "extra ==" not in requirement or re.search(r"extra == .assess\b", requirement) is not None
    )


def _find_version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"
