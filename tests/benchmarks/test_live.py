"""Live sessions: who may be played, what settles a run, how sessions become figures."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.records import HEADER, STUDY, make_attempt, make_session, make_turn
from sqpsych.assessment import Sample, read_sample
from sqpsych.assessment.grouping import Grouping
from sqpsych.assessment.judging import load_rubric
from sqpsych.benchmarks.live import (
    choose_held_out,
    hash_rubric,
    score_sessions,
    write_live_scores,
)
from sqpsych.benchmarks.run_folder import keep_settings
from sqpsych.corpus import open_corpus, open_run
from sqpsych.errors import BenchmarkError
from sqpsych.records import Score

CTRS = load_rubric("ctrs")
PANAS = load_rubric("panas")
RUBRICS = [CTRS, PANAS]
SETTINGS = {"model": {"name": "m", "sha256": "00"}, "seed": 0}


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Sample]:
    """Four sessions: two closed, one given up at the client's turn, one before its first turn."""
    path = tmp_path / "corpus"
    with open_run(path, STUDY, HEADER) as journal:
        journal.add_sessions([make_session(name) for name in "abcd"])
        for name, turns in (("a", 4), ("b", 2), ("c", 3)):
            for index in range(turns):
                journal.add_turn(name, make_turn(index))
        journal.add_rejected("a", [make_attempt(1, 1), make_attempt(1, 2)])
        journal.add_rejected("c", [make_attempt(3, number) for number in (1, 2, 3)])
        journal.add_rejected("d", [make_attempt(0, number) for number in (1, 2)])
        journal.finish("a", "closed", None)
        journal.finish("b", "closed", None)
        journal.finish("c", "rejected", "turn 3: cut_off")
        journal.finish("d", "rejected", "turn 0: cut_off")
    with open_corpus(path) as opened:
        yield read_sample(opened, Grouping())


def rate(subject: str, judge: str, value: int) -> list[Score]:
    """A judge's verdicts: every skill alike; affect one point more after than before."""
    skills = {criterion.id: float(value) for criterion in CTRS.criteria}
    affect = {c.id: 1.0 + c.id.endswith("_after") for c in PANAS.criteria}
    return [
        Score(subject=subject, measure=measure, criterion=name, value=given, rater=judge)
        for measure, values in (("ctrs", skills), ("panas", affect))
        for name, given in values.items()
    ]


def fail(score: Score) -> Score:
    """The same criterion, without a verdict."""
    return score.model_copy(update={"value": None, "error": "no JSON"})


def test_sessions_become_figures_of_people(sample: Sample) -> None:
    scored = score_sessions(sample, rate("a", "j", 2) + rate("b", "j", 4), ["j"], RUBRICS)
    closed = scored.figures["closed"]
    assert (closed.value, closed.n) == (0.5, 4)
    assert closed.low == 0
    assert [scored.items[f"person-{name}"]["closed"] for name in "abcd"] == [1, 1, 0, 0]
    total = scored.figures["ctrs, Total (0-66)"]
    assert (total.value, total.n) == (33, 2)
    assert scored.items["person-b"]["ctrs, Total (0-66)"] == 44
    assert scored.items["person-a"]["panas, Positive affect, change (-40 to 40)"] == 10
    assert scored.better["ctrs, Total (0-66)"] == "higher"
    assert scored.better["panas, Positive affect, change (-40 to 40)"] == "none"
    assert scored.better["attempts a turn"] == "lower"


def test_a_rejected_session_has_no_judged_value_and_its_cost_is_seen(sample: Sample) -> None:
    scores = rate("a", "j", 2) + rate("c", "j", 6)
    scored = score_sessions(sample, scores, ["j"], RUBRICS)
    assert scored.items["person-c"]["ctrs, Total (0-66)"] is None
    assert scored.items["person-b"]["ctrs, Total (0-66)"] is None
    assert scored.figures["ctrs, Total (0-66)"].n == 1
    attempts = [scored.items[f"person-{name}"]["attempts a turn"] for name in "abcd"]
    assert attempts == [6 / 4, 1, 6 / 3, 2]
    assert scored.sessions == {"closed": 2, "rejected": 2}
    assert scored.reasons == {"client, cut_off": 1, "therapist, cut_off": 1}
    assert (scored.costs["rejected"].attempts, scored.costs["rejected"].turns) == (8, 3)
    assert scored.costs["rejected"].tokens_out == 8 * 4
    assert scored.costs["closed"].attempts == 8


def test_a_scale_that_lacks_a_verdict_has_no_value(sample: Sample) -> None:
    first, *rest = rate("a", "j", 2)
    scored = score_sessions(sample, [fail(first), *rest, *rate("b", "j", 4)], ["j"], RUBRICS)
    assert first.criterion == "agenda"
    assert scored.items["person-a"]["ctrs, Total (0-66)"] is None
    assert scored.items["person-a"]["ctrs, Conceptualisation, strategy and technique (0-30)"] == 10
    assert scored.figures["ctrs, Total (0-66)"].n == 1
    assert scored.verdicts == {"j": {"asked": 2 * len(rate("a", "j", 2)), "failed": 1}}


def test_several_judges_stand_apart(sample: Sample) -> None:
    scored = score_sessions(
        sample, rate("a", "mild", 5) + rate("a", "strict", 1), ["mild", "strict"], RUBRICS
    )
    assert scored.items["person-a"]["ctrs, Total (0-66), by mild"] == 55
    assert scored.items["person-a"]["ctrs, Total (0-66), by strict"] == 11
    assert "ctrs, Total (0-66)" not in scored.figures


def test_without_judges_there_are_the_sessions_alone(sample: Sample) -> None:
    scored = score_sessions(sample, [], [], RUBRICS)
    assert list(scored.figures) == ["closed", "attempts a turn"]


def test_what_judges_gave_nobody_is_a_figure_without_value(sample: Sample) -> None:
    scored = score_sessions(sample, [], ["j"], RUBRICS)
    total = scored.figures["ctrs, Total (0-66)"]
    assert (total.value, total.n) == (None, 0)


def test_scores_are_written_for_comparing(sample: Sample, tmp_path: Path) -> None:
    scored = score_sessions(sample, rate("a", "j", 2), ["j"], RUBRICS)
    write_live_scores(tmp_path / "scores.json", scored, SETTINGS)
    written = json.loads((tmp_path / "scores.json").read_text("utf-8"))
    assert (written["task"], written["model"]) == ("live", "m")
    assert set(written["figures"]) == set(written["better"])
    assert set(written["figures"]["closed"]) == {"value", "low", "high", "n"}
    assert written["items"]["person-a"]["closed"] == 1
    assert written["reasons"] == {"client, cut_off": 1, "therapist, cut_off": 1}


def test_a_run_goes_on_with_the_same_settings_alone(tmp_path: Path) -> None:
    keep_settings(tmp_path / "live", SETTINGS)
    before = (tmp_path / "live" / "settings.json").read_bytes()
    keep_settings(tmp_path / "live", SETTINGS)
    with pytest.raises(BenchmarkError, match="seed: there 0, now 1"):
        keep_settings(tmp_path / "live", SETTINGS | {"seed": 1})
    with pytest.raises(BenchmarkError, match='judges 1 name: there none, now "j"'):
        keep_settings(tmp_path / "live", SETTINGS | {"judges": [{"name": "j"}]})
    with pytest.raises(BenchmarkError, match='model name: there "m", now "n"') as caught:
        keep_settings(tmp_path / "live", SETTINGS | {"model": {"name": "n", "sha256": "00"}})
    assert "sha256" not in str(caught.value)
    assert (tmp_path / "live" / "settings.json").read_bytes() == before


@pytest.mark.parametrize("text", ["", "{", "[1]", "3"])
def test_damaged_settings_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text, encoding="utf-8")
    with pytest.raises(BenchmarkError, match=r"settings\.json cannot be read"):
        keep_settings(tmp_path, SETTINGS)


def test_only_people_of_the_test_split_are_held_out() -> None:
    people = [make_session(name).profile for name in "abcd"]
    splits = {"person-a": "train", "person-b": "test", "person-c": "dev"}
    kept, others = choose_held_out(people, splits, Path("dataset"))
    assert [one.pseudonym for one in kept] == ["person-b"]
    assert others == {"in the train split": 1, "in the dev split": 1, "not in the dataset": 1}


def test_people_of_the_train_split_alone_are_refused_by_count() -> None:
    people = [make_session(name).profile for name in "abc"]
    splits = {"person-a": "train", "person-b": "train", "person-z": "test"}
    with pytest.raises(BenchmarkError, match="None of the 3 profiles") as caught:
        choose_held_out(people, splits, Path("dataset"))
    assert "2 in the train split, 1 not in the dataset" in str(caught.value)
    assert "person-a" not in str(caught.value)


def test_another_wording_is_another_rubric() -> None:
    other = CTRS.model_copy(update={"title": "Other"})
    assert hash_rubric(CTRS) == hash_rubric(load_rubric("ctrs"))
    assert hash_rubric(CTRS) != hash_rubric(other)
