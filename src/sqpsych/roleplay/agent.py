"""One side of a session: a model, and how it is prompted and sampled."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqpsych.language_models import ChatModel, Request
from sqpsych.language_models.catalogue import PromptStyle, SamplingDefaults
from sqpsych.records import Speaker, Turn
from sqpsych.roleplay.cues import Cue
from sqpsych.roleplay.prompts import stop_texts, write_messages, write_transcript


@dataclass(frozen=True, slots=True)
class Agent:
    """A model in a part."""

    speaker: Speaker
    model: ChatModel
    style: PromptStyle
    sampling: SamplingDefaults
    lane: int
    """Which of the server's prefix caches its prompts stay in."""

    def make_request(
        self,
        session: str,
        instructions: str,
        turns: Sequence[Turn],
        cue: Cue,
        hints: Sequence[str],
        attempt: int,
        seed: int,
    ) -> Request:
        """Make the request for a turn.

        Args:
            session: id of the session.
            instructions: the agent's instructions, filled.
            turns: the transcript so far.
            cue: what is to happen.
            hints: what this attempt must do that the one before did not.
            attempt: 1 for the first try.
            seed: seed of this attempt.
        """
        told_why = f". The line must {' and '.join(hints)}" if hints else ""
        direction = cue.direction + told_why
        prompt = (instructions, turns, self.speaker, direction)
        in_chat = self.style == "chat"
        return Request(
            tag=f"{session}/{self.speaker}/{cue.turn}/{attempt}",
            seed=seed,
            max_tokens=self.sampling.max_tokens,
            messages=write_messages(*prompt) if in_chat else (),
            transcript=None if in_chat else write_transcript(*prompt),
            stop=stop_texts(self.style),
            temperature=self.sampling.temperature,
            top_p=self.sampling.top_p,
            extra=self.sampling.extra,
            lane=self.lane,
        )


def derive_seed(*parts: str | int) -> int:
    """Derive a seed from names and numbers: the same parts give the same seed, anywhere.

    Returns:
        0 to 2**31 - 1.
    """
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:4]) & 0x7FFFFFFF
