"""`sqpsych release`: what it says, and what it refuses."""

from pathlib import Path

from typer.testing import CliRunner

from corpus.records import HEADER, STUDY, make_session, make_turn
from sqpsych.cli.app import app
from sqpsych.corpus import open_run


def test_it_says_what_it_wrote_and_what_it_left_out(tmp_path: Path) -> None:
    with open_run(tmp_path / "run", STUDY, HEADER) as journal:
        for name in map(str, range(6)):
            journal.add_sessions([make_session(name)])
            journal.add_turn(name, make_turn(0, "Good morning."))
            journal.finish(name, "closed" if name != "0" else "rejected", None)
    command = ["release", str(tmp_path / "run"), "-o", str(tmp_path / "dataset")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[:4] == [
        "train 3 people 3 dialogues",
        "dev 1 people 1 dialogues",
        "test 1 people 1 dialogues",
        "left out: 1 (rejected)",
    ]
    assert (tmp_path / "dataset" / "README.md").exists()
    refused = CliRunner().invoke(app, command)
    assert "is there already" in str(refused.exception)
