"""A small HTTP server on loopback that answers as told: for what a model server may do wrong."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Canned:
    """One answer."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    delay_s: float = 0.0
    """Wait before the first byte."""
    sent_bytes: int | None = None
    """Close the connection after so many bytes of the body; None: send all of it."""
    drip_s: float = 0.0
    """Wait before each byte of the body."""
    location: str = ""
    """Where a redirection leads."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


def answer_json(value: object, status: int = 200) -> Canned:
    """Answer with a JSON value."""
    return Canned(json.dumps(value).encode(), status)


def answer_text(text: str | None, finish: str = "stop", cached: int | None = 3) -> Canned:
    """Answer with a completion that can be read as both kinds, plain and chat."""
    usage: dict[str, object] = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    if cached is not None:
        usage["prompt_tokens_details"] = {"cached_tokens": cached}
    choice: dict[str, object] = {"index": 0, "finish_reason": finish}
    plain = choice | {"text": text}
    chat = choice | {"message": {"role": "assistant", "content": text}}
    both = {"id": "x", "created": 0, "model": "m", "usage": usage}
    return answer_json(both | {"plain": plain, "chat": chat, "choices": []})


@dataclass
class StubServer:
    """Serves `models` at /v1/models, and at every other path the answers in turn, the last again.

    Use it with `async with`, in the event loop of the test.
    """

    answers: deque[Canned] = field(default_factory=lambda: deque([answer_text("Hello.")]))
    models: Canned = field(default_factory=lambda: answer_json({"data": [{"id": "m"}]}))
    received: list[Received] = field(default_factory=list)
    """Requests other than for the list of models."""

    async def __aenter__(self) -> Self:
        self._closing = asyncio.Event()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._server.close()
        await self._server.wait_closed()
        await asyncio.sleep(0)

    @property
    def base_url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}/v1"

    def say(self, *answers: Canned) -> None:
        """Give these answers from now on, one a request, the last for all further ones."""
        self.answers = deque(answers)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _read_request(reader)
            if request.path == "/v1/models":
                await self._send(self.models, writer)
                return
            self.received.append(request)
            answer = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
            await self._send(_choose_kind(answer, request.path), writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _send(self, answer: Canned, writer: asyncio.StreamWriter) -> None:
        await self._wait(answer.delay_s)
        head = [f"HTTP/1.1 {answer.status} Said", f"Content-Type: {answer.content_type}"]
        head += [f"Content-Length: {len(answer.body)}", "Connection: close"]
        head += [f"Location: {answer.location}"] if answer.location else []
        writer.write(("\r\n".join(head) + "\r\n\r\n").encode())
        body = answer.body[: answer.sent_bytes]
        if not answer.drip_s:
            writer.write(body)
        for byte in body if answer.drip_s else b"":
            await self._wait(answer.drip_s)
            writer.write(bytes([byte]))
            await writer.drain()
        await writer.drain()

    async def _wait(self, seconds: float) -> None:
        """Wait, but no longer than the server is there."""
        if seconds:
            try:
                await asyncio.wait_for(self._closing.wait(), seconds)
            except TimeoutError:
                return
            raise ConnectionAbortedError


async def _read_request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(method, path, headers, json.loads(body) if body else {})


def _choose_kind(answer: Canned, path: str) -> Canned:
    """Turn what `answer_text` made into the kind of completion the path is for."""
    if not answer.body.startswith(b'{"id": "x", "created": 0'):
        return answer
    value = json.loads(answer.body)
    plain, chat = value.pop("plain"), value.pop("chat")
    in_chat = path.endswith("/chat/completions")
    value["choices"] = [chat if in_chat else plain]
    value["object"] = "chat.completion" if in_chat else "text_completion"
    return answer_json(value)
