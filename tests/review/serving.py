"""The real server: `sqpsych review serve` in a process of its own."""

import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SQPSYCH = Path(sys.executable).with_name("sqpsych")


def find_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(study: Path, port: int, *more: str) -> subprocess.Popen[bytes]:
    """Start the server, and wait until it answers."""
    process = subprocess.Popen(
        [SQPSYCH, "review", "serve", study, "--port", str(port), *more],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in"):
                return process
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    process.kill()
    _, told = process.communicate()
    raise AssertionError(f"the server did not start: {told.decode()}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Kill the server as a power cut would."""
    process.kill()
    process.communicate()


@contextmanager
def serve(study: Path, port: int, *more: str) -> Iterator[str]:
    """Serve a study; gives the address."""
    process = start(study, port, *more)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)


def run(*arguments: str | Path) -> str:
    """Run the real command to its end; gives what it printed."""
    done = subprocess.run([SQPSYCH, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def read_links(printed: str) -> dict[str, str]:
    """Read the invitations that `create` prints, by person."""
    return dict(re.findall(r"^ +(owner|rater-\d+) +\S+/invitations/(\S+)$", printed, re.MULTILINE))
