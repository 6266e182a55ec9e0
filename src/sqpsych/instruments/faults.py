"""What can be wrong with an instrument whose every field is well formed."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from sqpsych.instruments.scoring import measure_item, measure_scale
from sqpsych.records import Instrument, Item, Scale

Location = tuple[str | int, ...]
"""Path to a place in a definition: field names, and places in lists from 0."""

ID_PATTERN = re.compile(r"[a-z][a-z0-9_]*")
COLUMN_ENDINGS = ("_band", "_missing", "_prorated")
TOLD_TEXTS = ("title", "licence", "source", "time_frame")
"""Texts of an instrument that readers are told, and that may not be empty."""


class Fault(NamedTuple):
    """One thing wrong with a definition."""

    location: Location
    found: str
    expected: str
    remedy: str
    allowed: Sequence[str] = ()
    """The words allowed there, when the fault may be a misspelling of one."""


def find_faults(instrument: Instrument) -> Iterator[Fault]:
    """Find every contradiction in an instrument; none when it can be scored and rendered."""
    yield from find_id_faults(instrument)
    for field in TOLD_TEXTS:
        yield from find_empty_text((field,), getattr(instrument, field))
    if not re.fullmatch("[a-z]{2}", instrument.language):
        found = repr(instrument.language)
        yield Fault(("language",), found, "two small letters (ISO 639-1), as 'en'", "Correct it.")
    for place, item in enumerate(instrument.items):
        yield from find_item_faults(("items", place), item)
    items = {item.id: item for item in instrument.items}
    for place, scale in enumerate(instrument.scales):
        yield from find_scale_faults(("scales", place), scale, items)
    counted = {item_id for scale in instrument.scales for item_id in scale.items}
    for place, item in enumerate(instrument.items):
        if item.scored and item.id not in counted:
            yield Fault(
                ("items", place, "id"),
                f"{item.id!r} in no scale",
                "every scored item in one",
                "Add it to a scale, or set its scored to false.",
            )


def find_id_faults(instrument: Instrument) -> Iterator[Fault]:
    """Find malformed and repeated ids, and lists without an entry."""
    ids = {
        "items": [item.id for item in instrument.items],
        "scales": [scale.id for scale in instrument.scales],
    }
    named: list[tuple[Location, str]] = [(("id",), instrument.id)]
    for field, names in ids.items():
        if not names:
            yield Fault((field,), "none", "at least one", "Add one.")
        named += [((field, place, "id"), name) for place, name in enumerate(names)]
        for place, name in enumerate(names):
            if name in names[:place]:
                yield Fault(
                    (field, place, "id"), f"{name!r} again", "ids used once", "Rename one of them."
                )
    for location, name in named:
        if not ID_PATTERN.fullmatch(name):
            expected = "small letters, digits and underscores, a letter first"
            yield Fault(location, repr(name), expected, "Rename it.")
    for place, name in enumerate(ids["scales"]):
        if any(name == f"{other}{end}" for other in ids["scales"] for end in COLUMN_ENDINGS):
            expected = "no id that is a result column of another scale"
            yield Fault(("scales", place, "id"), repr(name), expected, "Rename it.")


def find_empty_text(location: Location, text: str) -> Iterator[Fault]:
    """Find a text that says nothing."""
    if not text.strip():
        yield Fault(location, "an empty text", "words", "Write them.")


def find_item_faults(location: Location, item: Item) -> Iterator[Fault]:
    """Find options that are too few or out of order, and statements that cannot serve."""
    if len(item.options) < 2:
        found = f"{len(item.options)} option(s)"
        yield Fault((*location, "options"), found, "at least two", "Add the others.")
    for place, (lower, higher) in enumerate(pairwise(item.options), start=1):
        if higher.value <= lower.value:
            yield Fault(
                (*location, "options", place, "value"),
                f"{higher.value} after {lower.value}",
                "values that ascend, lowest first",
                "Put the options in order, each value once.",
            )
    repeats = Counter(option.statement for option in item.options)
    for place, option in enumerate(item.options):
        where = (*location, "options", place, "statement")
        if not option.statement.strip():
            yield Fault(where, "an empty statement", "a sentence", "Write one.")
        elif repeats[option.statement] > 1:
            expected = "a sentence of its own for every option"
            yield Fault(where, "a statement used twice", expected, "Reword one of them.")
        if re.search(r"\d", option.statement):
            yield Fault(where, repr(option.statement), "words, no digits", "Spell the number out.")


def find_scale_faults(location: Location, scale: Scale, items: dict[str, Item]) -> Iterator[Fault]:
    """Find unusable items, an impossible rule for missing ones, and bands that do not fit."""
    known = True
    for place, item_id in enumerate(scale.items):
        where = (*location, "items", place)
        if item_id not in items:
            known = False
            expected = f"one of {', '.join(items)}"
            yield Fault(where, repr(item_id), expected, "Correct it.", tuple(items))
        elif not items[item_id].scored:
            expected = "scored items only"
            yield Fault(where, f"{item_id!r}, scored: false", expected, "Remove it here or there.")
        if item_id in scale.items[:place]:
            yield Fault(where, f"{item_id!r} again", "every item once", "Remove one.")
    if not scale.items:
        yield Fault((*location, "items"), "none", "at least one", "Add them.")
    elif known and all(items[item_id].options for item_id in scale.items):
        yield from find_missing_rule_faults(location, scale, items)
        yield from find_band_faults(location, scale, items)


def find_missing_rule_faults(
    location: Location, scale: Scale, items: dict[str, Item]
) -> Iterator[Fault]:
    """Find a rule for missing items that would give impossible scores."""
    where = (*location, "max_missing")
    if not 0 <= scale.max_missing < len(scale.items):
        expected = f"0 to {len(scale.items) - 1}, fewer than the scale has items"
        yield Fault(where, str(scale.max_missing), expected, "Correct it.")
    if scale.max_missing <= 0:
        return
    ranges = {measure_item(items[item_id]) for item_id in scale.items}
    if scale.prorate and len(ranges) > 1:
        yield Fault(
            (*location, "prorate"),
            "true, with items of different ranges",
            "items of one range, as the mean of the others stands in for a missing one",
            "Set max_missing to 0, or prorate to false.",
        )
    if not scale.prorate and any(low > 0 or high < 0 for low, high in ranges):
        yield Fault(
            where,
            f"{scale.max_missing} without prorating, with items that cannot be 0",
            "items that can, as a missing one counts 0 points",
            "Set max_missing to 0, or prorate to true.",
        )


def find_band_faults(location: Location, scale: Scale, items: dict[str, Item]) -> Iterator[Fault]:
    """Find bands that overlap, leave gaps, share a label, or do not fill the scale's range."""
    if not scale.bands:
        return
    low, high = measure_scale(scale, items.values())
    last = len(scale.bands) - 1
    if scale.bands[0].low != low:
        expected = f"{low}, the lowest score possible"
        yield Fault(
            (*location, "bands", 0, "low"), str(scale.bands[0].low), expected, "Correct it."
        )
    if scale.bands[last].high != high:
        found, expected = str(scale.bands[last].high), f"{high}, the highest score possible"
        yield Fault((*location, "bands", last, "high"), found, expected, "Correct it.")
    labels = [band.label for band in scale.bands]
    for place, band in enumerate(scale.bands):
        where = (*location, "bands", place)
        yield from find_empty_text((*where, "label"), band.label)
        yield from find_empty_text((*where, "source"), band.source)
        if band.high < band.low:
            found, expected = f"{band.low} to {band.high}", "low no higher than high"
            yield Fault((*where, "high"), found, expected, "Correct it.")
        if band.label in labels[:place]:
            yield Fault(
                (*where, "label"), f"{band.label!r} again", "labels used once", "Rename it."
            )
        if place and band.low != scale.bands[place - 1].high + 1:
            previous = scale.bands[place - 1].high
            kind = "a gap" if band.low > previous + 1 else "an overlap"
            found = f"{band.low} after a band that ends at {previous} ({kind})"
            yield Fault((*where, "low"), found, f"{previous + 1}", "Correct one of the two.")
