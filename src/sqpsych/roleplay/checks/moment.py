"""What a check looks at: a reply, and where in the session it was given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqpsych.records import Mention, MentionKind, Speaker, Symptom, Turn
from sqpsych.roleplay.cues import Closing
from sqpsych.roleplay.replies import Candidate
from sqpsych.wording import KEPT, find_mentions, phrases, to_second_person


@dataclass(frozen=True, slots=True)
class Moment:
    """Where in the session a reply was given."""

    speaker: Speaker
    turns: Sequence[Turn]
    closing: Closing
    word_limit: int
    instructions: str
    """The speaker's instructions, profile included."""
    language: str
    end_marker: str
    appointment: str = ""
    """When the next session is to be."""
    sums_up: bool = False
    """Whether the line must come back to what the client told."""
    summed_up: bool = False
    """Whether an earlier line has done so."""
    insists: bool = False
    """Whether all that is wanted is asked for again: to close, to tell everything that is due."""
    advises: bool = False
    """Whether the therapist may give advice."""
    screens: frozenset[Symptom] = frozenset()
    """Symptoms that the therapist asks everyone about here."""
    heard: str = ""
    """What the line takes up of what the client has just told."""
    told: str = ""
    """What the line tells."""
    asks: bool = False
    """Whether the line is to end in a question."""
    hints: Sequence[str] = ()
    """What this attempt was told to do that the one before did not."""
    due: frozenset[Symptom] = frozenset()
    """Symptoms that come out in this line."""
    endorsed: frozenset[Symptom] = frozenset()
    """Symptoms of the profile."""
    denied: frozenset[Symptom] = frozenset()
    """Symptoms that the profile denies."""
    sensitive: frozenset[Symptom] = frozenset()
    """Endorsed ones that only come out when asked about, or late."""
    statements: tuple[str, ...] = ()
    """The sentences of the profile."""

    def lines_of(self, speaker: Speaker) -> list[str]:
        """What one side has said so far."""
        return [turn.text for turn in self.turns if turn.speaker == speaker]

    def spoken_of(self, *kinds: MentionKind) -> set[Symptom]:
        """Symptoms spoken of so far in one of these ways."""
        return {m.symptom for turn in self.turns for m in turn.mentions if m.kind in kinds}

    def touched_on(self) -> set[Symptom]:
        """Symptoms whose subject the client has come to, whether with a complaint or without."""
        lines = (to_second_person(line) for line in self.lines_of("client"))
        return {s for line in lines for s in find_symptoms(line, "therapist", "named")}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that can be wrong with a reply."""

    name: str
    hint: str
    """What the model is told for the next attempt; goes on from "in a line that must"."""
    fails: Callable[[Candidate, Moment], bool]
    strays: bool = False
    """Whether such a reply strayed from what was asked; the next is then sampled closer."""


def closes(reply: Candidate, moment: Moment) -> bool:
    """Whether the therapist closes the session with this reply."""
    return moment.closing in {"wanted", "required"} and (
        reply.ended or phrases.FAREWELLS.search(reply.text) is not None
    )


@lru_cache(maxsize=KEPT)
def read_mentions(text: str, speaker: Speaker) -> tuple[Mention, ...]:
    """Find the symptoms a line speaks of; checks ask for the same line again and again."""
    return find_mentions(text, speaker)


def find_symptoms(text: str, speaker: Speaker, kind: MentionKind) -> set[Symptom]:
    """Find the symptoms a line speaks of in one way."""
    return {m.symptom for m in read_mentions(text, speaker) if m.kind == kind}
