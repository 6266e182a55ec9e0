"""What a cell means under its codebook entry: points of an item, a fact, a group label.

Every reader takes a tidy cell that is not missing and gives its value, or a `Refusal`.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from sqpsych.intake.cells import (
    Decimal,
    drop_zero_decimals,
    holds_control_characters,
    normalise_code,
    parse_number,
    parse_whole_number,
)
from sqpsych.intake.identities import holds_date_or_email
from sqpsych.intake.mapping import ItemMap, describe_values
from sqpsych.intake.problems import suggest_nearest

OLDEST_YEARS = 120
SEXES = ("female", "male")
ADVICE = "Correct it, or map it in the codebook."
MISSING_MARKS = frozenset({"nan", "na", "n/a", "#n/a", "#null!", "null", "."})
"""What programs write where there is no answer, in small letters."""

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


class Refusal(NamedTuple):
    """Why a cell cannot be used; message parts that go around the place it is in."""

    remedy: str
    """What was expected, and what to do."""
    found: str = ""
    """What it is or holds; empty where the cell itself says it."""


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
    return Refusal(f"expected {describe_values(entry.item)}. {advice}")


def read_label(cell: str, recode: Mapping[str, str] | None, decimal: Decimal) -> str | Refusal:
    """Give the words for a cell: those of the recode, or the cell itself without one."""
    if recode is None:
        return drop_zero_decimals(cell, decimal)
    words = recode.get(normalise_code(cell, decimal))
    return _refuse_unlisted(cell, recode) if words is None else words


def read_fact(
    name: str, cell: str, recode: Mapping[str, str] | None, decimal: Decimal
) -> str | Refusal:
    """Give one fact about a person, or the label of the person's group.

    "age" becomes completed years, and "sex" must be female or male. Line breaks are refused, as
    they would pass for lines of a prompt; so are, unless a recode replaces them, full dates and
    e-mail addresses, which would tell who this is, and programs' marks for no answer.
    """
    value = read_label(cell, recode, decimal)
    if isinstance(value, Refusal):
        return value
    fault = _find_fault(value, recoded=recode is not None)
    if fault:
        return fault
    if name == "age":
        return _read_age(value, decimal)
    if name == "sex" and value not in SEXES:
        return Refusal('expected "female" or "male". Map it with a recode in the codebook.')
    return value


def _find_fault(value: str, *, recoded: bool) -> Refusal | None:
    """Say what keeps words out of a profile, whatever they are about."""
    if holds_control_characters(value):
        return Refusal("expected one line of plain text. Correct it, or recode it.")
    if not recoded and holds_date_or_email(value):
        return Refusal(
            "that can tell who a person is. Map another column, such as age in years.",
            "holds a full date or an e-mail address",
        )
    if not recoded and value.casefold() in MISSING_MARKS:
        return Refusal(
            "it looks like a mark for a missing answer. Add it to the missing codes or a recode."
        )
    return None


def _refuse_unlisted(cell: str, recode: Mapping[str, object]) -> Refusal:
    return Refusal(
        f"the recode in the codebook does not list it.{suggest_nearest(cell, recode)} "
        "Correct it, or add it to the recode or to the missing codes.",
    )


def _read_age(value: str, decimal: Decimal) -> str | Refusal:
    """Give the completed years."""
    years = parse_number(value, decimal)
    if years is None or not 0 <= years <= OLDEST_YEARS:
        return Refusal(
            f"expected years, 0-{OLDEST_YEARS}. Correct it, or name it a missing code.",
        )
    return str(int(years))
