"""Problems found in what the user gave, gathered so that one run tells them all."""

from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from sqpsych.errors import InputError

LISTED_AT_MOST = 20
"""Problems shown in one error; the rest are counted."""

ROWS_NAMED_AT_MOST = 3
LIKENESS_CUTOFF = 60.0


def raise_if_any(problems: Sequence[str], kind: type[InputError], where: str) -> None:
    """Raise one error that lists the problems, in their order.

    Args:
        problems: complete sentences, one a problem.
        kind: the error class to raise.
        where: the file they were found in, for the headline.
    Raises:
        InputError: of the given kind, when there is any problem.
    """
    if not problems:
        return
    if len(problems) == 1:
        raise kind(problems[0])
    lines = [f"{len(problems)} problems in {where}:", *problems[:LISTED_AT_MOST]]
    if len(problems) > LISTED_AT_MOST:
        lines.append(f"and {len(problems) - LISTED_AT_MOST} more like these.")
    raise kind("\n  ".join(lines))


def suggest_nearest(name: str, choices: Iterable[str]) -> str:
    """Give ' Did you mean "x"?' for the choice most like the name, or an empty string."""
    found = process.extractOne(
        name, list(choices), scorer=fuzz.ratio, processor=str.casefold, score_cutoff=LIKENESS_CUTOFF
    )
    return f' Did you mean "{found[0]}"?' if found else ""


def name_rows(rows: Sequence[int]) -> str:
    """Name a few rows of many: "row 12", "rows 12 and 15", "rows 12, 15, 18 and 40 more"."""
    if len(rows) == 1:
        return f"row {rows[0]}"
    shown = [str(row) for row in rows[:ROWS_NAMED_AT_MOST]]
    if len(rows) > ROWS_NAMED_AT_MOST:
        return f"rows {', '.join(shown)} and {len(rows) - ROWS_NAMED_AT_MOST} more"
    return f"rows {', '.join(shown[:-1])} and {shown[-1]}"


def quote_value(text: str) -> str:
    """Show a cell: a number bare, other text quoted."""
    return text if text.lstrip("+-").replace(".", "", 1).isdigit() else f'"{text}"'
