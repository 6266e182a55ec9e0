"""A verdict: a value on a scale, with words of the dialogue that show it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqpsych.assessment.judging.asking import (
    QUOTE_CHARACTERS,
    REASON_CHARACTERS,
    Fault,
    Question,
)
from sqpsych.assessment.judging.transcripts import find_evidence
from sqpsych.records import Evidence, Score, Turn


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge made of one thing."""

    value: int | None
    """None where it found no ground to judge."""
    evidence: Evidence | None
    reason: str


def make_question(
    key: str, values: Sequence[int], turns: Sequence[Turn], *, nullable: bool, name: str = "score"
) -> Question[Verdict]:
    """Ask for a verdict.

    The words come before the value, so that a model looks before it rates.

    Args:
        key: id of what is rated.
        values: those allowed, lowest first.
        turns: what the judge sees, one turn or more.
        nullable: whether it may find no ground to judge.
        name: what the value is called.
    """
    null = "; null if these lines give no ground to judge" if nullable else ""
    form = (
        '- "turn": the number of the line that shows it best, or where it is missed most\n'
        '- "quote": some words copied from that line, letter by letter\n'
        '- "reason": one short sentence\n'
        f'- "{name}": one of {", ".join(map(str, values))}{null}'
    )
    indices = [turn.index for turn in turns]
    properties = {
        "turn": {"enum": [*indices, None] if nullable else indices},
        "quote": {"type": "string", "maxLength": QUOTE_CHARACTERS},
        "reason": {"type": "string", "maxLength": REASON_CHARACTERS},
        name: {"enum": [*values, None] if nullable else list(values)},
    }
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    read = partial(read_verdict, values=values, turns=turns, nullable=nullable, name=name)
    return Question(key, form, schema, read)


def read_verdict(
    answer: Mapping[str, Any],
    *,
    values: Sequence[int],
    turns: Sequence[Turn],
    nullable: bool,
    name: str,
) -> Verdict | Fault:
    """Read a verdict out of an answer.

    Words that do not stand in the turn named, but in another that was shown, count for the turn in
    which they stand.

    Returns:
        The verdict, or what is wrong with it: a value off the scale, no words, words nobody said.
    """
    reason = answer.get("reason", "")
    reason = reason if isinstance(reason, str) else ""
    value = answer.get(name)
    if name in answer and value is None and nullable:
        return Verdict(None, None, reason)
    score = read_whole(value)
    if score not in values:
        shown = json.dumps(value)[:40] if name in answer else "missing"
        return Fault(f"{name} is {shown}; expected one of {', '.join(map(str, values))}")
    quote, turn = answer.get("quote"), read_whole(answer.get("turn"))
    if turn is None:
        return Fault("turn is no number of a line")
    if not isinstance(quote, str) or not any(c.isalnum() for c in quote):
        return Fault("quote holds no words")
    evidence = find_evidence(turns, turn, quote)
    if evidence is None:
        return Fault(f"the quote is in none of the lines shown, line {turn} included")
    return Verdict(score, evidence, reason)


def read_whole(value: object) -> int | None:
    """Read a whole number, also one written as 2.0; true and "2" are none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def make_score(
    subject: str, measure: str, criterion: str, rater: str, answer: Verdict | Fault
) -> Score:
    """Record a verdict, or that there is none and why."""
    if isinstance(answer, Fault):
        return Score(
            subject=subject,
            measure=measure,
            criterion=criterion,
            value=None,
            rater=rater,
            error=answer.text,
        )
    return Score(
        subject=subject,
        measure=measure,
        criterion=criterion,
        value=answer.value,
        rater=rater,
        evidence=(answer.evidence,) if answer.evidence else (),
        reason=answer.reason or None,
    )
