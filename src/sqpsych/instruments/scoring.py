"""Score one person's answers."""

from collections.abc import Iterable, Mapping

from sqpsych.instruments.answers import find_options
from sqpsych.records import Instrument, Item, Option, Scale, ScaleScore


def score_answers(
    instrument: Instrument, answers: Mapping[str, int | None]
) -> tuple[ScaleScore, ...]:
    """Sum one person's answers into the scores of every scale of an instrument.

    The points of the options are added as they stand, `reversed` items included. A scale with more
    missing items than it allows has the value None. With fewer, the missing ones are prorated
    (sum / answered x items, rounded half up) or count 0 points, as the scale says.

    Args:
        instrument: a definition from `load_instrument`.
        answers: points by item id; an item left out, None or pandas' NA is missing.
    Returns:
        One score a scale, in the order of the definition.
    Raises:
        InstrumentError: an item the instrument does not have, or a value it does not allow.
    """
    chosen = find_options(instrument, answers)
    return tuple(score_scale(instrument.id, scale, chosen) for scale in instrument.scales)


def score_scale(instrument_id: str, scale: Scale, chosen: Mapping[str, Option]) -> ScaleScore:
    """Score one scale from the options chosen."""
    points = [chosen[item_id].value for item_id in scale.items if item_id in chosen]
    missing = len(scale.items) - len(points)
    allowed = missing <= scale.max_missing
    prorated = scale.prorate and allowed and missing > 0
    value = sum(points) if allowed else None
    if value is not None and prorated:
        value = round_half_up(value * len(scale.items), len(points))
    return ScaleScore(
        instrument=instrument_id,
        scale=scale.id,
        value=value,
        answered=len(points),
        missing=missing,
        prorated=prorated,
        band=None if value is None else find_band(scale, value),
    )


def round_half_up(numerator: int, denominator: int) -> int:
    """Divide whole numbers and round to the nearest, halves up, without a float in between."""
    return (2 * numerator + denominator) // (2 * denominator)


def find_band(scale: Scale, value: int) -> str | None:
    """Label of the band that a score falls in; None when the scale has no such band."""
    return next((band.label for band in scale.bands if band.low <= value <= band.high), None)


def measure_scale(scale: Scale, items: Iterable[Item]) -> tuple[int, int]:
    """Lowest and highest score that a scale of these items can have, points."""
    by_id = {item.id: item for item in items}
    ranges = [measure_item(by_id[item_id]) for item_id in scale.items]
    return sum(low for low, _ in ranges), sum(high for _, high in ranges)


def measure_item(item: Item) -> tuple[int, int]:
    """Lowest and highest points of an item."""
    values = [option.value for option in item.options]
    return min(values), max(values)
