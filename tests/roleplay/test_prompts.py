"""Prompts: what an agent sees, what it never sees, and that they grow only at the end."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.corpus import Journal, PlannedSession
from sqpsych.intake import build_nhanes_sample_profiles
from sqpsych.language_models import Request
from sqpsych.language_models.catalogue import PromptStyle, SamplingDefaults
from sqpsych.language_models.scripted import Script, ScriptedModel
from sqpsych.records import ClientProfile, Fact, Speaker
from sqpsych.roleplay import play_session
from sqpsych.roleplay.agent import Agent
from sqpsych.roleplay.prompts import (
    LABELS,
    stop_texts,
    write_messages,
    write_transcript,
)
from sqpsych.roleplay.stage import Cast

from .sessions import (
    CLIENT,
    CONDITION,
    SCORE,
    THERAPIST,
    Watcher,
    fill,
    load_paper,
    make_profile,
    make_turns,
    weave,
)

PAPER = load_paper()
SAMPLING = SamplingDefaults(temperature=0.7, top_p=0.8, max_tokens=200)
STYLES: tuple[PromptStyle, ...] = ("chat", "transcript")
SPEAKERS: tuple[Speaker, ...] = ("therapist", "client")


async def play(path: Path, style: PromptStyle, profile: ClientProfile) -> ScriptedModel:
    """Play a whole session, some lines asked for twice; the model keeps the prompts."""
    lines = [("(nods)", line) if n % 4 == 1 else line for n, line in enumerate(THERAPIST)]
    model = ScriptedModel(Script(therapist=tuple(lines), client=CLIENT))
    therapist, client = (Agent(speaker, model, style, SAMPLING, lane=0) for speaker in SPEAKERS)
    cast = Cast(therapist, client)
    journal = Journal.open(path)
    session = PlannedSession("d1", profile, seed=5)
    watcher = Watcher()
    journal.add_sessions([session])
    await play_session(session, cast, PAPER, journal, watcher)
    journal.close()
    assert watcher.finished == {"d1": None}
    return model


def read_prompt(request: Request) -> str:
    """The whole prompt as one text."""
    if request.transcript is not None:
        return request.transcript
    return "\x1e".join(f"{message.role}\x1f{message.content}" for message in request.messages)


def read_place(request: Request) -> tuple[str, int]:
    """The speaker and the turn of a request."""
    _, speaker, turn, _ = request.tag.split("/")
    return speaker, int(turn)


@pytest.mark.parametrize("style", STYLES)
async def test_each_prompt_begins_with_the_one_before_up_to_its_direction(
    tmp_path: Path, style: PromptStyle
) -> None:
    model = await play(tmp_path / "journal.sqlite", style, make_profile())
    lines = weave()
    for speaker in SPEAKERS:
        prompts = [
            (turn, read_prompt(request))
            for request in model.requests
            for who, turn in [read_place(request)]
            if who == speaker
        ]
        assert len(prompts) >= len(THERAPIST)
        instructions = fill(PAPER, speaker, make_profile())
        for (turn, earlier), (_, later) in pairwise(prompts):
            end = earlier.index(instructions) + len(instructions)
            if turn:
                end = earlier.index(lines[turn - 1], end) + len(lines[turn - 1])
            fixed = earlier[:end]
            assert later.startswith(fixed)
            assert all(line in fixed for line in lines[:turn])


@pytest.mark.parametrize("style", STYLES)
async def test_the_direction_stands_behind_everything_that_was_said(
    tmp_path: Path, style: PromptStyle
) -> None:
    model = await play(tmp_path / "journal.sqlite", style, make_profile())
    closing = [r for r in model.requests if read_place(r) == ("therapist", 28)]
    prompt = read_prompt(closing[0])
    appointment = next(date for date in PAPER.appointments if date in prompt)
    assert prompt.index(appointment) > prompt.index(CLIENT[13])


@pytest.mark.parametrize("style", STYLES)
async def test_a_second_attempt_is_told_why(tmp_path: Path, style: PromptStyle) -> None:
    model = await play(tmp_path / "journal.sqlite", style, make_profile())
    first, second = (r for r in model.requests if read_place(r) == ("therapist", 2))
    hint = "without brackets"
    assert hint not in read_prompt(first)
    assert hint in read_prompt(second)
    assert first.seed != second.seed


@pytest.mark.parametrize("style", STYLES)
async def test_label_scores_and_questionnaire_are_in_no_prompt(
    tmp_path: Path, style: PromptStyle
) -> None:
    profile = make_profile()
    model = await play(tmp_path / "journal.sqlite", style, profile)
    facts = " ".join(fact.value for fact in profile.demographics)
    allowed = {"64", "128", *re.findall(r"\d+", facts)}
    for request in model.requests:
        prompt = read_prompt(request)
        assert CONDITION not in prompt
        assert str(SCORE) not in prompt
        assert "phq" not in prompt.lower()
        assert set(re.findall(r"\d+", prompt)) <= allowed


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_instructions_for_real_people_name_no_group_total_or_item(speaker: Speaker) -> None:
    for profile in build_nhanes_sample_profiles()[:100]:
        text = fill(PAPER, speaker, profile)
        facts = " ".join(fact.value for fact in profile.demographics)
        assert "phq" not in text.lower()
        assert profile.condition is not None
        assert profile.condition not in text
        assert profile.pseudonym not in text
        assert set(re.findall(r"\d+", text)) <= {"64", "128", *re.findall(r"\d+", facts)}


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_patients_and_controls_get_the_same_words_but_for_their_facts(speaker: Speaker) -> None:
    def read_fixed(unwell: bool) -> list[str]:
        text = fill(PAPER, speaker, make_profile(unwell=unwell))
        return [line for line in text.splitlines() if line and not line.startswith("- ")]

    assert read_fixed(True) == read_fixed(False)
    assert len(read_fixed(True)) >= 3


def test_the_client_holds_the_statements() -> None:
    profile = make_profile()
    text = fill(PAPER, "client", profile)
    assert profile.statements[0].text in text
    assert "- Occupation: sorts parcels in a depot" in text


@pytest.mark.parametrize("value", ["{severity}", "{0}", "100 % {", "}"])
def test_braces_in_a_fact_are_no_variables(value: str) -> None:
    fact = Fact(name="work_situation", value=value)
    profile = make_profile().model_copy(update={"demographics": (fact,)})
    assert f"- Work situation: {value}\n" in fill(PAPER, "client", profile)


def test_nothing_known_is_said_so() -> None:
    profile = ClientProfile(pseudonym="p1")
    assert "- Nothing is known." in fill(PAPER, "therapist", profile)


@given(st.integers(0, 66))
def test_chat_roles_alternate_after_the_system_message(count: int) -> None:
    speaker: Speaker = "client" if count % 2 else "therapist"
    messages = write_messages("Be kind.", make_turns(["Words."] * count), speaker, "greets", {})
    assert messages[0].role == "system"
    assert messages[0].content == "Be kind."
    roles = [message.role for message in messages[1:]]
    assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]


def test_own_turns_are_the_assistants() -> None:
    turns = make_turns(["One?", "Two.", "Three?"])
    messages = write_messages("Be kind.", turns, "client", "answers", {})
    assert [(m.role, m.content) for m in messages[1:3]] == [("user", "One?"), ("assistant", "Two.")]
    assert messages[3].content.startswith("Three?\n\n")
    assert "the client answers" in messages[3].content


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_a_transcript_ends_where_the_speaker_begins(speaker: Speaker) -> None:
    turns = make_turns(["One?", "Two."] if speaker == "therapist" else ["One?"])
    text = write_transcript("Be kind.", turns, speaker, "goes on", {})
    assert text.startswith("Be kind.\nTherapist: One?\n")
    assert text.endswith(f"\n{LABELS[speaker]}:")
    assert f"the {speaker} goes on" in text.splitlines()[-2]


@pytest.mark.parametrize("speaker", SPEAKERS)
@pytest.mark.parametrize("style", STYLES)
def test_a_reply_stops_at_either_label(style: PromptStyle, speaker: Speaker) -> None:
    stops = stop_texts(style, speaker)
    for label in LABELS.values():
        assert any(stop in f"\n{label}: I" for stop in stops)
    assert len(stops) <= 4, "servers of OpenAI's kind refuse more"


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_a_transcript_stops_where_it_goes_on_with_a_direction(speaker: Speaker) -> None:
    prompt = write_transcript("Be kind.", make_turns(["One?"]), speaker, "goes on", {})
    direction = prompt.splitlines()[-2]
    assert any(direction.startswith(stop) for stop in stop_texts("transcript", speaker))
    assert not any(stop in "Next, the bus came." for stop in stop_texts("transcript", speaker))
