"""`sqpsych generate`: its protocol, who is played, and what the therapist knows."""

import json
from pathlib import Path
from typing import Any

from sqpsych.corpus import open_corpus
from sqpsych.intake import write_profiles
from sqpsych.records import ClientProfile, ScaleScore

from .small_study import SCRIPT, make_profile, run_sqpsych, write_study

RISK = "suicidality"


def read_study(folder: Path) -> dict[str, Any]:
    """What the manifest of the corpus says of the study."""
    study: dict[str, Any] = json.loads((folder / "corpus" / "manifest.json").read_text("utf-8"))
    return dict(study["study"])


def put_at_risk(profile: ClientProfile) -> ClientProfile:
    """A person whose answers name suicidal thoughts."""
    return profile.model_copy(update={"risk_flags": (RISK,)})


async def test_the_protocol_is_structured_unless_another_is_named(tmp_path: Path) -> None:
    """It also plays people at risk, where they are included."""
    write_study(tmp_path)
    write_profiles([put_at_risk(make_profile(0))], tmp_path / "profiles.jsonl")
    files = [str(tmp_path / "profiles.jsonl"), "-o", str(tmp_path / "corpus")]
    model = f"scripted:{tmp_path / 'script.json'}"
    done = await run_sqpsych("generate", *files, "-m", model, "--risk", "include")
    assert done.code == 1, done.err
    assert "0 closed, 1 rejected" in done.out
    assert "left out" not in done.err
    study = read_study(tmp_path)
    assert (study["protocol"], study["risk"]) == ("structured", "include")
    assert (study["therapist_knows"], study["candidates"]) == ("referral", 1)
    with open_corpus(tmp_path / "corpus") as corpus:
        assert [dialogue.risk_flags for dialogue in corpus.read_dialogues()] == [(RISK,)]


async def test_people_at_risk_are_left_out_and_counted(tmp_path: Path) -> None:
    arguments = write_study(tmp_path)
    people = [make_profile(0), put_at_risk(make_profile(1)), make_profile(2)]
    write_profiles(people, tmp_path / "profiles.jsonl")
    done = await run_sqpsych(*arguments)
    assert done.code == 0, done.err
    assert "1 of 3 people are left out" in done.err
    assert "--risk include" in done.err
    assert "2 closed, 0 rejected" in done.out
    assert read_study(tmp_path)["risk"] == "exclude"
    with open_corpus(tmp_path / "corpus") as corpus:
        played = [dialogue.pseudonym for dialogue in corpus.read_dialogues()]
    assert played == [people[0].pseudonym, people[2].pseudonym]


async def test_nobody_left_to_play_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    arguments = write_study(tmp_path)
    write_profiles([put_at_risk(make_profile(0))], tmp_path / "profiles.jsonl")
    done = await run_sqpsych(*arguments)
    assert done.code == 2
    assert "No profile is left to play" in done.err
    assert not (tmp_path / "corpus").exists()


async def test_what_the_therapist_knows_is_part_of_the_study(tmp_path: Path) -> None:
    arguments = [*write_study(tmp_path), "--therapist-knows", "totals"]
    score = ScaleScore(
        instrument="phq9",
        scale="total",
        value=20,
        answered=9,
        missing=0,
        prorated=False,
        band="severe",
    )
    person = make_profile(0).model_copy(update={"scores": (score,)})
    write_profiles([person], tmp_path / "profiles.jsonl")
    text = (tmp_path / "small" / "therapist.txt").read_text("utf-8")
    (tmp_path / "small" / "therapist.txt").write_text(f"{{referral}}\n{text}", "utf-8")
    assert (await run_sqpsych(*arguments)).code == 0
    assert read_study(tmp_path)["therapist_knows"] == "totals"
    again = await run_sqpsych(*arguments[:-1], "items")
    assert again.code == 2
    assert "therapist_knows: there 'totals', now 'items'" in again.err


async def test_of_several_candidates_the_others_are_on_record(tmp_path: Path) -> None:
    client = [("*sighs* Long.", SCRIPT["client"][0], ""), SCRIPT["client"][1]]
    done = await run_sqpsych(*write_study(tmp_path, client=client), "--candidates", "3")
    assert done.code == 0, done.err
    assert read_study(tmp_path)["candidates"] == 3
    with open_corpus(tmp_path / "corpus") as corpus:
        (dialogue,) = corpus.read_dialogues()
        rejected = [a for a in corpus.read_rejected(dialogue.id) if a.turn == 1]
    assert dialogue.turns[1].text == SCRIPT["client"][0]
    assert dialogue.turns[1].attempts == 3
    assert [(a.number, a.reasons) for a in rejected] == [
        (1, ("stage_direction",)),
        (3, ("empty",)),
    ]
