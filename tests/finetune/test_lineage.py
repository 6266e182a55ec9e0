"""People are held out from one training to the next where the splits are known to be the same."""

import json
from pathlib import Path

import pytest

from finetune.conftest import make_messages, write_split
from sqpsych.finetune.base import find_base
from sqpsych.finetune.conversations import read_record
from sqpsych.finetune.lineage import Earlier, find_earlier, knows_nobody, name_splits


def write_run(run: Path, earlier: list[list[str]] | None) -> Path:
    """Write as much of a finished run as is read of it."""
    (run / "model").mkdir(parents=True)
    (run / "model" / "config.json").write_text("{}")
    manifest = {"kind": "finetuned", "base": {"licence": None}, "sha256": {}, "trained_on": earlier}
    (run / "manifest.json").write_text(json.dumps(manifest))
    return run


def write_dataset(folder: Path, number: int, like: list[str] | None = None) -> Path:
    write_split(folder, "train", [make_messages(number)])
    record = {"settings": {"title": None}} | ({"like_sha256": like} if like is not None else {})
    (folder / "release.json").write_text(json.dumps(record))
    return folder


def test_a_dataset_keeps_out_whom_the_one_it_is_like_kept_out(tmp_path: Path) -> None:
    first = read_record(write_dataset(tmp_path / "first", 1))
    pairs = read_record(write_dataset(tmp_path / "pairs", 2, [first.files["train"]]))
    other = read_record(write_dataset(tmp_path / "other", 3))
    run = write_run(tmp_path / "run", [sorted(name_splits(first))])
    earlier = find_earlier(run)
    assert knows_nobody(earlier, first)
    assert knows_nobody(earlier, pairs)
    assert not knows_nobody(earlier, other)
    both = write_run(tmp_path / "both", [sorted(name_splits(one)) for one in (other, pairs)])
    assert not knows_nobody(find_earlier(both), pairs)


@pytest.mark.parametrize("given", ["run", "run/model"])
def test_weights_of_a_run_are_known_by_its_manifest(tmp_path: Path, given: str) -> None:
    write_run(tmp_path / "run", [["a", "b"]])
    assert find_base(str(tmp_path / given)).earlier == (frozenset({"a", "b"}),)


def test_of_weights_from_elsewhere_nothing_is_known(tmp_path: Path) -> None:
    write_run(tmp_path / "old", None)
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "config.json").write_text("{}")
    data = read_record(write_dataset(tmp_path / "d", 1))
    found: list[Earlier | None] = [
        find_base(str(tmp_path / name)).earlier for name in ("old", "plain")
    ]
    assert found == [None, None]
    assert not knows_nobody(None, data)
    assert knows_nobody(find_base("gemma").earlier, data)
