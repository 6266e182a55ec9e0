"""A server with the cost model of a GPU and no GPU: an OpenAI-compatible API on loopback.

Run as: .venv/bin/python perf/simulated_server.py [--port 0]

Prints its base URL and serves until its standard input closes. Its lines come from the puppet, so
that whole sessions of the `structured` protocol pass all checks; only the time they take is made
up: waiting for a place in the batch, then reading the tokens of the prompt that are not in the
prefix cache, one prompt after the other, then speaking, slower the more sequences are spoken at
once. The usual figures are about those of a model of 8 billion parameters on one large GPU.
"""

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import puppet

MODEL = "puppet"
_CHARACTERS_PER_TOKEN = 4
_BLOCK = 64
"""Characters of one block of the prefix cache: 16 tokens, as in vLLM."""
_LABELS = ("Therapist", "Client")


@dataclass(frozen=True, slots=True)
class Costs:
    """What a reply costs."""

    prefill_tokens_per_s: float = 40_000.0
    """Prompt tokens read a second, those in the prefix cache left out."""
    decode_s: float = 0.008
    """Seconds a token takes when one sequence is spoken."""
    decode_s_per_sequence: float = 0.00003
    """What each further sequence adds to that."""
    batch: int = 512
    """Sequences spoken at once; the others wait."""


class SimulatedModel:
    """Answers in the time that a GPU would take."""

    def __init__(self, costs: Costs) -> None:
        """Begin with an empty prefix cache."""
        self._costs = costs
        self._places = asyncio.Semaphore(costs.batch)
        self._blocks: set[int] = set()
        self._running = 0
        self._reads_until = 0.0

    async def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Answer the JSON of a request, of either kind, with that of a completion.

        Raises:
            ValueError: it has no direction that the puppet could follow.
        """
        messages = body.get("messages", [])
        prompt = body.get("prompt") or write_lines(messages)
        text = puppet.answer(prompt)
        said = {"role": "assistant", "content": text}
        continued = write_lines([*messages, said]) if messages else f"{prompt} {text}"
        spoken = min(-(-len(text) // _CHARACTERS_PER_TOKEN), body["max_tokens"])
        if body.get("ignore_eos"):
            spoken = body["max_tokens"]
        async with self._places:
            self._running += 1
            try:
                cached = self._look_up(prompt)
                tokens = -(-len(prompt) // _CHARACTERS_PER_TOKEN)
                await self._read(tokens - cached)
                costs = self._costs
                step_s = costs.decode_s + costs.decode_s_per_sequence * (self._running - 1)
                await asyncio.sleep(spoken * step_s)
                self._look_up(continued)
            finally:
                self._running -= 1
        counts = (tokens, cached, spoken)
        return _write_completion(said, bool(messages), body.get("n") or 1, counts)

    async def _read(self, tokens: int) -> None:
        """Wait until the prompts before this one are read, and this one too."""
        now = asyncio.get_running_loop().time()
        begin = max(now, self._reads_until)
        self._reads_until = begin + tokens / self._costs.prefill_tokens_per_s
        await asyncio.sleep(self._reads_until - now)

    def _look_up(self, prompt: str) -> int:
        """Count the tokens that a prompt shares with those before it, and remember it whole."""
        chain, shared = 0, 0
        for end in range(_BLOCK, len(prompt) + 1, _BLOCK):
            chain = hash((chain, prompt[end - _BLOCK : end]))
            if shared == end - _BLOCK and chain in self._blocks:
                shared = end
            else:
                self._blocks.add(chain)
        return shared // _CHARACTERS_PER_TOKEN


def write_lines(messages: list[dict[str, str]]) -> str:
    """Write a chat as the puppet reads it: a line each, begun with the name of who says it."""
    asked = next(message for message in reversed(messages) if message["role"] == "user")
    own, other = _LABELS if "(Now the therapist " in asked["content"] else _LABELS[::-1]
    labels = {"system": "", "assistant": f"{own}: ", "user": f"{other}: "}
    return "\n".join(labels[message["role"]] + message["content"] for message in messages)


def _write_completion(
    said: dict[str, str], chat: bool, candidates: int, counts: tuple[int, int, int]
) -> dict[str, Any]:
    """Write the JSON of a completion: the same line so many times, and what it cost."""
    tokens, cached, spoken = counts
    reply = {"message": said} if chat else {"text": said["content"]}
    choice = {"finish_reason": "stop", "logprobs": None} | reply
    return {
        "id": "simulated",
        "object": "chat.completion" if chat else "text_completion",
        "created": 0,
        "model": MODEL,
        "choices": [{"index": number} | choice for number in range(candidates)],
        "usage": {
            "prompt_tokens": tokens,
            "completion_tokens": spoken * candidates,
            "total_tokens": tokens + spoken * candidates,
            "prompt_tokens_details": {"cached_tokens": cached},
        },
    }


async def _serve_client(
    model: SimulatedModel, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer the requests of one connection: HTTP/1.1, kept alive, with a length and no chunks."""
    # Cancelled when the server ends.
    with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(head.partition("\r\ncontent-length:")[2].partition("\r\n")[0] or 0)
            content = await reader.readexactly(length)
            status, answer = await _route(model, head.split(" ", 2)[1], content)
            payload = json.dumps(answer).encode()
            writer.write(
                f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(payload)}\r\n\r\n".encode()
                + payload
            )
            await writer.drain()
    writer.close()


async def _route(model: SimulatedModel, path: str, content: bytes) -> tuple[str, dict[str, Any]]:
    if path == "/v1/models":
        return "200 OK", {"object": "list", "data": [{"id": MODEL, "object": "model"}]}
    if path not in {"/v1/completions", "/v1/chat/completions"}:
        return "404 Not Found", {"error": {"message": f"there is no {path}"}}
    try:
        return "200 OK", await model.answer(json.loads(content))
    except (LookupError, ValueError) as error:
        return "400 Bad Request", {"error": {"message": str(error)}}


async def serve(port: int, costs: Costs) -> None:
    """Serve until the standard input closes."""
    model = SimulatedModel(costs)
    server = await asyncio.start_server(
        lambda reader, writer: _serve_client(model, reader, writer), "127.0.0.1", port, backlog=4096
    )
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await asyncio.to_thread(sys.stdin.read)


@contextmanager
def open_server(costs: Costs | None = None) -> Iterator[str]:
    """Start a server in a process of its own, and give its base URL; it ends with the block."""
    given = [f"{_option(name)}={value}" for name, value in asdict(costs or Costs()).items()]
    command = [sys.executable, str(Path(__file__)), "--port=0", *given]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None:
            raise AssertionError("it is a pipe")
        yield process.stdout.readline().strip()


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def main() -> None:
    """Serve from the command line."""
    parser = argparse.ArgumentParser(description="Serve a model that has only costs.")
    parser.add_argument("--port", type=int, default=0)
    for cost in fields(Costs):
        parser.add_argument(_option(cost.name), type=type(cost.default), default=cost.default)
    options = vars(parser.parse_args())
    port = options.pop("port")
    asyncio.run(serve(port, Costs(**options)))


if __name__ == "__main__":
    main()
