"""Models behind any OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, LM Studio."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Literal, TypeVar

import aiohttp
import stamina

from sqpsych.errors import (
    InputError,
    RequestRefusedError,
    ServerReplyError,
    ServerUnavailableError,
)
from sqpsych.language_models.chat_model import ChatModel, OnText, Reply, Request
from sqpsych.language_models.completions import cut_at_stop, read_replies
from sqpsych.language_models.server_failures import explain_failures, explain_status
from sqpsych.language_models.streaming import read_completion

_Answer = TypeVar("_Answer")

_LAST = {"Connection": "close"}
"""A stream is the last on its connection: servers close one behind a stream, and what is sent next
on it would be lost."""
PROBE_TIMEOUT_S = 10.0
DEFAULT_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class Server:
    """Where an OpenAI-compatible server is, and how patient to be with it."""

    base_url: str
    """Up to and with the version ("http://127.0.0.1:8000/v1")."""
    api_key: str = "none"
    timeout_s: float = DEFAULT_TIMEOUT_S
    """How long one reply may take, from the request to its last byte."""
    retries: int = 6
    """How often an unavailable server is asked again, with growing pauses, before giving up."""
    slots: int = 0
    """llama.cpp's number of slots; 0 for servers that place requests themselves."""
    revive: Callable[[], None] = field(default=lambda: None, compare=False)
    """Called, in a thread, before an unavailable server is asked again; restarts it where we own
    it."""


class OpenAICompatibleModel(ChatModel):
    """One model on one server."""

    def __init__(self, server: Server, model_id: str, name: str | None = None) -> None:
        """Speak to `model_id` on `server`; `name` is what records call it."""
        self._server = server
        self._model_id = model_id
        self._name = name or model_id
        self._client: aiohttp.ClientSession | None = None
        self._tells_usage = True

    @property
    def name(self) -> str:
        """The name records carry."""
        return self._name

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    async def draw(self, request: Request, candidates: int = 1) -> tuple[Reply, ...]:
        """Answer one request, waiting for a server that is away for a while."""
        return await self._keep_asking(lambda: self._ask(request, candidates))

    async def stream(self, request: Request, on_text: OnText) -> Reply:
        """Answer one request, telling what has come of it so far."""
        return await self._keep_asking(lambda: self._ask_streaming(request, on_text))

    async def _keep_asking(self, ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
        attempts = stamina.retry_context(
            on=ServerUnavailableError,
            attempts=self._server.retries + 1,
            timeout=None,
            wait_initial=0.5,
            wait_max=20.0,
        )
        async for attempt in attempts:
            with attempt:
                if attempt.num > 1:
                    await asyncio.to_thread(self._server.revive)
                return await ask()
        raise AssertionError("stamina returns or raises")

    async def _ask(self, request: Request, candidates: int) -> tuple[Reply, ...]:
        path, body = self._write(request, candidates)
        start = time.perf_counter()
        completion = await _exchange(self._connect(), self._server, "POST", path, body)
        seconds = time.perf_counter() - start
        url = self._server.base_url
        return read_replies(completion, candidates, seconds, url, request.stop)

    async def _ask_streaming(self, request: Request, on_text: OnText) -> Reply:
        """Ask with token counts; a server that refuses to stream those is asked without them."""
        if self._tells_usage:
            try:
                return await self._stream_once(request, on_text, {"include_usage": True})
            except RequestRefusedError:
                reply = await self._stream_once(request, on_text, None)
                self._tells_usage = False
                return reply
        return await self._stream_once(request, on_text, None)

    async def _stream_once(
        self, request: Request, on_text: OnText, options: Mapping[str, bool] | None
    ) -> Reply:
        path, body = self._write(request, 1)
        body |= {"stream": True} | ({"stream_options": options} if options else {})

        def on_more(text: str) -> None:
            on_text(cut_at_stop(text, request.stop))

        start = time.perf_counter()
        client = self._connect()
        async with _send(client, self._server, "POST", path, body, headers=_LAST) as answer:
            completion = await read_completion(answer, on_more, self._server.base_url)
        seconds = time.perf_counter() - start
        url = self._server.base_url
        (reply,) = read_replies(completion, 1, seconds, url, request.stop)
        return reply

    def _connect(self) -> aiohttp.ClientSession:
        if self._client is None:
            self._client = connect(self._server)
        return self._client

    def _write(self, request: Request, candidates: int) -> tuple[str, dict[str, Any]]:
        """Write a request's path and JSON."""
        body: dict[str, Any] = {
            "model": self._model_id,
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "seed": request.seed,
            **self._more(request),
        }
        if candidates > 1:
            body["n"] = candidates
        if request.stop:
            body["stop"] = list(request.stop)
        if request.transcript is not None:
            return "/completions", body | {"prompt": request.transcript}
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        return "/chat/completions", body | {"messages": messages}

    def _more(self, request: Request) -> Mapping[str, Any]:
        """What not every server or request has."""
        body: dict[str, Any] = dict(request.extra)
        if request.schema is not None:
            named = {"name": "reply", "strict": True, "schema": request.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        if self._server.slots:
            body |= {"cache_prompt": True, "id_slot": request.lane % self._server.slots}
            if request.schema is not None and request.transcript is not None:
                # llama.cpp reads response_format in chat alone.
                body["json_schema"] = request.schema
        return body


def connect(server: Server) -> aiohttp.ClientSession:
    """Make a client that goes straight to the server, past any proxy of the environment.

    It opens as many connections as there are requests at once: how many these are is settled by
    who asks. Names are looked up through Python's `socket`, where the egress guard sees them;
    aiodns, which aiohttp takes where it is installed, would ask past it.

    Raises:
        InputError: no HTTP header can carry the key.
    """
    if not (server.api_key.isascii() and server.api_key.isprintable()):
        raise InputError(
            "The key in SQPSYCH_API_KEY holds a line break or a character outside ASCII. "
            "Set it to the key alone."
        )
    return aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {server.api_key}", "Content-Type": "application/json"},
        connector=aiohttp.TCPConnector(limit=0, resolver=aiohttp.ThreadedResolver()),
        timeout=aiohttp.ClientTimeout(total=server.timeout_s),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )


async def list_served_models(server: Server) -> tuple[str, ...]:
    """Ask a server which models it serves; also the test that it is there.

    Raises:
        ServerUnavailableError: nobody answers at the URL.
        ServerReplyError: what answers is no OpenAI-compatible server.
        EgressError: the host is not one the user listed.
    """
    probing = replace(server, timeout_s=min(PROBE_TIMEOUT_S, server.timeout_s))
    async with connect(probing) as client:
        answer = await _exchange(client, server, "GET", "/models")
    match answer:
        case {"data": [*entries]}:
            names = [entry.get("id") if isinstance(entry, dict) else None for entry in entries]
        case _:
            names = [None]
    served = tuple(name for name in names if isinstance(name, str))
    if len(served) < len(names):
        raise ServerReplyError(
            f"What answers at {server.base_url} is no OpenAI-compatible server: it gave no list "
            "of models. Check the URL; it usually ends in /v1."
        )
    return served


async def _exchange(
    client: aiohttp.ClientSession,
    server: Server,
    method: Literal["GET", "POST"],
    path: str,
    body: Mapping[str, Any] | None = None,
) -> Any:
    """Send a request, and read the JSON of the answer whatever kind it says to be."""
    async with _send(client, server, method, path, body) as answer:
        return json.loads(await answer.read())


@asynccontextmanager
async def _send(
    client: aiohttp.ClientSession,
    server: Server,
    method: Literal["GET", "POST"],
    path: str,
    body: Mapping[str, Any] | None,
    headers: Mapping[str, str] | None = None,
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Send a request, for a `with` block that reads the answer.

    Raises:
        ModelError: nobody answers, or what answers is no JSON or a refusal.
        EgressError: the host is not one the user listed.
    """
    data = None if body is None else json.dumps(body).encode()
    with explain_failures(server.base_url):
        url = f"{server.base_url.rstrip('/')}{path}"
        async with client.request(method, url, data=data, headers=headers) as answer:
            if answer.status != HTTPStatus.OK:
                raise explain_status(answer.status, server.base_url)
            yield answer
