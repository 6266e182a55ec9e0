"""One thread, and no fault where it cannot be had."""

import sys

import numpy as np
import pytest

from sqpsych.assessment.statistics.threads import use_one_thread


def count_threads() -> set[int]:
    """Threads of the linear algebra that numpy brings."""
    threadpoolctl = pytest.importorskip("threadpoolctl")
    np.ones((2, 2)) @ np.ones((2, 2))
    return {pool["num_threads"] for pool in threadpoolctl.threadpool_info()}


def test_linear_algebra_keeps_to_one_thread_and_has_them_back_afterwards() -> None:
    before = count_threads()
    with use_one_thread():
        assert count_threads() == {1}
    assert count_threads() == before


def test_nothing_happens_without_threadpoolctl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with use_one_thread():
        pass
