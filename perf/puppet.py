"""A stand-in for a model that does what its direction says, from the text of the prompt alone.

It plays whole sessions of the `structured` protocol through all checks at no cost, for measuring
everything but the model; with directions that hold no words it gets nowhere. Its lines are stiff on
purpose: they are never data.
"""

import re

_DIRECTION = re.compile(r"Next, the (therapist|client) (.*)\n(?:Therapist|Client):(.*)$")
_CHAT_DIRECTION = re.compile(r"\(Now the (therapist|client) (.*) Write that line alone\.\)$")
_WORDS = ", like this: "
_AGAIN = "in a line that must "


def answer(prompt: str) -> str:
    """Say the line that a prompt asks for.

    Raises:
        ValueError: the prompt ends with no direction.
    """
    match = _DIRECTION.search(prompt) or _CHAT_DIRECTION.search(prompt)
    if match is None:
        raise ValueError("the prompt ends with no direction")
    speaker, direction, *given = match.groups()
    _, told, words = direction.partition(_WORDS)
    lead = "".join(given).strip()
    if lead:
        return words.removeprefix(lead)
    if told and speaker == "therapist" and direction.startswith(_AGAIN):
        return _shorten(words)
    if told:
        return words
    if speaker == "client":
        return "That suits me, goodbye."
    _, *quoted = direction.split('"')
    return f"We come to the end. {quoted[0]}. Goodbye." if quoted else "Please tell me more."


def _shorten(words: str) -> str:
    """Say less of a refused line: the end of what it takes up, the start of its question."""
    *said, question = re.split(r"(?<=[.!?…])\s", words)
    taken_up = " ".join(" ".join(said).rstrip(".").split()[-5:])
    return f"You said {taken_up}. {' '.join(question.rstrip('?').split()[:5])}?"
