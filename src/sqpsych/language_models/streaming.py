"""Reading a reply while it is written: the server-sent events of an OpenAI-compatible server.

What comes in pieces is put together into the completion that the server would have sent whole, so
that both are read by the same code. A server that answers a request for a stream with a whole
completion is fine too.
"""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from sqpsych.errors import ServerReplyError, ServerUnavailableError
from sqpsych.language_models.chat_model import OnText

_DATA = b"data:"
_DONE = b"[DONE]"
_EVENT_STREAM = "text/event-stream"
_NO_USAGE = {"prompt_tokens": 0, "completion_tokens": 0}


async def read_completion(answer: aiohttp.ClientResponse, on_text: OnText, base_url: str) -> Any:
    """Read a completion, of either kind, telling its text as it comes.

    Args:
        answer: of the server, its status being well.
        on_text: told the text so far.
        base_url: of the server, for errors.

    Returns:
        The completion as it would have been sent whole; where the server did not say how many
        tokens it took, the counts are 0.

    Raises:
        ServerUnavailableError: the stream broke off, or told of a failure, before its end.
        ServerReplyError: an event is none of a completion.
    """
    if answer.content_type != _EVENT_STREAM:
        return await _read_whole(answer, on_text)
    text, finish, usage = "", None, None
    on_text(text)
    async for event in _read_events(answer):
        _check(event, base_url)
        usage = event.get("usage") or usage
        for choice in event["choices"][:1]:
            if piece := _read_piece(choice):
                text += piece
                on_text(text)
            finish = choice.get("finish_reason") or finish
    if finish is None:
        raise ServerUnavailableError(
            f"The answer of the server at {base_url} broke off. Look at its log."
        )
    return {"choices": [{"text": text, "finish_reason": finish}], "usage": usage or _NO_USAGE}


async def _read_whole(answer: aiohttp.ClientResponse, on_text: OnText) -> Any:
    completion = json.loads(await answer.read())
    match completion:
        case {"choices": [{"text": str(text)}, *_]}:
            on_text(text)
        case {"choices": [{"message": {"content": str(text)}}, *_]}:
            on_text(text)
    return completion


async def _read_events(answer: aiohttp.ClientResponse) -> AsyncIterator[Any]:
    """Read the JSON of each event up to the last."""
    async for line in answer.content:
        if not line.startswith(_DATA):
            continue
        data = line.removeprefix(_DATA).strip()
        if data == _DONE:
            return
        yield json.loads(data)


def _check(event: Any, base_url: str) -> None:
    match event:
        case {"error": _}:
            raise ServerUnavailableError(
                f"The server at {base_url} failed in the middle of an answer. Look at its log."
            )
        case {"choices": [*choices]} if all(isinstance(choice, dict) for choice in choices):
            return
    raise ServerReplyError(
        f"The server at {base_url} streamed something that is no completion. Check that it speaks "
        "the OpenAI protocol."
    )


def _read_piece(choice: Any) -> str:
    """The text an event adds; a reasoning model's events may add none."""
    match choice:
        case {"text": str(text)} | {"delta": {"content": str(text)}}:
            return text
        case _:
            return ""
