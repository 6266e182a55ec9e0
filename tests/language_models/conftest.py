"""Fixtures shared by the tests of language models."""

from collections.abc import AsyncIterator, Iterator

import pytest
import stamina

from .stub_server import StubServer


@pytest.fixture
async def server() -> AsyncIterator[StubServer]:
    """A server that answers as it is told."""
    async with StubServer() as stub:
        yield stub


@pytest.fixture
def no_waiting() -> Iterator[None]:
    """Retry without pauses, as often as asked for."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield
