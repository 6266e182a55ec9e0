"""The HTTP backend, against a real server on loopback that does all a model server may do."""

import asyncio
import json
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from sqpsych.errors import (
    EgressError,
    InputError,
    ModelError,
    RequestRefusedError,
    ServerReplyError,
    ServerUnavailableError,
)
from sqpsych.language_models import Message, Reply, Request
from sqpsych.language_models.openai_compatible import (
    OpenAICompatibleModel,
    Server,
    connect,
    list_served_models,
)
from sqpsych.language_models.server_failures import explain_failure

from .stub_server import Canned, StubServer, answer_json, answer_text

SECRET = "The client has slept badly nearly every day"
PLAIN = Request(tag="d1/client/1/1", seed=11, max_tokens=40, transcript=f"{SECRET}.\nClient:")
CHAT = replace(
    PLAIN, transcript=None, messages=(Message("system", SECRET), Message("user", "Begin."))
)
USAGE = {"prompt_tokens": 7, "completion_tokens": 5}


@asynccontextmanager
async def open_model(
    base_url: str,
    *,
    retries: int = 0,
    timeout_s: float = 10.0,
    slots: int = 0,
    api_key: str = "none",
) -> AsyncIterator[OpenAICompatibleModel]:
    """A client of the server, closed afterwards."""
    model = OpenAICompatibleModel(Server(base_url, api_key, timeout_s, retries, slots), "m", "name")
    try:
        yield model
    finally:
        await model.close()


async def ask(server: StubServer, request: Request = PLAIN, **options: Any) -> Reply:
    """Ask once through a client of its own."""
    async with open_model(server.base_url, **options) as model:
        return await model.reply(request)


@pytest.mark.parametrize(
    ("request_", "path"), [(PLAIN, "/v1/completions"), (CHAT, "/v1/chat/completions")]
)
async def test_reply_holds_text_and_token_counts(
    server: StubServer, request_: Request, path: str
) -> None:
    server.say(answer_text(" I slept little.", cached=3))
    reply = await ask(server, request_)
    assert (reply.text, reply.finish_reason) == (" I slept little.", "stop")
    assert (reply.prompt_tokens, reply.cached_tokens, reply.completion_tokens) == (7, 3, 5)
    assert reply.seconds > 0
    assert server.received[0].path == path


@pytest.mark.parametrize("request_", [PLAIN, CHAT])
async def test_server_that_names_no_cached_tokens_counts_none(
    server: StubServer, request_: Request
) -> None:
    server.say(answer_text("Yes.", cached=None))
    assert (await ask(server, request_)).cached_tokens == 0


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("I slept.\nTherapist:", "I slept."),
        ("I slept. Client: so", "I slept. "),
        ("Therapist:", ""),
        ("I slept.\nTherapist", "I slept.\nTherapist"),
    ],
)
@pytest.mark.parametrize("request_", [PLAIN, CHAT])
async def test_stop_text_that_a_server_leaves_is_no_part_of_the_reply(
    server: StubServer, request_: Request, said: str, kept: str
) -> None:
    server.say(answer_text(said))
    stop = ("\nTherapist:", "Client:", "Therapist:")
    assert (await ask(server, replace(request_, stop=stop))).text == kept


@pytest.mark.parametrize("request_", [PLAIN, CHAT])
async def test_reply_cut_at_the_limit_says_so(server: StubServer, request_: Request) -> None:
    server.say(answer_text("I slept", finish="length"))
    assert (await ask(server, request_)).finish_reason == "length"


async def test_reasoning_without_an_answer_is_an_empty_reply(server: StubServer) -> None:
    server.say(answer_text(None, finish="length"))
    reply = await ask(server, CHAT)
    assert (reply.text, reply.finish_reason) == ("", "length")


async def test_request_carries_everything_asked_for(server: StubServer) -> None:
    schema = {"type": "object", "properties": {"score": {"type": "integer"}}}
    asked = replace(
        PLAIN, stop=("\n", "Client:"), temperature=0.3, top_p=0.8, extra={"top_k": 4}, schema=schema
    )
    await ask(server, asked, api_key="open-sesame")
    received = server.received[0]
    assert received.headers["authorization"] == "Bearer open-sesame"
    assert received.body == {
        "model": "m",
        "prompt": PLAIN.transcript,
        "seed": 11,
        "max_tokens": 40,
        "temperature": 0.3,
        "top_p": 0.8,
        "stop": ["\n", "Client:"],
        "top_k": 4,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "strict": True, "schema": schema},
        },
    }


async def test_others_go_on_while_a_server_is_started_again(server: StubServer) -> None:
    started = threading.Event()
    mended = threading.Event()

    def revive() -> None:
        started.set()
        assert mended.wait(10)

    server.say(answer_json({}, 503), answer_text("Back."))
    model = OpenAICompatibleModel(Server(server.base_url, retries=1, revive=revive), "m")
    try:
        asked = asyncio.create_task(model.reply(PLAIN))
        assert await asyncio.to_thread(started.wait, 10)
        mended.set()
        assert (await asked).text == "Back."
    finally:
        await model.close()


async def test_names_are_looked_up_where_the_guard_sees_them(
    server: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: object, **named: object) -> None:
        raise AssertionError("a resolver that the guard does not see")

    monkeypatch.setattr("aiohttp.connector.DefaultResolver", refuse)
    async with open_model(f"http://localhost:{server.port}/v1") as model:
        assert (await model.reply(PLAIN)).text == "Hello."


def answer_texts(*texts: str) -> Canned:
    """Answer with several candidates, each readable as both kinds."""
    choices = [
        {"finish_reason": "stop", "text": text, "message": {"role": "assistant", "content": text}}
        for text in texts
    ]
    return answer_json({"choices": choices, "usage": USAGE | {"completion_tokens": 11}})


@pytest.mark.parametrize("request_", [PLAIN, CHAT], ids=["completions", "chat"])
async def test_candidates_come_with_one_request(server: StubServer, request_: Request) -> None:
    server.say(answer_texts("One.", "Two.", "Three."))
    async with open_model(server.base_url) as model:
        replies = await model.draw(request_, 3)
    assert [reply.text for reply in replies] == ["One.", "Two.", "Three."]
    assert [reply.completion_tokens for reply in replies] == [3, 4, 4]
    assert sum(reply.prompt_tokens for reply in replies) == 7
    assert sum(reply.completion_tokens for reply in replies) == 11
    assert [received.body["n"] for received in server.received] == [3]


async def test_one_candidate_is_asked_for_without_a_word_about_it(server: StubServer) -> None:
    async with open_model(server.base_url) as model:
        assert len(await model.draw(PLAIN)) == 1
    assert "n" not in server.received[0].body


async def test_a_server_that_gives_fewer_candidates_is_named_with_the_way_out(
    server: StubServer,
) -> None:
    server.say(answer_texts("One."))
    async with open_model(server.base_url) as model:
        with pytest.raises(ServerReplyError, match=r"gave 1 of 3 candidates.*--candidates 1"):
            await model.draw(PLAIN, 3)


async def test_more_candidates_than_asked_for_are_left(server: StubServer) -> None:
    server.say(answer_texts("One.", "Two.", "Three."))
    async with open_model(server.base_url) as model:
        assert [reply.text for reply in await model.draw(PLAIN, 2)] == ["One.", "Two."]


async def test_chat_request_carries_its_messages(server: StubServer) -> None:
    await ask(server, CHAT)
    body = server.received[0].body
    assert body["messages"] == [
        {"role": "system", "content": SECRET},
        {"role": "user", "content": "Begin."},
    ]
    assert not {"stop", "id_slot", "response_format", "prompt"} & body.keys()


@pytest.mark.parametrize(("lane", "slot"), [(0, 0), (3, 3), (4, 0), (6, 2)])
async def test_lane_stays_in_its_slot(server: StubServer, lane: int, slot: int) -> None:
    await ask(server, replace(PLAIN, lane=lane), slots=4)
    body = server.received[0].body
    assert (body["id_slot"], body["cache_prompt"]) == (slot, True)


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
async def test_server_that_is_away_for_a_while_is_asked_again(
    server: StubServer, status: int
) -> None:
    away = answer_json({"error": {"message": "busy"}}, status)
    server.say(away, away, answer_text("Back."))
    assert (await ask(server, retries=2)).text == "Back."
    assert len(server.received) == 3


@pytest.mark.usefixtures("no_waiting")
async def test_server_that_stays_away_ends_in_an_error_that_names_it(server: StubServer) -> None:
    server.say(answer_json({}, 503))
    with pytest.raises(ServerUnavailableError, match=f"{server.base_url} answers 503"):
        await ask(server, retries=3)
    assert len(server.received) == 4


async def test_there_is_a_pause_before_asking_again(server: StubServer) -> None:
    pauses: list[float] = []

    def note(details: RetryDetails) -> None:
        pauses.append(details.wait_for)

    server.say(answer_json({}, 429), answer_text("Back."))
    set_on_retry_hooks([note])
    try:
        assert (await ask(server, retries=1)).text == "Back."
    finally:
        set_on_retry_hooks(None)
    assert len(pauses) == 1
    assert pauses[0] >= 0.5


@pytest.mark.usefixtures("no_waiting")
async def test_server_of_ours_is_revived_before_it_is_asked_again(server: StubServer) -> None:
    revived: list[int] = []
    server.say(answer_json({}, 503), answer_text("Back."))
    described = Server(server.base_url, retries=1, revive=lambda: revived.append(1))
    model = OpenAICompatibleModel(described, "m")
    try:
        assert (await model.reply(PLAIN)).text == "Back."
    finally:
        await model.close()
    assert (revived, model.name) == ([1], "m")


async def test_nobody_at_the_url_is_unavailable() -> None:
    url = f"http://127.0.0.1:{find_closed_port()}/v1"
    async with open_model(url) as model:
        with pytest.raises(ServerUnavailableError, match=url):
            await model.reply(PLAIN)
    with pytest.raises(ServerUnavailableError, match=url):
        await list_served_models(Server(url))


@pytest.mark.parametrize("sent", [0, 25])
async def test_connection_lost_in_the_middle_is_unavailable(server: StubServer, sent: int) -> None:
    server.say(replace(answer_json({"choices": "x" * 99}), sent_bytes=sent))
    with pytest.raises(ServerUnavailableError, match=server.base_url):
        await ask(server)


@pytest.mark.parametrize("how", [{"delay_s": 30.0}, {"drip_s": 0.05}])
async def test_reply_that_takes_too_long_is_unavailable(
    server: StubServer, how: dict[str, float]
) -> None:
    server.say(Canned(b" " * 600, **how))  # type: ignore[arg-type]
    with pytest.raises(ServerUnavailableError, match="did not answer in time"):
        await ask(server, timeout_s=0.3)


@pytest.mark.parametrize("timeout_s", [0.3, 5.0, 300.0])
async def test_client_waits_as_long_as_told(timeout_s: float) -> None:
    client = connect(Server("http://127.0.0.1:1/v1", timeout_s=timeout_s))
    assert client.timeout.total == timeout_s
    await client.close()


CHOICE = {"index": 0, "finish_reason": "stop", "text": "Hi.", "message": {"content": "Hi."}}
NONSENSE = {
    "HTML page": Canned(b"<html>It works!</html>", content_type="text/html"),
    "plain text": Canned(b"ok", content_type="text/plain"),
    "no JSON though it says so": Canned(b"{oops"),
    "nothing at all": Canned(b""),
    "no UTF-8": Canned(b'{"choices": "\xff"}'),
    "empty object": answer_json({}),
    "list": answer_json([1, 2]),
    "list of objects": answer_json([{}]),
    "string": answer_json("hello"),
    "null": answer_json(None),
    "number": answer_json(7),
    "error with status 200": answer_json({"error": {"message": "no such model"}}),
    "choices empty": answer_json({"choices": [], "usage": USAGE}),
    "choices null": answer_json({"choices": None, "usage": USAGE}),
    "choices an object": answer_json({"choices": {}, "usage": USAGE}),
    "choices a text": answer_json({"choices": "abc", "usage": USAGE}),
    "choice null": answer_json({"choices": [None], "usage": USAGE}),
    "choice a number": answer_json({"choices": [5], "usage": USAGE}),
    "choice empty": answer_json({"choices": [{}], "usage": USAGE}),
    "usage missing": answer_json({"choices": [CHOICE]}),
    "usage null": answer_json({"choices": [CHOICE], "usage": None}),
    "usage a text": answer_json({"choices": [CHOICE], "usage": "much"}),
    "usage empty": answer_json({"choices": [CHOICE], "usage": {}}),
    "count null": answer_json({"choices": [CHOICE], "usage": USAGE | {"prompt_tokens": None}}),
    "count a text": answer_json({"choices": [CHOICE], "usage": USAGE | {"prompt_tokens": "x"}}),
    "count infinite": Canned(
        json.dumps({"choices": [CHOICE], "usage": USAGE})
        .replace('"prompt_tokens": 7', '"prompt_tokens": 1e999')
        .encode()
    ),
    "cached a text": answer_json(
        {
            "choices": [CHOICE],
            "usage": USAGE | {"prompt_tokens_details": {"cached_tokens": "few"}},
        }
    ),
    "text a number": answer_json(
        {"choices": [CHOICE | {"text": 5, "message": {"content": 5}}], "usage": USAGE}
    ),
    "text a list": answer_json(
        {"choices": [CHOICE | {"text": ["a"], "message": {"content": ["a"]}}], "usage": USAGE}
    ),
    "message a text": answer_json(
        {"choices": [{"finish_reason": "stop", "message": "Hi."}], "usage": USAGE}
    ),
}


@pytest.mark.parametrize("request_", [PLAIN, CHAT], ids=["completions", "chat"])
@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE.keys())
async def test_nonsense_is_no_reply(
    server: StubServer, nonsense: Canned, request_: Request
) -> None:
    server.say(nonsense)
    with pytest.raises(ServerReplyError, match=server.base_url):
        await ask(server, request_)
    assert len(server.received) == 1


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE.keys())
async def test_nonsense_is_no_list_of_models(server: StubServer, nonsense: Canned) -> None:
    server.models = nonsense
    with pytest.raises(ServerReplyError, match=server.base_url):
        await list_served_models(Server(server.base_url))


@pytest.mark.parametrize(
    "models", [{"data": None}, {"data": [{}]}, {"data": [{"id": None}]}, {"data": [5]}]
)
async def test_models_without_names_are_no_list(server: StubServer, models: object) -> None:
    server.models = answer_json(models)
    with pytest.raises(ServerReplyError, match=server.base_url):
        await list_served_models(Server(server.base_url))


async def test_served_models_are_listed_in_order(server: StubServer) -> None:
    server.models = answer_json({"object": "list", "data": [{"id": "b"}, {"id": "a"}]})
    assert await list_served_models(Server(server.base_url)) == ("b", "a")


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize(
    ("status", "kind", "remedy"),
    [
        (400, RequestRefusedError, "context"),
        (413, RequestRefusedError, "context"),
        (422, RequestRefusedError, "context"),
        (401, ServerReplyError, "SQPSYCH_API_KEY"),
        (403, ServerReplyError, "SQPSYCH_API_KEY"),
        (404, ServerReplyError, "/v1"),
        (405, ServerReplyError, "/v1"),
    ],
)
async def test_refusal_is_not_asked_again_and_says_what_to_do(
    server: StubServer, status: int, kind: type[ModelError], remedy: str
) -> None:
    server.say(answer_json({"error": {"message": "no"}}, status))
    with pytest.raises(kind, match=remedy) as caught:
        await ask(server, retries=3)
    assert f"{server.base_url} refused the request with status {status}" in str(caught.value)
    assert len(server.received) == 1


@pytest.mark.parametrize("request_", [PLAIN, CHAT], ids=["completions", "chat"])
@pytest.mark.parametrize("status", [200, 400, 401, 404, 422, 429, 500])
async def test_errors_never_hold_the_request(
    server: StubServer, status: int, request_: Request
) -> None:
    server.say(
        answer_json({"error": {"message": f"cannot take {SECRET}"}, "detail": SECRET}, status)
    )
    with pytest.raises(ModelError) as caught:
        await ask(server, request_, api_key="open-sesame")
    for told in (str(caught.value), repr(caught.value)):
        assert SECRET not in told
        assert "open-sesame" not in told


async def test_proxy_of_the_environment_is_passed_by(
    server: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await ask(server)).text == "Hello."


async def test_key_that_no_header_can_carry_is_refused() -> None:
    for key in ("schlüssel", "two\nlines"):
        with pytest.raises(InputError, match="SQPSYCH_API_KEY") as caught:
            connect(Server("http://127.0.0.1:1/v1", api_key=key))
        assert key not in str(caught.value)


def test_refusal_by_the_guard_is_found_behind_the_clients_error() -> None:
    refusal = EgressError("Connection to 192.0.2.1:80 refused")
    error = aiohttp.ClientConnectionError()
    error.__cause__ = refusal
    assert explain_failure(error, "http://192.0.2.1/v1") is refusal


async def test_host_that_was_not_listed_is_refused(server: StubServer) -> None:
    """In a child process, since the guard stays; nothing leaves, 192.0.2.1 is for documentation."""
    server.say(Canned(b"", 307, location="http://192.0.2.1:80/v1/completions"))
    script = f"""
    import asyncio
    from sqpsych.errors import EgressError
    from sqpsych.language_models import Request, install_guard
    from sqpsych.language_models.openai_compatible import (
        OpenAICompatibleModel, Server, list_served_models)
    guard = install_guard()

    async def attempt(url):
        model = OpenAICompatibleModel(Server(url, retries=3), "m")
        try:
            await model.reply(Request("t", 1, 5, transcript="x"))
        except EgressError as error:
            assert "--allow-host" in str(error), error
        else:
            raise SystemExit(f"{{url}} was not refused")
        finally:
            await model.close()

    async def main():
        for url in ("http://192.0.2.1/v1", "http://example.invalid/v1", "{server.base_url}"):
            await attempt(url)
        try:
            await list_served_models(Server("http://192.0.2.1/v1"))
        except EgressError:
            print(guard.refused)

    asyncio.run(main())
    """
    import asyncio

    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(script),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, complaint = await asyncio.wait_for(child.communicate(), 60)
    assert child.returncode == 0, complaint.decode()
    assert out.decode().strip() == "('192.0.2.1:80', 'example.invalid:80')"


def find_closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
