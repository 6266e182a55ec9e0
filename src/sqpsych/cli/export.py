"""`sqpsych export`: a corpus as one file for other tools."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """File formats of `sqpsych.corpus.EXPORT_FORMATS`."""

    JSONL = "jsonl"
    PARQUET = "parquet"
    TXT = "txt"


def export(
    corpus: Annotated[Path, typer.Argument(metavar="CORPUS", help="A run directory.")],
    form: Annotated[Format, typer.Option("--format", "-f", help="File format.")] = Format.JSONL,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write. Default: CORPUS.FORMAT.")
    ] = None,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Write rejected dialogues too.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write the closed dialogues of a corpus to one file.

    No statement is written, and of the answers risk_flags alone: thoughts of death affirmed, or
    left open.

    \b
    Example:
        sqpsych export corpus --format parquet -o dialogues.parquet
    """
    from sqpsych.corpus import export_corpus, open_corpus

    whole = corpus.resolve()
    path = output or whole.with_name(f"{whole.name}.{form}")
    with open_corpus(corpus) as opened:
        written = export_corpus(opened, form, path, rejected=rejected, overwrite=force)
    typer.echo(f"{written} dialogues written to {path}")
