"""A dialogue as chat messages: the therapist is the assistant, the client the user."""

from itertools import groupby
from typing import Any

from sqpsych.records import Dialogue, Speaker

Row = dict[str, Any]
"""One dialogue: `id`, `person`, `corpus`, `condition`, `protocol`, `therapist_model`,
`client_model`, `risk_flags` and `messages`, a list of {role, content}."""

ROLES: dict[Speaker, str] = {"therapist": "assistant", "client": "user"}


def make_row(dialogue: Dialogue, corpus: str, condition: str | None, system: str | None) -> Row:
    """Make the row of a dialogue.

    Args:
        dialogue: a finished one.
        corpus: its name; ids are told apart by it.
        condition: the person's group, where it is known.
        system: a line that stands before all others; None for none.

    Returns:
        A row. What one speaker said in several turns in a row is one message, a line each, since
        chat templates want the roles to alternate.
    """
    messages = [{"role": "system", "content": system}] if system else []
    for speaker, turns in groupby(dialogue.turns, key=lambda turn: turn.speaker):
        content = "\n".join(turn.text for turn in turns)
        messages.append({"role": ROLES[speaker], "content": content})
    return {
        "id": f"{corpus}/{dialogue.id}",
        "person": dialogue.pseudonym,
        "corpus": corpus,
        "condition": condition,
        "protocol": dialogue.protocol,
        "therapist_model": dialogue.therapist_model,
        "client_model": dialogue.client_model,
        "risk_flags": list(dialogue.risk_flags),
        "messages": messages,
    }


def count_joined(dialogue: Dialogue) -> int:
    """Count the messages that hold more than one turn."""
    runs = groupby(dialogue.turns, key=lambda turn: turn.speaker)
    return sum(1 for _, turns in runs if len(list(turns)) > 1)
