"""A model that says what a script tells it to: for tests, and for playing a session again.

A script is JSON: for each speaker a list with one entry a turn of that speaker; an entry is a
text, or a list of texts, one an attempt, the last of which serves all later attempts.

    {"delay_s": 0.0,
     "therapist": ["How was your week?", ["first try", "second try"]],
     "client": ["Long. I slept badly most nights."]}
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sqpsych.errors import CatalogueError, ServerReplyError, find_fault
from sqpsych.language_models.chat_model import ChatModel, OnText, Reply, Request

Line = str | Annotated[tuple[str, ...], Field(min_length=1)]


class Script(BaseModel):
    """What is said, turn by turn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    therapist: tuple[Line, ...]
    client: tuple[Line, ...]
    delay_s: float = Field(default=0.0, ge=0)
    """How long each reply takes."""


class ScriptedModel(ChatModel):
    """Answers from a script, the same on every run; keeps the requests it got."""

    def __init__(self, script: Script, name: str = "scripted") -> None:
        """Answer from `script`."""
        self._script = script
        self._name = name
        self.requests: list[Request] = []

    @property
    def name(self) -> str:
        """The name records carry."""
        return self._name

    async def close(self) -> None:
        """Nothing is open."""

    async def draw(self, request: Request, candidates: int = 1) -> tuple[Reply, ...]:
        """Say the lines of the turn and attempts that the request's tag names.

        Raises:
            ServerReplyError: the script has no line for the turn.
        """
        await asyncio.sleep(self._script.delay_s)
        return self._answer(request, candidates)

    async def stream(self, request: Request, on_text: OnText) -> Reply:
        """Say the line word by word, the delay spread over the words."""
        (reply,) = self._answer(request, 1)
        words = reply.text.split(" ")
        for said in range(1, len(words) + 1):
            await asyncio.sleep(self._script.delay_s / len(words))
            on_text(" ".join(words[:said]))
        return reply

    def _answer(self, request: Request, candidates: int) -> tuple[Reply, ...]:
        self.requests.append(request)
        _, speaker, turn, attempt = request.tag.split("/")
        prompt = request.transcript or "".join(m.content for m in request.messages)
        lines = (
            self._find_line(speaker, int(turn), int(attempt) + more) for more in range(candidates)
        )
        return tuple(
            Reply(
                text=line,
                finish_reason="stop",
                prompt_tokens=len(prompt.split()),
                cached_tokens=0,
                completion_tokens=len(line.split()),
                seconds=0.0,
            )
            for line in lines
        )

    def _find_line(self, speaker: str, turn: int, attempt: int) -> str:
        lines: Sequence[Line] = (
            self._script.therapist if speaker == "therapist" else self._script.client
        )
        try:
            line = lines[turn // 2]
        except IndexError:
            raise ServerReplyError(
                f"The script has {len(lines)} lines for the {speaker}; turn {turn} needs one more."
            ) from None
        if isinstance(line, str):
            return line
        return line[min(attempt, len(line)) - 1]


def read_script(path: Path) -> Script:
    """Read a script from a JSON file.

    Raises:
        CatalogueError: the file is missing, or no script.
    """
    try:
        return Script.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CatalogueError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        place, message = find_fault(error)
        raise CatalogueError(
            f"{path} is no script: {place or 'the whole file'}: {message}."
        ) from error
