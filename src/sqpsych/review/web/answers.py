"""An answer while it is written, as server-sent events for the page's script."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from sqpsych.errors import ModelError, NoReplyError
from sqpsych.records import Turn
from sqpsych.review.chatting import OpenChat
from sqpsych.roleplay.live import speaks_of_crisis

EVENT_STREAM = "text/event-stream"
HEARTBEAT_S = 10.0
"""A proxy in front gives up on a connection that is silent for long."""


class _Queue:
    """Follows a reply, event by event; ends with None."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[str | None] = asyncio.Queue()

    def put(self, kind: str, **values: object) -> None:
        self.events.put_nowait(write_event(kind, **values))


def write_event(kind: str, **values: object) -> str:
    """Write one event."""
    return f"event: {kind}\ndata: {json.dumps(values)}\n\n"


def describe_turn(chat: OpenChat, turn: Turn) -> str:
    """Write the event of a line that stands."""
    own = turn.speaker == chat.live.human
    crisis = own and turn.speaker == "client" and speaks_of_crisis(turn.text)
    return write_event(
        "turn", index=turn.index, speaker=turn.speaker, text=turn.text, own=own, crisis=crisis
    )


async def follow_answer(
    chat: OpenChat, t: Callable[..., str], said: Turn | None = None
) -> AsyncIterator[str]:
    """Ask for the model's answer, and tell what comes of it.

    When the browser goes away, the answer is given up; what was said before is safe.

    Args:
        chat: marked busy, which ends here.
        t: gives the words for a failure.
        said: the person's line, told first.
    """
    queue = _Queue()
    chat.relay.follower = queue
    answering: asyncio.Task[Turn] | None = None
    try:
        if said is not None:
            yield describe_turn(chat, said)
        if not (chat.live.awaits_human or chat.live.is_over):
            answering = asyncio.create_task(chat.live.answer())
            answering.add_done_callback(lambda done: queue.events.put_nowait(None))
            async for event in _read(queue):
                yield event
            yield _describe_end(chat, answering, t)
        yield write_event("state", over=chat.live.is_over, awaits=chat.live.awaits_human)
    finally:
        # Nothing is awaited here: where the browser has gone away, that would be broken off.
        chat.relay.follower = None
        if answering is None or answering.done():
            chat.busy = False
        else:
            answering.add_done_callback(lambda done: _release(chat))
            answering.cancel()


def _release(chat: OpenChat) -> None:
    chat.busy = False


async def _read(queue: _Queue) -> AsyncIterator[str]:
    while True:
        try:
            event = await asyncio.wait_for(queue.events.get(), HEARTBEAT_S)
        except TimeoutError:
            yield ": still there\n\n"
            continue
        if event is None:
            return
        yield event


def _describe_end(chat: OpenChat, answering: "asyncio.Task[Turn]", t: Callable[..., str]) -> str:
    try:
        return describe_turn(chat, answering.result())
    except NoReplyError:
        return write_event("failed", message=t("chat.no_reply"))
    except ModelError:
        return write_event("failed", message=t("chat.no_model"))
