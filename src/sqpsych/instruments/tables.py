"""Score and render whole tables: one row a person, one column an item.

They agree with `score_answers` and `render_statements` row by row. pandas is loaded at the first
call, so that importing this room stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqpsych.errors import InstrumentError
from sqpsych.instruments.answers import describe_unknown_items, describe_wrong_value
from sqpsych.records import Instrument, Item, Scale

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Positions = NDArray[np.intp]


def score_table(instrument: Instrument, table: pd.DataFrame) -> pd.DataFrame:
    """Score every scale of an instrument for every row of a table.

    Args:
        instrument: a definition from `load_instrument`.
        table: columns are item ids, values points, NaN or None where missing; an item without a
            column is missing in every row. No other columns.
    Returns:
        The same index; for each scale the columns `<scale>` (Int64, points, NA without a score),
        `<scale>_band` (ordered categorical), `<scale>_missing` (number of items) and
        `<scale>_prorated` (bool).
    Raises:
        InstrumentError: a column the instrument does not have, or a value it does not allow.
    """
    import numpy as np
    import pandas as pd

    check_columns(instrument, table)
    used = {item_id for scale in instrument.scales for item_id in scale.items}
    points: dict[str, NDArray[np.int64]] = {}
    answered: dict[str, NDArray[np.bool_]] = {}
    for item in instrument.items:
        positions = find_positions(instrument, item, table)
        if item.id in used:
            values = np.array([option.value for option in item.options] + [0], dtype=np.int64)
            points[item.id] = values[positions]
            answered[item.id] = positions >= 0
    columns: dict[str, Any] = {}
    for scale in instrument.scales:
        total = np.sum([points[item_id] for item_id in scale.items], axis=0)
        count = np.sum([answered[item_id] for item_id in scale.items], axis=0)
        columns |= score_scale_columns(scale, total, count)
    return pd.DataFrame(columns, index=table.index)


def score_scale_columns(
    scale: Scale, total: NDArray[np.int64], answered: NDArray[np.int64]
) -> dict[str, Any]:
    """Turn the sums and numbers of answers of many people into one scale's four columns."""
    import numpy as np
    import pandas as pd

    missing = len(scale.items) - answered
    allowed = missing <= scale.max_missing
    prorated = allowed & (missing > 0) & scale.prorate
    divisor = np.maximum(answered, 1)
    scaled = (2 * total * len(scale.items) + divisor) // (2 * divisor)
    value = np.where(prorated, scaled, total)
    band = np.full(len(value), -1)
    for place, limits in enumerate(scale.bands):
        band[allowed & (value >= limits.low) & (value <= limits.high)] = place
    labels = pd.Index([limits.label for limits in scale.bands], dtype=object)
    return {
        scale.id: pd.arrays.IntegerArray(value, ~allowed),
        f"{scale.id}_band": pd.Categorical.from_codes(band, categories=labels, ordered=True),
        f"{scale.id}_missing": missing,
        f"{scale.id}_prorated": prorated,
    }


def render_table(instrument: Instrument, table: pd.DataFrame) -> pd.DataFrame:
    """Put every answer of a table into a sentence.

    Args:
        instrument: a definition from `load_instrument`.
        table: as for `score_table`.
    Returns:
        The same index; one column an item, named by its id and in published order, of statements
        as ordered categoricals, lowest value first; NaN where the answer is missing.
    Raises:
        InstrumentError: a column the instrument does not have, or a value it does not allow.
    """
    import pandas as pd

    check_columns(instrument, table)
    columns = {
        item.id: pd.Categorical.from_codes(
            find_positions(instrument, item, table),
            categories=pd.Index([option.statement for option in item.options]),
            ordered=True,
        )
        for item in instrument.items
    }
    return pd.DataFrame(columns, index=table.index)


def check_columns(instrument: Instrument, table: pd.DataFrame) -> None:
    """Refuse a table with columns that are not the instrument's, or the same one twice."""
    unknown = set(table.columns) - {item.id for item in instrument.items}
    if unknown:
        raise InstrumentError(describe_unknown_items(instrument, unknown))
    repeated = table.columns[table.columns.duplicated()]
    if len(repeated):
        raise InstrumentError(
            f"{instrument.id}: the table has the column {repeated[0]!r} more than once; expected "
            "one column an item. Remove one."
        )


def find_positions(instrument: Instrument, item: Item, table: pd.DataFrame) -> Positions:
    """Place of every row's answer among an item's options; -1 where it is missing."""
    import numpy as np
    import pandas as pd

    if item.id not in table.columns:
        return np.full(len(table), -1, dtype=np.intp)
    column = table[item.id]
    numeric = pd.api.types.is_numeric_dtype(column.dtype)
    kind: Any = np.float64 if numeric else object
    answers = column.to_numpy(dtype=kind, na_value=np.nan)
    values = pd.Index([option.value for option in item.options], dtype=kind)
    positions: Positions = values.get_indexer(pd.Index(answers, dtype=kind))
    wrong = np.flatnonzero((positions < 0) & ~pd.isna(answers))
    if len(wrong):
        others = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        value = column.iloc[wrong[:1]].tolist()[0]
        # The index may hold the ids of people, so that a row is told by its place.
        where = f" in row {wrong[0] + 1} of {len(table)}{others}"
        raise InstrumentError(describe_wrong_value(instrument, item, value, where))
    return positions
