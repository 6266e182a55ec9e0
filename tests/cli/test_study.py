"""The verb `sqpsych study`: two protocols on the same people, and what is wrong with its file."""

import asyncio
import json
import signal
from pathlib import Path

import pytest
from simulated_server import Costs, open_server

from sqpsych.cli.study import write_comparison
from sqpsych.errors import InputError

from .small_study import run_sqpsych, start_sqpsych, write_protocol
from .test_errors import wait_for_file

STUDY = """
name = "two"
protocols = ["paper", "structured"]
seed = 0
block = 2

[sizes.small]
model = "http://127.0.0.1:8000/v1"
people = 4
high = 15
low = 2
"""


def write(folder: Path, text: str = STUDY) -> str:
    """Write a study file; its path."""
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


async def test_the_same_people_are_played_twice_and_compared(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with open_server(Costs(1e9, 0.0, 0.0)) as url:
        file = write(tmp_path, STUDY.replace("http://127.0.0.1:8000/v1", url))
        done = await run_sqpsych("study", file, "--size", "small", "-o", str(out))
        again = await run_sqpsych("study", file, "--size", "small", "-o", str(out))
    assert done.code == 0, done.err
    assert "endorsed symptoms voiced" in done.out
    rows = {row["name"]: row for row in json.loads((out / "comparison.json").read_text("utf-8"))}
    assert rows["endorsed symptoms voiced, share"]["b"]["value"] == 1
    assert rows["denied symptoms voiced, share"]["b"]["value"] == 0
    assert "sqpsych study" in (out / "comparison.md").read_text("utf-8")
    assert again.code == 0
    assert (
        json.loads((out / "paper" / "manifest.json").read_text("utf-8"))["study"]["profiles_sha256"]
        == json.loads((out / "structured" / "manifest.json").read_text("utf-8"))["study"][
            "profiles_sha256"
        ]
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[sizes.small]", "[sizes.large]", "no size 'small'; it has large"),
        ("[sizes.small]", "sizes = 3", "sizes must be tables, [sizes.small] for one"),
        ("[sizes.small]", "[sizes]", "sizes must be tables, [sizes.small] for one"),
        ("people = 4", "", "size small, people: Field required. Correct it; settings are name,"),
        ("block = 2", 'block = "two"', "block: Input should be a valid integer"),
        ("block = 2", "block = 0", "block: Input should be greater than or equal to 1"),
        ("low = 2", "low = 15", "size small: low is 15; it must be below high, 15"),
        ("low = 2", "low = 2\nfewr = { paper = 2 }", "fewr: Extra inputs are not permitted"),
        ("low = 2", "low = 2\nfewer = { papper = 2 }", "it takes paper or structured"),
        ("low = 2", "low = 2\nfewer = { paper = 0 }", "fewer has paper = 0"),
        ('["paper", "structured"]', '["paper"]', "protocols: List should have at least 2 items"),
        ('["paper", "structured"]', '["paper", "paper"]', "Both protocols are called 'paper'"),
        ('["paper", "structured"]', '["paper", "strukturd"]', "Did you mean 'structured'"),
        ("people = 4", "people = 400", "400 people were asked for; the sample has 46 from 15"),
        ("seed = 0", "seed = = 0", "cannot be read"),
    ],
)
async def test_a_fault_in_the_file_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    file = write(tmp_path, STUDY.replace(old, new))
    done = await run_sqpsych("study", file, "--size", "small", "-o", str(tmp_path / "out"))
    assert done.code == 2
    assert told in done.err
    assert not (tmp_path / "out").exists()


async def test_a_protocol_of_ones_own_is_played_into_the_output_under_its_name(
    tmp_path: Path,
) -> None:
    own = write_protocol(tmp_path / "elsewhere")
    out = tmp_path / "out"
    with open_server(Costs(1e9, 0.0, 0.0)) as url:
        text = STUDY.replace("http://127.0.0.1:8000/v1", url).replace('"paper"', f'"{own}"')
        file = write(tmp_path, f"{text}fewer = {{ small = 2 }}\n")
        done = await run_sqpsych("study", file, "--size", "small", "-o", str(out))
    assert done.code == 0, done.err
    assert "small, 2 of 2 people" in done.out
    assert "small 2 people, structured 4 people" in (out / "comparison.md").read_text("utf-8")
    assert (out / "small" / "manifest.json").is_file()
    assert sorted(path.name for path in own.iterdir()) == [
        "client.txt",
        "protocol.toml",
        "therapist.txt",
    ]


async def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = await run_sqpsych("study", str(tmp_path / "no.toml"), "--size", "a", "-o", "x")
    assert done.code == 2
    assert "no.toml cannot be read" in done.err


async def test_a_missing_classifier_is_told_before_anything_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sklearn.py").write_text("raise ImportError('hidden')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(hidden))
    done = await run_sqpsych("study", write(tmp_path), "--size", "small", "-o", str(tmp_path / "x"))
    assert done.code == 2
    assert "sqpsych[assess]" in done.err
    assert not (tmp_path / "x").exists()


async def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with open_server(Costs(1e9, 5.0, 0.0)) as url:
        file = write(tmp_path, STUDY.replace("http://127.0.0.1:8000/v1", url))
        async with start_sqpsych("study", file, "--size", "small", "-o", str(out)) as process:
            await asyncio.to_thread(wait_for_file, out / "paper" / "manifest.json")
            process.send_signal(signal.SIGINT)
            _, complaint = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 130
    assert "The same command goes on where it was." in complaint.decode()


@pytest.mark.usefixtures("full_disk")
def test_comparison_that_cannot_be_written_is_told_and_leaves_no_half(tmp_path: Path) -> None:
    (tmp_path / "comparison.md").write_text("before", "utf-8")
    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        write_comparison(tmp_path, "after", ())
    assert [path.name for path in tmp_path.iterdir()] == ["comparison.md"]
    assert (tmp_path / "comparison.md").read_text("utf-8") == "before"
