"""What a run shows while it goes on: the first dialogue as it is spoken, and how far all are."""

import sys
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqpsych.cli.retries import RetryTeller
from sqpsych.corpus.sessions import Counts
from sqpsych.records import RejectedAttempt, Turn

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text
    from stamina.instrumentation import RetryDetails

_LINE_EVERY_S = 30.0
_TURNS_TO_GO_BY = 8


@dataclass
class Tally:
    """What a run has done so far, in this process."""

    turns: int = 0
    attempts: int = 0
    closed: int = 0
    rejected: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    started: float = field(default_factory=time.monotonic)
    first_request: float | None = None
    """When the first reply was asked for; rates count from there, without the model's loading."""

    @property
    def seconds(self) -> float:
        """Time since the run began."""
        return time.monotonic() - self.started

    @property
    def speaking_s(self) -> float:
        """Time since the first request; never 0."""
        return max(time.monotonic() - (self.first_request or self.started), 1e-9)

    def add(self, reply: Turn | RejectedAttempt) -> None:
        """Count a reply, accepted or not."""
        if self.first_request is None:
            self.first_request = time.monotonic() - reply.seconds
        self.attempts += 1
        self.prompt_tokens += reply.prompt_tokens
        self.cached_tokens += reply.cached_tokens
        self.completion_tokens += reply.completion_tokens


class RunDisplay:
    """Shows a run: live in a terminal, as plain lines elsewhere. Nothing goes to a file."""

    def __init__(self, turns_per_dialogue: int, *, stream: bool) -> None:
        """Prepare the display.

        Args:
            turns_per_dialogue: expected, for the time left.
            stream: print the turns of the first dialogue that speaks.
        """
        self.tally = Tally()
        self.before = Counts(0, 0, 0, 0, 0)
        self._turns_per_dialogue = turns_per_dialogue
        self._stream = stream
        self._streamed: str | None = None
        self._under_way: dict[str, int] = {}
        self._live: Live | None = None
        self._last_line = time.monotonic()
        self._away = RetryTeller(self._print)

    def __enter__(self) -> Self:
        if sys.stdout.isatty():
            from rich.live import Live

            self._live = Live(get_renderable=self._render, refresh_per_second=2, transient=True)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def on_begin(self, counts: Counts) -> None:
        """Note what the corpus holds already."""
        self.before = counts
        if counts.turns:
            done = counts.closed + counts.rejected
            self._print(f"Going on: {done} dialogues and {counts.turns} turns are there already.")

    def on_turn(self, session: str, turn: Turn) -> None:
        """Count an accepted turn, and print it when it belongs to the first dialogue."""
        self.tally.add(turn)
        self.tally.turns += 1
        self._under_way[session] = turn.index + 1
        if self._stream and self._streamed in {None, session}:
            self._streamed = session
            self._print_turn(turn)
        self._print_line()

    def on_rejected(self, session: str, attempt: RejectedAttempt) -> None:
        """Count a reply that failed its checks."""
        self.tally.add(attempt)
        self._print_line()

    def on_finished(self, session: str, reason: str | None) -> None:
        """Count a dialogue that ended, and say why one was rejected."""
        self._under_way.pop(session, None)
        if reason is None:
            self.tally.closed += 1
            return
        self.tally.rejected += 1
        self._print(f"{session} was rejected: {reason}")

    def on_retry(self, details: "RetryDetails") -> None:
        """Say that a server is away."""
        self._away.on_retry(details)

    def describe(self) -> str:
        """How far the run is, in one line."""
        tally = self.tally
        before = self.before
        done = before.closed + before.rejected + tally.closed + tally.rejected
        total = before.closed + before.rejected + before.waiting
        line = f"{done} of {total} dialogues, {before.turns + tally.turns} turns"
        if tally.first_request is None:
            return f"{line}, waiting for the first reply ({tally.seconds:.0f} s)"
        rate = tally.completion_tokens / tally.speaking_s
        spoken = sum(min(turns, self._turns_per_dialogue) for turns in self._under_way.values())
        to_come = (total - done) * self._turns_per_dialogue - spoken
        return f"{line}, {rate:.1f} tokens/s{self._estimate_rest(to_come)}"

    def _estimate_rest(self, turns: int) -> str:
        """How long the turns to come will take; nothing before there is enough to go by."""
        tally = self.tally
        if turns <= 0:
            return ", nearly done"
        if tally.turns < _TURNS_TO_GO_BY:
            return ""
        return f", about {spell_duration(turns * tally.speaking_s / tally.turns)} left"

    def _render(self) -> "Text":
        from rich.text import Text

        return Text(self.describe(), style="bold")

    def _print_turn(self, turn: Turn) -> None:
        if turn.index == 0:
            self._print("\nThe first dialogue, as it is spoken:\n")
        self._print(f"{turn.speaker.capitalize()}: {turn.text}\n")

    def _print(self, text: str) -> None:
        if self._live is not None:
            self._live.console.print(text, markup=False, highlight=False)
        else:
            print(text, flush=True)

    def _print_line(self) -> None:
        """Without a terminal, say now and then how far it is."""
        if self._live is None and time.monotonic() - self._last_line > _LINE_EVERY_S:
            self._last_line = time.monotonic()
            print(f"[{self.describe()}]", flush=True)


def print_ledger(tally: Tally, counts: Counts) -> None:
    """Print what this process did and what the corpus holds now."""
    in_all = f", {counts.turns} in all" if tally.turns < counts.turns else ""
    rows = [
        ("dialogues", f"{counts.closed} closed, {counts.rejected} rejected"),
        ("turns", f"{tally.turns}{in_all}"),
        ("attempts", f"{tally.attempts} ({tally.attempts / max(tally.turns, 1):.2f} a turn)"),
        ("tokens in", f"{tally.prompt_tokens:,}"),
        ("  cached", f"{100 * tally.cached_tokens / max(tally.prompt_tokens, 1):.0f} %"),
        ("tokens out", f"{tally.completion_tokens:,}"),
        ("  a second", f"{tally.completion_tokens / tally.speaking_s:.1f}"),
        ("time", spell_duration(tally.seconds)),
    ]
    if done := tally.closed + tally.rejected:
        rows.append(("  a dialogue", spell_duration(tally.seconds / done)))
    if counts.waiting:
        rows.insert(1, ("  not finished", f"{counts.waiting}"))
    print("\n" + "\n".join(f"{name:<15}{value}" for name, value in rows))


def spell_duration(seconds: float) -> str:
    """Say a duration as people do: seconds, minutes or hours."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
