"""`sqpsych bench fetch`: what it asks for, what it keeps, what it sends without leave."""

import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from typer.testing import CliRunner, Result

from benchmarks.small_files import make_case
from sqpsych.benchmarks.published import fetching
from sqpsych.cli.app import app
from sqpsych.errors import BenchmarkError

CASES = [make_case("1", "helpless")]


@pytest.fixture
def published(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    """A server that stands for where the files of one task are published."""
    names = ["core_major_test.json", "core_major_seed.json"]
    source = {"base_url": httpserver.url_for(""), "files": names}
    addresses = {"sources": [source], "unknown": {"talk-adv": "no address is known"}}
    monkeypatch.setattr(fetching, "_load_addresses", lambda: addresses)
    return httpserver


def fetch(folder: Path, *more: str) -> Result:
    """Fetch into a folder."""
    return CliRunner().invoke(app, ["bench", "fetch", "--data", str(folder), *more])


def test_files_are_fetched_once_and_described(published: HTTPServer, tmp_path: Path) -> None:
    published.expect_request("/core_major_test.json").respond_with_json(CASES)
    published.expect_request("/core_major_seed.json").respond_with_json(CASES)
    first = fetch(tmp_path, "cbt-pc")
    assert first.exit_code == 0, first.output
    assert "fetched: core_major_test.json: another version than the known ones" in first.stdout
    assert "  1 questions; the published file has 184." in first.stdout
    assert first.stdout.count("(SHA-256 ") == 2
    again = fetch(tmp_path, "cbt-pc")
    assert "was there: core_major_seed.json" in again.stdout
    assert len(published.log) == 2


def test_a_file_that_cannot_be_had_does_not_keep_the_others_away(
    published: HTTPServer, tmp_path: Path
) -> None:
    published.expect_request("/core_major_seed.json").respond_with_json(CASES)
    published.expect_request("/core_major_test.json").respond_with_data("no", status=404)
    result = fetch(tmp_path, "cbt-pc")
    assert isinstance(result.exception, BenchmarkError)
    assert "core_major_test.json is not there (status 404)" in str(result.exception)
    assert "fetched: core_major_seed.json" in result.stdout
    assert json.loads((tmp_path / "core_major_seed.json").read_text("utf-8")) == CASES
    assert not (tmp_path / "core_major_test.json").exists()


def test_a_task_without_a_known_address_is_said(published: HTTPServer, tmp_path: Path) -> None:
    result = fetch(tmp_path, "talk-adv")
    assert isinstance(result.exception, BenchmarkError)
    assert "talk-adv: no address is known" in str(result.exception)
    assert published.log == []


def test_without_leave_the_hosts_are_named_and_nothing_is_sent(tmp_path: Path) -> None:
    result = fetch(tmp_path / "files")
    assert isinstance(result.exception, BenchmarkError)
    told = str(result.exception)
    assert "Nothing was sent" in told
    assert "--allow-host huggingface.co --allow-host raw.githubusercontent.com" in told
    assert "CBT-Bench/resolve/main/core_fine_seed.json" in told
    assert "counselbench-adv: no address" in result.stderr
    assert not (tmp_path / "files").exists()


def test_one_host_of_two_is_not_enough(tmp_path: Path) -> None:
    result = fetch(tmp_path / "files", "--allow-host", "raw.githubusercontent.com")
    assert str(result.exception).endswith("add --allow-host huggingface.co")
    assert not (tmp_path / "files").exists()


def test_an_unknown_task_is_named(tmp_path: Path) -> None:
    assert 'Did you mean "cbt-cd"' in str(fetch(tmp_path, "cbt-cc").exception)
