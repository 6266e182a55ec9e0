"""A model's reply on its way to the person: told word by word, as far as it passes.

The checks that look for what must not be said hold for the beginning of a line too. So a word is
only shown when the line up to it and a few words on passes them: what fails is never seen, and the
reply goes on unseen until the next is asked for. Checks of what a line must have can only be made
of the whole: when one of those fails, the words that were shown are taken back.
"""

import re
from collections.abc import Callable
from typing import Protocol as Interface

from sqpsych.corpus import Counts
from sqpsych.language_models import ChatModel, OnText, Reply, Request
from sqpsych.records import RejectedAttempt, Turn
from sqpsych.roleplay.checks import Moment, find_faults
from sqpsych.roleplay.replies import clean_reply

_OF_THE_WHOLE = frozenset(
    {"empty", "cut_off", "other_language", "not_closing", "no_date", "no_summary"}
    | {"untold", "unvoiced", "no_time_frame", "unreflected", "no_question"}
)
"""Checks that an unfinished line may fail and the whole of it pass."""
HELD_BACK = 3
"""Words behind those that are shown, so that the beginning of what must not be said is not seen."""


class Listener(Interface):
    """Someone to whom a reply is shown while it is written."""

    def on_text(self, text: str) -> None:
        """The reply so far, as far as it passes; each time the whole of it."""

    def on_rejected(self, reasons: tuple[str, ...]) -> None:
        """The reply failed the checks named; another is asked for, and what was shown is void."""


class Overheard(ChatModel):
    """A model whose replies are told while they are written."""

    def __init__(self, model: ChatModel, on_reply: Callable[[Request], OnText]) -> None:
        """Wrap a model.

        Args:
            model: who answers.
            on_reply: gives, for a request, who is told the text so far.
        """
        self._model = model
        self._on_reply = on_reply

    @property
    def name(self) -> str:
        """The name records carry."""
        return self._model.name

    async def draw(self, request: Request, candidates: int = 1) -> tuple[Reply, ...]:
        """Answer a request; a single reply is told as it comes."""
        if candidates > 1:
            return await self._model.draw(request, candidates)
        return (await self._model.stream(request, self._on_reply(request)),)


class Watching:
    """Hands on to a listener what was rejected; nobody else watches a session with a person."""

    def __init__(self, listener: Listener) -> None:
        """Watch for a listener."""
        self._listener = listener

    def on_begin(self, counts: Counts) -> None:
        """Nothing to tell: one session is no run."""

    def on_turn(self, session: str, turn: Turn) -> None:
        """Nothing to tell: the turn is returned to who asked for it."""

    def on_rejected(self, session: str, attempt: RejectedAttempt) -> None:
        """Tell that a reply failed."""
        self._listener.on_rejected(attempt.reasons)

    def on_finished(self, session: str, reason: str | None) -> None:
        """Nothing to tell: the person ends the session."""


def find_presentable(
    text: str, moment: Moment, chosen: tuple[str, ...], lead: str = ""
) -> str | None:
    """Find what of a reply that is being written can be shown.

    Args:
        text: the reply so far.
        moment: where in the session it is given.
        chosen: names of checks beside those of every protocol.
        lead: words that the model was given to go on from.

    Returns:
        Its whole words but the last few; None when something in them must not be said.
    """
    whole_words = re.sub(r"\S*$", "", text)
    unfinished = Reply(whole_words, "stop", 0, 0, 0, 0.0)
    candidate = clean_reply(unfinished, moment.speaker, moment.end_marker, lead)
    faults = find_faults(candidate, moment, chosen)
    if any(fault.name not in _OF_THE_WHOLE for fault in faults):
        return None
    return " ".join(candidate.text.split()[:-HELD_BACK])
