"""From a corpus to a tuned model by the commands of the guide, and what they say on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sqpsych.cli.app import app

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


def test_it_shows_what_is_learned_from_and_what_came_of_it(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    command = ["finetune", str(dataset), "-m", str(model), "-o", str(tmp_path / "out")]

    result = CliRunner().invoke(app, [*command, "--set", "learning_rate=1e-2"])

    assert result.exit_code == 0, result.output
    assert "train 8 dialogues, 1,480 tokens, 440 learned from" in result.stdout
    assert "⟦Good morning. How have you been since we last met? 0.0<|im_end|>⟧" in result.stdout
    assert "models add" in result.stdout
    again = CliRunner().invoke(app, command)
    assert "finished run" in str(again.exception)


@pytest.mark.parametrize(("given", "said"), [
    (["--set", "epoch=2"], "Settings are weights, epochs"),
    (["--set", "epochs"], "expected NAME=VALUE"),
    (["--set", "batch=0"], "batch: Input should be greater than or equal to 1, got '0'"),
    (["--preset", "papper"], "Shipped are default, laptop, paper"),
    (["--preset", "none.toml"], "none.toml cannot be read"),
    (["--chat-template", "none.jinja"], "none.jinja cannot be read"),
])  # fmt: skip
def test_what_is_given_wrongly_is_named(
    dataset: Path, model: Path, tmp_path: Path, given: list[str], said: str
) -> None:
    command = ["finetune", str(dataset), "-m", str(model), "-o", str(tmp_path / "out")]

    result = CliRunner().invoke(app, [*command, *given])

    assert said in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_dataset_is_refused(model: Path, tmp_path: Path) -> None:
    command = ["finetune", str(tmp_path), "-m", str(model), "-o", str(tmp_path / "out")]

    assert "sqpsych release" in str(CliRunner().invoke(app, command).exception)


def test_launch_files_are_where_it_says() -> None:
    for name in ("fsdp", "ddp"):
        told = CliRunner().invoke(app, ["finetune", "--launch-file", name]).stdout.strip()
        assert "num_processes" in Path(told).read_text()


def test_ctrl_c_keeps_the_last_step_and_the_same_command_goes_on(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    command = [sys.executable, "-m", "sqpsych", "finetune", str(dataset), "-m", str(model)]
    command += ["-o", str(output), "--set", "epochs=400", "--set", "patience=9999"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not list(output.glob("checkpoints/checkpoint-*/trainer_state.json")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(running.pid, signal.SIGINT)
    _, complaint = running.communicate(timeout=120)

    assert running.returncode == 130
    assert f"The same command goes on in {output}" in complaint
    run = json.loads((output / "run.json").read_text())
    assert run["settings"]["epochs"] == 400
    assert not (output / "manifest.json").exists()
