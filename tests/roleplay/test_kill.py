"""A killed run goes on where it was: its corpus is the one of a run that nobody disturbed."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .killing import (
    PEOPLE,
    Launcher,
    dump_journal,
    export_bytes,
    kill_until_finished,
    read_turns,
    wait_for_turns,
    write_study,
)
from .sessions import THERAPIST

KILLS = 25
ALL_TURNS = PEOPLE * 2 * len(THERAPIST)


def test_a_run_killed_again_and_again_ends_as_if_undisturbed(tmp_path: Path) -> None:
    arguments = write_study(tmp_path, delay_s=0.01)
    draw = random.Random(20251029)
    at_turns: list[int] = []
    with Launcher.open() as launcher:
        launcher.finish(arguments, tmp_path / "undisturbed")
        wanted = dump_journal(tmp_path / "undisturbed")
        exported = export_bytes(tmp_path / "undisturbed")
        for round_ in range(KILLS):
            left = KILLS - len(at_turns)
            run = kill_until_finished(launcher, arguments, tmp_path / f"killed{round_}", draw, left)
            assert (run.lost, run.doubled) == (0, 0)
            assert dump_journal(run.corpus) == wanted
            assert export_bytes(run.corpus) == exported
            at_turns += run.at_turns
            if len(at_turns) >= KILLS:
                break
    assert len(read_turns(tmp_path / "undisturbed")) == ALL_TURNS
    assert len(at_turns) >= KILLS
    assert sum(0 < turns < ALL_TURNS for turns in at_turns) > KILLS / 2


@pytest.mark.parametrize(
    ("told", "at_ctrl_c"),
    [
        (signal.SIGINT, signal.SIG_DFL),
        (signal.SIGTERM, signal.SIG_DFL),
        (signal.SIGTERM, signal.SIG_IGN),
        (signal.SIGHUP, signal.SIG_DFL),
    ],
)
def test_told_to_end_the_run_stops_and_the_same_command_goes_on(
    tmp_path: Path, told: signal.Signals, at_ctrl_c: signal.Handlers
) -> None:
    def hear() -> None:
        signal.signal(signal.SIGINT, at_ctrl_c)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

    corpus = tmp_path / "corpus"
    command = [
        *[sys.executable, "-c", "from sqpsych.cli import main; main()"],
        *[*write_study(tmp_path, delay_s=0.02), "-o", str(corpus)],
    ]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, preexec_fn=hear
    ) as process:
        wait_for_turns(corpus, 5)
        if at_ctrl_c is signal.SIG_IGN:
            process.send_signal(signal.SIGINT)
            wait_for_turns(corpus, 10)
        process.send_signal(told)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "The same command goes on where it was" in err
    assert "Traceback" not in err
    stopped = read_turns(corpus)
    assert 5 <= len(stopped) < ALL_TURNS
    again = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert f"Going on: 0 dialogues and {len(stopped)} turns" in again.stdout
    assert f"{PEOPLE} closed, 0 rejected" in again.stdout
    assert stopped.items() <= read_turns(corpus).items()
    assert len(read_turns(corpus)) == ALL_TURNS
