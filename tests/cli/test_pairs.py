"""`sqpsych pairs`: what it says, and what it refuses."""

from pathlib import Path

from typer.testing import CliRunner

from corpus.records import HEADER, STUDY, make_attempt, make_session, make_turn
from sqpsych.cli.app import app
from sqpsych.corpus import open_run


def test_it_says_what_it_wrote_and_what_it_left_out(tmp_path: Path) -> None:
    with open_run(tmp_path / "run", STUDY, HEADER) as journal:
        for name in map(str, range(6)):
            journal.add_sessions([make_session(name)])
            for index in range(3):
                journal.add_turn(name, make_turn(index, f"Line {index}."))
            journal.add_rejected(name, [make_attempt(0, 1), make_attempt(2, 1)])
            journal.finish(name, "closed" if name != "0" else "rejected", None)
    command = ["pairs", str(tmp_path / "run"), "-o", str(tmp_path / "pairs")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines == [
        "train 3 people 6 pairs (6 attempts)",
        "dev 1 people 2 pairs (2 attempts)",
        "test 1 people 2 pairs (2 attempts)",
        "left out: 1 (dialogues: rejected)",
        f"written to {tmp_path / 'pairs'}; its card is {tmp_path / 'pairs' / 'README.md'}",
    ]
    refused = CliRunner().invoke(app, command)
    assert "is there already" in str(refused.exception)


def test_without_attempts_and_comparisons_there_is_nothing_to_write(tmp_path: Path) -> None:
    with open_run(tmp_path / "run", STUDY, HEADER) as journal:
        journal.add_sessions([make_session("0")])
        journal.add_turn("0", make_turn(0))
        journal.add_rejected("0", [make_attempt(0, 1)])
        journal.finish("0", "closed", None)
    command = ["pairs", str(tmp_path / "run"), "-o", str(tmp_path / "pairs"), "--per-turn", "0"]
    result = CliRunner().invoke(app, command)
    assert "There is no pair in what was given. Give a corpus" in str(result.exception)
    assert not (tmp_path / "pairs").exists()
