"""What a dataset holds, in figures: counted while it is written."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqpsych.corpus import SessionHeader
from sqpsych.release.messages import Row


@dataclass(slots=True)
class SplitFigures:
    """Figures of one split."""

    people: set[str] = field(default_factory=set)
    dialogues: int = 0
    messages: int = 0
    words: Counter[str] = field(default_factory=Counter)
    """Words by role, the system line left aside."""

    def add(self, row: Row) -> None:
        """Count a dialogue."""
        self.people.add(row["person"])
        self.dialogues += 1
        for message in row["messages"]:
            if message["role"] != "system":
                self.messages += 1
                self.words[message["role"]] += len(message["content"].split())


@dataclass(frozen=True, slots=True)
class Source:
    """A corpus that went into a dataset."""

    name: str
    header: SessionHeader
    dialogues: int
    """Those that stand in the dataset."""


@dataclass(frozen=True, slots=True)
class Released:
    """A dataset that was written."""

    path: Path
    splits: dict[str, SplitFigures]
    """By the splits that are there, train first."""
    sources: tuple[Source, ...]
    left_out: dict[str, int]
    """Dialogues that are not in it, by why."""
    joined: int
    """Messages that hold several utterances, where one speaker came twice in a row."""
    flagged: int
    """Dialogues with risk flags that are in it."""
