"""Tables in Markdown."""

from collections.abc import Iterable


def tabulate(head: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """Write a table; what would end a cell or a row is escaped.

    Args:
        head: names of the columns.
        rows: cells of each, as many as there are columns.
    """
    names = list(head)
    lines: list[Iterable[object]] = [names, ["---" for _ in names], *rows]
    return "\n".join(f"| {' | '.join(map(_write_cell, line))} |" for line in lines)


def _write_cell(cell: object) -> str:
    return " ".join(str(cell).replace("|", "\\|").splitlines())
