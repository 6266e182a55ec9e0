"""The dialogues of some corpora, and which of them may leave."""

from collections.abc import Iterator, Mapping
from typing import Literal

from sqpsych.corpus import Corpus
from sqpsych.records import Dialogue

RiskChoice = Literal["exclude", "include"]

NO_GROUP = ""
"""The group of people of whom none is known."""


def read_sources(sources: Mapping[str, Corpus]) -> Iterator[tuple[str, Corpus, Dialogue]]:
    """Read the finished dialogues of corpora, rejected ones too, in order, with their corpus."""
    for name, corpus in sources.items():
        for dialogue in corpus.read_dialogues():
            yield name, corpus, dialogue


def say_why_left_out(dialogue: Dialogue, risk: RiskChoice) -> str | None:
    """Say why a dialogue is not released; None when it is."""
    if dialogue.ending != "closed":
        return "rejected"
    if dialogue.risk_flags and risk == "exclude":
        return "risk flags"
    if all(turn.speaker == "client" for turn in dialogue.turns):
        return "no therapist turn"
    return None


def find_group(corpus: Corpus, dialogue: Dialogue) -> str:
    """Find the group of a dialogue's person, where it is known."""
    return corpus.read_profile(dialogue.id).condition or NO_GROUP
