"""A dialogue as chat messages: the therapist is the assistant, the client the user."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from sqpsych.records import Dialogue, Speaker, Turn

Message = dict[str, str]
"""One message: `role` and `content`."""
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
        A row.
    """
    return {
        "id": f"{corpus}/{dialogue.id}",
        "person": dialogue.pseudonym,
        "corpus": corpus,
        "condition": condition,
        "protocol": dialogue.protocol,
        "therapist_model": dialogue.therapist_model,
        "client_model": dialogue.client_model,
        "risk_flags": list(dialogue.risk_flags),
        "messages": make_messages(dialogue.turns, system),
    }


def make_messages(turns: Iterable[Turn], system: str | None) -> list[Message]:
    """Make messages of turns.

    What one speaker said in several turns in a row is one message, a line each, since chat
    templates want the roles to alternate.

    Args:
        turns: in order.
        system: a line that stands before all others; None for none.
    """
    messages = [{"role": "system", "content": system}] if system else []
    for speaker, own in groupby(turns, key=lambda turn: turn.speaker):
        content = "\n".join(turn.text for turn in own)
        messages.append({"role": ROLES[speaker], "content": content})
    return messages


def count_joined(dialogue: Dialogue) -> int:
    """Count the messages that hold more than one turn."""
    runs = groupby(dialogue.turns, key=lambda turn: turn.speaker)
    return sum(1 for _, turns in runs if len(list(turns)) > 1)
