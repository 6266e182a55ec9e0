"""One side of a session: a model, and how it is prompted and sampled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqpsych.language_models import ChatModel, Request
from sqpsych.language_models.catalogue import PromptStyle, SamplingDefaults
from sqpsych.records import Speaker, Turn
from sqpsych.roleplay.cues import Cue
from sqpsych.roleplay.prompts import stop_texts, write_messages, write_transcript

_WARMER = 0.05
_WARMEST = 1.1
_CLOSER = 0.5
_ALONE = 4
"""Attempts after which a model gets the first words of its line."""


@dataclass(frozen=True, slots=True)
class View:
    """What an agent sees of a session."""

    session: str
    """Id of the session."""
    instructions: str
    """The agent's instructions, filled."""
    turns: Sequence[Turn]
    """The transcript so far."""
    told: Mapping[int, str]
    """Earlier directions that stay in the prompt, by the index of their turn."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a turn."""

    number: int
    """1 for the first."""
    seed: int
    hints: Sequence[str] = ()
    """What this attempt must do that the one before did not."""
    closer: bool = False
    """Whether to keep closer to the direction than usual."""


@dataclass(frozen=True, slots=True)
class Agent:
    """A model in a part."""

    speaker: Speaker
    model: ChatModel
    style: PromptStyle
    sampling: SamplingDefaults
    lane: int
    """Which of the server's prefix caches its prompts stay in."""
    lead_words: int = 0
    """Words of a line that are given to the model at once; in transcript style alone."""

    def find_lead(self, cue: Cue, attempt: int) -> str:
        """Find the words the line begins with, which the model goes on from.

        A model too small to keep to a direction gets some at once, up to half of what is to be
        said. Any model that is prompted with a transcript gets two more with each attempt after
        the first ones that failed, up to three quarters.
        """
        if self.style == "chat":
            return ""
        words = cue.words.split()
        wanted = self.lead_words + max(2 * (attempt - _ALONE), 0)
        most = len(words) // 2 if attempt <= _ALONE else len(words) * 3 // 4
        return " ".join(words[: min(wanted, most)])

    def make_request(self, view: View, cue: Cue, attempt: Attempt) -> Request:
        """Make the request for a turn."""
        told_why = f"in a line that must {' and '.join(attempt.hints)}, " if attempt.hints else ""
        direction = told_why + cue.direction
        prompt = (view.instructions, view.turns, self.speaker, direction, view.told)
        lead = self.find_lead(cue, attempt.number)
        in_chat = self.style == "chat"
        return Request(
            tag=f"{view.session}/{self.speaker}/{cue.turn}/{attempt.number}",
            seed=attempt.seed,
            max_tokens=self.sampling.max_tokens,
            messages=write_messages(*prompt) if in_chat else (),
            transcript=None if in_chat else f"{write_transcript(*prompt)} {lead}".rstrip(),
            stop=stop_texts(self.style, self.speaker),
            temperature=self._set_temperature(attempt),
            top_p=self.sampling.top_p,
            extra=self.sampling.extra,
            lane=self.lane,
        )

    def _set_temperature(self, attempt: Attempt) -> float:
        """Sample more freely with each attempt, or closer when the last one strayed."""
        usual = self.sampling.temperature
        if attempt.closer:
            return usual * _CLOSER
        return max(usual, min(usual + _WARMER * (attempt.number - 1), _WARMEST))
