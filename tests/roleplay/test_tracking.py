"""A model that reads along: what it finds is kept under its name, and only what was said."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sqpsych.corpus import open_corpus
from sqpsych.language_models.opening import find_spec
from sqpsych.language_models.scripted import Script, ScriptedModel
from sqpsych.records import Mention, Symptom
from sqpsych.roleplay.generation import _cast
from sqpsych.roleplay.tracking import TRACKER_FAILED, Tracker

from .sessions import CLIENT, make_study, write_script
from .test_generation import run

LINE = "I lie there until two or so, and my appetite is fine."
ASKED = [Symptom.APPETITE, Symptom.INSOMNIA]


def tell(*mentions: tuple[str, str, str]) -> str:
    """An answer in the form asked for."""
    found = [{"symptom": s, "kind": k, "quote": q} for s, k, q in mentions]
    return json.dumps({"mentions": found})


async def read(answer: str) -> tuple[Mention, ...] | None:
    """What a tracker makes of a model's answer to the line."""
    model = ScriptedModel(Script(therapist=(), client=(answer,)), "reader")
    return await Tracker(model, "chat", 0).read("d1", 1, (), LINE, ASKED)


async def test_what_the_model_finds_carries_its_name() -> None:
    answer = tell(
        ("insomnia", "claimed", "I lie there until two"), ("appetite", "denied", "appetite is fine")
    )
    found = await read(answer)
    assert found is not None
    assert [(m.symptom, m.kind, m.rater) for m in found] == [
        (Symptom.INSOMNIA, "claimed", "reader"),
        (Symptom.APPETITE, "denied", "reader"),
    ]


async def test_words_are_kept_as_they_stand_in_the_line() -> None:
    found = await read(tell(("insomnia", "claimed", "i lie THERE, until  two")))
    assert [mention.quote for mention in found or ()] == ["I lie there until two"]


async def test_without_symptoms_to_look_for_the_model_is_not_asked() -> None:
    model = ScriptedModel(Script(therapist=(), client=()), "reader")
    assert await Tracker(model, "chat", 0).read("d1", 1, (), LINE, []) == ()
    assert not model.requests


@pytest.mark.parametrize("models", ["aaa", "aba", "abb", "aab", "abc"])
def test_every_part_has_lanes_of_its_own_in_its_model(models: str) -> None:
    therapist, client, tracker = (f"scripted:{name}.json" for name in models)
    study = replace(make_study(therapist, client_model=client), tracker=find_spec(tracker))
    reader = ScriptedModel(Script(therapist=(), client=()), "reader")
    used = []
    for worker in range(3):
        cast = _cast(study, (reader,) * 3, worker)
        assert cast.tracker is not None
        lanes = (cast.therapist.lane, cast.client.lane, cast.tracker.lane)
        used += list(zip(models, lanes, strict=True))
    assert len(set(used)) == 9
    for model in set(models):
        lanes_there = sorted(lane for name, lane in used if name == model)
        assert lanes_there == list(range(3 * models.count(model)))


async def test_nothing_found_is_a_reading() -> None:
    assert await read(tell()) == ()


@pytest.mark.parametrize(
    "answer",
    [
        "The client sleeps badly.",
        '{"mentions": [{"symptom": "insomnia"}]}',
        '{"mentions": [], "why": "none"}',
        tell(("insomnia", "named", "I lie there")),
        tell(("worry", "claimed", "I lie there")),
        tell(("insomnia", "claimed", "I never sleep")),
        tell(("insomnia", "claimed", "")),
        tell(("insomnia", "claimed", "ie there")),
        "",
    ],
)
async def test_an_answer_in_another_form_or_about_what_was_not_said_is_none(answer: str) -> None:
    assert await read(answer) is None


async def test_the_schema_allows_the_symptoms_of_the_profile_alone() -> None:
    model = ScriptedModel(Script(therapist=(), client=(tell(),)), "reader")
    await Tracker(model, "transcript", 3).read("d1", 1, (), LINE, ASKED)
    (request,) = model.requests
    schema: Any = request.schema
    symptoms = schema["properties"]["mentions"]["items"]["properties"]["symptom"]["enum"]
    assert symptoms == ["appetite", "insomnia"]
    assert request.lane == 3
    assert (request.transcript or "").endswith("JSON:")


async def test_readings_and_failures_are_stored_with_the_turns(tmp_path: Path) -> None:
    readings = [tell(), "no idea", *[tell()] * (len(CLIENT) - 3), "{}"]
    readings.insert(4, tell(("insomnia", "claimed", "I lie there until two or so")))
    (tmp_path / "reader.json").write_text(
        json.dumps({"therapist": [], "client": readings[: len(CLIENT)]}), "utf-8"
    )
    plain = make_study(write_script(tmp_path / "script.json"))
    tracker = find_spec(f"scripted:{tmp_path / 'reader.json'}")
    study = type(plain)(
        plain.profiles, plain.protocol, plain.therapist, plain.client, plain.seed, tracker=tracker
    )
    assert "tracker" in study.describe()
    await run(study, tmp_path / "corpus")
    with open_corpus(tmp_path / "corpus") as corpus:
        (dialogue,) = corpus.read_dialogues()
    failed = [turn.index for turn in dialogue.turns if TRACKER_FAILED in turn.flags]
    assert failed[0] == 3
    found = [m for turn in dialogue.turns for m in turn.mentions if m.rater == "scripted"]
    assert [(m.symptom, m.quote) for m in found] == [
        (Symptom.INSOMNIA, "I lie there until two or so")
    ]
