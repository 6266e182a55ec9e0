"""A bare load generator: sends recorded requests again, with no checks, no retries, no journal.

It runs nothing by itself; generation.py compares sqpsych with it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

from sqpsych.language_models import Message, Request
from sqpsych.language_models.openai_compatible import Server, connect


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it was sent, and how long its reply was."""

    request: Request
    completion_tokens: int


@dataclass
class Part:
    """What one part of a round took."""

    seconds: float = 0.0
    requests: int = 0
    turns: int | None = None
    """Turns accepted; None where nobody judges them."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    sent: list[Sent] = field(default_factory=list)

    def add(self, prompt_tokens: int, cached_tokens: int, completion_tokens: int) -> None:
        """Count a reply."""
        self.requests += 1
        self.prompt_tokens += prompt_tokens
        self.cached_tokens += cached_tokens
        self.completion_tokens += completion_tokens

    @property
    def tokens_per_s(self) -> float:
        """Tokens spoken a second."""
        return self.completion_tokens / self.seconds

    @property
    def cached_share(self) -> float:
        """Share of the prompt tokens that came from the prefix cache."""
        return self.cached_tokens / max(self.prompt_tokens, 1)

    def describe(self) -> dict[str, Any]:
        """Describe it in JSON values."""
        return {
            "tokens_per_s": round(self.tokens_per_s, 2),
            "cached_share": round(self.cached_share, 4),
            "seconds": round(self.seconds, 2),
            "requests": self.requests,
            "turns": self.turns,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
        }


def begin_with(begin: str, request: Request) -> Request:
    """Put something before a prompt."""
    if request.transcript is not None:
        return replace(request, transcript=begin + request.transcript)
    first, *others = request.messages
    return replace(request, messages=(Message(first.role, begin + first.content), *others))


async def replay(
    server: Server, model_id: str, sent: Sequence[Sent], concurrency: int, begin: str
) -> Part:
    """Send recorded requests again, so many sessions at once, each session's in their order.

    Args:
        server: where to.
        model_id: the server's name for the model.
        sent: requests; a session is what has the same beginning of its tag.
        concurrency: sessions at once.
        begin: what the prompts sent begin with.
    """
    sessions: dict[str, list[Request]] = defaultdict(list)
    for one in sent:
        request = replace(begin_with(begin, one.request), max_tokens=one.completion_tokens)
        sessions[request.tag.partition("/")[0]].append(request)
    waiting, part = iter(sessions.values()), Part()

    async def work(worker: int) -> None:
        for request in (request for session in waiting for request in session):
            # A worker has a lane for either side, as in generation.
            path, body = write_body(server, model_id, request, 2 * worker + request.lane % 2)
            async with client.post(server.base_url + path, json=body) as answer:
                answer.raise_for_status()
                usage = (await answer.json())["usage"]
            cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
            part.add(usage["prompt_tokens"], cached, usage["completion_tokens"])

    async with connect(server) as client:
        start = perf_counter()
        await asyncio.gather(*(work(worker) for worker in range(concurrency)))
        part.seconds = perf_counter() - start
    return part


def write_body(
    server: Server, model_id: str, request: Request, lane: int
) -> tuple[str, dict[str, Any]]:
    """Write a request's path and JSON, so that the reply goes on until its tokens are spent."""
    body: dict[str, Any] = {
        "model": model_id,
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "seed": request.seed,
        "ignore_eos": True,
        **request.extra,
    }
    if server.slots:
        body |= {"cache_prompt": True, "id_slot": lane % server.slots}
    if request.transcript is not None:
        return "/completions", body | {"prompt": request.transcript}
    messages = [{"role": m.role, "content": m.content} for m in request.messages]
    return "/chat/completions", body | {"messages": messages}
