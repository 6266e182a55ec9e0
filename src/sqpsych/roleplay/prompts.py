"""Prompts of the two agents, in both styles, growing only at the end.

Order: fixed instructions, then the profile, then the transcript, then this turn's private
direction. The next prompt of the same agent begins with all of this but the direction, or, where
the protocol keeps directions, with all of it; so a server's prefix cache serves nearly everything.
"""

from collections.abc import Mapping, Sequence
from itertools import takewhile

from sqpsych.language_models import Message
from sqpsych.records import ClientProfile, Fact, Speaker, Turn
from sqpsych.roleplay.plan import SessionPlan, describe_referral
from sqpsych.roleplay.protocol import Knowledge, Protocol
from sqpsych.wording import end_sentence, load_lexicon, make_sentence

LABELS: dict[Speaker, str] = {"therapist": "Therapist", "client": "Client"}
_NEXT = "Next, the "
"""Begins a direction in transcript style."""
OPENING = "(The session begins.)"
"""Stands for the client in chat style, whose first message must be the user's."""


def fill_instructions(
    protocol: Protocol,
    speaker: Speaker,
    profile: ClientProfile,
    plan: SessionPlan,
    knowledge: Knowledge,
) -> str:
    """Fill one side's instructions with the profile, in one pass.

    The group label is in none of the variables.
    """
    lexicon = load_lexicon()
    endorsed = [statement.text for statement in profile.statements if statement.severity > 0]
    well = ", ".join(lexicon[symptom].name for symptom in sorted(plan.denied))
    return protocol.instructions(speaker).format(
        demographics=_list_facts(profile.demographics),
        history=_list_facts(profile.history),
        referral=_list_lines(describe_referral(profile, plan, knowledge)),
        statements=_list_lines([statement.text for statement in profile.statements]),
        troubles=_list_lines(endorsed) or "- None.",
        well=f"- No trouble with: {well}." if well else "",
        situation=_list_lines([make_sentence(plan.situation.fact)]),
        severity=_name_severity(profile),
        word_limit=protocol.word_limit(speaker),
    )


def write_transcript(
    instructions: str,
    turns: Sequence[Turn],
    speaker: Speaker,
    direction: str,
    told: Mapping[int, str],
) -> str:
    """Write the prompt in transcript style: plain text that ends where the speaker begins.

    Args:
        instructions: filled.
        turns: the transcript so far.
        speaker: who is to speak.
        direction: what the speaker is privately told now.
        told: directions that stay, by the index of the turn they led to.
    """
    lines = [instructions]
    for turn in turns:
        if turn.index in told:
            lines.append(_direct(speaker, told[turn.index]))
        lines.append(f"{LABELS[turn.speaker]}: {turn.text}")
    return "\n".join([*lines, _direct(speaker, direction), f"{LABELS[speaker]}:"])


def write_messages(
    instructions: str,
    turns: Sequence[Turn],
    speaker: Speaker,
    direction: str,
    told: Mapping[int, str],
) -> tuple[Message, ...]:
    """Write the prompt in chat style: own turns as assistant, the other's as user; see above."""
    messages = [Message("system", instructions)]
    heard = OPENING
    for turn in turns:
        if turn.speaker != speaker:
            heard = turn.text
            continue
        asked = _ask(heard, speaker, told[turn.index]) if turn.index in told else heard
        messages += [Message("user", asked), Message("assistant", turn.text)]
    return (*messages, Message("user", _ask(heard, speaker, direction)))


def open_by_user(messages: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Put the line that opens a session before a therapist who speaks first.

    Args:
        messages: `role` (system, user, assistant) and `content`; the therapist is the assistant.

    Returns:
        Messages of which, a system line left aside, the first is the user's.
    """
    first = sum(1 for _ in takewhile(lambda message: message["role"] == "system", messages))
    if messages[first:] and messages[first]["role"] == "user":
        return list(messages)
    return [*messages[:first], {"role": "user", "content": OPENING}, *messages[first:]]


def stop_texts(style: str, speaker: Speaker) -> tuple[str, ...]:
    """Texts at which a reply ends, so that nobody pays for what comes after it.

    Args:
        style: of the prompt.
        speaker: whose next direction a transcript may go on with.

    Returns:
        Four at most, which is what servers of OpenAI's kind take.
    """
    labels = tuple(f"{label}:" for label in LABELS.values())
    if style == "chat":
        return tuple(f"\n{label}" for label in labels)
    return ("\n", *labels, f"{_NEXT}{speaker} ")


def _direct(speaker: Speaker, direction: str) -> str:
    return end_sentence(f"{_NEXT}{speaker} {direction}")


def _ask(heard: str, speaker: Speaker, direction: str) -> str:
    told = end_sentence(f"Now the {speaker} {direction}")
    return f"{heard}\n\n({told} Write that line alone.)"


def _name_severity(profile: ClientProfile) -> str:
    """Name the band of each total, without the instrument's name."""
    bands = [score.band for score in profile.scores if score.scale == "total" and score.band]
    return f"- Symptoms overall: {', '.join(bands)}." if bands else ""


def _list_facts(facts: Sequence[Fact]) -> str:
    lines = [f"{fact.name.replace('_', ' ').capitalize()}: {fact.value}" for fact in facts]
    return _list_lines(lines) or "- Nothing is known."


def _list_lines(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
