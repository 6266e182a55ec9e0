"""What one cell of a table says: blank, a number, or text."""

import re
import unicodedata
from typing import Literal

Decimal = Literal[".", ","]

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_ZERO_DECIMALS: dict[Decimal, re.Pattern[str]] = {
    ".": re.compile(r"([+-]?\d+)\.0*"),
    ",": re.compile(r"([+-]?\d+),0*"),
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TOLERANCE = 1e-9
"""SAS transport files write 0 as a number such as 5.4e-79."""


def tidy_cell(text: str) -> str:
    """Trim white space, no-break spaces too, and bring Unicode to its composed form."""
    return unicodedata.normalize("NFC", text).strip()


def holds_control_characters(text: str) -> bool:
    """Tell whether a text holds a line break, or another character that is no sign."""
    return bool(_CONTROL.search(text))


def parse_number(text: str, decimal: Decimal = ".") -> float | None:
    """Read a tidy cell as a number; None when it is not one."""
    if decimal == ",":
        if "." in text:
            return None
        text = text.replace(",", ".")
    return float(text) if _NUMBER.fullmatch(text) else None


def parse_whole_number(text: str, decimal: Decimal = ".") -> int | None:
    """Read "3", "3.0" and " 3 " as 3; None for anything else, 2.5 too."""
    number = parse_number(text.strip(), decimal)
    if number is None or abs(number) > 2**53 or abs(number - round(number)) > _TOLERANCE:
        return None
    return round(number)


def normalise_code(text: str, decimal: Decimal = ".") -> str:
    """Give the form in which codes are compared: whole numbers without decimals, text as it is."""
    tidy = tidy_cell(text)
    number = parse_whole_number(tidy, decimal)
    return tidy if number is None else str(number)


def drop_zero_decimals(text: str, decimal: Decimal = ".") -> str:
    """Turn "93703.0" into "93703" and leave everything else, leading zeros too, as it is."""
    found = _ZERO_DECIMALS[decimal].fullmatch(text)
    return found.group(1) if found else text
