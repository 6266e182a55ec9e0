"""Texts of corpora, datasets and files, as they are looked through for questions."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.records import HEADER, STUDY, make_session, make_turn
from sqpsych.benchmarks import find_overlap, read_texts, texts
from sqpsych.benchmarks.published import OpenQuestion, OpenSet
from sqpsych.benchmarks.texts import list_unread
from sqpsych.corpus import open_run
from sqpsych.errors import BenchmarkError
from sqpsych.release import ReleaseSettings, release_corpora

LINES = "I went to the market on Friday and it was so loud that I left."
QUESTIONS = OpenSet((OpenQuestion("q", LINES, "none"),))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Six closed dialogues, one of which has the question in it."""
    with open_run(tmp_path / "run", STUDY, HEADER) as journal:
        for name in map(str, range(6)):
            journal.add_sessions([make_session(name)])
            journal.add_turn(name, make_turn(0, "Good morning."))
            journal.add_turn(name, make_turn(1, LINES if name == "3" else "Not well."))
            journal.finish(name, "closed", None)
    return tmp_path / "run"


def test_dialogues_of_a_corpus_are_read(corpus: Path) -> None:
    read = list(read_texts(corpus))
    assert len(read) == 6
    assert read[0] == "Good morning.\nNot well."
    assert find_overlap(QUESTIONS, read_texts(corpus)).ids == ("q",)


@pytest.mark.parametrize("seed", range(3))
def test_conversations_of_a_dataset_are_read_whatever_their_split(
    corpus: Path, tmp_path: Path, seed: int
) -> None:
    release_corpora([corpus], tmp_path / "dataset", ReleaseSettings(seed=seed))
    assert len(list(read_texts(tmp_path / "dataset"))) == 6
    assert find_overlap(QUESTIONS, read_texts(tmp_path / "dataset")).ids == ("q",)


def test_all_texts_of_a_line_of_json_are_read_and_no_keys(tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    rows = [{"key": 1, "messages": [{"content": "One."}, {"content": "Two."}]}, "Three", None]
    file.write_text("\n\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert list(read_texts(file)) == ["One.\nTwo.", "Three", ""]


def test_files_of_a_folder_are_read_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.txt").write_text(LINES, encoding="utf-8")
    (tmp_path / "b.jsonl").write_text('"Nothing."\n', encoding="utf-8")
    (tmp_path / "c.png").write_bytes(b"\xff\xff")
    assert find_overlap(QUESTIONS, read_texts(tmp_path)).ids == ("q",)
    assert list_unread(tmp_path) == [tmp_path / "c.png"]


def write_table(file: Path) -> None:
    pq.write_table(pa.table({"text": ["Nothing.", LINES]}), file)


def write_csv(file: Path) -> None:
    file.write_text(f'id,text\n1,"{LINES}"\n', encoding="utf-8")


def write_json(file: Path) -> None:
    file.write_text(json.dumps([{"from": "gpt", "value": LINES}]), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "write"),
    [("a.parquet", write_table), ("a.csv", write_csv), ("a.json", write_json)],
)
@pytest.mark.parametrize("inside", [True, False])
def test_tables_and_json_are_read_alone_and_in_a_folder(
    tmp_path: Path, name: str, write: Callable[[Path], None], inside: bool
) -> None:
    write(tmp_path / name)
    path = tmp_path if inside else tmp_path / name
    assert find_overlap(QUESTIONS, read_texts(path)).ids == ("q",)
    assert not list_unread(path)


@given(block=st.integers(1, 80), before=st.integers(0, 60))
def test_a_question_is_found_wherever_a_long_text_is_cut(block: int, before: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "BLOCK_CHARACTERS", block)
        file = Path(folder) / "long.txt"
        file.write_text("oh " * before + "\n" + LINES + " oh" * 30, encoding="utf-8")
        assert find_overlap(QUESTIONS, read_texts(file)).ids == ("q",)
        torn = LINES.replace("market", "mar ket")
        file.write_text("oh " * before + torn, encoding="utf-8")
        assert find_overlap(QUESTIONS, read_texts(file)).ids == ()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.jsonl", b'{"a": 1}\n{"a":\n', "line 2 is no JSON"),
        ("a.json", b'{"a": 1}\n{"a": 2}', "is no JSON"),
        ("a.parquet", b"PAR1", "cannot be read"),
        ("a.txt", b"caf\xe9 und mehr", "no text in UTF-8"),
        ("a.docx", b"", "ends in '.docx'; expected .txt, .md"),
        ("none", None, "is not there"),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, name: str, content: bytes | None, told: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BenchmarkError, match=told):
        list(read_texts(tmp_path / name))


@pytest.mark.parametrize("name", ["manifest.json", "config.json"])
def test_a_folder_of_weights_is_no_text(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}", encoding="utf-8")
    (tmp_path / "merges.txt").write_text(LINES, encoding="utf-8")
    with pytest.raises(BenchmarkError, match="is a model, it seems"):
        read_texts(tmp_path)


def test_a_folder_without_texts_and_a_damaged_dataset_are_named(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="holds no file that ends in"):
        read_texts(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.parquet").write_bytes(b"PAR1")
    with pytest.raises(BenchmarkError, match="cannot be read"):
        list(read_texts(tmp_path))
