"""Clinical values stay in the journal: neither screen, nor file names, nor manifest hold them."""

from pathlib import Path

from .small_study import CANARY, Done, generate, list_files, run_sqpsych, write_study


def check_kept(folder: Path, *runs: Done) -> None:
    """The canary is where it was put and in the journal, and nowhere else."""
    for done in runs:
        assert CANARY not in done.out + done.err
    holding = {"profiles.jsonl", "corpus/journal.sqlite", "corpus/journal.sqlite-wal"}
    for name in list_files(folder):
        assert CANARY not in name
        if name not in holding and name != "script.json":
            assert CANARY.encode() not in (folder / name).read_bytes(), name


async def test_finished_run_tells_nothing(tmp_path: Path) -> None:
    done = await run_sqpsych(*write_study(tmp_path, people=2))
    assert done.code == 0, done.err
    assert "2 closed, 0 rejected" in done.out
    assert CANARY.encode() in (tmp_path / "corpus" / "journal.sqlite").read_bytes()
    shown = await run_sqpsych("show", str(tmp_path / "corpus"))
    assert "2 closed" in shown.out
    check_kept(tmp_path, done, shown)


async def test_run_that_fails_tells_nothing(tmp_path: Path) -> None:
    done = await run_sqpsych(*write_study(tmp_path, therapist=["Hello. How was the week?"]))
    assert done.code == 2
    check_kept(tmp_path, done)


async def test_rejected_dialogue_tells_nothing(tmp_path: Path) -> None:
    line = f"The client dreamt of the {CANARY} nearly every day."
    done = await run_sqpsych(*write_study(tmp_path, client=[line, line]))
    assert done.code == 1, done.err
    assert "0 closed, 1 rejected" in done.out
    check_kept(tmp_path, done)


async def test_broken_profile_is_named_by_line_alone(tmp_path: Path) -> None:
    write_study(tmp_path)
    profiles = tmp_path / "profiles.jsonl"
    broken = profiles.read_text("utf-8").replace('"severity":1.0', '"severity":7.0')
    profiles.write_text(broken, "utf-8")
    done = await run_sqpsych(*generate(tmp_path, "scripted:script.json"))
    assert done.code == 2
    assert "line 1" in done.err
    check_kept(tmp_path, done)
