"""What is measured: the dialogues of one corpus, their people and their groups."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sqpsych.records import ClientProfile, Dialogue, RejectedAttempt


def _read_none(dialogue: str) -> Sequence[RejectedAttempt]:
    return ()


@dataclass(frozen=True)
class Sample:
    """The finished dialogues of a corpus.

    What is said is judged in closed dialogues, since a rejected one breaks off.
    """

    name: str
    dialogues: tuple[Dialogue, ...]
    """Finished ones, rejected ones too, in the order of the corpus."""
    profiles: Mapping[str, ClientProfile]
    """By id of the dialogue. An imported dialogue has a profile without answers and statements."""
    labels: Mapping[str, int] = field(default_factory=dict)
    """Group of a dialogue by its id, 1 or 0; empty where groups are not known."""
    groups: tuple[str, str] = ("0", "1")
    """Names of groups 0 and 1."""
    read_rejected: Callable[[str], Sequence[RejectedAttempt]] = _read_none
    """Gives the rejected attempts of a dialogue by its id."""
    language: str = "en"
    """ISO 639-1 code of what should be spoken."""
    seed: int = 0
    """Of samples, splits and intervals."""

    @cached_property
    def closed(self) -> tuple[Dialogue, ...]:
        """Dialogues that were closed."""
        return tuple(dialogue for dialogue in self.dialogues if dialogue.ending == "closed")

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Pseudonym of each closed dialogue: intervals draw people, not dialogues."""
        return tuple(dialogue.pseudonym for dialogue in self.closed)
