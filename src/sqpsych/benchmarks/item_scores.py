"""Figures that are a mean over items: answers that a judge read, sessions that were played."""

from collections.abc import Mapping

from sqpsych.assessment.statistics.intervals import Estimate, bootstrap_mean

Items = Mapping[str, Mapping[str, float | None]]
"""Values by id of the item and name of the figure; None where there is none."""


def estimate_items(items: Items, seed: int = 0) -> dict[str, Estimate]:
    """Estimate the mean of every figure, with an interval over items.

    Args:
        items: all items, each with all figures; an item without a value is left out of a mean.
        seed: of the intervals.

    Returns:
        By figure; `n` counts the items with a value.
    """
    names = dict.fromkeys(name for values in items.values() for name in values)
    return {name: _estimate(items, name, seed) for name in names}


def _estimate(items: Items, name: str, seed: int) -> Estimate:
    known = {
        item: value for item, values in items.items() if (value := values.get(name)) is not None
    }
    if not known:
        return Estimate(None, None, None, 0)
    return bootstrap_mean(list(known.values()), list(known), seed)
