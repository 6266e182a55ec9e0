"""What a command says while a server is away."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from stamina.instrumentation import RetryDetails

EVERY_S = 30.0


class RetryTeller:
    """Says that a server is away: once in a while, since all who ask wait for the same one."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        """Say it through a function that shows a line."""
        self._tell = tell
        self._last: float | None = None

    def on_retry(self, details: "RetryDetails") -> None:
        """Say why a server is asked again, unless that was said just now."""
        now = time.monotonic()
        if self._last is None or now - self._last > EVERY_S:
            self._last = now
            self._tell(f"{details.caused_by} It is being asked again.")


def tell_of_retries() -> None:
    """Say on standard error when a server is away, for commands that show it in no other way."""
    from stamina.instrumentation import set_on_retry_hooks

    set_on_retry_hooks([RetryTeller(lambda line: typer.echo(line, err=True)).on_retry])
