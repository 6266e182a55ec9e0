"""Records are kept whole, line by line, and by one process at a time."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from sqpsych.benchmarks import open_journal
from sqpsych.errors import BenchmarkError


@dataclass(frozen=True, slots=True)
class Note:
    """Something to keep."""

    name: str
    value: int | None


def write_notes(path: Path, *notes: Note) -> None:
    with open_journal(path, Note) as journal:
        journal.add(notes)


def read_notes(path: Path) -> tuple[list[Note], bool]:
    with open_journal(path, Note) as journal:
        return journal.records, journal.torn


def test_what_was_kept_is_there_again_and_more_is_added(tmp_path: Path) -> None:
    path = tmp_path / "deep/er/notes.jsonl"
    write_notes(path, Note("a\u2028b\n", 1), Note("b", None))
    write_notes(path, Note("ü", 2))
    notes = [Note("a\u2028b\n", 1), Note("b", None), Note("ü", 2)]
    assert read_notes(path) == (notes, False)


@pytest.mark.parametrize("cut", [1, 5, 21])
def test_a_line_that_breaks_off_is_taken_off_and_the_next_begins_whole(
    tmp_path: Path, cut: int
) -> None:
    path = tmp_path / "notes.jsonl"
    write_notes(path, Note("a", 1), Note("b", 2))
    path.write_bytes(path.read_bytes()[:-cut])
    assert read_notes(path) == ([Note("a", 1)], True)
    write_notes(path, Note("c", 3))
    assert read_notes(path) == ([Note("a", 1), Note("c", 3)], False)


@pytest.mark.parametrize("line", ["", "{", '{"name": "a"}', '{"name": "a", "value": "1"}', "[]"])
def test_a_whole_line_that_is_no_record_is_an_error_and_stays(tmp_path: Path, line: str) -> None:
    path = tmp_path / "notes.jsonl"
    write_notes(path, Note("a", 1))
    before = path.read_text() + line + "\n"
    path.write_text(before)
    with pytest.raises(BenchmarkError, match=r"notes\.jsonl line 2 is no record"):
        read_notes(path)
    assert path.read_text() == before


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    with open_journal(path, Note), pytest.raises(BenchmarkError, match="Another process"):
        write_notes(path, Note("a", 1))
    write_notes(path, Note("a", 1))


def test_half_a_character_becomes_a_question_mark(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    write_notes(path, Note("\ud83d", 1))
    assert read_notes(path)[0] == [Note("?", 1)]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BenchmarkError, match=r"notes\.jsonl cannot be used"):
        write_notes(tmp_path / "file/notes.jsonl", Note("a", 1))
