"""Models that answer questions as a test wants it."""

import asyncio
from collections.abc import Callable

from sqpsych.language_models.chat_model import ChatModel, Reply, Request

Answerer = Callable[[str, int], str]
"""Makes an answer of the last message and how many were asked before; may raise a `ModelError`."""


class Answering(ChatModel):
    """Answers whatever is asked, and keeps what it was asked."""

    def __init__(self, answer: Answerer, delay_s: float = 0.0) -> None:
        """Answer by `answer`, after a delay."""
        self._answer = answer
        self._delay_s = delay_s
        self.requests: list[Request] = []
        self._lanes: list[int] = []
        self.most_together = 0
        """Lanes that were in use at the same time, at most."""

    @property
    def name(self) -> str:
        """The name records carry."""
        return "answering"

    async def draw(self, request: Request, candidates: int = 1) -> tuple[Reply, ...]:
        """Answer."""
        self.requests.append(request)
        asked = len(self.requests) - 1
        self._lanes.append(request.lane)
        self.most_together = max(self.most_together, len(set(self._lanes)))
        await asyncio.sleep(self._delay_s)
        self._lanes.remove(request.lane)
        text = self._answer(request.messages[-1].content, asked)
        return (Reply(text, "stop", 30, 10, len(text.split()), 0.01),)
