"""Match a codebook with the instruments it names: which column answers which item."""

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from sqpsych.errors import CodebookError, InstrumentError
from sqpsych.instruments import load_instrument
from sqpsych.instruments.scoring import measure_scale
from sqpsych.intake.cells import Decimal, normalise_code
from sqpsych.intake.codebook import Codebook, InstrumentColumns, ItemColumn
from sqpsych.intake.problems import raise_if_any, suggest_nearest
from sqpsych.records import Instrument, Item

FACTS_WITHOUT_UNIT = ("age", "sex")
"""Facts whose values the role-play reads as they stand."""

Target = TypeVar("Target")


class ItemMap(NamedTuple):
    """One item and the column its answers are in."""

    item: Item
    number: str
    """Position among the scored items, from 1; the id of an item that enters no scale."""
    column: str
    recode: Mapping[str, int] | None
    """Normalised cell → points; None where cells hold the points themselves."""


class InstrumentMap(NamedTuple):
    """One instrument and the columns of its items, in the instrument's order."""

    instrument: Instrument
    items: tuple[ItemMap, ...]


def name_instrument(instrument: Instrument) -> str:
    """Write an id the way people do, where it is letters and a number: phq9 → PHQ-9."""
    parts = re.fullmatch(r"([a-z]+)(\d+)", instrument.id)
    return f"{parts[1].upper()}-{parts[2]}" if parts else instrument.id


def describe_values(item: Item) -> str:
    """Write the points an item allows: "0-3", or "0, 2, 4" where there are gaps."""
    values = sorted(option.value for option in item.options)
    if len(values) > 2 and values == list(range(values[0], values[-1] + 1)):
        return f"{values[0]}-{values[-1]}"
    return ", ".join(map(str, values))


def normalise_labels(
    recode: Mapping[str, Target] | None, decimal: Decimal
) -> dict[str, Target] | None:
    """Bring the labels of a recode to the form in which cells are compared."""
    if recode is None:
        return None
    return {normalise_code(label, decimal): target for label, target in recode.items()}


def count_scored(instrument: Instrument) -> int:
    """Count the items that enter a scale; this is what people call the number of items."""
    return sum(item.scored for item in instrument.items)


def number_items(instrument: Instrument) -> dict[str, str]:
    """Number the scored items as published, from 1; an unscored item goes by its id."""
    scored = [item.id for item in instrument.items if item.scored]
    numbers = {item: str(number) for number, item in enumerate(scored, start=1)}
    return {item.id: numbers.get(item.id, item.id) for item in instrument.items}


def match_instruments(codebook: Codebook, file: str = "codebook") -> tuple[InstrumentMap, ...]:
    """Find the instruments a codebook names and the column of each of their items.

    Args:
        codebook: a codebook as read.
        file: its name, for messages.
    Returns:
        One map an instrument, in the codebook's order.
    Raises:
        CodebookError: unknown instruments or items, one instrument twice, items without a column,
            columns used twice, recodes to values no item allows, labels twice, missing codes that
            are answers, a score rule that names no scale or splits nobody. All of them are listed.
    """
    problems = _find_columns_used_twice(codebook) + _find_repeated_labels(codebook)
    maps: dict[str, InstrumentMap] = {}
    sections: dict[str, str] = {}
    for name, part in codebook.instruments.items():
        try:
            instrument = load_instrument(Path(part.definition) if part.definition else name)
        except InstrumentError as error:
            problems.append(f"instruments.{name}: {error}")
            continue
        problems += _check_section(name, instrument.id, sections.setdefault(instrument.id, name))
        found, faults = _match_items(name, part, instrument, codebook)
        maps[name] = InstrumentMap(instrument, found)
        problems += faults
    problems += _check_score_rule(codebook, maps)
    problems += _check_facts(codebook)
    problems += _check_missing_labels(codebook)
    raise_if_any([f"{file}, {problem}" for problem in problems], CodebookError, file)
    return tuple(maps.values())


def _find_columns_used_twice(codebook: Codebook) -> list[str]:
    uses: dict[str, list[str]] = defaultdict(list)
    for column, use in codebook.list_columns():
        uses[column].append(use)
    return [
        f'column "{column}" is used for {" and for ".join(used)}; a column has one meaning. '
        "Correct one of them."
        for column, used in uses.items()
        if len(used) > 1
    ]


def _find_repeated_labels(codebook: Codebook) -> list[str]:
    """Labels that are the same cell ("1" and "1.0") may not both be recoded."""
    problems = []
    for place, recode in codebook.list_recodes():
        seen: dict[str, str] = {}
        for label in recode:
            first = seen.setdefault(normalise_code(label, codebook.table.decimal), label)
            if first != label:
                problems.append(
                    f'{place} has "{first}" and "{label}", which are the same cell. Take one out.'
                )
    return problems


def _check_section(name: str, instrument_id: str, first: str) -> list[str]:
    """Scores go by the instrument's id, so that its section is called so, and there is one."""
    if first != name:
        return [
            f"instruments.{name}: {instrument_id} is what instruments.{first} holds already; "
            "a profile has one set of answers to it. Take one out."
        ]
    if instrument_id != name:
        return [
            f"instruments.{name}: the file's id is {instrument_id}. Name the section "
            f"[instruments.{instrument_id}]."
        ]
    return []


def _match_items(
    name: str, part: InstrumentColumns, instrument: Instrument, codebook: Codebook
) -> tuple[tuple[ItemMap, ...], list[str]]:
    """Pair the items of one instrument with their columns, and say what does not fit."""
    problems: list[str] = []
    mapped: dict[str, ItemColumn] = {}
    numbers = number_items(instrument)
    keys = {item.id: item for item in instrument.items}
    # A list as long as the instrument has a column for unscored items too, in their place.
    every = part.columns is not None and len(part.columns) == len(instrument.items)
    ordered = [item for item in instrument.items if every or item.scored]
    keys |= {str(number): item for number, item in enumerate(ordered, start=1)}
    for key, source in part.list_item_columns():
        item = keys.get(key)
        if item is None:
            problems.append(_describe_unknown_item(name, key, part, instrument))
        elif item.id in mapped:
            problems.append(f"instruments.{name}: item {key} is mapped twice. Keep one.")
        else:
            mapped[item.id] = source
    lacking = [numbers[i.id] for i in instrument.items if i.id not in mapped and i.scored]
    if lacking:
        problems.append(
            f"instruments.{name}: no column for {'item' if len(lacking) == 1 else 'items'} "
            f"{', '.join(lacking)}; {name_instrument(instrument)} needs one for each of its "
            f"{count_scored(instrument)} items. Add it."
        )
    items = tuple(
        ItemMap(
            item,
            numbers[item.id],
            mapped[item.id].column,
            normalise_labels(_choose_recode(part, mapped[item.id]), codebook.table.decimal),
        )
        for item in instrument.items
        if item.id in mapped
    )
    problems += _check_recodes(name, part, items, mapped)
    problems += _check_missing_codes(name, items, codebook)
    return items, problems


def _choose_recode(part: InstrumentColumns, source: ItemColumn) -> Mapping[str, int] | None:
    return part.recode if source.recode is None else source.recode


def _describe_unknown_item(
    name: str, key: str, part: InstrumentColumns, instrument: Instrument
) -> str:
    if part.columns is not None:
        return (
            f"instruments.{name}: column {key} of {len(part.columns)} has no item; "
            f"{name_instrument(instrument)} has {count_scored(instrument)} items. Take it out."
        )
    ids = [item.id for item in instrument.items]
    return (
        f'instruments.{name}: there is no item "{key}"; expected 1 to {count_scored(instrument)}, '
        f"or {ids[0]} to {ids[-1]}.{suggest_nearest(key, ids)}"
    )


def _check_recodes(
    name: str, part: InstrumentColumns, items: tuple[ItemMap, ...], mapped: Mapping[str, ItemColumn]
) -> list[str]:
    """Every target must be an answer: of the item, or of some item where the recode is shared."""
    problems = []
    shared = [entry.item for entry in items if mapped[entry.item.id].recode is None]
    allowed = {option.value for item in shared for option in item.options}
    ranges = sorted({describe_values(item) for item in shared})
    for label, target in (part.recode or {}).items():
        if shared and target not in allowed:
            problems.append(
                f'instruments.{name}.recode: "{label}" becomes {target}; '
                f"the items take {' or '.join(ranges)}. Correct it."
            )
    for entry in items:
        own = mapped[entry.item.id].recode or {}
        for label, target in own.items():
            if target not in {option.value for option in entry.item.options}:
                problems.append(
                    f'instruments.{name}.items.{entry.number}.recode: "{label}" becomes {target}; '
                    f"the item takes {describe_values(entry.item)}. Correct it."
                )
    return problems


def _check_missing_codes(name: str, items: tuple[ItemMap, ...], codebook: Codebook) -> list[str]:
    """A code that is also an answer would turn answers into gaps without a word."""
    clashes: dict[str, list[str]] = defaultdict(list)
    for entry in items:
        points = {str(option.value) for option in entry.item.options}
        answers = points if entry.recode is None else set(entry.recode)
        for code in sorted(codebook.list_missing_codes(entry.column) & answers):
            clashes[code].append(entry.number)
    return [
        f'missing: code "{code}" is also an answer to instruments.{name} item '
        f"{', '.join(numbers)}. Take one of the two out."
        for code, numbers in clashes.items()
    ]


def _check_score_rule(codebook: Codebook, maps: Mapping[str, InstrumentMap]) -> list[str]:
    rule = codebook.condition.from_score if codebook.condition else None
    if rule is None:
        return []
    where = "condition.from_score"
    if rule.instrument not in codebook.instruments:
        return [
            f'{where}: instrument "{rule.instrument}" has no columns in this codebook.'
            f"{suggest_nearest(rule.instrument, codebook.instruments)} Add [instruments."
            f"{rule.instrument}], or name another."
        ]
    if rule.instrument not in maps:
        return []
    instrument = maps[rule.instrument].instrument
    scales = {scale.id: scale for scale in instrument.scales}
    if rule.scale not in scales:
        return [
            f'{where}: there is no scale "{rule.scale}"; expected {" or ".join(scales)}.'
            f"{suggest_nearest(rule.scale, scales)}"
        ]
    low, high = measure_scale(scales[rule.scale], instrument.items)
    if not low < rule.at_least <= high:
        return [
            f"{where}: at_least is {rule.at_least}, and {name_instrument(instrument)} "
            f"{rule.scale} is {low} to {high}; expected {low + 1} to {high}, so that there can be "
            "two groups. Correct it."
        ]
    return []


def _check_facts(codebook: Codebook) -> list[str]:
    problems = [
        f'history.{name}: "{name}" is a fact of demographics already. Name one of them differently.'
        for name in codebook.history
        if name in codebook.demographics
    ]
    problems += [
        f"{place}: this fact takes no unit. Take it out."
        for place, fact in codebook.list_facts()
        if fact.unit is not None and place.partition(".")[2] in FACTS_WITHOUT_UNIT
    ]
    mapped = {column for column, _ in codebook.list_columns()}
    problems += [
        f'missing.columns: "{column}" is not mapped in this codebook.'
        f"{suggest_nearest(column, mapped)}"
        for column in codebook.missing.columns
        if column not in mapped
    ]
    return problems


def _check_missing_labels(codebook: Codebook) -> list[str]:
    """A code that is also a label of a fact or a group would turn people's facts into gaps."""
    recodes = [(place, fact.column, fact.recode) for place, fact in codebook.list_facts()]
    group = codebook.condition
    if group and group.column:
        recodes.append(("condition", group.column, group.recode))
    return [
        f'missing: code "{code}" is also a label of {place}.recode. Take one of the two out.'
        for place, column, recode in recodes
        for code in sorted(
            codebook.list_missing_codes(column)
            & (normalise_labels(recode, codebook.table.decimal) or {}).keys()
        )
    ]
