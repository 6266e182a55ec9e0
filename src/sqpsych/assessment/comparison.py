"""Two corpora side by side, as tables of text and Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqpsych.assessment.figures import Better, Row, show_row


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one corpus."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One measure of two corpora."""

    name: str
    a: Row | None
    """None where the corpus has no such row."""
    b: Row | None
    better: Better


def compare(a: Summary, b: Summary) -> tuple[ComparedRow, ...]:
    """Put the rows of two corpora side by side, by name: those of a, then those of b alone."""
    rows_a, rows_b = ({row.name: row for row in summary.rows} for summary in (a, b))
    better = {name: row.better for name, row in (rows_b | rows_a).items()}
    return tuple(
        ComparedRow(name, rows_a.get(name), rows_b.get(name), better[name])
        for name in dict.fromkeys([*rows_a, *rows_b])
    )


def render_markdown(rows: Sequence[ComparedRow], a: str = "A", b: str = "B") -> str:
    """Render compared rows as a Markdown table, with what the figures rest on beneath.

    Args:
        rows: from `compare`.
        a: head of the first corpus's column.
        b: head of the second's.
    """
    cells = [[cell.replace("|", "\\|") for cell in line] for line in _list_cells(rows, a, b)]
    cells.insert(1, ["---", "---:", "---:", "---"])
    table = "\n".join(f"| {' | '.join(line)} |" for line in cells)
    notes = [f"- {note}" for note in _list_notes(rows, a, b)]
    return "\n".join([table, *([""] if notes else []), *notes]) + "\n"


def render_text(rows: Sequence[ComparedRow], a: str = "A", b: str = "B") -> str:
    """Render compared rows as plain text in columns, with what the figures rest on beneath."""
    cells = _list_cells(rows, a, b)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if place in (1, 2) else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    notes = _list_notes(rows, a, b)
    return "\n".join([*lines, *([""] if notes else []), *notes]) + "\n"


def _list_cells(rows: Sequence[ComparedRow], a: str, b: str) -> list[list[str]]:
    head = ["measure", a, b, "better"]
    return [head, *([row.name, show_row(row.a), show_row(row.b), row.better] for row in rows)]


def _list_notes(rows: Sequence[ComparedRow], a: str, b: str) -> list[str]:
    return [
        f"{row.name}, {name}: {side.note}"
        for row in rows
        for name, side in ((a, row.a), (b, row.b))
        if side is not None and side.note
    ]
