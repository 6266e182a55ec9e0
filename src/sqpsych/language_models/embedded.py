"""The embedded server: llama.cpp in a child process of ours, on loopback, behind a key of its own.

A child, because the engine is compiled code that can crash or run out of memory: then the run goes
on with a new child. It ends with its parent however that ends, since it watches its own standard
input. The configuration, with the key, goes through that pipe and never shows in a process list.
"""

import json
import os
import queue
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from sqpsych.errors import ServerUnavailableError, WeightsError
from sqpsych.language_models.openai_compatible import DEFAULT_TIMEOUT_S, Server

READY = "ready"
"""The line by which the child says that the model is loaded."""

START_TIMEOUT_S = 300.0
_STOP_TIMEOUT_S = 5.0
_MOST_RESTARTS = 5


_WAITING = "passive"
"""How the engine's threads wait for each other. Spinning ones keep the cores from all other work
and are in turn kept waiting: beside other work that makes the engine ten times slower."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What the child process is told."""

    model_path: str
    alias: str
    port: int
    slots: int
    """Sequences decoded together; each keeps its own prefix cache."""
    context_tokens: int
    """Tokens of one slot, prompt and reply, on average: the slots share their sum."""
    threads: int
    api_key: str
    """Empty: the server answers whoever is on this machine."""


class EmbeddedServer:
    """A llama.cpp server that lives as long as the `with` block."""

    def __init__(
        self,
        model_path: Path,
        alias: str,
        slots: int,
        context_tokens: int,
        *,
        port: int | None = None,
        api_key: str | None = None,
    ) -> None:
        """Prepare a server; `with` starts it.

        Args:
            model_path: the GGUF file.
            alias: the model's name in the API.
            slots: how many sequences are decoded together.
            context_tokens: tokens of one sequence on average; the sequences share their sum.
            port: on 127.0.0.1; a free one by default.
            api_key: a random one by default; "" for none.
        """
        self._settings = EngineSettings(
            model_path=str(model_path),
            alias=alias,
            port=port or _find_free_port(),
            slots=slots,
            context_tokens=context_tokens,
            threads=count_cores(),
            api_key=secrets.token_urlsafe(24) if api_key is None else api_key,
        )
        self._process: subprocess.Popen[str] | None = None
        self._readers: tuple[threading.Thread, ...] = ()
        self._complaints: deque[str] = deque(maxlen=40)
        self._restarts = 0
        self._lock = threading.Lock()
        """Held while the child is started: of all who find it dead, one starts it again."""
        self._wanted = False
        """Whether it is to run: true from the first start until `stop`."""

    @property
    def base_url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._settings.port}/v1"

    @property
    def process_id(self) -> int | None:
        """Process id of the child, while it runs."""
        return self._process.pid if self._process else None

    def describe(self, timeout_s: float = DEFAULT_TIMEOUT_S) -> Server:
        """Describe it for the HTTP backend."""
        return Server(
            base_url=self.base_url,
            api_key=self._settings.api_key or "none",
            timeout_s=timeout_s,
            slots=self._settings.slots,
            revive=self.revive,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the child and wait until the model is loaded.

        Raises:
            WeightsError: the engine cannot load the file, or is not installed.
            ServerUnavailableError: it does not come up in time.
        """
        with self._lock:
            self._launch()
            self._wanted = True

    def stop(self) -> None:
        """End the child, and wait until it is gone."""
        self._wanted = False
        # A child that is being started is ended too, which ends the start and frees the lock.
        self._end()
        with self._lock:
            self._end()

    def revive(self) -> None:
        """Start the child again if it died; do nothing while it lives, or when it was stopped.

        Raises:
            WeightsError: it cannot be started this time.
            ServerUnavailableError: it died too often, or does not come up in time.
        """
        with self._lock:
            if not self._wanted or (self._process is not None and self._process.poll() is None):
                return
            self._end()
            self._restarts += 1
            if self._restarts > _MOST_RESTARTS:
                raise ServerUnavailableError(
                    f"The embedded server died {self._restarts} times: {self._last_complaint()}. "
                    "Is there enough memory? Try a smaller --concurrency."
                )
            self._launch()

    def _launch(self) -> None:
        """Start the child and wait until the model is loaded; see `start`."""
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "sqpsych.language_models.embedded_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            env={"OMP_WAIT_POLICY": _WAITING} | os.environ,
        )
        stdin, stdout, stderr = self._process.stdin, self._process.stdout, self._process.stderr
        if stdin is None or stdout is None or stderr is None:
            raise AssertionError("all three are pipes")
        ready: queue.Queue[bool] = queue.Queue()
        self._readers = (
            threading.Thread(target=self._collect, args=(stderr,), daemon=True),
            threading.Thread(target=_watch, args=(stdout, ready), daemon=True),
        )
        for reader in self._readers:
            reader.start()
        # A child that is dead already is found out below, with what it complained of.
        with suppress(BrokenPipeError):
            stdin.write(json.dumps(asdict(self._settings)) + "\n")
            stdin.flush()
        try:
            loaded = ready.get(timeout=START_TIMEOUT_S)
        except queue.Empty:
            self._end()
            raise ServerUnavailableError(
                f"The embedded server did not come up within {START_TIMEOUT_S:.0f} s. "
                "Is the machine busy, or the disk slow? Try again."
            ) from None
        if not loaded:
            self._end()
            raise self._explain_start()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def _collect(self, stream: IO[str]) -> None:
        for line in stream:
            if line.strip():
                self._complaints.append(line.strip())

    def _last_complaint(self) -> str:
        return self._complaints[-1] if self._complaints else "it said nothing"

    def _explain_start(self) -> WeightsError:
        if any("No module named 'xllamacpp'" in line for line in self._complaints):
            return WeightsError(
                "The embedded engine is not installed. Run `pip install 'sqpsych[local]'`, or "
                "give the base URL of a server as the model."
            )
        return WeightsError(
            f"The embedded engine cannot load {self._settings.model_path}: "
            f"{self._last_complaint()}. The file may be cut off or of a kind this engine does not "
            "read; there may be too little memory for this --concurrency."
        )


def serve_forever(model_path: Path, alias: str, port: int, slots: int, context_tokens: int) -> None:
    """Serve a model to other programs on this machine until Ctrl-C.

    Args:
        model_path: the GGUF file.
        alias: the model's name in the API.
        port: on 127.0.0.1.
        slots: sessions served at the same time.
        context_tokens: most tokens of one session.
    """
    check_port(port)
    with EmbeddedServer(model_path, alias, slots, context_tokens, port=port, api_key="") as server:
        print(
            f"Serving {alias} at {server.base_url} (this machine only). Ctrl-C ends it.",
            flush=True,
        )
        while True:
            time.sleep(1)
            server.revive()


def _watch(stream: IO[str], ready: "queue.Queue[bool]") -> None:
    """Tell when the child says that it is ready, or ends without it; then let it talk."""
    ready.put(stream.readline().strip() == READY)
    for _ in stream:
        pass


def count_cores() -> int:
    """Count the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_port(port: int) -> None:
    """Check that a port of this machine can be listened on.

    Raises:
        ServerUnavailableError: another program has it, or it is not for this user.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ServerUnavailableError(
                f"Port {port} cannot be used: {error.strerror}. Give another with --port."
            ) from error
