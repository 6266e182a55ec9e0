"""The one method every language model has here: a request in, a reply out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

FinishReason = Literal["stop", "length"]

OnText = Callable[[str], None]
"""Told the whole text so far each time more has come; less than before when an answer that broke
off is asked for anew."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a model is asked.

    Exactly one of `messages` (chat) and `transcript` (plain text to be continued) is given.
    """

    tag: str
    """Names the request in scripts and errors ("d3f…/therapist/4/1"); holds no clinical value."""
    seed: int
    max_tokens: int
    messages: tuple[Message, ...] = ()
    transcript: str | None = None
    stop: tuple[str, ...] = ()
    """Texts before which the reply ends; not part of it."""
    temperature: float = 0.7
    top_p: float = 1.0
    extra: Mapping[str, float | int] = field(default_factory=dict)
    """Further sampling settings, sent to the server as they are."""
    schema: Mapping[str, Any] | None = None
    """JSON schema the reply must follow, where the server supports it."""
    lane: int = 0
    """Requests with the same lane share a prefix; a server with slots keeps them in one slot."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered. Of what candidates drawn together took each has an equal share."""

    text: str
    finish_reason: FinishReason
    """stop: the model ended by itself or at a stop text; length: cut off at max_tokens."""
    prompt_tokens: int
    """Tokens of the prompt, cached ones included; 0 where a server that streams does not say."""
    cached_tokens: int
    """Prompt tokens the server took from its prefix cache; 0 where it does not say."""
    completion_tokens: int
    """Tokens of the reply; 0 where a server that streams does not say."""
    seconds: float
    """Wall-clock time, queueing at the server included."""


class ChatModel(Protocol):
    """A language model, wherever it runs."""

    @property
    def name(self) -> str:
        """The name records carry."""

    async def draw(self, request: Request, candidates: int = 1) -> tuple[Reply, ...]:
        """Answer one request, so many times at once.

        The server reads the prompt once. Beyond the first, seeds are derived by the server.

        Returns:
            One reply a candidate.

        Raises:
            ServerUnavailableError: no answer, after the backend's own retries.
            ServerReplyError: an answer that is no completion.
            RequestRefusedError: the server does not take this one request.
            EgressError: the server is on a host the user did not list.
        """

    async def reply(self, request: Request) -> Reply:
        """Answer one request once; raises as `draw` does."""
        (only,) = await self.draw(request)
        return only

    async def stream(self, request: Request, on_text: OnText) -> Reply:
        """Answer one request once, telling what has come of it so far; raises as `draw` does.

        A model that cannot tell its text in pieces tells it whole.

        Args:
            request: what is asked.
            on_text: told the text so far.
        """
        reply = await self.reply(request)
        on_text(reply.text)
        return reply
