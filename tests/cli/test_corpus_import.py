"""`sqpsych corpus import`: what it tells, and what it leaves behind."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from sqpsych.cli import corpus
from sqpsych.cli.app import app as whole
from sqpsych.errors import InputError

SECRET = "Quetzalcoatlus"
TALK = [
    {"from": "system", "value": SECRET},
    {"from": "gpt", "value": f"Good morning, {SECRET}."},
    {"from": "human", "value": "Morning."},
]


@pytest.fixture
def app() -> typer.Typer:
    parent = typer.Typer()
    parent.add_typer(corpus.app, name="corpus")
    return parent


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rows = [
        {"id": "a", "condition": "mdd", "conversations": TALK},
        {"id": "a", "condition": "mdd", "conversations": TALK[1:]},
        {"conversations": TALK},
    ]
    path = tmp_path / "talks.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def run(app: typer.Typer, *arguments: object) -> Result:
    return CliRunner().invoke(app, ["corpus", "import", *map(str, arguments)])


def test_it_tells_what_came_in_and_what_to_do_next(
    app: typer.Typer, file: Path, tmp_path: Path
) -> None:
    result = run(app, file, "-o", tmp_path / "c")
    assert result.exit_code == 0, result.output
    assert "talks.json (sharegpt): 3 dialogues, 6 turns, 2 people" in result.stdout
    assert "1 dialogues without an id" in result.stdout
    assert "groups: mdd 2, none 1" in result.stdout
    assert "2 system messages left out" in result.stdout
    assert f"sqpsych show {tmp_path / 'c'}" in result.stdout
    assert f"sqpsych assess {tmp_path / 'c'}" in result.stdout
    assert SECRET not in result.output
    again = run(app, file, "-o", tmp_path / "c")
    assert again.exit_code == 0
    assert "nothing was added" in again.stdout


def test_show_and_export_work_on_what_came_in(app: typer.Typer, file: Path, tmp_path: Path) -> None:
    run(app, file, "-o", tmp_path / "c")
    shown = CliRunner().invoke(whole, ["show", str(tmp_path / "c")])
    assert "3 closed, 0 rejected, 0 not finished, 6 turns" in shown.stdout
    out = tmp_path / "out.jsonl"
    CliRunner().invoke(whole, ["export", str(tmp_path / "c"), "-o", str(out)])
    first = json.loads(out.read_text("utf-8").split("\n")[0])
    assert (first["pseudonym"], first["condition"]) == ("a", "mdd")
    assert first["turns"][1] == {"speaker": "client", "text": "Morning.", "phase": "imported"}


def test_options_reach_the_import(app: typer.Typer, file: Path, tmp_path: Path) -> None:
    arguments = ("-f", "sharegpt", "--therapist-role", "human", "--limit", 1)
    result = run(app, file, "-o", tmp_path / "c", *arguments)
    assert "1 dialogues, 2 turns, 1 people" in result.stdout
    shown = CliRunner().invoke(whole, ["show", str(tmp_path / "c"), "d"])
    assert "Therapist: Morning." in shown.stdout


def test_bad_dialogues_stop_it_or_are_left_out(
    app: typer.Typer, file: Path, tmp_path: Path
) -> None:
    rows = json.loads(file.read_text("utf-8"))
    rows[1]["conversations"] = [{"from": "tool", "value": SECRET}]
    file.write_text(json.dumps(rows), encoding="utf-8")
    stopped = run(app, file, "-o", tmp_path / "c")
    assert isinstance(stopped.exception, InputError)
    assert 'entry 2 (utterance 1): an unknown speaker, "tool"' in str(stopped.exception)
    assert not (tmp_path / "c").exists()
    result = run(app, file, "-o", tmp_path / "c", "--skip-bad")
    assert result.exit_code == 0
    assert "1 dialogues left out:\n  entry 2 (utterance 1)" in result.stderr
    assert "2 dialogues, 4 turns" in result.stdout
    assert SECRET not in result.output
