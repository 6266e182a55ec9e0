"""Rows that are no dialogues are refused by name, and a dialogue begins with the user."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finetune.conftest import make_messages
from sqpsych.errors import FinetuneError
from sqpsych.finetune.conversations import read_record, read_split
from sqpsych.roleplay.prompts import OPENING


def write_rows(folder: Path, messages: list[Any]) -> Path:
    """Write a train split whose rows have whatever is given as messages."""
    (folder / "data").mkdir(parents=True)
    rows = [{"id": f"c/{place}", "messages": one} for place, one in enumerate(messages)]
    pq.write_table(pa.Table.from_pylist(rows), folder / "data" / "train.parquet")
    return folder


@pytest.mark.parametrize(("messages", "said"), [
    (None, "it holds NoneType; expected a list"),
    ("Good morning.", "it holds str; expected a list"),
    ([{"role": "assistant", "content": None}], "role 'assistant' and as content nothing"),
    ([{"role": "assistant", "content": "  "}], "role 'assistant' and as content str"),
    ([{"role": "assistant", "content": 7}], "role 'assistant' and as content int"),
    ([{"role": "assistant", "content": ["a"]}], "role 'assistant' and as content list"),
    ([{"role": "doctor", "content": "Hm."}], "role 'doctor'"),
    ([{"from": "gpt", "value": "Hm."}], "role None and as content nothing"),
    ([{"role": "user", "content": "Hm."}], "the therapist says nothing"),
])  # fmt: skip
def test_a_row_that_is_no_dialogue_is_named(tmp_path: Path, messages: Any, said: str) -> None:
    dataset = write_rows(tmp_path / "d", [messages])

    with pytest.raises(FinetuneError, match=rf"train.parquet, dialogue c/0: .*{said}"):
        read_split(dataset, "train")


@pytest.mark.parametrize("system", [[], [{"role": "system", "content": "Be kind."}]])
def test_a_dialogue_begins_with_the_user_behind_a_system_line(
    tmp_path: Path, system: list[dict[str, str]]
) -> None:
    dataset = write_rows(tmp_path / "d", [[*system, *make_messages(1)]])

    (one,) = read_split(dataset, "train")

    opening = {"role": "user", "content": OPENING}
    assert one.messages == [*system, opening, *make_messages(1)]


def test_a_system_line_in_the_middle_is_no_beginning(tmp_path: Path) -> None:
    user, *rest = make_messages(1)[1:]
    middle = [user, {"role": "system", "content": "Be kind."}, *rest]

    (one,) = read_split(write_rows(tmp_path / "d", [middle]), "train")

    assert one.messages == middle


def test_a_folder_without_dialogues_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(FinetuneError, match=r"no data/train.parquet.*sqpsych release"):
        read_record(tmp_path)


def test_a_file_that_is_no_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.parquet").write_text("id,messages")

    with pytest.raises(FinetuneError, match=r"train\.parquet cannot be read"):
        read_split(tmp_path, "train")


def test_a_folder_of_pairs_is_told_from_one_of_dialogues(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "train.parquet"
    pq.write_table(pa.table({"id": ["a"], "chosen": ["x"], "rejected": ["y"]}), path)
    with pytest.raises(FinetuneError, match=r"no column messages.*use `sqpsych finetune-pref"):
        read_split(tmp_path, "train")
    pq.write_table(pa.table({"text": ["x"]}), path)
    with pytest.raises(FinetuneError, match=r"no column id, messages: it has text\. Expected"):
        read_split(tmp_path, "train")
