"""What a cell means under its codebook entry: points of an item, a fact, a group label.

Every reader takes a tidy cell that is not missing and gives its value, or a `Refusal`.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from sqpsych.intake.cells import (
    Decimal,
    drop_zero_decimals,
    normalise_code,
    parse_number,
    parse_whole_number,
)
from sqpsych.intake.mapping import ItemMap, describe_values
from sqpsych.intake.problems import quote_value, suggest_nearest

OLDEST_YEARS = 120
SEXES = ("female", "male")
ADVICE = "Correct it, or map it in the codebook."

_DATE = re.compile(r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b|\b\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})\b")
_EMAIL = re.compile(r"\S+@\S+\.\S+")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


class Refusal(NamedTuple):
    """Why a cell cannot be used; message parts that go around the place it is in."""

    found: str
    """What it is: "is 7"."""
    remedy: str
    """What was expected, and what to do."""


def read_answer(entry: ItemMap, cell: str, decimal: Decimal) -> int | Refusal:
    """Give the points of one answer."""
    value = parse_whole_number(cell, decimal)
    if entry.recode is not None:
        value = entry.recode.get(normalise_code(cell, decimal))
        if value is None:
            return _refuse_unlisted(cell, entry.recode)
    if value is not None and any(option.value == value for option in entry.item.options):
        return value
    advice = ADVICE
    if decimal == "." and _DECIMAL_COMMA.fullmatch(cell):
        advice = 'With decimal commas, set decimal = "," in [table] of the codebook.'
    return Refusal(f"is {quote_value(cell)}", f"expected {describe_values(entry.item)}. {advice}")


def read_label(cell: str, recode: Mapping[str, str] | None, decimal: Decimal) -> str | Refusal:
    """Give the words for a cell: those of the recode, or the cell itself without one."""
    if recode is None:
        return drop_zero_decimals(cell, decimal)
    words = recode.get(normalise_code(cell, decimal))
    return _refuse_unlisted(cell, recode) if words is None else words


def read_fact(
    name: str, cell: str, recode: Mapping[str, str] | None, unit: str | None, decimal: Decimal
) -> str | Refusal:
    """Give one fact about a person.

    "age" becomes completed years, "sex" must be female or male, and a cell that holds a full date
    or an e-mail address is refused unless the recode replaces it: it would tell who this is.
    """
    if recode is None and (_DATE.search(cell) or _EMAIL.search(cell)):
        return Refusal(
            "holds a full date or an e-mail address",
            "that can tell who a person is. Map another column, such as age in years.",
        )
    value = read_label(cell, recode, decimal)
    if isinstance(value, str) and name == "age":
        value = _read_age(value, decimal)
    if isinstance(value, str) and name == "sex" and value not in SEXES:
        value = Refusal(
            f"is {quote_value(cell)}",
            'expected "female" or "male". Map it with a recode in the codebook.',
        )
    return f"{value} {unit}" if isinstance(value, str) and unit else value


def _refuse_unlisted(cell: str, recode: Mapping[str, object]) -> Refusal:
    return Refusal(
        f"is {quote_value(cell)}",
        f"the recode in the codebook does not list it.{suggest_nearest(cell, recode)} "
        "Correct it, or add it to the recode or to the missing codes.",
    )


def _read_age(value: str, decimal: Decimal) -> str | Refusal:
    """Give the completed years."""
    years = parse_number(value, decimal)
    if years is None or not 0 <= years <= OLDEST_YEARS:
        return Refusal(
            f"is {quote_value(value)}",
            f"expected years, 0-{OLDEST_YEARS}. Correct it, or name it a missing code.",
        )
    return str(int(years))
