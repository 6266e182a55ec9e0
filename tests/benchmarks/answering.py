"""Models that answer questions as a test wants it."""

from collections.abc import Callable

from sqpsych.language_models.chat_model import ChatModel, Reply, Request

Answerer = Callable[[str, int], str]
"""Makes an answer of the last message and how many were asked before; may raise a `ModelError`."""


class Answering(ChatModel):
    """Answers whatever is asked, and keeps what it was asked."""

    def __init__(self, answer: Answerer) -> None:
        """Answer by `answer`."""
        self._answer = answer
        self.requests: list[Request] = []

    @property
    def name(self) -> str:
        """The name records carry."""
        return "answering"

    async def draw(self, request: Request, candidates: int = 1) -> tuple[Reply, ...]:
        """Answer."""
        self.requests.append(request)
        text = self._answer(request.messages[-1].content, len(self.requests) - 1)
        return (Reply(text, "stop", 30, 10, len(text.split()), 0.01),)
