"""`sqpsych bench compare`: runs side by side."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sqpsych.cli.instruments import print_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqpsych.benchmarks.compared.comparison import TaskComparison

TITLE = "Benchmarks side by side"
DRAWN = (
    "accuracy",
    "macro F1",
    "weighted F1",
    "in the asked format",
    "invited failure, share",
    "closed",
)
"""Figures between 0 and 1 that the picture shows."""


def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="Run folders, or files of `bench score -o`."),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FOLDER", help="Page, Markdown, JSON and picture go there."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of permutations and intervals.")] = 0,
) -> None:
    """Compare what several systems reached on the same questions, beside what is published.

    Differences are tested question by question, each pair of systems, and corrected together. The
    page, `comparison.html`, needs nothing else and opens from disk.

    \b
    Examples:
        sqpsych bench compare runs/base runs/tuned
        sqpsych bench compare runs/base runs/tuned theirs.json -o comparison
    """
    from sqpsych.benchmarks.compared.comparison import compare_runs
    from sqpsych.benchmarks.compared.comparison_tables import lay_out
    from sqpsych.benchmarks.compared.score_files import read_run
    from sqpsych.corpus import name_corpora

    named = zip(name_corpora(runs, "run"), map(read_run, runs), strict=True)
    compared = compare_runs(list(named), seed)
    for section in lay_out(compared):
        typer.echo(f"\n{section.heading}")
        for table in section.tables:
            typer.echo(f"\n{table.caption}")
            print_rows(table.header, table.rows)
        for note in section.notes:
            typer.echo(note)
    if output:
        write_comparison(output, compared, seed)
        typer.echo(f"\nwritten to {output}; look at {output / 'comparison.html'}")


def write_comparison(folder: Path, compared: "Sequence[TaskComparison]", seed: int) -> None:
    """Write a comparison as page, Markdown, JSON and picture.

    Raises:
        BenchmarkError: the folder cannot be written.
        InputError: altair, vl-convert or jinja2 is not installed.
    """
    from datetime import UTC, datetime

    from sqpsych.benchmarks.compared.comparison_tables import (
        lay_out,
        make_record,
        render_html,
        render_markdown,
    )
    from sqpsych.benchmarks.json_files import write_record
    from sqpsych.errors import BenchmarkError
    from sqpsych.whole_files import write_file

    sections = lay_out(compared)
    picture = draw(compared)
    page = render_html(sections, TITLE, f"{datetime.now(UTC):%Y-%m-%d}", picture)
    shown = "comparison.svg" if picture else None
    texts = {"comparison.html": page, "comparison.md": render_markdown(sections, shown)}
    if picture:
        texts["comparison.svg"] = picture
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            write_file(folder / name, text)
    except OSError as error:
        raise BenchmarkError(
            f"{folder} cannot be written: {error.strerror}. Give another folder with -o."
        ) from error
    write_record(folder / "comparison.json", make_record(compared, seed))


def draw(compared: "Sequence[TaskComparison]") -> str | None:
    """Draw the figures between 0 and 1 with their intervals; None where there are none."""
    from sqpsych.report.charts import draw_intervals

    rows: list[dict[str, str | float | None]] = [
        {
            "figure": f"{task.title}: {figure}",
            "corpus": name,
            "value": scores.figures[figure].value,
            "low": scores.figures[figure].low,
            "high": scores.figures[figure].high,
        }
        for task in compared
        for figure in DRAWN
        for name, scores in task.systems
        if figure in scores.figures and scores.figures[figure].value is not None
    ]
    names = list(dict.fromkeys(name for task in compared for name, _ in task.systems))
    return draw_intervals(rows, names, "figure, with 95 % interval") if rows else None
