"""`sqpsych bench live`: whole sessions are played, judged and scored, and taken up again."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from simulated_server import Costs, open_server
from typer.testing import CliRunner

from sqpsych.assessment.judging import load_rubric
from sqpsych.benchmarks.live import RUBRICS
from sqpsych.cli.app import app
from sqpsych.errors import BenchmarkError, InputError, ProfileError, ReleaseError
from sqpsych.intake import build_nhanes_sample_profiles, write_profiles
from sqpsych.records import ClientProfile
from sqpsych.release import ReleaseSettings, release_corpora

from .small_study import Done, run_sqpsych

PLACES = 2
"""Requests a session and rubric, at most: some criteria are rated by the client's lines alone."""


@pytest.fixture
def server() -> Iterator[str]:
    """A model that plays whole sessions, at no cost."""
    with open_server(Costs(1e9, 0.0, 0.0)) as url:
        yield url


def choose_people(number: int) -> list[ClientProfile]:
    """People of the shipped sample without risk."""
    people = [one for one in build_nhanes_sample_profiles() if not one.risk_flags]
    return people[:number]


def write_people(folder: Path, number: int) -> Path:
    """A profiles file."""
    write_profiles(choose_people(number), folder / "profiles.jsonl")
    return folder / "profiles.jsonl"


def write_judge(folder: Path, score: int = 2) -> str:
    """A judge that gives every criterion of every rubric the same, with a word that is said."""
    verdict = {"turn": 1, "quote": "I", "reason": "It is so.", "score": score}
    criteria = [c.id for name in RUBRICS for c in load_rubric(name).criteria]
    answers = [json.dumps(dict.fromkeys(criteria, verdict))] * PLACES
    path = folder / "judge.json"
    path.write_text(json.dumps({"therapist": [], "client": answers}), encoding="utf-8")
    return f"scripted:{path}"


def write_mute(folder: Path) -> str:
    """A model that says nothing, whatever it is asked."""
    path = folder / "mute.json"
    path.write_text(json.dumps({"therapist": [""], "client": [""]}), encoding="utf-8")
    return f"scripted:{path}"


def read_json(path: Path) -> dict[str, object]:
    """Read a JSON file."""
    record: dict[str, object] = json.loads(path.read_text("utf-8"))
    return record


async def play(folder: Path, model: str, client: str, people: Path, *more: str) -> Done:
    """Play live sessions into RUN."""
    models = ("--model", model, "--client-model", client)
    files = ("--profiles", str(people), "-o", str(folder / "run"))
    return await run_sqpsych("bench", "live", *models, *files, *more)


async def test_sessions_are_played_judged_and_scored_once(tmp_path: Path, server: str) -> None:
    people = write_people(tmp_path, 3)
    judges = ("--judge", write_judge(tmp_path), "--limit", "2")
    first = await play(tmp_path, server, server, people, *judges)
    assert first.code == 0, first.err
    assert "sessions 2: closed 2, rejected 0" in first.out
    assert "Nothing is known about whether the model has seen these people." in first.out
    assert "ctrs, Total (0-66)\t22.0 [22.0, 22.0]\t2" in first.out
    assert "panas, Negative affect, change (-40 to 40)\t0 [0, 0]\t2" in first.out
    live = tmp_path / "run" / "live"
    scores = read_json(live / "scores.json")
    assert scores["model"] == "puppet"
    assert scores["items"].keys() == {one.pseudonym for one in choose_people(2)}  # type: ignore[attr-defined]
    settings = read_json(live / "settings.json")
    assert settings["protocol"] == "structured"
    assert settings["rubrics"].keys() == set(RUBRICS)  # type: ignore[attr-defined]
    again = await play(tmp_path, server, server, people, *judges)
    assert again.code == 0, again.err
    assert "scripted/ctrs" in again.err
    assert "0 of 2 dialogues to judge" in again.err
    assert read_json(live / "scores.json") == scores
    more = await play(tmp_path, server, server, people, *judges[:2])
    assert more.code == 0, more.err
    assert "sessions 3: closed 3, rejected 0" in more.out
    assert "1 of 3 dialogues to judge" in more.err
    shown = await run_sqpsych("show", str(live / "corpus"))
    assert shown.code == 0, shown.err


async def test_scores_of_other_judges_of_the_corpus_do_not_count(
    tmp_path: Path, server: str
) -> None:
    people = write_people(tmp_path, 2)
    options = ("--judge", write_judge(tmp_path), "--rubric", "ctrs")
    first = await play(tmp_path, server, server, people, *options)
    assert first.code == 0, first.err
    corpus = tmp_path / "run" / "live" / "corpus"
    mild = write_judge(tmp_path, score=4)
    assessed = await run_sqpsych(
        "assess", str(corpus), "--judge", mild, "--rubric", "ctrs", "--seed", "5"
    )
    assert assessed.code == 0, assessed.err
    again = await play(tmp_path, server, server, people, *options)
    assert "ctrs, Total (0-66)\t22.0 [22.0, 22.0]\t2" in again.out


async def test_a_judge_that_fails_gives_no_value_beside_one_that_does_not(
    tmp_path: Path, server: str
) -> None:
    people = write_people(tmp_path, 1)
    judges = ("--judge", write_judge(tmp_path), "--judge", server, "--rubric", "ctrs")
    done = await play(tmp_path, server, server, people, *judges)
    assert done.code == 0, done.err
    assert "puppet: 11 of 11 verdicts failed" in done.out
    assert "ctrs, Total (0-66), by scripted\t22\t1" in done.out
    assert "ctrs, Total (0-66), by puppet\t–\t0" in done.out


async def test_a_therapist_who_says_nothing_closes_no_session(tmp_path: Path, server: str) -> None:
    people = write_people(tmp_path, 2)
    judges = ("--judge", write_judge(tmp_path))
    done = await play(tmp_path, write_mute(tmp_path), server, people, *judges)
    assert done.code == 0, done.err
    assert "sessions 2: closed 0, rejected 2" in done.out
    assert "rejected 2: therapist, empty" in done.out
    assert "closed\t0 [0, 0]\t2" in done.out
    assert "sqpsych36, Total (0-36)\t–\t0" in done.out
    replies = next(row for row in done.out.splitlines() if row.startswith("2 rejected"))
    assert int(replies.split("\t")[2]) > 2


async def test_other_settings_are_refused(tmp_path: Path, server: str) -> None:
    people = write_people(tmp_path, 2)
    first = await play(tmp_path, server, server, people, "--limit", "1")
    assert first.code == 0, first.err
    before = (tmp_path / "run" / "live" / "scores.json").read_bytes()
    judges = ("--judge", write_judge(tmp_path))
    for changed in (judges, ("--seed", "3"), ("--rubric", "ctrs"), ("--risk", "include")):
        done = await play(tmp_path, server, server, people, *changed)
        assert done.code == 2
        assert "was begun with other settings" in done.err
    other = await play(tmp_path, write_mute(tmp_path), server, people)
    assert 'model name: there "puppet", now "scripted"' in other.err
    write_people(tmp_path, 3)
    assert "profiles_file_sha256" in (await play(tmp_path, server, server, people)).err
    assert (tmp_path / "run" / "live" / "scores.json").read_bytes() == before


async def test_people_of_the_test_split_alone_are_played(tmp_path: Path, server: str) -> None:
    people = write_people(tmp_path, 6)
    generated = await run_sqpsych("generate", str(people), "-o", str(tmp_path / "c"), "-m", server)
    assert generated.code == 0, generated.err
    dataset = tmp_path / "dataset"
    release_corpora([tmp_path / "c"], dataset, ReleaseSettings(test=0.34, dev=0.17))
    held = pq.read_table(dataset / "data" / "test.parquet").column("person").to_pylist()
    done = await play(tmp_path, server, server, people, "--held-out", str(dataset))
    assert done.code == 0, done.err
    scores = read_json(tmp_path / "run" / "live" / "scores.json")
    assert sorted(scores["items"]) == sorted(held)  # type: ignore[call-overload]
    assert "4 of 6 people are not played: 1 in the dev split, 3 in the train split." in done.err
    assert "Nothing is known" not in done.out
    others = [one for one in choose_people(6) if one.pseudonym not in held]
    write_profiles(others, people)
    refused = await play(tmp_path / "other", server, server, people, "--held-out", str(dataset))
    assert refused.code == 2
    assert "1 in the dev split, 3 in the train split" in refused.err
    shutil.copy(dataset / "data" / "test.parquet", dataset / "data" / "train.parquet")
    leaking = await play(tmp_path / "last", server, server, people, "--held-out", str(dataset))
    assert leaking.code == 2
    assert f"2 people of {dataset} stand in several of its splits" in leaking.err


def invoke(folder: Path, people: Path, *more: str, model: str = "smollm2-135m") -> object:
    """The error that a call ends with."""
    command = ["bench", "live", "-m", model, "--client-model", model, "--profiles", str(people)]
    return CliRunner().invoke(app, [*command, "-o", str(folder / "run"), *more]).exception


@pytest.mark.parametrize(
    ("more", "kind", "told"),
    [
        (("--rubric", "crts"), InputError, "Did you mean 'ctrs'"),
        (("--rubric", "ctrs", "--rubric", "ctrs"), BenchmarkError, "given twice"),
        (("--judge", "scripted:a", "--judge", "scripted:b"), BenchmarkError, "are called scripted"),
        (("--judge", "unheard-of"), InputError, "unheard-of"),
        (("--risk", "some"), InputError, "--risk"),
        (("--held-out", "away"), ReleaseError, "away is no dataset"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, more: tuple[str, ...], kind: type[Exception], told: str
) -> None:
    people = write_people(tmp_path, 1)
    error = invoke(tmp_path, people, *more, model=write_mute(tmp_path))
    assert isinstance(error, kind)
    assert told in str(error)
    assert not (tmp_path / "run").exists()


def test_profiles_that_cannot_be_played_are_named(tmp_path: Path) -> None:
    people, mute = tmp_path / "profiles.jsonl", write_mute(tmp_path)
    (one,) = choose_people(1)
    write_profiles([one, one], people)
    twice = invoke(tmp_path, people, model=mute)
    assert isinstance(twice, ProfileError)
    assert "line 2 is the same person as line 1" in str(twice)
    write_profiles([one.model_copy(update={"risk_flags": ("suicidality",)})], people)
    nobody = invoke(tmp_path, people, model=mute)
    assert isinstance(nobody, ProfileError)
    assert "No profile is left to play" in str(nobody)
