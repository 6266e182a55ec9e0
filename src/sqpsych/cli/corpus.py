"""`sqpsych corpus`: dialogues made elsewhere become a corpus."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqpsych.corpus.importing import ImportReport

app = typer.Typer(
    help="Bring dialogues made elsewhere into a corpus.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Format(StrEnum):
    """Keys of `sqpsych.corpus.foreign.FORMATS`."""

    SQPSYCHCONV = "sqpsychconv"
    SHAREGPT = "sharegpt"
    MESSAGES = "messages"
    SQPSYCH = "sqpsych"
    ANNOMI = "annomi"
    TEXT = "text"


@app.callback()
def corpus() -> None:
    """Bring dialogues made elsewhere into a corpus."""


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, JSON, JSON lines, Parquet or plain text.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Run directory to write to.")],
    form: Annotated[
        Format | None, typer.Option("--format", "-f", help="Default: told by the columns.")
    ] = None,
    condition_column: Annotated[
        str | None,
        typer.Option("--condition-column", help="Column of the group. Default: condition."),
    ] = None,
    therapist_role: Annotated[
        str | None,
        typer.Option(
            "--therapist-role",
            help="What the therapist is called there; the client's name swaps the two.",
        ),
    ] = None,
    client_role: Annotated[
        str | None, typer.Option("--client-role", help="What the client is called there.")
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out dialogues that cannot be read.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Only the first so many dialogues.")
    ] = None,
) -> None:
    """Read dialogues made elsewhere into a run directory, to be shown, exported and assessed.

    What was said is kept as it stands. Unless --skip-bad is given, nothing is written when any
    dialogue cannot be read. Ids are taken as pseudonyms: see to it that they name nobody.

    \b
    Examples:
        sqpsych corpus import dialogues.parquet -o corpus
        sqpsych corpus import chats.jsonl -o corpus --therapist-role user
    """
    from sqpsych.corpus.foreign import ImportOptions
    from sqpsych.corpus.importing import import_dialogues

    options = ImportOptions(form, condition_column, therapist_role, client_role)
    report = import_dialogues(file, output, options, skip_bad=skip_bad, limit=limit)
    _tell_left_out(report)
    _tell_found(file.name, report)
    if not report.added:
        typer.echo(f"All of them are in {output} already; nothing was added.")
    else:
        typer.echo(f"{report.added} dialogues added to {output}. Next:")
        typer.echo(f"  sqpsych show {output}")
        typer.echo(f"  sqpsych assess {output}")


def _tell_found(name: str, report: "ImportReport") -> None:
    """Say what the file holds."""
    typer.echo(
        f"{name} ({report.form}): {report.dialogues} dialogues, {report.turns} turns, "
        f"{report.people} people"
    )
    if report.parted:
        typer.echo(f"  dialogues: {report.parted}")
    if report.unnamed:
        typer.echo(f"  {report.unnamed} dialogues without an id, each taken for another person")
    named = sorted((group, count) for group, count in report.groups.items() if group is not None)
    without = report.groups.get(None, 0)
    told = [f"{group} {count}" for group, count in named] + [f"none {without}"] * bool(without)
    typer.echo(f"  groups: {', '.join(told)}")
    if report.system_messages:
        typer.echo(f"  {report.system_messages} system messages left out")
    if report.repeated_rows:
        typer.echo(f"  {report.repeated_rows} rows that repeat an utterance left out")


def _tell_left_out(report: "ImportReport") -> None:
    """List the dialogues that could not be read."""
    if report.left_out:
        typer.echo(f"{report.left_out_dialogues} dialogues left out:", err=True)
        for told in report.left_out:
            typer.echo(f"  {told}", err=True)
