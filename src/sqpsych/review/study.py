"""The records of a review: what is rated, by whom, in which order, and what they did.

An item is what raters look at: one dialogue, or two texts side by side. A task is one item on one
rater's list. Everything a rater does is an event; nothing is ever changed or taken away.
"""

from typing import Literal

from pydantic import Field

from sqpsych.assessment.judging import Rubric
from sqpsych.records import Record, Speaker

Kind = Literal["rating", "comparison"]
"""One dialogue by a rubric, or two texts against each other."""
Role = Literal["owner", "rater"]
Winner = Literal["a", "b", "tie"]
"""Which of two texts is better, in terms of the item, not of where they stood on the screen."""
EventKind = Literal[
    "rated",
    "chosen",
    "noted",
    "skipped",
    "returned",
    "finished",
    "break_started",
    "break_ended",
    "adjudicated",
    "closed",
    "exported",
    "chat_begun",
]
TaskState = Literal["open", "started", "finished", "skipped"]
PREFERENCE = "preference"
"""Measure and criterion under which comparisons are counted."""

COMMENT_CHARACTERS = 4000
"""Longest comment, note or reason."""


class ShownTurn(Record):
    """One line as raters see it: who and what, nothing else of it."""

    index: int = Field(ge=0)
    """Position in the dialogue it is from."""
    speaker: Speaker
    text: str


class ShownText(Record):
    """One dialogue, or one answer, as raters see it."""

    turns: tuple[ShownTurn, ...]
    sensitive: bool = False
    """Whether thoughts of death may come up."""


class Origin(Record):
    """Where a text is from; raters never see it."""

    corpus: str
    """Its name in this study."""
    dialogue: str
    pseudonym: str
    condition: str | None
    protocol: str
    therapist_model: str
    client_model: str


class Reference(Record):
    """What a training dialogue is worth by those who prepared it."""

    value: int | None
    """On the criterion's scale; None: it gives no ground to judge."""
    why: str = ""


class Item(Record):
    """What is rated."""

    id: str
    """Drawn at random; says nothing of where it is from."""
    prompt: tuple[ShownTurn, ...] = ()
    """Turns with which both texts of a comparison begin."""
    texts: tuple[ShownText, ...] = Field(min_length=1, max_length=2)
    """One, or a and b of a comparison."""
    references: dict[str, Reference] = Field(default_factory=dict)
    """By criterion; only training dialogues have them."""

    @property
    def training(self) -> bool:
        """Whether it is there to learn from."""
        return bool(self.references)

    @property
    def sensitive(self) -> bool:
        """Whether thoughts of death may come up in it."""
        return any(text.sensitive for text in self.texts)


class Task(Record):
    """One item on one rater's list."""

    id: str
    """Drawn at random."""
    person: str
    item: str
    position: int = Field(ge=0)
    """Place on the list; training comes first."""
    swapped: bool = False
    """Whether text b of a comparison stands on the left."""


class Person(Record):
    """Someone who takes part."""

    name: str
    """Pseudonym: "rater-1", "owner"."""
    role: Role


class CorpusReference(Record):
    """A corpus that a study was drawn from."""

    name: str
    path: str
    """Absolute, so that results can be given back to it."""


class ReviewStudy(Record):
    """What is asked of whom; settled when the study is made."""

    id: str
    """Drawn at random; tells raters of one study from those of another."""
    title: str
    kind: Kind
    rubric: Rubric | None
    """None for comparisons."""
    question: str
    """What is asked of two texts; empty for ratings."""
    corpora: tuple[CorpusReference, ...]
    overlap: int = Field(ge=1)
    """Raters of each item."""
    per_corpus: int = Field(ge=1)
    seed: int
    code_version: str
    made: str
    """UTC, ISO 8601."""


class Judgement(Record):
    """What a rater says of one criterion: value, words, and turns that show it."""

    value: int | None = None
    """None: not given yet, or no ground to judge."""
    groundless: bool = False
    """Whether the rater finds that the dialogue gives no ground to judge."""
    comment: str = Field(default="", max_length=COMMENT_CHARACTERS)
    evidence: tuple[int, ...] = Field(default=(), max_length=500)
    """Indexes of turns."""

    @property
    def given(self) -> bool:
        """Whether the criterion has been dealt with."""
        return self.value is not None or self.groundless


class Choice(Record):
    """What a rater says of two texts."""

    winner: Winner | None = None
    reason: str = Field(default="", max_length=COMMENT_CHARACTERS)


class Event(Record):
    """One thing that someone did."""

    number: int
    """Counts all events of the study, from 1."""
    id: str
    """Made by the browser: the same change sent twice is one event."""
    time: str
    """UTC, ISO 8601, when it was saved."""
    person: str
    kind: EventKind
    task: str | None = None
    item: str | None = None
    criterion: str | None = None
    body: str = "{}"
    """JSON: a Judgement, a Choice, or what belongs to the kind."""
