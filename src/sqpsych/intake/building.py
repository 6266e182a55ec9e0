"""Build client profiles from a table of answers: the door of the house, where identities stay out.

Everything is checked before anything is built. Only columns that the codebook names enter a
profile, and ids only as pseudonyms.
"""

import pandas as pd

from sqpsych.errors import TableError
from sqpsych.intake.checking import CheckedTable, check_table
from sqpsych.intake.codebook import Codebook, ScoreRule
from sqpsych.intake.mapping import match_instruments
from sqpsych.intake.pseudonyms import pseudonymise
from sqpsych.intake.reading import FILE_ATTRIBUTE
from sqpsych.intake.sheets import AnswerSheet, fill_sheets, join_sheets
from sqpsych.records import (
    ClientProfile,
    Record,
    ScaleScore,
)


class LeftOut(Record):
    """A person who cannot be scored, named by the row only."""

    row: int
    """Number of the row, as `read_table` counts them."""
    reason: str


class IntakeReport(Record):
    """What came of a table."""

    profiles: tuple[ClientProfile, ...]
    """In the order of the table."""
    left_out: tuple[LeftOut, ...]


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
        fill_sheets(entry.instrument, [mapped.item.id for mapped in entry.items], answers)
        for entry, answers in zip(maps, checked.answers, strict=True)
    )
    profiles: list[ClientProfile] = []
    left_out: list[LeftOut] = []
    for place, row in enumerate(checked.rows):
        sheet = join_sheets([column[place] for column in sheets])
        if sheet.shortfall:
            left_out.append(LeftOut(row=row, reason=sheet.shortfall))
        else:
            profiles.append(_build_profile(checked, place, sheet, codebook, key))
    if not profiles:
        file = table.attrs.get(FILE_ATTRIBUTE, "the table")
        raise TableError(
            f"No row of {file} can be scored; row {left_out[0].row}: {left_out[0].reason}. "
            "Look at the missing codes and the columns in the codebook."
        )
    return IntakeReport(profiles=tuple(profiles), left_out=tuple(left_out))


def _build_profile(
    checked: CheckedTable, place: int, sheet: AnswerSheet, codebook: Codebook, key: bytes
) -> ClientProfile:
    rule = codebook.condition.from_score if codebook.condition else None
    table = codebook.table
    return ClientProfile(
        pseudonym=pseudonymise(checked.ids[place], key, table.source, table.decimal),
        condition=apply_score_rule(rule, sheet.scores) if rule else checked.conditions[place],
        demographics=checked.demographics[place],
        history=checked.history[place],
        answers=sheet.answers,
        scores=sheet.scores,
        statements=sheet.statements,
        risk_flags=sheet.risk_flags,
    )


def apply_score_rule(rule: ScoreRule, scores: tuple[ScaleScore, ...]) -> str | None:
    """Give the group label a score calls for; None when the score is not there."""
    for score in scores:
        if (score.instrument, score.scale) == (rule.instrument, rule.scale):
            if score.value is None:
                return None
            return rule.then if score.value >= rule.at_least else rule.otherwise
    return None
