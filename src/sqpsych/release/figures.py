"""What a dataset holds, of dialogues or of pairs, in figures: counted while it is written."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqpsych.corpus import SessionHeader
from sqpsych.release.messages import Row
from sqpsych.release.preferences import Pair


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
    """Those that stand in the dataset, or that a pair is of."""


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


@dataclass(slots=True)
class PairFigures:
    """Figures of one split of preference pairs."""

    people: set[str] = field(default_factory=set)
    pairs: Counter[str] = field(default_factory=Counter)
    """By origin."""
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By origin and reason; an attempt that failed several checks counts for each."""
    words: Counter[str] = field(default_factory=Counter)
    """In "chosen" and in "rejected"."""

    def add(self, pair: Pair) -> None:
        """Count a pair."""
        self.people.add(pair.person)
        self.pairs[pair.origin] += 1
        self.reasons.update((pair.origin, reason) for reason in pair.reason.split(", "))
        for name, messages in (("chosen", pair.chosen), ("rejected", pair.rejected)):
            self.words[name] += sum(len(message["content"].split()) for message in messages)


@dataclass(frozen=True, slots=True)
class ReleasedPairs:
    """A dataset of preference pairs that was written."""

    path: Path
    splits: dict[str, PairFigures]
    """By the splits that are there, train first."""
    sources: tuple[Source, ...]
    left_out: dict[str, int]
    """What made no pair, by why; what it counts stands before the colon."""
