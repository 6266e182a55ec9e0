"""Work on many things at the same time, bounded, in lanes that a server's caches know."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from sqpsych.errors import SqpsychError, find_first

T = TypeVar("T")
R = TypeVar("R")

CONCURRENCY = 8
"""Dialogues at the same time, unless told otherwise."""


async def run_workers(
    things: Sequence[T], work: Callable[[T, int], Awaitable[R]], concurrency: int = CONCURRENCY
) -> tuple[R, ...]:
    """Work on all things, so many at a time; a worker keeps its lane.

    Args:
        things: in the order in which they are begun.
        work: is given a thing and the lane of the worker.
        concurrency: workers, at most; at least one.

    Returns:
        What came of each, in the order of the things.

    Raises:
        SqpsychError: the first that `work` raised; what was going on then is given up.
    """
    queue = iter(enumerate(things))
    done: dict[int, R] = {}

    async def go_on(lane: int) -> None:
        for place, thing in queue:
            done[place] = await work(thing, lane)

    try:
        async with asyncio.TaskGroup() as group:
            for lane in range(min(max(concurrency, 1), len(things))):
                group.create_task(go_on(lane))
    except* SqpsychError as errors:
        raise find_first(errors) from errors
    return tuple(done[place] for place in range(len(things)))
