"""What follows from answers: scores, statements, risks."""

from collections.abc import Sequence
from typing import NamedTuple

from sqpsych.instruments import render_statements, score_answers
from sqpsych.intake.mapping import name_instrument
from sqpsych.records import Answer, Instrument, ScaleScore, Statement, Symptom

MAIN_SCALE = "total"
RISK_SYMPTOMS = (Symptom.SUICIDALITY,)


class _GivenAnswer(NamedTuple):
    """One answer, and the sentence it becomes (none where it is missing)."""

    answer: Answer
    statements: tuple[Statement, ...]


class AnswerSheet(NamedTuple):
    """All that follows from one person's answers to one instrument, or to several."""

    answers: tuple[Answer, ...]
    scores: tuple[ScaleScore, ...]
    statements: tuple[Statement, ...]
    risk_flags: tuple[str, ...]
    shortfall: str | None
    """Why it cannot be scored; None when it can."""


def fill_sheets(
    instrument: Instrument, items: Sequence[str], people: Sequence[tuple[int | None, ...]]
) -> list[AnswerSheet]:
    """Score and render each person's answers.

    Equal answers share one record, and people who answered alike one sheet: records are frozen, and
    a large table then takes a fraction of the time and memory.

    Args:
        instrument: what they answered.
        items: ids of its items, in the order of the points.
        people: points of each, by item; None where missing.
    """
    distinct = [dict.fromkeys(points) for points in zip(*people, strict=True)]
    given = [
        {value: _put_answer(instrument, item, value) for value in values}
        for item, values in zip(items, distinct, strict=True)
    ]
    sheets: dict[tuple[int | None, ...], AnswerSheet] = {}
    for points in people:
        if points not in sheets:
            chosen = [known[value] for known, value in zip(given, points, strict=True)]
            sheets[points] = _fill_sheet(instrument, chosen)
    return [sheets[points] for points in people]


def join_sheets(sheets: Sequence[AnswerSheet]) -> AnswerSheet:
    """Make one sheet of those of one person; its shortfalls are told in one line."""
    return AnswerSheet(
        answers=tuple(answer for sheet in sheets for answer in sheet.answers),
        scores=tuple(score for sheet in sheets for score in sheet.scores),
        statements=tuple(statement for sheet in sheets for statement in sheet.statements),
        risk_flags=tuple(dict.fromkeys(flag for sheet in sheets for flag in sheet.risk_flags)),
        shortfall="; ".join(s.shortfall for s in sheets if s.shortfall) or None,
    )


def _put_answer(instrument: Instrument, item: str, value: int | None) -> _GivenAnswer:
    """Make the records of one answer to one item."""
    return _GivenAnswer(
        Answer(instrument=instrument.id, item=item, value=value),
        render_statements(instrument, {item: value}),
    )


def _fill_sheet(instrument: Instrument, given: Sequence[_GivenAnswer]) -> AnswerSheet:
    answers = tuple(each.answer for each in given)
    statements = tuple(statement for each in given for statement in each.statements)
    scores = score_answers(instrument, {answer.item: answer.value for answer in answers})
    return AnswerSheet(
        answers=answers,
        scores=scores,
        statements=statements,
        risk_flags=_find_risks(instrument, statements),
        shortfall=_describe_shortfall(instrument, scores),
    )


def _find_risks(instrument: Instrument, statements: tuple[Statement, ...]) -> tuple[str, ...]:
    """Name the risk symptoms that an answer endorses, to whatever degree, or leaves open."""
    severities = {statement.item: statement.severity for statement in statements}
    flags: dict[str, None] = {}
    for item in instrument.items:
        if item.symptom in RISK_SYMPTOMS:
            severity = severities.get(item.id)
            if severity is None:
                flags[f"{item.symptom.value}_unanswered"] = None
            elif severity > 0:
                flags[item.symptom.value] = None
    return tuple(flags)


def _describe_shortfall(instrument: Instrument, scores: tuple[ScaleScore, ...]) -> str | None:
    """Say why the main scale (every scale, where none is called so) has no value."""
    allowed = {scale.id: scale.max_missing for scale in instrument.scales}
    needed = {MAIN_SCALE} if MAIN_SCALE in allowed else set(allowed)
    for score in scores:
        if score.value is None and score.scale in needed:
            return (
                f"{name_instrument(instrument)}: {score.missing} of "
                f"{score.missing + score.answered} items missing, at most "
                f"{allowed[score.scale]} may be"
            )
    return None
