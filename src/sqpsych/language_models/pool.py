"""One model on several servers: each session stays with the server that knows its prompts."""

import zlib
from collections.abc import Sequence

from sqpsych.language_models.chat_model import ChatModel, OnText, Reply, Request


class PooledModel(ChatModel):
    """Spreads sessions over servers that serve the same model."""

    def __init__(self, models: Sequence[ChatModel]) -> None:
        """Speak to the model on each of its servers, one or more."""
        self._models = tuple(models)

    @property
    def name(self) -> str:
        """The name records carry."""
        return self._models[0].name

    async def draw(self, request: Request, candidates: int = 1) -> tuple[Reply, ...]:
        """Answer one request on the server of its session, which its tag begins with."""
        return await self._place(request).draw(request, candidates)

    async def stream(self, request: Request, on_text: OnText) -> Reply:
        """Answer one request on the server of its session, telling what has come of it."""
        return await self._place(request).stream(request, on_text)

    def _place(self, request: Request) -> ChatModel:
        session = request.tag.partition("/")[0]
        return self._models[zlib.crc32(session.encode()) % len(self._models)]
