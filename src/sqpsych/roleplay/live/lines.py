"""A line that a person typed: what it may hold, and what it speaks of."""

from sqpsych.errors import InputError
from sqpsych.records import Symptom
from sqpsych.roleplay.checks import find_symptoms
from sqpsych.wording import phrases

MOST_CHARACTERS = 2000
"""Of a line."""


def speaks_of_crisis(line: str) -> bool:
    """Whether a client's line speaks of death, self-harm or violence as its own."""
    claimed = find_symptoms(line, "client", "claimed")
    return Symptom.SUICIDALITY in claimed or phrases.CRISES.search(line) is not None


def read_line(line: str) -> str:
    """Make one line of what a person typed.

    Raises:
        InputError: it holds no word, too many, or what stands between lines.
    """
    text = " ".join(line.split())
    if not any(letter.isalnum() for letter in text):
        raise InputError("That line holds no word. Write what you say.")
    if len(text) > MOST_CHARACTERS:
        raise InputError(
            f"That line has {len(text):,} characters; at most {MOST_CHARACTERS:,} fit. Say less at "
            "a time."
        )
    if phrases.MARKERS.search(text) is not None:
        raise InputError(
            "That line holds a speaker's label or a marker of a prompt. Write only what is said."
        )
    return text
