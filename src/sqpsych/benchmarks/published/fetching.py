"""Getting published files from where they are published, whole and readable or not at all.

Addresses stand in addresses.toml. A file is read as its task reads it before it gets its name; what
is there already stays as it is. Proxies are not used, and no name or key is sent.
"""

import asyncio
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
import filelock

from sqpsych.benchmarks.tasks import Task
from sqpsych.errors import BenchmarkError, EgressError
from sqpsych.language_models.egress import find_refusal
from sqpsych.language_models.weights import BLOCK_BYTES
from sqpsych.whole_files import replace_file

TIMEOUT_S = 300.0
"""How long one file may take; none is larger than a few megabytes."""
_LOCK = ".fetch.lock"
_PAGE = (b"<!doctype html", b"<html")
_FORBIDDEN = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file of a task, and where it is."""

    name: str
    url: str
    task: Task
    """How it is read, and where its page is."""

    @property
    def host(self) -> str:
        """Who is asked for it."""
        return urlsplit(self.url).hostname or ""


@cache
def _load_addresses() -> dict[str, Any]:
    file = resources.files("sqpsych.benchmarks.published").joinpath("addresses.toml")
    return tomllib.loads(file.read_text("utf-8"))


def list_unknown() -> dict[str, str]:
    """List the tasks whose file has no known address, with what is known."""
    return dict(_load_addresses()["unknown"])


def list_published(tasks: Sequence[Task], base_url: str | None = None) -> tuple[PublishedFile, ...]:
    """List the files of tasks, each once.

    Args:
        tasks: whose addresses are known.
        base_url: of another server that has all of them; None: where they are published.

    Raises:
        BenchmarkError: a file's address is not known.
    """
    bases = {
        name: source["base_url"]
        for source in _load_addresses()["sources"]
        for name in source["files"]
    }
    files: dict[str, PublishedFile] = {}
    for task in tasks:
        for name in (task.file, task.seed_file):
            if name is None or name in files:
                continue
            if name not in bases:
                raise BenchmarkError(
                    f"No address of {name} is known. Get it by hand: {task.where}."
                )
            url = f"{(base_url or bases[name]).rstrip('/')}/{quote(name)}"
            files[name] = PublishedFile(name, url, task)
    return tuple(files.values())


def fetch_file(file: PublishedFile, folder: Path, timeout_s: float = TIMEOUT_S) -> Path:
    """Get a file into a folder, unless it is there.

    Args:
        file: which.
        folder: made when missing.
        timeout_s: how long it may take.

    Returns:
        Its path.

    Raises:
        BenchmarkError: it cannot be had, is not what its task reads, or cannot be stored; nothing
            of it is kept.
        EgressError: the host, or one that it leads to, was not listed.
    """
    path = folder / file.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / _LOCK):
            if path.exists():
                return path
            with replace_file(path) as partial:
                asyncio.run(_download(file, partial, timeout_s))
                _check(file, partial)
    except OSError as error:
        raise BenchmarkError(
            f"{path} cannot be stored: {error.strerror}. Make room, or give another folder with "
            "--data."
        ) from error
    return path


async def _download(file: PublishedFile, partial: Path, timeout_s: float) -> None:
    """Write what the server sends to a file."""
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    jar = aiohttp.DummyCookieJar()
    with _explain_failures(file):
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=jar, trust_env=False) as client,
            client.get(file.url) as answer,
        ):
            if answer.status != HTTPStatus.OK:
                raise _explain_status(file, answer.status)
            with partial.open("wb") as output:
                async for block in answer.content.iter_chunked(BLOCK_BYTES):
                    output.write(block)


def _check(file: PublishedFile, partial: Path) -> None:
    """Refuse what is a page, or what the task cannot read."""
    with partial.open("rb") as opened:
        start = opened.read(1024).lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith(_PAGE):
        raise BenchmarkError(
            f"{file.url} gave a web page, not {file.name}: it was moved, or wants a login. Get it "
            f"by hand: {file.task.where}."
        )
    try:
        file.task.read(partial)
    except BenchmarkError as error:
        raise BenchmarkError(
            f"{file.url} gave something else than {file.name}, and it was not kept. {error}"
        ) from error


@contextmanager
def _explain_failures(file: PublishedFile) -> Iterator[None]:
    """Turn what the client raises into errors of ours."""
    try:
        yield
    except (aiohttp.ClientError, EgressError, TimeoutError, ExceptionGroup, ValueError) as error:
        if (refusal := find_refusal(error)) is not None:
            raise refusal from error
        raise BenchmarkError(_describe_failure(file, error)) from error


def _describe_failure(file: PublishedFile, error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"{file.url} did not come in time. Try again, or get it by hand: {file.task.where}."
    if isinstance(error, aiohttp.ClientPayloadError):
        return f"{file.url} broke off midway, and nothing of it was kept. Try again."
    return (
        f"{file.url} cannot be reached ({type(error).__name__}). Is there a way from this machine "
        f"to {file.host}? Proxies are not used. Or get it by hand: {file.task.where}."
    )


def _explain_status(file: PublishedFile, status: int) -> BenchmarkError:
    by_hand = f"Get it by hand: {file.task.where}."
    if status == HTTPStatus.NOT_FOUND:
        return BenchmarkError(f"{file.url} is not there (status 404): it was moved. {by_hand}")
    if status in _FORBIDDEN:
        return BenchmarkError(
            f"{file.url} is not given to everyone (status {status}): it wants a login. {by_hand}"
        )
    return BenchmarkError(f"{file.url} was answered with status {status}. Try again later.")
