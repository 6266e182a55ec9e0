"""Answers of one person, looked up among the options of an instrument."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from sqpsych.errors import InstrumentError
from sqpsych.records import Instrument, Item, Option


def find_options(instrument: Instrument, answers: Mapping[str, int | None]) -> dict[str, Option]:
    """Find the option that was chosen in every answered item.

    Args:
        instrument: a checked definition.
        answers: points by item id; an item left out, None or pandas' NA is missing.
    Returns:
        Option by item id, in published order, answered items only.
    Raises:
        InstrumentError: an item the instrument does not have, or a value it does not allow.
    """
    unknown = answers.keys() - {item.id for item in instrument.items}
    if unknown:
        raise InstrumentError(describe_unknown_items(instrument, unknown))
    chosen: dict[str, Option] = {}
    for item in instrument.items:
        value = answers.get(item.id)
        if is_missing(value):
            continue
        option = next((option for option in item.options if option.value == value), None)
        if option is None:
            raise InstrumentError(describe_wrong_value(instrument, item, value))
        chosen[item.id] = option
    return chosen


def is_missing(value: object) -> bool:
    """Tell None, and pandas' NA by the name of its type, as pandas need not be there."""
    return value is None or type(value).__name__ == "NAType"


def describe_unknown_items(instrument: Instrument, unknown: Iterable[object]) -> str:
    """Say which item ids are not the instrument's, and what they may have meant."""
    names = sorted(map(str, unknown))
    known = [item.id for item in instrument.items]
    nearest = get_close_matches(names[0], known, n=1)
    meant = f" Did you mean {nearest[0]!r}?" if nearest else ""
    return (
        f"{instrument.id} has no item {', '.join(map(repr, names[:5]))}"
        f"{' and others' if len(names) > 5 else ''}; expected {', '.join(known)}.{meant} "
        "Leave out what is not the instrument's, or rename it."
    )


def describe_wrong_value(instrument: Instrument, item: Item, value: object, where: str = "") -> str:
    """Say which value an item does not allow, and which it does."""
    allowed = ", ".join(str(option.value) for option in item.options)
    return (
        f"{instrument.id} item {item.id} is {value!r}{where}; expected one of {allowed}, or None "
        "where missing. Correct it, or map it in the codebook."
    )
