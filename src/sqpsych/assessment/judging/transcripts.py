"""What a judge is shown of a dialogue, and where the words it quotes stand."""

import re
from collections.abc import Sequence

from sqpsych.assessment.judging.rubric import Part, View
from sqpsych.records import Dialogue, Evidence, Turn
from sqpsych.wording import normalise

_WORD = re.compile(r"\w+(?:['’]+\w+)*")
_SHOWN: dict[tuple[View, Part], str] = {
    ("whole", "all"): "",
    ("client", "all"): " (the client's lines)",
    ("therapist", "all"): " (the therapist's lines)",
    ("whole", "first_third"): " (its first third)",
    ("client", "first_third"): " (the client's lines in its first third)",
    ("therapist", "first_third"): " (the therapist's lines in its first third)",
    ("whole", "last_third"): " (its last third)",
    ("client", "last_third"): " (the client's lines in its last third)",
    ("therapist", "last_third"): " (the therapist's lines in its last third)",
}


def choose_turns(dialogue: Dialogue, view: View, part: Part = "all") -> tuple[Turn, ...]:
    """Choose the turns a judge sees.

    A third is a third of all turns, rounded down but at least one; both thirds of a dialogue with a
    single turn are that turn.
    """
    turns = dialogue.turns
    third = max(1, len(turns) // 3)
    if part != "all":
        turns = turns[:third] if part == "first_third" else turns[-third:]
    return tuple(turn for turn in turns if view in {"whole", turn.speaker})


def name_shown(view: View, part: Part = "all") -> str:
    """Say what of a dialogue is shown: nothing for all of it, else in brackets."""
    return _SHOWN[view, part]


def write_transcript(turns: Sequence[Turn]) -> str:
    """Write turns as numbered lines: "[3] Client: I hardly sleep."."""
    return "\n".join(
        f"[{turn.index}] {turn.speaker.capitalize()}: {' '.join(turn.text.split())}"
        for turn in turns
    )


def find_evidence(turns: Sequence[Turn], named: int, quote: str) -> Evidence | None:
    """Find where quoted words stand, compared without case, punctuation and apostrophes.

    Args:
        turns: what the judge was shown.
        named: index of the turn it named.
        quote: the words it gave.

    Returns:
        The words as they were said, in the turn named if they stand there, else in the first turn
        in which they do; None where they stand in none.
    """
    for turn in sorted(turns, key=lambda turn: turn.index != named):
        if (said := find_words(turn.text, quote)) is not None:
            return Evidence(turn=turn.index, quote=said)
    return None


def find_words(text: str, quote: str) -> str | None:
    """Find quoted words in a text, compared without case, punctuation and apostrophes.

    Returns:
        The stretch of the text in which they stand; None where they do not, or are none.
    """
    wanted = normalise(quote).split()
    if not wanted:
        return None
    matches = list(_WORD.finditer(text))
    words = [normalise(match[0]) for match in matches]
    for start in range(len(words) - len(wanted) + 1):
        if words[start : start + len(wanted)] == wanted:
            return text[matches[start].start() : matches[start + len(wanted) - 1].end()]
    return None
