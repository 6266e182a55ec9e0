"""Put one person's answers into words."""

from collections.abc import Mapping

from sqpsych.instruments.answers import find_options
from sqpsych.records import Instrument, Item, Option, Statement


def render_statements(
    instrument: Instrument, answers: Mapping[str, int | None]
) -> tuple[Statement, ...]:
    """Put every answered item into a sentence, items that enter no scale included.

    Args:
        instrument: a definition from `load_instrument`.
        answers: points by item id; an item left out, or None, is missing and gives no statement.
    Returns:
        One statement an answered item, in published order.
    Raises:
        InstrumentError: an item the instrument does not have, or a value it does not allow.
    """
    chosen = find_options(instrument, answers)
    return tuple(
        Statement(
            instrument=instrument.id,
            item=item.id,
            symptom=item.symptom,
            text=chosen[item.id].statement,
            severity=measure_severity(item, chosen[item.id]),
            grading=instrument.grading,
            sensitive=item.sensitive,
            grades=chosen[item.id].grades,
        )
        for item in instrument.items
        if item.id in chosen
    )


def measure_severity(item: Item, option: Option) -> float:
    """Place an answer between the item's weakest (0) and strongest (1) answer."""
    low, high = item.options[0].value, item.options[-1].value
    severity = (option.value - low) / (high - low)
    return 1 - severity if item.reversed else severity
