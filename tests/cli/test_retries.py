"""What a command says while a server is away."""

import asyncio

import pytest
from stamina.instrumentation import set_on_retry_hooks

from review.serving import find_port
from sqpsych.cli.options import make_serving
from sqpsych.errors import ServerUnavailableError
from sqpsych.language_models import Request
from sqpsych.language_models.openai_compatible import OpenAICompatibleModel, Server


def test_any_command_that_asks_a_server_says_once_that_it_is_away(
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = f"http://127.0.0.1:{find_port()}/v1"

    async def ask() -> None:
        serving = make_serving(1.0, retries=2)
        model = OpenAICompatibleModel(Server(url, retries=serving.retries), "m")
        try:
            await model.reply(Request(tag="t", seed=1, max_tokens=5, transcript="x"))
        finally:
            await model.close()

    try:
        with pytest.raises(ServerUnavailableError):
            asyncio.run(ask())
    finally:
        set_on_retry_hooks(None)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count(f"No server answers at {url}") == 1
    assert told.err.endswith("It is being asked again.\n")
