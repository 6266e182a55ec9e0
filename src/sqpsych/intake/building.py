"""Build client profiles from a table of answers: the door of the house, where identities stay out.

Everything is checked before anything is built. Only columns that the codebook names enter a
profile, and ids only as pseudonyms.
"""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from sqpsych.errors import TableError
from sqpsych.instruments import render_statements, score_answers
from sqpsych.intake.checking import CheckedTable, check_table
from sqpsych.intake.codebook import Codebook, ScoreRule
from sqpsych.intake.mapping import InstrumentMap, match_instruments, name_instrument
from sqpsych.intake.pseudonyms import pseudonymise
from sqpsych.intake.reading import FILE_ATTRIBUTE
from sqpsych.records import (
    Answer,
    ClientProfile,
    Instrument,
    Record,
    ScaleScore,
    Statement,
    Symptom,
)

MAIN_SCALE = "total"
RISK_SYMPTOMS = (Symptom.SUICIDALITY,)


class LeftOut(Record):
    """A person who cannot be scored, named by the row only."""

    row: int
    """Row of the table as a spreadsheet shows it; the header is row 1."""
    reason: str


class IntakeReport(Record):
    """What came of a table."""

    profiles: tuple[ClientProfile, ...]
    """In the order of the table."""
    left_out: tuple[LeftOut, ...]


class GivenAnswer(NamedTuple):
    """One answer, and the sentence it becomes (none where it is missing)."""

    answer: Answer
    statements: tuple[Statement, ...]


class AnswerSheet(NamedTuple):
    """All that follows from one person's answers to one instrument."""

    answers: tuple[Answer, ...]
    scores: tuple[ScaleScore, ...]
    statements: tuple[Statement, ...]
    risk_flags: tuple[str, ...]
    shortfall: str | None
    """Why it cannot be scored; None when it can."""


def build_profiles(table: pd.DataFrame, codebook: Codebook, key: bytes) -> IntakeReport:
    """Turn answers into client profiles.

    Args:
        table: text cells, as `read_table` gives them; one row a person.
        codebook: what the columns mean.
        key: secret for the pseudonyms, from `load_key`.
    Returns:
        The profiles, and the rows left out because more items of an instrument are missing than
        its total allows.
    Raises:
        CodebookError: the codebook does not fit the instruments or the table.
        TableError: cells that cannot be used, empty or repeated ids, no rows, or no row that can
            be scored. The first twenty problems are listed, by row, never by id.
    """
    maps = match_instruments(codebook)
    checked = check_table(table, codebook, maps)
    sheets = tuple(
        _fill_sheets(entry, answers) for entry, answers in zip(maps, checked.answers, strict=True)
    )
    profiles: list[ClientProfile] = []
    left_out: list[LeftOut] = []
    for place, row in enumerate(checked.rows):
        of_person = [column[place] for column in sheets]
        shortfalls = [sheet.shortfall for sheet in of_person if sheet.shortfall]
        if shortfalls:
            left_out.append(LeftOut(row=row, reason="; ".join(shortfalls)))
        else:
            profiles.append(_build_profile(checked, place, of_person, codebook, key))
    if not profiles:
        file = table.attrs.get(FILE_ATTRIBUTE, "the table")
        raise TableError(
            f"No row of {file} can be scored; row {left_out[0].row}: {left_out[0].reason}. "
            "Look at the missing codes and the columns in the codebook."
        )
    return IntakeReport(profiles=tuple(profiles), left_out=tuple(left_out))


def _build_profile(
    checked: CheckedTable, place: int, sheets: list[AnswerSheet], codebook: Codebook, key: bytes
) -> ClientProfile:
    scores = tuple(score for sheet in sheets for score in sheet.scores)
    rule = codebook.condition.from_score if codebook.condition else None
    flags = dict.fromkeys(flag for sheet in sheets for flag in sheet.risk_flags)
    table = codebook.table
    return ClientProfile(
        pseudonym=pseudonymise(checked.ids[place], key, table.source, table.decimal),
        condition=apply_score_rule(rule, scores) if rule else checked.conditions[place],
        demographics=checked.demographics[place],
        history=checked.history[place],
        answers=tuple(answer for sheet in sheets for answer in sheet.answers),
        scores=scores,
        statements=tuple(statement for sheet in sheets for statement in sheet.statements),
        risk_flags=tuple(flags),
    )


def apply_score_rule(rule: ScoreRule, scores: tuple[ScaleScore, ...]) -> str | None:
    """Give the group label a score calls for; None when the score is not there."""
    for score in scores:
        if (score.instrument, score.scale) == (rule.instrument, rule.scale):
            if score.value is None:
                return None
            return rule.then if score.value >= rule.at_least else rule.otherwise
    return None


def _fill_sheets(
    entry: InstrumentMap, people: Sequence[tuple[int | None, ...]]
) -> list[AnswerSheet]:
    """Score and render each person's answers.

    Equal answers share one record, and people who answered alike one sheet: records are frozen, and
    a large table then takes a fraction of the time and memory.
    """
    distinct = [dict.fromkeys(points) for points in zip(*people, strict=True)]
    given = [
        {value: _put_answer(entry, mapped.item.id, value) for value in values}
        for mapped, values in zip(entry.items, distinct, strict=True)
    ]
    sheets: dict[tuple[int | None, ...], AnswerSheet] = {}
    for points in people:
        if points not in sheets:
            chosen = [known[value] for known, value in zip(given, points, strict=True)]
            sheets[points] = _fill_sheet(entry.instrument, chosen)
    return [sheets[points] for points in people]


def _put_answer(entry: InstrumentMap, item: str, value: int | None) -> GivenAnswer:
    """Make the records of one answer to one item."""
    return GivenAnswer(
        Answer(instrument=entry.instrument.id, item=item, value=value),
        render_statements(entry.instrument, {item: value}),
    )


def _fill_sheet(instrument: Instrument, given: Sequence[GivenAnswer]) -> AnswerSheet:
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
