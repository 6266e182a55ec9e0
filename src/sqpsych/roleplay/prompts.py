"""Prompts of the two agents, in both styles, growing only at the end.

Order: fixed instructions, then the profile, then the transcript, then this turn's private
direction. The next prompt of the same agent begins with all of this but the direction, so a
server's prefix cache serves nearly all of it.
"""

from collections.abc import Sequence

from sqpsych.language_models import Message
from sqpsych.records import ClientProfile, Fact, Speaker, Turn
from sqpsych.roleplay.protocol import Protocol

LABELS: dict[Speaker, str] = {"therapist": "Therapist", "client": "Client"}
_OPENING = "(The session begins.)"
"""Stands for the client in chat style, whose first message must be the user's."""


def fill_instructions(protocol: Protocol, speaker: Speaker, profile: ClientProfile) -> str:
    """Fill one side's instructions with the profile, in one pass.

    The group label is in none of the variables.
    """
    return protocol.instructions(speaker).format(
        demographics=_list_facts(profile.demographics),
        history=_list_facts(profile.history),
        statements="\n".join(f"- {statement.text}" for statement in profile.statements),
        severity=_name_severity(profile),
        word_limit=protocol.word_limit(speaker),
    )


def write_transcript(
    instructions: str, turns: Sequence[Turn], speaker: Speaker, direction: str
) -> str:
    """Write the prompt in transcript style: plain text that ends where the speaker begins."""
    lines = "".join(f"{LABELS[turn.speaker]}: {turn.text}\n" for turn in turns)
    return f"{instructions}\n{lines}Next, the {speaker} {direction}.\n{LABELS[speaker]}:"


def write_messages(
    instructions: str, turns: Sequence[Turn], speaker: Speaker, direction: str
) -> tuple[Message, ...]:
    """Write the prompt in chat style: own turns as assistant, the other's as user."""
    messages = [Message("system", instructions)]
    if speaker == "therapist":
        messages.append(Message("user", _OPENING))
    messages += [
        Message("assistant" if turn.speaker == speaker else "user", turn.text) for turn in turns
    ]
    last = messages.pop()
    told = f"{last.content}\n\n(Now the {speaker} {direction}. Write that line alone.)"
    return (*messages, Message("user", told))


def stop_texts(style: str) -> tuple[str, ...]:
    """Texts at which a reply ends, so that nobody pays for the other's lines."""
    labels = tuple(f"{label}:" for label in LABELS.values())
    return ("\n", *labels) if style == "transcript" else tuple(f"\n{label}" for label in labels)


def _name_severity(profile: ClientProfile) -> str:
    """Name the band of each total, without the instrument's name."""
    bands = [score.band for score in profile.scores if score.scale == "total" and score.band]
    return f"- Symptoms overall: {', '.join(bands)}." if bands else ""


def _list_facts(facts: Sequence[Fact]) -> str:
    lines = [f"- {fact.name.replace('_', ' ').capitalize()}: {fact.value}" for fact in facts]
    return "\n".join(lines) or "- Nothing is known."
