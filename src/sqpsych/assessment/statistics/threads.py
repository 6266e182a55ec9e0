"""One thread for small tables.

The tables of a measure are so small that the threads of the linear algebra gain nothing, and wait
for each other where other programs run: embedding on two busy cores was eight times slower with two
threads than with one.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any


def use_one_thread() -> AbstractContextManager[Any]:
    """Keep linear algebra to one thread; without effect where threadpoolctl is not installed."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    limits: AbstractContextManager[Any] = threadpool_limits(1)
    return limits
