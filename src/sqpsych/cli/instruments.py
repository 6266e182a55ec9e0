"""`sqpsych instruments`: which questionnaires there are, and what is in one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqpsych.records import Instrument, Item

app = typer.Typer(
    help="Questionnaires: list the catalogue, show one.",
    epilog="Example: sqpsych instruments show phq9",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list", epilog="Example: sqpsych instruments list")
def list_all() -> None:
    """List the instruments of the catalogue. In a pipe: one a line, columns split by tabs."""
    from sqpsych.instruments import list_instruments

    rows = [
        (
            instrument.id,
            instrument.title,
            str(sum(item.scored for item in instrument.items)),
            f"{instrument.scales[0].id} {describe_range(instrument)}",
            instrument.rater,
        )
        for instrument in list_instruments()
    ]
    print_rows(("id", "title", "items", "score", "rater"), rows)


@app.command(epilog="Example: sqpsych instruments show phq9")
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="Id from the list, or the path of a YAML file of your own."
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the whole definition as JSON.")
    ] = False,
) -> None:
    """Show one instrument: licence, source, items with every statement, scales and bands."""
    from sqpsych.instruments import load_instrument

    instrument = load_instrument(name)
    if as_json:
        typer.echo(instrument.model_dump_json(indent=2))
    else:
        show_instrument(instrument)


def show_instrument(instrument: Instrument) -> None:
    """Print an instrument for a reader."""
    typer.echo(f"{instrument.id}: {instrument.title}")
    for field in ("source", "licence", "rater", "time_frame", "language"):
        typer.echo(f"{field.replace('_', ' ')}: {getattr(instrument, field)}")
    for item in instrument.items:
        typer.echo(f"\n{item.id}  {item.label}  [{describe_item(item)}]")
        print_rows(
            ("value", "answer", "statement"),
            [(str(option.value), option.label, option.statement) for option in item.options],
        )
    for scale in instrument.scales:
        remedy = "prorated" if scale.prorate else "counted as 0"
        rule = (
            f"up to {scale.max_missing} missing, {remedy}" if scale.max_missing else "none missing"
        )
        typer.echo(f"\nscale {scale.id}: {scale.label}; {scale.method} of {len(scale.items)} items")
        typer.echo(f"missing items: {rule}. {scale.missing_source}")
        if scale.bands:
            bands = [(f"{band.low}-{band.high}", band.label, band.source) for band in scale.bands]
            print_rows(("score", "band", "source"), bands)


def describe_item(item: Item) -> str:
    """The item's symptom and marks, in one line."""
    marks = {
        "sensitive": item.sensitive,
        "reversed": item.reversed,
        "not scored": not item.scored,
    }
    return ", ".join([str(item.symptom), *(mark for mark, holds in marks.items() if holds)])


def describe_range(instrument: Instrument) -> str:
    """Lowest and highest score of the first scale."""
    from sqpsych.instruments.scoring import measure_scale

    low, high = measure_scale(instrument.scales[0], instrument.items)
    return f"{low}-{high}"


def print_rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: drawn in a terminal, lines of tab-separated columns in a pipe."""
    if not sys.stdout.isatty():
        for row in (header, *rows):
            typer.echo("\t".join(row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*header, box=box.SIMPLE)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
