"""A dataset: whole or not at all, read back by the library it is for, no answers in it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpus.records import make_session, make_turn
from sqpsych.corpus import SessionHeader, open_run
from sqpsych.errors import CorpusError, ReleaseError
from sqpsych.records import Speaker
from sqpsych.release import SPLITS, Released, ReleaseSettings, release_corpora

LINES = ("Good morning – “you”?", "So-so.\u2028Not well.", "Until Tuesday.", "Bye.")
SECRET = "secret statement"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a corpus of some people, each with one closed dialogue."""

    def write_corpus(
        name: str,
        people: int,
        *,
        speakers: tuple[Speaker, ...] = ("therapist", "client", "therapist", "client"),
        flagged: int | None = None,
        rejected: int | None = None,
    ) -> Path:
        path = tmp_path / name
        header = SessionHeader("structured", f"{name}-t", f"{name}-c", "0" * 64, "0.1")
        with open_run(path, {"seed": 0}, header) as journal:
            for number in range(people):
                session = make_session(f"{number}", "control" if number % 2 else "case")
                if number == flagged:
                    risky = session.profile.model_copy(update={"risk_flags": ("suicidality",)})
                    session = replace(session, profile=risky)
                journal.add_sessions([session])
                for index, (line, speaker) in enumerate(zip(LINES, speakers, strict=True)):
                    turn = make_turn(index, line).model_copy(update={"speaker": speaker})
                    journal.add_turn(session.id, turn)
                closed = number != rejected
                journal.finish(session.id, "closed" if closed else "rejected", None)
        return path

    return write_corpus


def release(corpora: list[Path], path: Path, **settings: Any) -> Released:
    """Release with the usual settings but for some."""
    return release_corpora(corpora, path, replace(ReleaseSettings(), **settings))


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").removesuffix("\n").split("\n")]


def test_datasets_reads_it_without_a_network(
    write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    import datasets

    release([write("one", 12)], tmp_path / "out", system="Be kind.")
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    assert list(loaded) == list(SPLITS)
    for split in SPLITS:
        assert list(loaded[split]) == read_lines(tmp_path / "out" / "jsonl" / f"{split}.jsonl")
    first = loaded["train"][0]
    assert first["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "assistant", "content": LINES[0]},
        {"role": "user", "content": LINES[1]},
        {"role": "assistant", "content": LINES[2]},
        {"role": "user", "content": LINES[3]},
    ]
    assert (first["corpus"], first["therapist_model"]) == ("one", "one-t")


def test_nobody_stands_in_two_splits_also_across_generators(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    released = release([write("one", 20), write("two", 14)], tmp_path / "out")
    people = [figures.people for figures in released.splits.values()]
    assert sum(map(len, people)) == len(set().union(*people)) == 20
    rows = [r for split in SPLITS for r in read_lines(tmp_path / "out/jsonl" / f"{split}.jsonl")]
    assert len({row["id"] for row in rows}) == len(rows) == 34
    assert [source.dialogues for source in released.sources] == [20, 14]


def test_what_is_left_out_is_counted(write: Callable[..., Path], tmp_path: Path) -> None:
    corpus = write("one", 10, flagged=3, rejected=4)
    clients: tuple[Speaker, ...] = ("client",) * 4
    alone = write("alone", 1, speakers=clients)
    released = release([corpus, alone], tmp_path / "out")
    assert released.left_out == {"risk flags": 1, "rejected": 1, "no therapist turn": 1}
    assert sum(figures.dialogues for figures in released.splits.values()) == 8
    assert release([corpus], tmp_path / "all", risk="include").flagged == 1


def test_turns_of_one_speaker_in_a_row_are_one_message(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    speakers: tuple[Speaker, ...] = ("therapist", "therapist", "client", "therapist")
    released = release([write("one", 5, speakers=speakers)], tmp_path / "out")
    assert released.joined == 5
    (row, *_) = read_lines(tmp_path / "out" / "jsonl" / "train.jsonl")
    assert [message["role"] for message in row["messages"]] == ["assistant", "user", "assistant"]
    assert row["messages"][0]["content"] == f"{LINES[0]}\n{LINES[1]}"


def test_its_figures_and_hashes_are_those_of_its_files(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    release([write("one", 10)], tmp_path / "out", licence="cc-by-4.0")
    record = json.loads((tmp_path / "out" / "release.json").read_text("utf-8"))
    for name, digest in record["sha256"].items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == digest
    assert len(record["sha256"]) == 7
    assert record["splits"]["train"] == {
        "people": 8,
        "dialogues": 8,
        "messages": 32,
        "words": {"assistant": 48, "user": 32},
    }
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "license: cc-by-4.0" in card
    assert "| train | 8 | 8 | 32 | 48 | 32 |" in card


def test_no_answer_and_no_statement_is_released(write: Callable[..., Path], tmp_path: Path) -> None:
    release([write("one", 10)], tmp_path / "out")
    for file in (tmp_path / "out").rglob("*"):
        assert file.is_dir() or SECRET.encode() not in file.read_bytes()


def test_a_folder_that_only_looks_like_a_half_written_one_stays(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    kept = tmp_path / "out.partial" / "notes.txt"
    kept.parent.mkdir()
    kept.write_text("mine", "utf-8")
    release([write("one", 10)], tmp_path / "out")
    assert kept.read_text("utf-8") == "mine"
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(ReleaseError, match=r"cannot be written: Not a directory"):
        release([tmp_path / "one"], tmp_path / "file" / "out")


def test_nothing_that_is_released_tells_folders_of_this_machine(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    corpora = [write(f"{user}/runs/paper", 10) for user in ("jan", "tom")]
    release(corpora, tmp_path / "out")
    for file in (tmp_path / "out").rglob("*"):
        if file.is_file():
            assert str(tmp_path).encode() not in file.read_bytes()
    rows = read_lines(tmp_path / "out" / "jsonl" / "train.jsonl")
    assert {row["corpus"] for row in rows} == {"runs/paper 1", "runs/paper 2"}


def test_the_same_corpora_give_the_same_bytes(write: Callable[..., Path], tmp_path: Path) -> None:
    corpus = write("one", 10)
    for name in ("out", "again"):
        release([corpus], tmp_path / name)
    for file in (tmp_path / "out").rglob("*"):
        if file.is_file():
            again = tmp_path / "again" / file.relative_to(tmp_path / "out")
            assert again.read_bytes() == file.read_bytes()


def test_nothing_is_written_over_and_nothing_half_written(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    corpus = write("one", 10)
    release([corpus], tmp_path / "out")
    with pytest.raises(ReleaseError, match="is there already"):
        release([corpus], tmp_path / "out")
    with pytest.raises(ReleaseError, match="There are 2 people"):
        release([write("few", 2)], tmp_path / "few-out")
    with pytest.raises(ReleaseError, match="no closed dialogue"):
        release([write("none", 1, rejected=0)], tmp_path / "none-out")
    with pytest.raises(CorpusError, match="given twice"):
        release([corpus, corpus], tmp_path / "twice-out")
    with pytest.raises(ReleaseError, match="cannot be written"):
        release([corpus], tmp_path / "one" / "manifest.json" / "out")
    assert not list(tmp_path.glob("*-out*"))
    assert not list(tmp_path.glob("*.partial"))
