"""The terminal of a chat: what is shown, and how a line is read."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.padding import Padding
from rich.text import Text

from sqpsych.records import SymptomOutcome, Turn
from sqpsych.roleplay.live import LiveSession, LiveStudy, brief
from sqpsych.wording import load_lexicon

if TYPE_CHECKING:
    from stamina.instrumentation import RetryDetails


class Terminal:
    """Shows a chat: replies while they are written in a terminal, whole lines elsewhere."""

    def __init__(self, study: LiveStudy) -> None:
        """Show chats of a study."""
        self._study = study
        self._console = Console(highlight=False, markup=False)
        self._interactive = sys.stdin.isatty() and sys.stdout.isatty()
        self._live: Live | None = None
        self._shown = ""

    def open(self) -> None:
        """Say what this is, before anything else."""
        who = f"{self._study.model.name} plays the {self._study.played}"
        self._console.print(
            f"SIMULATION. {who}: there is no patient and no therapist here. Not for clinical use: "
            "no diagnosis, no treatment, no help in a crisis.",
            style="bold",
        )
        if self._interactive:
            import readline  # noqa: F401 - input() then edits lines and keeps this chat's history

    @contextmanager
    def wait(self, what: str) -> Iterator[None]:
        """Show that something takes its time."""
        if not self._interactive:
            yield
            return
        with self._console.status(what):
            yield

    def brief(self, live: LiveSession) -> None:
        """Say what the person knows beforehand."""
        title = "What the referral says" if live.human == "therapist" else "Your part"
        self._console.print(f"\n{title}:", style="bold")
        for line in brief(live.stage, live.human):
            self._console.print(f"- {line}")
        self._console.print("\nType what you say. /help lists what else you can do.\n")

    def read_line(self, prompt: str) -> str | None:
        """Read a line of the person; None at the end of input."""
        try:
            line = input(prompt if self._interactive else "")
        except EOFError:
            return None
        if not self._interactive and line.strip():
            self._console.print(f"{prompt}{line}")
        return line.strip()

    @contextmanager
    def show_reply(self) -> Iterator[None]:
        """Show a reply while it is written; it is gone when the block ends."""
        self._shown = ""
        if not self._interactive:
            yield
            return
        self._live = Live(
            self._draw("…"), console=self._console, transient=True, refresh_per_second=12
        )
        with self._live:
            yield
        self._live = None

    def on_text(self, text: str) -> None:
        """Show the reply so far."""
        self._shown = text
        if self._live is not None:
            self._live.update(self._draw(f"{text} …" if text else "…"))

    def on_rejected(self, reasons: tuple[str, ...]) -> None:
        """Strike out what was shown, and say that another reply is asked for."""
        if self._live is not None:
            text = Text(f"{self._label()}: ", style="dim")
            text.append(self._shown, style="strike dim")
            text.append(f" (did not pass: {', '.join(reasons)}; asking again)", style="dim italic")
            self._live.update(text)
        self._shown = ""

    def on_retry(self, details: "RetryDetails") -> None:
        """Say that the server is away and asked again."""
        self.tell(f"{details.caused_by} It is being asked again.")

    def show_turn(self, turn: Turn, *, own: bool) -> None:
        """Show a line that stands."""
        label = f"{turn.speaker.capitalize()} (you)" if own else self._label()
        text = Text()
        text.append(f"{label}: ", style="bold" if own else "bold cyan")
        text.append(turn.text)
        self._console.print(Padding(text, (0, 0, 1, 0)) if self._interactive else text)

    def show_outcomes(self, outcomes: tuple[SymptomOutcome, ...]) -> None:
        """Say what of the profile came out."""
        lexicon = load_lexicon()
        told = [o for o in outcomes if o.state == "voiced"]
        untold = [o for o in outcomes if o.state == "pending"]
        against = [o for o in outcomes if o.state == "contradicted"]
        for title, those in (
            ("Told", told),
            ("In the profile, not told", untold),
            ("Told against the profile", against),
        ):
            if those:
                names = [
                    lexicon[o.symptom].name + (f" (turn {o.turn})" if o.turn is not None else "")
                    for o in those
                ]
                self._console.print(f"{title}: {', '.join(names)}.")

    def tell(self, text: str) -> None:
        """Say something that is no part of the session."""
        self._console.print(text, style="dim" if self._interactive else "")

    def say_stopped(self, corpus: Path | None, command: str) -> None:
        """Say what became of a chat that was interrupted."""
        if corpus is None:
            self.tell("\nStopped. Nothing was kept.")
        else:
            self.tell(
                f"\nStopped. Every line is in {corpus}; to go on: {command} chat --save {corpus} "
                "with the same --as, --model, --protocol and --risk."
            )

    def _label(self) -> str:
        return f"{self._study.played.capitalize()} (simulated)"

    def _draw(self, text: str) -> Text:
        return Text(f"{self._label()}: {text}", style="dim")
