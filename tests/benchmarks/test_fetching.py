"""Getting published files: whole and readable, or not at all, from a real server on loopback."""

import asyncio
import json
import socket
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from benchmarks.small_files import make_case, make_row, write_rows
from language_models.stub_server import Canned, StubServer
from sqpsych.benchmarks import TASKS, find_task
from sqpsych.benchmarks.published.fetching import (
    PublishedFile,
    fetch_file,
    list_published,
    list_unknown,
)
from sqpsych.errors import BenchmarkError, EgressError
from sqpsych.language_models.egress import install_guard

NAME = "core_major_test.json"
CASES = json.dumps([make_case("1", "helpless"), make_case("2", "worthless")]).encode()


@pytest.fixture
def file(httpserver: HTTPServer) -> PublishedFile:
    """The cases of a task, on the server of the test."""
    return list_published([find_task("cbt-pc")], httpserver.url_for("/files/"))[0]


def serve(httpserver: HTTPServer, response: Response) -> None:
    httpserver.expect_request(f"/files/{NAME}").respond_with_response(response)


def list_left(folder: Path) -> list[str]:
    """What lies in a folder, but for the lock."""
    return sorted(one.name for one in folder.iterdir() if one.name != ".fetch.lock")


def test_a_file_comes_whole_under_its_name(
    httpserver: HTTPServer, file: PublishedFile, tmp_path: Path
) -> None:
    serve(httpserver, Response(CASES, content_type="application/json"))
    path = fetch_file(file, tmp_path / "new" / "files")
    assert path.read_bytes() == CASES
    assert list_left(path.parent) == [NAME]
    (request, _) = httpserver.log[0]
    assert "Authorization" not in request.headers
    assert "Cookie" not in request.headers


def test_a_table_comes_with_its_bytes_as_they_are(httpserver: HTTPServer, tmp_path: Path) -> None:
    table = write_rows(
        tmp_path / "t.csv", [make_row(n, Question="Who,\r\nif not you?") for n in (1, 2)]
    )
    httpserver.expect_request("/counselingbench.csv").respond_with_data(table.read_bytes())
    (file,) = list_published([find_task("counselingbench")], httpserver.url_for(""))
    assert fetch_file(file, tmp_path / "files").read_bytes() == table.read_bytes()


def test_what_is_there_stays_and_nobody_is_asked(
    httpserver: HTTPServer, file: PublishedFile, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_text("mine", encoding="utf-8")
    assert fetch_file(file, tmp_path).read_text("utf-8") == "mine"
    assert httpserver.log == []


def test_a_redirection_is_followed(
    httpserver: HTTPServer, file: PublishedFile, tmp_path: Path
) -> None:
    serve(httpserver, Response(status=307, headers={"Location": httpserver.url_for("/cache")}))
    httpserver.expect_request("/cache").respond_with_data(CASES)
    assert fetch_file(file, tmp_path).read_bytes() == CASES


def test_a_redirection_to_a_host_not_listed_is_refused(
    httpserver: HTTPServer, file: PublishedFile, tmp_path: Path
) -> None:
    install_guard()
    serve(httpserver, Response(status=302, headers={"Location": "http://cdn.example/x"}))
    with pytest.raises(EgressError, match=r"--allow-host cdn\.example"):
        fetch_file(file, tmp_path)
    assert list_left(tmp_path) == []


PAGE = b"\n<!DOCTYPE html><html><title>Log in</title></html>"
OTHER = json.dumps([make_case("1", "hopeless")]).encode()


@pytest.mark.parametrize(
    ("response", "told"),
    [
        (Response("gone", status=404), r"is not there \(status 404\)"),
        (Response("no", status=401), "wants a login"),
        (Response("no", status=403), "wants a login"),
        (Response("away", status=503), "status 503"),
        (Response(PAGE, content_type="text/html"), "gave a web page, not core_major_test.json"),
        (Response(PAGE, content_type="application/json"), "gave a web page"),
        (Response(CASES[:-20]), "gave something else than .* is no JSON"),
        (Response(OTHER), 'has "hopeless", none of the 3 labels'),
        (Response(b""), "is empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_the_file_is_named_and_not_kept(
    httpserver: HTTPServer, file: PublishedFile, tmp_path: Path, response: Response, told: str
) -> None:
    serve(httpserver, response)
    with pytest.raises(BenchmarkError, match=told):
        fetch_file(file, tmp_path)
    assert list_left(tmp_path) == []


@pytest.mark.parametrize("sent", [0, 1, len(CASES) - 1])
async def test_a_file_that_stops_midway_is_not_kept(tmp_path: Path, sent: int) -> None:
    async with StubServer(deque([Canned(CASES, sent_bytes=sent)])) as server:
        file, *_ = list_published([find_task("cbt-pc")], f"http://127.0.0.1:{server.port}")
        with pytest.raises(BenchmarkError, match="broke off midway"):
            await asyncio.to_thread(fetch_file, file, tmp_path)
    assert list_left(tmp_path) == []


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port on which nobody listens, and nobody else can."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_a_server_that_is_not_there_is_named(closed_port: int, tmp_path: Path) -> None:
    file, *_ = list_published([find_task("cbt-pc")], f"http://127.0.0.1:{closed_port}")
    with pytest.raises(BenchmarkError, match=rf"127.0.0.1:{closed_port}/{NAME} cannot be reached"):
        fetch_file(file, tmp_path)


async def test_a_server_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    async with StubServer(deque([Canned(CASES, delay_s=60)])) as server:
        file, *_ = list_published([find_task("cbt-pc")], f"http://127.0.0.1:{server.port}")
        with pytest.raises(BenchmarkError, match="did not come in time"):
            await asyncio.to_thread(fetch_file, file, tmp_path, 0.2)


def test_a_folder_that_cannot_be_made_is_named(
    httpserver: HTTPServer, file: PublishedFile, tmp_path: Path
) -> None:
    serve(httpserver, Response(CASES))
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(BenchmarkError, match="cannot be stored"):
        fetch_file(file, tmp_path / "file" / "files")


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_every_task_has_addresses_or_none_known(task: object) -> None:
    chosen = find_task(task.name)  # type: ignore[attr-defined]
    if chosen.name in list_unknown():
        return
    files = list_published([chosen])
    assert [one.name for one in files] == [n for n in (chosen.file, chosen.seed_file) if n]
    assert all(one.url.startswith("https://") and one.url.endswith(one.name) for one in files)


def test_files_of_several_tasks_are_listed_once() -> None:
    tasks = [find_task("counselingbench"), find_task("counselingbench-cot")]
    assert len(list_published(tasks)) == 1
