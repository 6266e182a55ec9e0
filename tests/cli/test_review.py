"""`sqpsych review`: what its commands print, write and refuse."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from review.chatting import list_people
from review.making import import_rows, make_row, write_corpus
from review.serving import find_port
from sqpsych.cli.app import app
from sqpsych.errors import ReviewError
from sqpsych.intake import write_profiles
from sqpsych.review import open_study
from sqpsych.review.serving import is_loopback, list_names

RUNNER = CliRunner()


def run(*words: str | Path, code: int = 0) -> str:
    """Run a command; gives what it printed."""
    result = RUNNER.invoke(app, ["review", *map(str, words)])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture
def study(tmp_path: Path) -> Path:
    corpora = [write_corpus(tmp_path, name) for name in ("sure", "plain")]
    run("create", *corpora, "-o", tmp_path / "study", "--per-corpus", "2")
    return tmp_path / "study"


def test_create_prints_a_link_for_everyone_and_what_comes_next(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path, "sure")
    options = ["--per-corpus", "4", "--overlap", "1", "--raters", "3"]
    url = "https://rating.example.org/"
    printed = run("create", corpus, "-o", tmp_path / "study", *options, "--url", url)
    assert "4 dialogues, 3 raters, 1 or 2 for each; 1 raters for each" in printed
    people = re.findall(
        r"^  (\S+) +https://rating\.example\.org/invitations/[\w-]{43}$", printed, re.M
    )
    assert people == ["owner", "rater-1", "rater-2", "rater-3"]
    assert f"sqpsych review serve {tmp_path / 'study'}" in printed


def test_a_small_corpus_is_taken_whole_where_nobody_says_how_many(tmp_path: Path) -> None:
    printed = run("create", write_corpus(tmp_path, "sure"), "-o", tmp_path / "study")
    assert "4 dialogues" in printed
    assert "From each corpus came 4." in printed


def test_a_port_that_is_taken_is_not_said_to_be_served(study: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = RUNNER.invoke(app, ["review", "serve", str(study), "--port", port])
    assert f"port {port} cannot be listened on" in str(result.exception)
    assert "Serving" not in result.output


def test_an_address_of_another_machine_is_told_from_a_port_that_is_taken(study: Path) -> None:
    result = RUNNER.invoke(app, ["review", "serve", str(study), "--host", "no.such.invalid"])
    assert str(result.exception).endswith("Give an address of this machine with --host.")


def test_nothing_is_said_to_be_served_before_the_model_to_chat_with_is_there(
    study: Path, tmp_path: Path
) -> None:
    write_profiles(list_people(), tmp_path / "people.jsonl")
    options = ["--profiles", tmp_path / "people.jsonl", "--chat", "scripted:missing.json"]
    command = ["review", "serve", study, "--port", find_port(), *options]
    result = RUNNER.invoke(app, [str(word) for word in command])
    assert "missing.json" in str(result.exception)
    assert "Serving" not in result.output


@pytest.mark.parametrize("overlap", ["0", "some", "-1"])
def test_an_overlap_that_is_none_is_refused(tmp_path: Path, overlap: str) -> None:
    corpus = write_corpus(tmp_path, "sure")
    result = RUNNER.invoke(
        app, ["review", "create", str(corpus), "-o", str(tmp_path / "study"), "--overlap", overlap]
    )
    assert f"--overlap got '{overlap}'; expected all, or a number from 1." in str(result.exception)


def test_invite_prints_a_link_that_holds(study: Path) -> None:
    printed = run("invite", study, "rater-2").strip()
    token = printed.removeprefix("http://127.0.0.1:8765/invitations/")
    with open_study(study) as store:
        assert store.people.find_invited(token).name == "rater-2"


def test_closing_asks_for_a_word_of_its_own(study: Path) -> None:
    assert "12 of 12 tasks are not done." in run("close", study, code=1)
    with open_study(study) as store:
        assert store.events.find_closing() is None
    assert "is closed" in run("close", study, "--sure")
    result = RUNNER.invoke(app, ["review", "close", str(study), "--sure"])
    assert "The study is closed" in str(result.exception)


def test_a_backup_is_a_study(study: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    run("backup", study, tmp_path / "copy" / "review.sqlite")
    with open_study(study) as store, open_study(tmp_path / "copy") as copy:
        assert copy.study == store.study


def test_corpora_of_one_name_are_told_apart(tmp_path: Path) -> None:
    corpora = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        turns = [{"speaker": "therapist", "text": f"Hello {folder}.", "phase": "talk"}]
        row = make_row(f"p-{folder}", f"d-{folder}", "case", turns)
        corpora.append(import_rows(tmp_path / folder, "corpus", [row]))
    run("create", *corpora, "-o", tmp_path / "study", "--per-corpus", "1")
    with open_study(tmp_path / "study") as store:
        assert [corpus.name for corpus in store.study.corpora] == ["one/corpus", "two/corpus"]


def test_what_is_not_installed_is_named(study: Path) -> None:
    lacking = (
        "import sys; sys.modules['fastapi'] = None; from sqpsych.cli import main; "
        "sys.argv = ['sqpsych', *sys.argv[1:]]; main()"
    )
    command = [sys.executable, "-c", lacking, "review", "serve", str(study), "--port", "1"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode != 0
    assert "Serving needs fastapi, which is not installed." in result.stderr
    assert "pip install 'sqpsych[review]'" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_server_for_everyone_must_know_its_name() -> None:
    with pytest.raises(Exception, match=r"Give the name raters use: --name"):
        list_names("0.0.0.0", [])
    assert list_names("0.0.0.0", ["Rating.example"])[-1] == "rating.example"
    assert list_names("10.0.0.5", [])[-1] == "10.0.0.5"


@pytest.mark.parametrize("name", ["https://rating.example", "rating.example:443", "a/b", "a b"])
def test_a_name_that_is_more_than_one_is_refused(name: str) -> None:
    with pytest.raises(ReviewError, match=f"--name got '{name}'; expected the name alone"):
        list_names("127.0.0.1", [name])
    assert list_names("127.0.0.1", ["2001:db8::1"])[-1] == "2001:db8::1"


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("box", False)],
)
def test_loopback_is_told_from_the_rest(host: str, local: bool) -> None:
    assert is_loopback(host) is local
