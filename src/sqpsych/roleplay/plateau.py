"""How many sessions to play at once: more as long as that makes the server faster."""

import time
from collections.abc import Callable

FIRST = 4
"""Sessions to begin with."""
GAIN = 1.1
"""Twice the sessions must give so many times the tokens a second to be worth it."""
_TURNS_EACH = 3


class Plateau:
    """Finds the number of sessions beyond which a server gives no more tokens a second.

    It begins low and doubles. After each change the first turns, which pay for long prompts, do not
    count; then the rate over a few turns a session is compared with the best so far.
    """

    def __init__(
        self, most: int, first: int = FIRST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Look for the plateau between `first` and `most` sessions."""
        self.target = min(first, most)
        """Sessions to be played now."""
        self.settled = self.target == most
        self._most = most
        self._clock = clock
        self._best = 0.0
        self._last = self.target
        self._begin()

    def note(self, tokens: int) -> None:
        """Note a turn and its tokens; `target` may change."""
        if self.settled:
            return
        if self._warming > 0:
            self._warming -= 1
            self._start = self._clock()
            return
        self._turns += 1
        self._tokens += tokens
        if self._turns >= _TURNS_EACH * self.target:
            self._compare(self._tokens / max(self._clock() - self._start, 1e-9))

    def _begin(self) -> None:
        self._warming = 2 * self.target
        self._turns = self._tokens = 0
        self._start = self._clock()

    def _compare(self, rate: float) -> None:
        if rate < self._best * GAIN:
            self.target, self.settled = self._last, True
            return
        self._best, self._last = rate, self.target
        self.target = min(2 * self.target, self._most)
        self.settled = self.target == self._last
        self._begin()
