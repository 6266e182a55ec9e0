"""Serving a Hugging Face folder: vLLM, or transformers' own server, in a child process.

The server listens on loopback alone, is told to stay offline, and ends with us, however we end: the
child that runs it watches us. Its log goes to standard error.
"""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from sqpsych.errors import InputError, ServerUnavailableError, WeightsError
from sqpsych.language_models.egress import OFFLINE_SETTINGS, PRIVACY_SETTINGS
from sqpsych.language_models.embedded import check_port
from sqpsych.language_models.openai_compatible import Server, list_served_models
from sqpsych.language_models.watched_child import STOP_TIMEOUT_S

Engine = Literal["vllm", "transformers"]

_NEEDS = ("transformers", "torch", "accelerate", "fastapi", "uvicorn", "openai")
"""What transformers' server is made of."""
_GENERATION = "generation_config.json"
_SAMPLED: Mapping[str, object] = {"top_k": 0}
"""Where the folder says nothing: no cut at a number of tokens, so that top_p alone holds."""
_POLL_S = 0.5
_WATCHED = (sys.executable, "-P", "-m", "sqpsych.language_models.watched_child")


def check_folder(folder: Path) -> None:
    """Check that a folder is one of weights as Hugging Face's libraries write them.

    Raises:
        WeightsError: it is none.
    """
    if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        raise WeightsError(
            f"{folder} is no Hugging Face folder: it lacks config.json, or weights as "
            ".safetensors. Of a tuned model, give the folder `model` in it."
        )


def choose_engine(asked: Engine | None) -> Engine:
    """Choose the server that runs a folder: vLLM where it is installed, else transformers'.

    Args:
        asked: the one the user wants; None for whichever is there.

    Raises:
        InputError: it is not installed.
    """
    missing = [name for name in _NEEDS if find_spec(name) is None]
    if asked != "transformers" and find_vllm() is not None:
        return "vllm"
    if asked != "vllm" and not missing:
        return "transformers"
    lacks = f"transformers' server lacks {', '.join(missing)}"
    install = "`pip install 'transformers[serving]'`"
    if asked == "vllm":
        raise InputError("vLLM is not installed. Run `pip install vllm` on a machine with a GPU.")
    if asked == "transformers":
        raise InputError(f"{lacks}. Run {install}.")
    raise InputError(
        f"No server for a folder of weights is installed: vLLM is not there, and {lacks}. Run "
        f"`pip install vllm` on a machine with a GPU, else {install}."
    )


def find_vllm() -> str | None:
    """Find vLLM's command, beside our own interpreter or where the shell finds it."""
    beside = str(Path(sys.executable).parent)
    return shutil.which("vllm", path=os.pathsep.join((beside, os.environ.get("PATH", ""))))


def write_vllm_command(program: str, folder: Path, name: str, port: int) -> list[str]:
    """Write the command that serves a folder with vLLM, by vLLM's documented options."""
    listening = ["--host", "127.0.0.1", "--port", str(port)]
    return [program, "serve", str(folder), *listening, "--served-model-name", name]


def write_transformers_command(name: str, port: int) -> list[str]:
    """Write the command that serves a folder with transformers' server.

    It calls the model by the path it was given, and so is run beside a folder called as the model
    is to be called.
    """
    child = [sys.executable, "-P", "-m", "sqpsych.language_models.transformers_child"]
    return [*child, "serve", name, "--host", "127.0.0.1", "--port", str(port)]


def write_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Write the child's environment: ours, telemetry off and model hubs out of reach."""
    return {**environment, **PRIVACY_SETTINGS, **OFFLINE_SETTINGS}


@contextmanager
def link_folder(folder: Path, name: str) -> Iterator[Path]:
    """Make a folder of links to the files of another, under a name, for transformers' server.

    That server samples only where the folder's generation_config.json has `do_sample`, whatever
    temperature a request has; the folder made here has it.

    Yields:
        The folder in which the folder of links is.

    Raises:
        WeightsError: generation_config.json is damaged.
    """
    settings = _read_generation(folder / _GENERATION)
    with tempfile.TemporaryDirectory(prefix="sqpsych-") as above:
        links = Path(above) / name
        links.mkdir()
        for path in folder.resolve().iterdir():
            if path.name != _GENERATION:
                (links / path.name).symlink_to(path)
        (links / _GENERATION).write_text(json.dumps({**_SAMPLED, **settings, "do_sample": True}))
        yield Path(above)


def _read_generation(path: Path) -> dict[str, object]:
    """Read how a model is sampled by default: what its file says, if it has one."""
    try:
        settings = dict(json.loads(path.read_bytes())) if path.exists() else {}
    except (OSError, ValueError, TypeError) as error:
        raise WeightsError(f"{path} cannot be read: {error}. Copy the folder again.") from error
    return {key: value for key, value in settings.items() if value is not None}


def serve_folder(folder: Path, name: str, port: int, engine: Engine) -> None:
    """Serve a folder to other programs on this machine until Ctrl-C.

    Args:
        folder: of weights, as Hugging Face's libraries write them.
        name: the model's name in the API.
        port: on 127.0.0.1.
        engine: which server runs it.

    Raises:
        WeightsError: the folder is none of weights.
        ServerUnavailableError: the port is taken, or the server ends by itself.
    """
    check_folder(folder)
    check_port(port)
    with ExitStack() as stack:
        if engine == "vllm":
            command = write_vllm_command(find_vllm() or "vllm", folder.resolve(), name, port)
            beside = None
        else:
            command = write_transformers_command(name, port)
            beside = stack.enter_context(link_folder(folder, name))
        process = stack.enter_context(_run(command, beside))
        url = f"http://127.0.0.1:{port}/v1"
        if _wait_until_served(process, url):
            print(
                f"Serving {name} at {url} with {engine} (this machine only). Ctrl-C ends it.",
                flush=True,
            )
        code = process.wait()
    raise ServerUnavailableError(
        f"The server of {name} ({engine}) ended with status {code}. What it said stands above."
    )


@contextmanager
def _run(command: Sequence[str], beside: Path | None) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a server in a process group of its own, which is gone afterwards.

    That it is a group of its own leaves it to us when it gets the Ctrl-C of the terminal.
    """
    process = subprocess.Popen(  # noqa: S603  (a program found by name, arguments of ours)
        [*_WATCHED, *command],
        cwd=beside,
        env=write_environment(os.environ),
        stdin=subprocess.PIPE,
        stdout=sys.stderr,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask the server to end, and end what is left of it and of all it started after a while."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_TIMEOUT_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _wait_until_served(process: "subprocess.Popen[bytes]", url: str) -> bool:
    """Wait until the server answers; whether it does, rather than having ended."""
    while process.poll() is None:
        with suppress(ServerUnavailableError):
            asyncio.run(list_served_models(Server(url)))
            return True
        time.sleep(_POLL_S)
    return False
