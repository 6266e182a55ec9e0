"""Results are kept beside the journal, each as soon as it is there."""

import sqlite3
from pathlib import Path

import pytest

from sqpsych.corpus import open_scores
from sqpsych.corpus.score_store import MIGRATIONS, SCORES
from sqpsych.errors import CorpusError
from sqpsych.records import Evidence, Score

GOOD = Score(
    subject="d1", measure="sqpsych36", criterion="fluency", value=2, rater="judge",
    evidence=(Evidence(turn=3, quote="I see"),),
)  # fmt: skip
FAILED = Score(
    subject="d1", measure="sqpsych36", criterion="natural", value=None, rater="judge",
    error="the answer was prose",
)  # fmt: skip


def test_a_measure_is_found_again_with_its_fingerprint_alone(tmp_path: Path) -> None:
    with open_scores(tmp_path) as store:
        store.keep_measured("rules", "abc", "{}")
    with open_scores(tmp_path) as store:
        assert store.find_measured("rules", "abc") == "{}"
        assert store.find_measured("rules", "abd") is None
        assert store.find_measured("other", "abc") is None


def test_a_measure_taken_anew_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    with open_scores(tmp_path) as store:
        store.keep_measured("rules", "abc", "{}")
        store.keep_measured("rules", "abd", "[]")
        assert store.find_measured("rules", "abc") is None
        assert store.find_measured("rules", "abd") == "[]"


def test_scores_come_back_as_they_were_failed_ones_too(tmp_path: Path) -> None:
    with open_scores(tmp_path) as store:
        store.keep_scores("judge/sqpsych36", "d1", [GOOD, FAILED])
        store.keep_scores("judge/sqpsych36", "d0", [])
        store.keep_scores("other/ctrs", "d1", [GOOD])
    with open_scores(tmp_path) as store:
        assert store.read_scores("judge/sqpsych36") == (GOOD, FAILED)
        assert store.list_judged("judge/sqpsych36") == {"d0", "d1"}
        assert store.list_judges() == ("judge/sqpsych36", "other/ctrs")


def test_what_was_committed_is_there_though_the_next_write_failed(tmp_path: Path) -> None:
    with open_scores(tmp_path) as store:
        store.keep_measured("rules", "abc", "{}")
        with pytest.raises(CorpusError, match="cannot be written"):
            store.keep_measured("rules", "abd", object())  # type: ignore[arg-type]
        assert store.find_measured("rules", "abc") == "{}"


def test_damaged_scores_are_said_to_be(tmp_path: Path) -> None:
    with open_scores(tmp_path):
        pass
    with sqlite3.connect(tmp_path / SCORES) as connection:
        connection.execute("INSERT INTO judged VALUES ('j', 'd', 'no json')")
    connection.close()
    with open_scores(tmp_path) as store, pytest.raises(CorpusError, match="Delete it"):
        store.read_scores("j")


def test_a_fault_of_another_file_is_not_blamed_on_the_scores(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="elsewhere"), open_scores(tmp_path):
        raise sqlite3.OperationalError("elsewhere")


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / SCORES).write_text("some other file " * 99)
    with pytest.raises(CorpusError, match=r"scores\.sqlite"), open_scores(tmp_path):
        pass


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="away"), open_scores(tmp_path / "away"):
        pass


def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / SCORES) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(CorpusError, match="later version"), open_scores(tmp_path):
        pass
