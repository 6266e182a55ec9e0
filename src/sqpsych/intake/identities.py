"""What in a cell may tell who a person is: a full date, an e-mail address, somebody's id."""

import re
from collections.abc import Collection, Iterable, Sequence

from sqpsych.intake.cells import (
    Decimal,
    holds_control_characters,
    normalise_code,
    parse_number,
)
from sqpsych.intake.problems import quote_value

SHORTEST_ID = 4
"""Shorter ids ("12") are too common to be looked for among facts."""

MOST_WORDS = 3
MOST_CHARACTERS = 40
"""A wrong cell with more is not shown: it may be anything, a name and an address too."""

_MONTH = (
    r"(?:jan(?:uary|uar)?|jän(?:ner)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz?|mrz|apr(?:il)?|ma[iy]"
    r"|june?|juni|july?|juli|aug(?:ust)?|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?"
    r"|de[cz](?:ember)?)"
)
_DATE = re.compile(
    rf"""
    # 1961-05-12, 12.5.1961, 05/12/61
      \b\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?!\d)
    | \b\d{{1,2}}[-/.]\s?\d{{1,2}}[-/.]\s?(?:\d{{4}}|\d{{2}})(?!\d)
    # 12MAY1961, 12. Mai 1961; May 12, 1961; 1961-May-12
    | \b\d{{1,2}}(?:st|nd|rd|th)?[-./\s]*(?:of\s+)?{_MONTH}[-.,/\s]*(?:\d{{4}}|\d{{2}})(?!\d)
    | \b{_MONTH}[-./\s]*\d{{1,2}}(?:st|nd|rd|th)?[-.,/\s]+\d{{4}}(?!\d)
    | \b\d{{4}}[-./\s]*{_MONTH}[-./\s]*\d{{1,2}}(?!\d)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DATE_IN_DIGITS = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_EMAIL = re.compile(r"\S@\S+\.\S")


def holds_date_or_email(text: str) -> bool:
    """Tell whether a full date is anywhere in a text, in digits or words, or an e-mail address."""
    return bool(_DATE.search(text) or _DATE_IN_DIGITS.fullmatch(text) or _EMAIL.search(text))


def gather_known_ids(ids: Iterable[str]) -> frozenset[str]:
    """Give the ids that are long enough to be looked for, in the form of `str.casefold`."""
    return frozenset(source_id.casefold() for source_id in ids if len(source_id) >= SHORTEST_ID)


def describe_cell(cell: str, known_ids: frozenset[str], decimal: Decimal) -> str:
    """Say what is in a cell that cannot be used: "is 7"; its text only where it tells nobody."""
    if holds_control_characters(cell):
        return "holds a line break or another control character"
    words = cell.casefold().split()
    if (
        holds_date_or_email(cell)
        or not known_ids.isdisjoint([*words, cell.casefold(), normalise_code(cell, decimal)])
        or len(cell) > MOST_CHARACTERS
        or len(words) > MOST_WORDS
    ):
        return "holds text that may identify a person"
    return f"is {quote_value(cell)}"


def find_ids_given_away(
    values: Sequence[str | None], ids: Sequence[str], known_ids: Collection[str]
) -> list[int]:
    """Find the places of values that give an id away.

    That is a text that is somebody's id or holds the person's own, and, where more than half of a
    column are people's own ids, numbers too, every such copy. Small and capital letters are alike.

    Args:
        values: what a column says, one a person; None where it says nothing.
        ids: of the same people.
        known_ids: from `gather_known_ids`.
    """
    filled = [
        (place, value.casefold(), source_id.casefold())
        for place, (value, source_id) in enumerate(zip(values, ids, strict=True))
        if value is not None
    ]
    copies = {place for place, value, own in filled if value == own and own in known_ids}
    telling = {
        place
        for place, value, own in filled
        if parse_number(value) is None
        and (value in known_ids or (own in known_ids and _holds_word(value, own)))
    }
    return sorted(telling | copies if 1 < len(filled) < 2 * len(copies) else telling)


def _holds_word(text: str, word: str) -> bool:
    return word in text and bool(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text))
