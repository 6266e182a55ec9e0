"""Exports: whole or not at all, and no more than is told of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sqpsych.corpus import (
    EXPORT_FORMATS,
    Corpus,
    export_corpus,
    exporting,
    open_corpus,
    open_run,
)
from sqpsych.errors import CorpusError

from .records import HEADER, STUDY, make_attempt, make_session, make_turn

LINES = ("Good morning – “you”?", "So-so.\u2028Not, well, much 2 say.", "Until Tuesday.", "Bye.")


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    run = tmp_path / "corpus"
    with open_run(run, STUDY, HEADER) as journal:
        journal.add_sessions([make_session(name) for name in ("d1", "d2", "d3")])
        journal.add_sessions([make_session("d4", condition=None)])
        for name in ("d1", "d4"):
            for index, line in enumerate(LINES):
                journal.add_turn(name, make_turn(index, line))
            journal.finish(name, "closed", None)
        journal.add_turn("d2", make_turn(0, "Good morning."))
        journal.add_rejected("d2", [make_attempt(1, 1)])
        journal.finish("d2", "rejected", "turn 1: cut_off")
    with open_corpus(run) as opened:
        yield opened


def read_rows(form: str, path: Path) -> list[dict[str, Any]]:
    """Read JSONL or Parquet back."""
    if form == "jsonl":
        text = path.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.removesuffix("\n").split("\n")]
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_rows_come_back_as_they_were_said(corpus: Corpus, tmp_path: Path, form: str) -> None:
    assert export_corpus(corpus, form, tmp_path / "out") == 2
    first, second = read_rows(form, tmp_path / "out")
    assert first == {
        "dialogue_id": "d1",
        "pseudonym": "person-d1",
        "condition": "case",
        "protocol": "paper",
        "therapist_model": "model-t",
        "client_model": "model-c",
        "ending": "closed",
        "risk_flags": [],
        "turns": [
            {"speaker": ("therapist", "client")[place % 2], "text": line, "phase": "agenda"}
            for place, line in enumerate(LINES)
        ],
    }
    assert (second["dialogue_id"], second["condition"]) == ("d4", None)


def test_text_has_one_heading_a_dialogue_and_one_line_a_turn(
    corpus: Corpus, tmp_path: Path
) -> None:
    export_corpus(corpus, "txt", tmp_path / "out.txt")
    blocks = (tmp_path / "out.txt").read_text(encoding="utf-8").split("# ")
    assert blocks[1] == (
        "d1\n\n"
        f"Therapist: {LINES[0]}\nClient: {LINES[1]}\nTherapist: {LINES[2]}\nClient: {LINES[3]}\n\n"
    )
    assert len(blocks) == 3


@pytest.mark.parametrize("form", EXPORT_FORMATS)
def test_rejected_dialogues_come_only_when_asked_for(
    corpus: Corpus, tmp_path: Path, form: str
) -> None:
    assert export_corpus(corpus, form, tmp_path / "without") == 2
    assert export_corpus(corpus, form, tmp_path / "with", rejected=True) == 3
    assert b"d2" not in (tmp_path / "without").read_bytes()
    assert b"d2" in (tmp_path / "with").read_bytes()


def test_rejected_dialogues_are_marked_in_text(corpus: Corpus, tmp_path: Path) -> None:
    export_corpus(corpus, "txt", tmp_path / "out.txt", rejected=True)
    lines = (tmp_path / "out.txt").read_text(encoding="utf-8").split("\n")
    headings = [line for line in lines if line.startswith("# ")]
    assert headings == ["# d1", "# d2 (rejected)", "# d4"]


def test_every_column_is_told(corpus: Corpus) -> None:
    for column in next(exporting.list_rows(corpus, rejected=False)):
        assert f"`{column}`" in str(exporting.__doc__)


@pytest.mark.parametrize("form", EXPORT_FORMATS)
def test_no_answer_and_no_statement_is_exported(corpus: Corpus, tmp_path: Path, form: str) -> None:
    export_corpus(corpus, form, tmp_path / "out", rejected=True)
    written = (tmp_path / "out").read_bytes().lower()
    for secret in (b"secret statement", b"phq9", b"insomnia", b"answers", b"a reply that failed"):
        assert secret not in written


@pytest.mark.parametrize("form", EXPORT_FORMATS)
def test_a_file_that_is_there_is_kept_unless_forced(
    corpus: Corpus, tmp_path: Path, form: str
) -> None:
    (tmp_path / "out").write_bytes(b"mine")
    with pytest.raises(CorpusError, match=r"is there already.*--force"):
        export_corpus(corpus, form, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"mine"
    export_corpus(corpus, form, tmp_path / "out", overwrite=True)
    assert (tmp_path / "out").read_bytes() != b"mine"


@pytest.mark.usefixtures("corpus", "full_disk")
@pytest.mark.parametrize("form", EXPORT_FORMATS)
def test_a_full_disk_leaves_what_was_there_and_nothing_half_written(
    corpus: Corpus, tmp_path: Path, form: str
) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "out").write_bytes(b"earlier export")
    with pytest.raises(CorpusError, match=r"out cannot be written: .*No space left on device"):
        export_corpus(corpus, form, folder / "out", overwrite=True)
    assert [path.name for path in folder.iterdir()] == ["out"]
    assert (folder / "out").read_bytes() == b"earlier export"


@pytest.mark.parametrize("form", EXPORT_FORMATS)
def test_a_folder_that_is_not_there_is_named(corpus: Corpus, tmp_path: Path, form: str) -> None:
    with pytest.raises(CorpusError, match=r"nowhere/out cannot be written: .*No such file"):
        export_corpus(corpus, form, tmp_path / "nowhere" / "out")


def test_a_corpus_without_finished_dialogues_writes_no_file(tmp_path: Path) -> None:
    with open_run(tmp_path / "new", STUDY, HEADER) as journal:
        journal.add_sessions([make_session("d1")])
    with (
        open_corpus(tmp_path / "new") as opened,
        pytest.raises(CorpusError, match="no finished dialogue to export yet"),
    ):
        export_corpus(opened, "jsonl", tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()
