"""A model that reads along: what it finds is kept under its name, and only what was said."""

import json
from pathlib import Path
from typing import Any

import pytest

from sqpsych.corpus import open_corpus
from sqpsych.language_models.opening import find_spec
from sqpsych.language_models.scripted import Script, ScriptedModel
from sqpsych.records import Mention, Symptom
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
