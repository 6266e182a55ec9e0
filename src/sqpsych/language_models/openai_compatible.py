"""Models behind any OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, LM Studio."""

import asyncio
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import openai
import stamina

from sqpsych.errors import (
    InputError,
    RequestRefusedError,
    ServerReplyError,
    ServerUnavailableError,
)
from sqpsych.language_models.chat_model import ChatModel, Reply, Request
from sqpsych.language_models.egress import find_refusal

PROBE_TIMEOUT_S = 10.0
DEFAULT_TIMEOUT_S = 300.0
_LANES_A_POOL = 16
_TRY_AGAIN = frozenset({408, 409, 425, 429})
_THIS_REQUEST = frozenset({400, 413, 422})


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
    """Called before an unavailable server is asked again; restarts it where we own it."""


class OpenAICompatibleModel(ChatModel):
    """One model on one server."""

    def __init__(self, server: Server, model_id: str, name: str | None = None) -> None:
        """Speak to `model_id` on `server`; `name` is what records call it."""
        self._server = server
        self._model_id = model_id
        self._name = name or model_id
        self._context = ssl.create_default_context()
        self._clients: dict[int, openai.AsyncOpenAI] = {}

    @property
    def name(self) -> str:
        """The name records carry."""
        return self._name

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.close()

    async def draw(self, request: Request, candidates: int = 1) -> tuple[Reply, ...]:
        """Answer one request, waiting for a server that is away for a while."""
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
                    self._server.revive()
                return await self._ask(request, candidates)
        raise AssertionError("stamina returns or raises")

    async def _ask(self, request: Request, candidates: int) -> tuple[Reply, ...]:
        start = time.perf_counter()
        with explain_failures(self._server.base_url):
            async with asyncio.timeout(self._server.timeout_s):
                completion = await self._send(request, candidates)
        seconds = time.perf_counter() - start
        return read_replies(completion, candidates, seconds, self._server.base_url)

    async def _send(self, request: Request, candidates: int) -> Any:
        """Send a request as plain JSON.

        The client's typed methods walk every message through the types of all its parameters, which
        costs more than all else we do for a turn.
        """
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
        client = self._find_client(request.lane)
        if request.transcript is not None:
            body["prompt"] = request.transcript
            return await client.post("/completions", body=body, cast_to=object)
        body["messages"] = [{"role": m.role, "content": m.content} for m in request.messages]
        return await client.post("/chat/completions", body=body, cast_to=object)

    def _find_client(self, lane: int) -> openai.AsyncOpenAI:
        """Find the connections of a lane: a pool looks at all of its own for every request."""
        pool = lane // _LANES_A_POOL
        if pool not in self._clients:
            self._clients[pool] = connect(self._server, self._context)
        return self._clients[pool]

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


def connect(server: Server, context: ssl.SSLContext | None = None) -> openai.AsyncOpenAI:
    """Make a client that goes straight to the server, past any proxy of the environment.

    Raises:
        InputError: no HTTP header can carry the key.
    """
    if not (server.api_key.isascii() and server.api_key.isprintable()):
        raise InputError(
            "The key in SQPSYCH_API_KEY holds a line break or a character outside ASCII. "
            "Set it to the key alone."
        )
    return openai.AsyncOpenAI(
        base_url=server.base_url,
        api_key=server.api_key,
        max_retries=0,
        timeout=server.timeout_s,
        http_client=openai.DefaultAsyncHttpxClient(
            trust_env=False, verify=context or ssl.create_default_context()
        ),
    )


async def list_served_models(server: Server) -> tuple[str, ...]:
    """Ask a server which models it serves; also the test that it is there.

    Raises:
        ServerUnavailableError: nobody answers at the URL.
        ServerReplyError: what answers is no OpenAI-compatible server.
        EgressError: the host is not one the user listed.
    """
    async with connect(server) as client:
        with explain_failures(server.base_url):
            async with asyncio.timeout(min(PROBE_TIMEOUT_S, server.timeout_s)):
                answer = await client.get("/models", cast_to=object)
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


def read_replies(
    completion: Any, candidates: int, seconds: float, base_url: str
) -> tuple[Reply, ...]:
    """Read a completion, of either kind, into one Reply a candidate.

    Raises:
        ServerReplyError: it holds no text, or fewer candidates than were asked for.
    """
    try:
        choices = completion["choices"][:candidates]
        read = [(_read_text(choice), choice.get("finish_reason")) for choice in choices]
        usage = completion["usage"]
        details = usage.get("prompt_tokens_details") or {}
        prompt_tokens = int(usage["prompt_tokens"])
        completion_tokens = int(usage["completion_tokens"])
        cached_tokens = int(details.get("cached_tokens") or 0)
        if not read:
            raise LookupError("no choice")
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise ServerReplyError(
            f"The server at {base_url} answered with something that is no completion "
            f"({type(completion).__name__} without choices or token counts). Check that it speaks "
            "the OpenAI protocol."
        ) from error
    if len(read) < candidates:
        raise ServerReplyError(
            f"The server at {base_url} gave {len(read)} of {candidates} candidates. Ask for one "
            "with --candidates 1."
        )
    for text, _ in read:
        if not isinstance(text, str):
            raise ServerReplyError(
                f"The server at {base_url} gave a reply of type {type(text).__name__}, expected "
                "text."
            )
    return tuple(
        Reply(
            text=text,
            finish_reason="length" if finish == "length" else "stop",
            prompt_tokens=prompt_tokens,
            cached_tokens=cached_tokens,
            completion_tokens=round(completion_tokens / candidates),
            seconds=seconds,
        )
        for text, finish in read
    )


def _read_text(choice: Mapping[str, Any]) -> Any:
    if "text" in choice:
        return choice["text"]
    # Null when a reasoning model's tokens ran out before its answer began.
    said = choice["message"]["content"]
    return "" if said is None else said


@contextmanager
def explain_failures(base_url: str) -> Iterator[None]:
    """Turn what the client raises into errors of ours.

    It wraps most of what goes wrong, but lets through the groups of errors that connecting may end
    in, and those of a body that is not the JSON it claims to be.
    """
    try:
        yield
    except (openai.OpenAIError, ExceptionGroup, TimeoutError, ValueError) as error:
        raise explain_failure(error, base_url) from error


def explain_failure(error: Exception, base_url: str) -> Exception:
    """Turn a client error into ours, without the request in it."""
    if (refusal := find_refusal(error)) is not None:
        return refusal
    if isinstance(error, openai.APITimeoutError | TimeoutError):
        return ServerUnavailableError(
            f"The server at {base_url} did not answer in time. Is it overloaded? Give it longer "
            "with --timeout, or ask less at once with --concurrency."
        )
    if isinstance(error, openai.APIStatusError):
        return _explain_status(error, base_url)
    if isinstance(error, openai.APIConnectionError | ExceptionGroup):
        return ServerUnavailableError(
            f"No server answers at {base_url} ({type(error.__cause__ or error).__name__}). Start "
            "it, or correct the URL."
        )
    return ServerReplyError(
        f"The server at {base_url} answered with something that is no completion "
        f"({type(error).__name__}). Check that it speaks the OpenAI protocol."
    )


def _explain_status(error: openai.APIStatusError, base_url: str) -> Exception:
    status = error.status_code
    if status in _TRY_AGAIN or status >= 500:
        return ServerUnavailableError(
            f"The server at {base_url} answers {status}. Look at its log, and start the same "
            "command again when it is well."
        )
    if status in _THIS_REQUEST:
        return RequestRefusedError(
            f"The server at {base_url} refused the request with status {status}. The prompt may be "
            "longer than the context the server was started with."
        )
    key = "Give its key in the environment variable SQPSYCH_API_KEY."
    url = "Check the URL (it usually ends in /v1) and the model's name."
    return ServerReplyError(
        f"The server at {base_url} refused the request with status {status}. "
        f"{key if status in {401, 403} else url}"
    )
