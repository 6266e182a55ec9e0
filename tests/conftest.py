"""What tests of several rooms need."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sqpsych.language_models.catalogue import find_model
from sqpsych.language_models.weights import pull_weights

# Read when the library is imported: no test asks a model hub for anything.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

# A shell that runs the tests in the background has Ctrl-C ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def weights() -> Path:
    """The weights of smollm2-135m, pulled once (98 MB)."""
    return pull_weights(find_model("smollm2-135m"))


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file that is to be whole be written to a disk without room."""

    def name(path: Path) -> Path:
        partial = path.with_name(f"{path.name}.partial")
        partial.symlink_to("/dev/full")
        return partial

    monkeypatch.setattr("sqpsych.whole_files.name_partial", name)


@pytest.fixture(scope="module")
def one_core() -> Iterator[None]:
    """Keep to one core, children too: llama.cpp's threads wait for one another, and may not get a
    second."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    yield
    os.sched_setaffinity(0, before)
