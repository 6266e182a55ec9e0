"""Pairs of answers are told from other pairs, and judges by all that shapes their choices."""

import json
from pathlib import Path

import pytest

from benchmarks.small_adversarial import write_adversarial, write_run
from sqpsych.assessment.judging import BETTER_ANSWER, Asker
from sqpsych.benchmarks.answers import read_open_answers
from sqpsych.benchmarks.judged import (
    Duel,
    KeptPreference,
    count_winners,
    fight,
    find_kept,
    name_duel_judge,
    pair_answers,
)
from sqpsych.benchmarks.published import read_counselbench_adv
from sqpsych.errors import BenchmarkError
from sqpsych.language_models.scripted import Line, Script, ScriptedModel

OURS = {"therapy/0/1": "Breathe.", "therapy/0/2": "Breathe out.", "symptoms/0/1": "Rest."}
THEIRS = {"therapy/0/1": "Tell me more.", "therapy/0/2": "What happens then?"}


def make_asker(*lines: Line, seed: int = 0) -> Asker:
    return Asker(ScriptedModel(Script(therapist=(), client=lines)), seed=seed)


def choose(better: str) -> str:
    return json.dumps({"reason": "It is.", "better": better})


def make_duel(folder: Path, ours: dict[str, str], theirs: dict[str, str]) -> Duel:
    questions = read_counselbench_adv(write_adversarial(folder / "files"))
    a, b = (
        read_open_answers(write_run(folder / name, answers), "counselbench-adv", questions)
        for name, answers in (("ours", ours), ("theirs", theirs))
    )
    return pair_answers(a, b)


def test_questions_that_both_answered_are_paired_with_what_was_asked(tmp_path: Path) -> None:
    duel = make_duel(tmp_path, OURS, THEIRS)
    assert [pairing.id for pairing in duel.pairings] == ["therapy/0/1", "therapy/0/2"]
    one = duel.pairings[0]
    assert (one.a, one.b, one.question) == ("Breathe.", "Tell me more.", BETTER_ANSWER)
    assert "bridges" in one.prompt
    assert (duel.only_a, duel.only_b) == (1, 0)


def test_nothing_in_common_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="no question in common"):
        make_duel(tmp_path, OURS, {"apathetic/1/1": "I am sorry."})


async def test_kept_choices_count_for_the_same_answers_alone(tmp_path: Path) -> None:
    duel = make_duel(tmp_path / "first", OURS, THEIRS)
    kept: list[KeptPreference] = []
    asker = make_asker(choose("B"), choose("A"))
    preferences = await fight(asker, duel.pairings, kept.append)
    assert count_winners(preferences) == {"a": 0, "b": 2, "tie": 0, None: 0}
    changed = make_duel(tmp_path / "second", OURS | {"therapy/0/2": "Go."}, THEIRS)
    assert set(find_kept(changed.pairings, kept)) == {"therapy/0/1"}
    again: list[KeptPreference] = []
    asker = make_asker(choose("A"), choose("B"))
    preferences = await fight(asker, changed.pairings, again.append, kept=kept)
    assert [preference.winner for preference in preferences] == ["b", "a"]
    assert [one.preference.pairing for one in again] == ["therapy/0/2"]


def test_a_judge_is_named_by_all_that_shapes_its_choices() -> None:
    key = name_duel_judge(make_asker("x"))
    assert key.startswith("scripted/better answer/")
    assert name_duel_judge(make_asker("y")) == key
    assert name_duel_judge(make_asker("x", seed=1)) != key
