"""`sqpsych release`: corpora become a dataset to train on."""

from pathlib import Path
from typing import Annotated

import typer

from sqpsych.cli.options import check_choice


def release(
    corpora: Annotated[list[Path], typer.Argument(metavar="CORPUS...", help="Run directories.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write, a new one.")],
    dev: Annotated[float, typer.Option(help="Share of the people in dev.")] = 0.1,
    test: Annotated[float, typer.Option(help="Share of the people in test.")] = 0.1,
    seed: Annotated[int, typer.Option(help="Another seed gives other splits.")] = 0,
    system: Annotated[str | None, typer.Option(help="A system line before every dialogue.")] = None,
    risk: Annotated[
        str, typer.Option(help="Dialogues of people with suicidal thoughts: exclude or include.")
    ] = "exclude",
    title: Annotated[str, typer.Option(help="Of the dataset.")] = "Synthetic counselling dialogues",
    licence: Annotated[
        str | None, typer.Option(help="As on the hub: cc-by-4.0, for instance.")
    ] = None,
    language: Annotated[str, typer.Option(help="ISO 639-1 code.")] = "en",
) -> None:
    """Make a dataset of the closed dialogues: train, dev and test by person, with a card.

    \b
    Example:
        sqpsych release ours theirs -o dataset
        python -c "import datasets; print(datasets.load_dataset('dataset'))"
    """
    from sqpsych.release import ReleaseSettings, release_corpora
    from sqpsych.release.reading import RiskChoice

    settings = ReleaseSettings(
        seed=seed,
        dev=dev,
        test=test,
        system=system,
        risk=check_choice("--risk", risk, RiskChoice),
        title=title,
        licence=licence,
        language=language,
    )
    released = release_corpora(corpora, output, settings)
    for name, figures in released.splits.items():
        typer.echo(f"{name:6} {len(figures.people):6} people {figures.dialogues:6} dialogues")
    for why, number in sorted(released.left_out.items()):
        typer.echo(f"left out: {number} ({why})")
    typer.echo(f"written to {output}; its card is {output / 'README.md'}")
