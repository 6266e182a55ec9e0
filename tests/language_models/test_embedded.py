"""The embedded server, with the smallest real model of the catalogue."""

import asyncio
import ipaddress
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from sqpsych.errors import (
    RequestRefusedError,
    ServerReplyError,
    ServerUnavailableError,
    WeightsError,
)
from sqpsych.language_models import Message, Request
from sqpsych.language_models.embedded import EmbeddedServer, EngineSettings, serve_forever
from sqpsych.language_models.openai_compatible import (
    OpenAICompatibleModel,
    Server,
    list_served_models,
)
from sqpsych.language_models.opening import ServingSettings, find_spec, open_models
from sqpsych.language_models.own_catalogue import add_entry
from sqpsych.language_models.tuned import read_tuned

from .tuned_model import write_manifest, write_tuned

pytestmark = [pytest.mark.embedded, pytest.mark.usefixtures("one_core")]

SQPSYCH = Path(sys.executable).with_name("sqpsych")
NAME = "smollm2-135m"
SLOTS = 2
STORY = "The sun rose over the small town, and the baker opened the door of the shop. " * 3
PLAIN = Request(tag="t", seed=5, max_tokens=8, transcript=f"{STORY}\nThen", temperature=0.8)
CHAT = replace(PLAIN, transcript=None, messages=(Message("user", "Say hello."),))


@pytest.fixture(scope="module")
def server(weights: Path, one_core: None) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(weights, NAME, SLOTS, 1024) as running:
        yield running


@asynccontextmanager
async def open_model(server: Server) -> AsyncIterator[OpenAICompatibleModel]:
    """A client of the server, closed afterwards."""
    model = OpenAICompatibleModel(server, NAME)
    try:
        yield model
    finally:
        await model.close()


def test_it_listens_on_loopback_alone(server: EmbeddedServer) -> None:
    port = int(server.base_url.rpartition(":")[2].removesuffix("/v1"))
    assert list_listening_addresses(port) == ["127.0.0.1"]


@pytest.mark.parametrize("key", ["none", "wrong"])
async def test_it_refuses_those_without_its_key(server: EmbeddedServer, key: str) -> None:
    async with open_model(replace(server.describe(), api_key=key)) as model:
        with pytest.raises(ServerReplyError, match="status 401"):
            await model.reply(PLAIN)


def test_its_threads_leave_the_cores_to_others_while_they_wait(server: EmbeddedServer) -> None:
    environment = Path(f"/proc/{server.process_id}/environ").read_bytes().split(b"\0")
    assert b"OMP_WAIT_POLICY=passive" in environment


@pytest.mark.parametrize("one_pool", ["1", "0"])
async def test_long_session_borrows_from_others_in_one_pool_alone(
    weights: Path, monkeypatch: pytest.MonkeyPatch, one_pool: str
) -> None:
    monkeypatch.setenv("LLAMA_ARG_KV_UNIFIED", one_pool)
    long = replace(PLAIN, transcript="and so on " * 130, max_tokens=4)
    with EmbeddedServer(weights, "smollm2-135m", slots=2, context_tokens=256) as server:
        async with open_model(server.describe()) as model:
            if one_pool == "1":
                assert (await model.reply(long)).prompt_tokens > 256
            else:
                with pytest.raises(RequestRefusedError, match="status 400"):
                    await model.reply(long)


def test_its_key_is_not_in_the_process_list(server: EmbeddedServer) -> None:
    key = server.describe().api_key.encode()
    assert key not in Path(f"/proc/{server.process_id}/cmdline").read_bytes()
    assert key not in Path(f"/proc/{server.process_id}/environ").read_bytes()


async def test_tuned_model_that_was_added_answers_by_its_name(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_config_dir", lambda _: str(tmp_path / "config"))
    folder = write_tuned(tmp_path / "tuned", gguf=True)
    (folder / "model.gguf").unlink()
    (folder / "model.gguf").symlink_to(weights)
    write_manifest(folder)
    add_entry(read_tuned(folder, "tuned"))
    spec = find_spec("tuned")
    async with open_models((spec,), ServingSettings(retries=0)) as (model,):
        reply = await model.reply(replace(CHAT, extra=spec.sampling.extra))
    assert (spec.style, model.name) == ("chat", "tuned")
    assert reply.text.strip()


async def test_it_serves_its_model_by_name(server: EmbeddedServer) -> None:
    assert await list_served_models(server.describe()) == (NAME,)


@pytest.mark.parametrize("request_", [PLAIN, CHAT], ids=["completions", "chat"])
async def test_it_answers(server: EmbeddedServer, request_: Request) -> None:
    async with open_model(server.describe()) as model:
        reply = await model.reply(request_)
    assert reply.text.strip()
    assert reply.prompt_tokens > 0
    assert 0 < reply.completion_tokens <= PLAIN.max_tokens
    assert reply.finish_reason in {"stop", "length"}


@pytest.mark.parametrize("request_", [PLAIN, CHAT], ids=["completions", "chat"])
async def test_it_streams_the_same_reply_in_pieces(
    server: EmbeddedServer, request_: Request
) -> None:
    heard: list[str] = []
    greedy = replace(request_, temperature=0.0)
    async with open_model(server.describe()) as model:
        whole = await model.reply(greedy)
        streamed = await model.stream(greedy, heard.append)
    assert streamed.text == whole.text == heard[-1]
    assert (streamed.finish_reason, streamed.prompt_tokens, streamed.completion_tokens) == (
        whole.finish_reason,
        whole.prompt_tokens,
        whole.completion_tokens,
    )
    assert len(heard) > 2
    assert all(later.startswith(earlier) for earlier, later in pairwise(heard))


async def test_it_stops_before_a_stop_text(server: EmbeddedServer) -> None:
    asked = replace(PLAIN, transcript="1, 2, 3, 4, 5, 6,", stop=("9",), temperature=0.0)
    async with open_model(server.describe()) as model:
        reply = await model.reply(asked)
    assert "8" in reply.text
    assert "9" not in reply.text
    assert reply.finish_reason == "stop"


@pytest.mark.parametrize("request_", [PLAIN, CHAT], ids=["completions", "chat"])
async def test_it_follows_a_schema(server: EmbeddedServer, request_: Request) -> None:
    schema = {
        "type": "object",
        "properties": {"sure": {"type": "boolean"}},
        "required": ["sure"],
        "additionalProperties": False,
    }
    async with open_model(server.describe()) as model:
        reply = await model.reply(replace(request_, schema=schema, max_tokens=40))
    assert isinstance(json.loads(reply.text)["sure"], bool)


async def test_grown_prompt_is_served_from_the_cache_of_its_lane(server: EmbeddedServer) -> None:
    async with open_model(server.describe()) as model:
        first = await model.reply(replace(PLAIN, lane=1))
        grown = f"{PLAIN.transcript}{first.text} and so on."
        second = await model.reply(replace(PLAIN, lane=1, transcript=grown))
    assert second.cached_tokens >= 0.8 * first.prompt_tokens
    assert second.prompt_tokens > second.cached_tokens


async def test_prompt_longer_than_the_context_is_refused_and_the_next_is_answered(
    server: EmbeddedServer,
) -> None:
    from sqpsych.errors import RequestRefusedError

    async with open_model(server.describe()) as model:
        with pytest.raises(RequestRefusedError, match="context"):
            await model.reply(replace(PLAIN, transcript=STORY * 60))
        assert (await model.reply(PLAIN)).text


async def test_parallel_requests_are_all_answered(server: EmbeddedServer) -> None:
    async with open_model(server.describe()) as model:
        asked = [replace(PLAIN, lane=lane, seed=lane) for lane in range(3 * SLOTS)]
        replies = await asyncio.gather(*(model.reply(request) for request in asked))
    assert len(replies) == 3 * SLOTS
    assert all(reply.completion_tokens > 0 for reply in replies)


async def test_killed_child_is_revived_and_the_request_answered(weights: Path) -> None:
    with EmbeddedServer(weights, NAME, 1, 1024) as server:
        first = server.process_id
        assert first is not None
        async with open_model(server.describe()) as model:
            asking = asyncio.create_task(model.reply(replace(PLAIN, max_tokens=400)))
            await asyncio.sleep(0.3)
            os.kill(first, signal.SIGKILL)
            reply = await asking
        assert reply.text
        assert server.process_id not in {None, first}
    assert server.process_id is None


async def test_same_seed_gives_the_same_text_in_one_slot(weights: Path) -> None:
    texts = []
    with EmbeddedServer(weights, NAME, 1, 1024) as server:
        async with open_model(server.describe()) as model:
            for seed in (1, 2, 1):
                texts.append((await model.reply(replace(PLAIN, seed=seed, max_tokens=24))).text)
    assert texts[0] == texts[2]
    assert texts[0] != texts[1]


def test_child_ends_when_its_parent_is_killed(weights: Path) -> None:
    script = f"""
import time
from pathlib import Path
from sqpsych.language_models.embedded import EmbeddedServer
with EmbeddedServer(Path({str(weights)!r}), {NAME!r}, 1, 512) as server:
    print(server.process_id, flush=True)
    time.sleep(60)
"""
    with start_process([sys.executable, "-c", script]) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_running(child)
        parent.kill()
        parent.wait()
    assert wait_until(lambda: not is_running(child), 10)


@pytest.mark.parametrize("kept", [0.5, 0.98])
def test_file_that_is_cut_off_is_explained(weights: Path, tmp_path: Path, kept: float) -> None:
    broken = tmp_path / "broken.gguf"
    whole = weights.read_bytes()
    broken.write_bytes(whole[: int(kept * len(whole))])
    with (
        pytest.raises(WeightsError, match=r"cannot load .*broken\.gguf") as caught,
        EmbeddedServer(broken, "broken", 1, 512),
    ):
        pass
    assert "said nothing" not in str(caught.value)


def test_text_file_is_no_model(tmp_path: Path) -> None:
    text = tmp_path / "notes.gguf"
    text.write_text("not a model", encoding="utf-8")
    with pytest.raises(WeightsError, match=r"notes\.gguf"), EmbeddedServer(text, "notes", 1, 512):
        pass


def test_missing_engine_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = "raise ModuleNotFoundError(\"No module named 'xllamacpp'\")"
    (tmp_path / "xllamacpp.py").write_text(missing, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with (
        pytest.raises(WeightsError, match=r"pip install 'sqpsych\[local\]'"),
        EmbeddedServer(tmp_path / "any.gguf", "any", 1, 512),
    ):
        pass


STAND_IN = """
import os
from pathlib import Path

class CommonParams:
    model = cpuparams = cpuparams_batch = type("x", (), {})()

def Server(parameters):
    beside = Path(__file__).parent
    if (beside / "full").exists():
        raise SystemExit("no memory just now")
    if (beside / "talkative").exists():
        for _ in range(300):
            os.write(2, b"token \\xe2\\x96 " + b"x" * 1000 + b"\\n")
        return
    print("ready", flush=True)
    raise SystemExit("boom")
"""
"""Stands in for the engine: comes up and dies at once, unless a file beside it says otherwise."""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the stand-in is, and finds what it is to do."""
    (tmp_path / "xllamacpp.py").write_text(STAND_IN, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def test_child_that_dies_again_and_again_is_given_up(stand_in: Path) -> None:
    with EmbeddedServer(stand_in / "any.gguf", "any", 1, 512) as server:
        for _ in range(5):
            assert wait_until(lambda: not is_running(server.process_id), 10)
            server.revive()
        assert wait_until(lambda: not is_running(server.process_id), 10)
        with pytest.raises(ServerUnavailableError, match="died 6 times: boom"):
            server.revive()


def test_child_that_cannot_be_started_is_tried_again_until_it_is_stopped(stand_in: Path) -> None:
    with EmbeddedServer(stand_in / "any.gguf", "any", 1, 512) as server:
        (stand_in / "full").touch()
        for _ in range(2):
            assert wait_until(lambda: not is_running(server.process_id), 10)
            with pytest.raises(WeightsError, match="no memory just now"):
                server.revive()
        (stand_in / "full").unlink()
        server.revive()
        assert server.process_id is not None
    server.revive()
    assert server.process_id is None


def test_child_that_complains_at_length_in_broken_letters_comes_up(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqpsych.language_models.embedded.START_TIMEOUT_S", 20.0)
    (stand_in / "talkative").touch()
    with EmbeddedServer(stand_in / "any.gguf", "any", 1, 512) as server:
        assert is_running(server.process_id)


def test_settings_are_what_the_child_is_told() -> None:
    settings = EngineSettings("m.gguf", "m", 8080, 2, 512, 1, "key")
    assert settings.context_tokens == 512


def test_port_in_use_is_explained(weights: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServerUnavailableError, match=f"Port {port} .* --port"):
            serve_forever(weights, NAME, port, 1, 512)


@pytest.mark.usefixtures("weights")
def test_serve_command_serves_until_interrupted() -> None:
    port = find_free_port()
    command = [str(SQPSYCH), "models", "serve", NAME, "--port", str(port), "--slots", "1"]
    with start_process([*command, "--context-tokens", "512"]) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert f"http://127.0.0.1:{port}/v1" in first
        assert list_listening_addresses(port) == ["127.0.0.1"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=10) as answer:
            assert json.load(answer)["data"][0]["id"] == NAME
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=15)
        assert process.returncode == 130
        assert "Traceback" not in complaint
    assert wait_until(lambda: not list_listening_addresses(port), 5)


@contextmanager
def start_process(command: list[str]) -> Iterator["subprocess.Popen[str]"]:
    """Run a command with pipes; it is gone afterwards."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def list_listening_addresses(port: int) -> list[str]:
    """The addresses on which a port is listened on, out of the kernel's tables."""
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]:
            address, number = line.split()[1].split(":")
            if line.split()[3] == "0A" and int(number, 16) == port:
                packed = bytes.fromhex(address)
                words = [packed[start : start + 4][::-1] for start in range(0, len(packed), 4)]
                found.append(str(ipaddress.ip_address(b"".join(words))))
    return found


def is_running(process: int | None) -> bool:
    """Whether a process is there and no zombie."""
    try:
        status = Path(f"/proc/{process}/stat").read_text("ascii")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    """Wait until something holds; whether it did in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def find_free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
