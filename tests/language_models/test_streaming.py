"""Replies that stream: against a real server on loopback, and what such a server may do wrong."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from sqpsych.errors import RequestRefusedError, ServerReplyError, ServerUnavailableError
from sqpsych.language_models import Message, Reply, Request
from sqpsych.language_models.openai_compatible import OpenAICompatibleModel, Server
from sqpsych.language_models.pool import PooledModel

from .stub_server import Canned, StubServer, answer_json, answer_text

PLAIN = Request(tag="d1/client/1/1", seed=11, max_tokens=40, transcript="Client:")
CHAT = replace(PLAIN, transcript=None, messages=(Message("user", "Begin."),))
USAGE = {
    "prompt_tokens": 7,
    "completion_tokens": 2,
    "prompt_tokens_details": {"cached_tokens": 3},
}
DONE = "[DONE]"


def answer_events(*events: Any, **options: Any) -> Canned:
    """Answer with a stream of events, JSON values or texts."""
    lines = (event if isinstance(event, str) else json.dumps(event) for event in events)
    body = "".join(f"data: {line}\n\n" for line in lines)
    return Canned(body.encode(), content_type="text/event-stream", **options)


def make_piece(text: str | None, finish: str | None = None, *, chat: bool = False) -> Any:
    """One event of a completion, of either kind."""
    said = {"delta": {"content": text}} if chat else {"text": text}
    return {"choices": [{"index": 0, "finish_reason": finish, **said}]}


async def listen(
    server: StubServer, request: Request = PLAIN, retries: int = 0
) -> tuple[Reply, list[str]]:
    """Ask once, and keep what was told on the way."""
    heard: list[str] = []
    model = OpenAICompatibleModel(Server(server.base_url, retries=retries), "m")
    try:
        return await model.stream(request, heard.append), heard
    finally:
        await model.close()


@pytest.mark.parametrize("request_", [PLAIN, CHAT], ids=["completions", "chat"])
async def test_a_reply_is_told_as_it_comes(server: StubServer, request_: Request) -> None:
    chat = request_ is CHAT
    server.say(
        answer_events(
            ": a comment",
            {"choices": [{"index": 0, "finish_reason": None, "delta": {"role": "assistant"}}]},
            make_piece("I sleep", chat=chat),
            make_piece(" badly – très.", chat=chat),
            make_piece("", "stop", chat=chat),
            {"choices": [], "usage": USAGE},
            DONE,
            "nobody reads on",
        )
        if chat
        else answer_events(
            make_piece("I sleep"),
            make_piece(" badly – très.", "stop"),
            {"choices": [], "usage": USAGE},
            DONE,
        )
    )
    if chat:
        server.answers[0] = replace(
            server.answers[0], body=server.answers[0].body.replace(b"data: : a", b": a")
        )
    reply, heard = await listen(server, request_)
    assert (reply.text, reply.finish_reason) == ("I sleep badly – très.", "stop")
    assert (reply.prompt_tokens, reply.cached_tokens, reply.completion_tokens) == (7, 3, 2)
    assert heard == ["", "I sleep", "I sleep badly – très."]
    (sent,) = server.received
    assert sent.body["stream"] is True
    assert sent.body["stream_options"] == {"include_usage": True}
    assert sent.path.endswith("/chat/completions" if chat else "/v1/completions")


async def test_stop_text_that_a_server_leaves_is_not_told(server: StubServer) -> None:
    pieces = (make_piece("One"), make_piece(" two.\n"), make_piece("Client: so", "stop"))
    server.say(answer_events(*pieces, DONE))
    reply, heard = await listen(server, replace(PLAIN, stop=("Client:", "\n")))
    assert (reply.text, heard) == ("One two.", ["", "One", "One two.", "One two."])


async def test_text_is_told_before_the_answer_is_complete(server: StubServer) -> None:
    server.say(answer_events(make_piece("One"), make_piece(" two.", "stop"), DONE, drip_s=0.002))
    first = asyncio.Event()
    model = OpenAICompatibleModel(Server(server.base_url), "m")
    asking = asyncio.create_task(
        model.stream(PLAIN, lambda text: first.set() if text == "One" else None)
    )
    await asyncio.wait_for(first.wait(), 5)
    assert not asking.done()
    assert (await asking).text == "One two."
    await model.close()


async def test_a_reply_cut_at_its_limit_says_so(server: StubServer) -> None:
    server.say(answer_events(make_piece("I sl", "length"), {"choices": [], "usage": USAGE}, DONE))
    reply, _ = await listen(server)
    assert reply.finish_reason == "length"


@pytest.mark.parametrize("status", [400, 422])
async def test_a_server_that_refuses_to_count_is_asked_without(
    server: StubServer, status: int
) -> None:
    words = answer_events(make_piece("Fine.", "stop"), DONE)
    server.say(answer_json({"error": "stream_options"}, status), words)
    model = OpenAICompatibleModel(Server(server.base_url), "m")
    for _ in range(2):
        reply = await model.stream(PLAIN, lambda text: None)
        assert (reply.text, reply.prompt_tokens, reply.completion_tokens) == ("Fine.", 0, 0)
    await model.close()
    assert ["stream_options" in sent.body for sent in server.received] == [True, False, False]


async def test_a_request_that_is_refused_without_counts_too_is_refused(server: StubServer) -> None:
    server.say(answer_json({"error": "too long"}, 400))
    with pytest.raises(RequestRefusedError, match="status 400"):
        await listen(server)
    assert len(server.received) == 2


@pytest.mark.parametrize("request_", [PLAIN, CHAT], ids=["completions", "chat"])
async def test_a_server_that_does_not_stream_is_heard_at_once(
    server: StubServer, request_: Request
) -> None:
    server.say(answer_text("All of it."))
    reply, heard = await listen(server, request_)
    assert reply.text == "All of it."
    assert heard == ["All of it."]


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize(
    "broken",
    [
        answer_events(make_piece("I sleep")),
        answer_events(make_piece("I sleep"), {"error": {"message": "out of memory"}}),
        answer_events(make_piece("I sleep"), make_piece(" badly.", "stop"), sent_bytes=110),
    ],
    ids=["no end", "failure", "connection lost"],
)
async def test_an_answer_that_breaks_off_is_asked_for_anew(
    server: StubServer, broken: Canned
) -> None:
    whole = answer_events(make_piece("I sleep"), make_piece(" well.", "stop"), DONE)
    server.say(broken, whole)
    reply, heard = await listen(server, retries=1)
    assert reply.text == "I sleep well."
    assert heard == ["", "I sleep", "", "I sleep", "I sleep well."]


async def test_without_retries_what_broke_off_is_an_error_without_words(
    server: StubServer,
) -> None:
    server.say(answer_events(make_piece("SECRET")))
    with pytest.raises(ServerUnavailableError, match="broke off") as caught:
        await listen(server)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("event", ["{nonsense", [1], {"choices": 3}, {"choices": [3]}, "null"])
async def test_events_that_are_no_completion_are_an_error(server: StubServer, event: Any) -> None:
    server.say(answer_events(event, DONE))
    with pytest.raises(ServerReplyError, match="no completion"):
        await listen(server)


async def test_a_pool_streams_from_the_server_of_the_session(server: StubServer) -> None:
    server.say(answer_events(make_piece("Here.", "stop"), DONE))
    models = [OpenAICompatibleModel(Server(server.base_url), "m") for _ in range(2)]
    heard: list[str] = []
    reply = await PooledModel(models).stream(PLAIN, heard.append)
    assert (reply.text, heard[-1]) == ("Here.", "Here.")
    for model in models:
        await model.close()
