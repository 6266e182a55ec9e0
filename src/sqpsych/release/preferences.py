"""A preference: of two ways to go on, which is better, and who says so."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqpsych.release.messages import Message

Origin = Literal["attempts", "experts", "judges"]
"""Where a preference comes from: the checks of generation, people, or models."""
ORIGINS: tuple[Origin, ...] = get_args(Origin)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dialogue is."""

    corpus: str
    """Name of the corpus."""
    dialogue: str
    """Id of the dialogue."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two ways to go on after a prompt."""

    id: str
    person: str
    group: str
    """The person's group, where it is known; it is in no row."""
    origin: Origin
    reason: str
    """Checks that the rejected one failed and the chosen one passed, or who preferred; several
    stand with commas."""
    prompt: list[Message]
    chosen: list[Message]
    rejected: list[Message]
    sources: tuple[Place, ...]
    """The dialogues it is of; they are in no row."""

    def make_row(self) -> dict[str, Any]:
        """Make a row in the conversational form of preferences that TRL reads."""
        return {
            "id": self.id,
            "person": self.person,
            "origin": self.origin,
            "reason": self.reason,
            "prompt": self.prompt,
            "chosen": self.chosen,
            "rejected": self.rejected,
        }
