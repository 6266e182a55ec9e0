"""What is taken off the edges of a model's reply before it is checked: nothing else is changed.

The words that the model was given to go on from are put back in front. Off come: a reasoning block
in front, the speaker's own label in front, quotation marks around the whole, the end marker behind,
white space. Each leaves a flag with the turn. A marker or label in the middle stays where it is,
for the checks to find.
"""

import re
from dataclasses import dataclass

from sqpsych.language_models import Reply
from sqpsych.records import Speaker
from sqpsych.roleplay.prompts import LABELS

_REASONING = re.compile(r"^\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_OPEN_REASONING = re.compile(r"^\s*<think(?:ing)?>", re.DOTALL)
_UNOPENED_REASONING = re.compile(r"^.*?</think(?:ing)?>", re.DOTALL)
LED = "led"
"""Flag of a line whose first words were given to the model."""
_QUOTES = (('"', '"'), ("“", "”"))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reply without what was at its edges."""

    text: str
    ended: bool
    """Whether the end marker stood behind it."""
    cut_off: bool
    """Whether the model was stopped by the token limit."""
    flags: tuple[str, ...]
    """What was taken off."""


def clean_reply(reply: Reply, speaker: Speaker, end_marker: str, lead: str = "") -> Candidate:
    """Take off what stands at the edges of a reply.

    Args:
        reply: as the model gave it.
        speaker: whose line it is.
        end_marker: what may stand behind the last line.
        lead: words the model was given and went on from.
    """
    flags: list[str] = [LED] if lead else []
    # A model that adds no word of its own has said nothing, whatever it was given.
    given = lead if re.search(r"\w", reply.text) else ""
    text, had_reasoning = _drop_reasoning(f"{given}{reply.text}")
    if had_reasoning:
        flags.append("reasoning_removed")
    text = " ".join(text.split())
    label = re.compile(rf"^[\s*_]*{LABELS[speaker]}[\s*_]*:[\s*_]*", re.IGNORECASE)
    if match := label.match(text):
        text = text[match.end() :]
        flags.append("label_removed")
    ended = text.endswith(end_marker)
    if ended:
        text = text.removesuffix(end_marker).rstrip()
        flags.append("end_marker_removed")
    for opening, closing in _QUOTES:
        inner = text[1:-1]
        if len(text) > 2 and text[0] == opening and text[-1] == closing and opening not in inner:
            text = inner.strip()
            flags.append("quotes_removed")
    return Candidate(text, ended, reply.finish_reason == "length", tuple(flags))


def _drop_reasoning(text: str) -> tuple[str, bool]:
    """Drop a block of reasoning; one that never ends leaves no reply."""
    if match := _REASONING.match(text) or _UNOPENED_REASONING.match(text):
        return text[match.end() :], True
    if _OPEN_REASONING.match(text):
        return "", True
    return text, False
