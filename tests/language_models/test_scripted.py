"""The scripted model: what it says when, and what is no script."""

import time
from pathlib import Path

import pytest

from sqpsych.errors import CatalogueError, ServerReplyError
from sqpsych.language_models import Message, Request
from sqpsych.language_models.scripted import Script, ScriptedModel, read_script

SCRIPT = Script(
    therapist=("How are you?", ("first", "second")), client=("Tired.", ("only one way",))
)


def make_request(tag: str) -> Request:
    """A request of the kind the role-play sends."""
    return Request(tag=tag, seed=1, max_tokens=5, messages=(Message("user", "one two three"),))


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("d1/therapist/0/1", "How are you?"),
        ("d1/therapist/0/7", "How are you?"),
        ("d1/client/1/1", "Tired."),
        ("d1/therapist/2/1", "first"),
        ("d1/therapist/2/2", "second"),
        ("d1/therapist/2/9", "second"),
        ("d1/client/3/4", "only one way"),
    ],
)
async def test_line_follows_speaker_turn_and_attempt(tag: str, text: str) -> None:
    assert (await ScriptedModel(SCRIPT).reply(make_request(tag))).text == text


async def test_reply_is_complete_and_the_request_kept() -> None:
    model = ScriptedModel(SCRIPT, "actor")
    reply = await model.reply(make_request("d1/therapist/0/1"))
    assert (reply.finish_reason, reply.prompt_tokens, reply.completion_tokens) == ("stop", 3, 3)
    assert (model.name, model.requests) == ("actor", [make_request("d1/therapist/0/1")])
    await model.close()


async def test_transcript_is_counted_too() -> None:
    request = Request(tag="d1/client/1/1", seed=1, max_tokens=5, transcript="a b")
    assert (await ScriptedModel(SCRIPT).reply(request)).prompt_tokens == 2


async def test_candidates_are_the_lines_of_the_attempts_to_come() -> None:
    model = ScriptedModel(SCRIPT)
    replies = await model.draw(make_request("d1/therapist/2/1"), 3)
    assert [reply.text for reply in replies] == ["first", "second", "second"]
    assert [r.text for r in await model.draw(make_request("d1/client/1/2"), 2)] == ["Tired."] * 2
    assert len(model.requests) == 2


async def test_a_line_streams_word_by_word() -> None:
    heard: list[str] = []
    reply = await ScriptedModel(SCRIPT).stream(make_request("d1/therapist/0/1"), heard.append)
    assert reply.text == "How are you?"
    assert heard == ["How", "How are", "How are you?"]


@pytest.mark.parametrize("tag", ["d1/therapist/4/1", "d1/client/5/1"])
async def test_turn_without_a_line_is_no_reply(tag: str) -> None:
    with pytest.raises(ServerReplyError, match="has 2 lines"):
        await ScriptedModel(SCRIPT).reply(make_request(tag))


async def test_replies_take_as_long_as_the_script_says() -> None:
    start = time.perf_counter()
    await ScriptedModel(SCRIPT.model_copy(update={"delay_s": 0.05})).reply(
        make_request("d/client/1/1")
    )
    assert time.perf_counter() - start >= 0.045


def test_script_is_read_from_json(tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    path.write_text('{"therapist": ["Hi.", ["a", "b"]], "client": []}', encoding="utf-8")
    assert read_script(path) == Script(therapist=("Hi.", ("a", "b")), client=())


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", "whole file"),
        (b"{", "whole file"),
        (b"[]", "whole file"),
        (b"\xff\xfe", "whole file"),
        (b'{"therapist": []}', "client"),
        (b'{"therapist": [5], "client": []}', "therapist.0"),
        (b'{"therapist": [[]], "client": []}', "therapist.0"),
        (b'{"therapist": "Hi", "client": []}', "therapist"),
        (b'{"therapist": [], "client": [], "delay_s": -1}', "delay_s"),
        (b'{"therapist": [], "client": [], "delay": 1}', "delay"),
    ],
)
def test_what_is_no_script_is_told_by_place(tmp_path: Path, content: bytes, place: str) -> None:
    path = tmp_path / "script.json"
    path.write_bytes(content)
    with pytest.raises(CatalogueError, match=rf"script\.json is no script: .*{place}"):
        read_script(path)


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_script_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(CatalogueError, match="cannot be read"):
        read_script(tmp_path / name)
