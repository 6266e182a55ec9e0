"""`sqpsych pairs`: what was preferred becomes a dataset to train on by preference."""

from pathlib import Path
from typing import Annotated

import typer

from sqpsych.cli.options import check_choice


def pairs(
    corpora: Annotated[list[Path], typer.Argument(metavar="CORPUS...", help="Run directories.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write, a new one.")],
    experts: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER",
            help="Export of a study in which people compared dialogues; can be given again.",
        ),
    ] = None,
    judges: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Verdicts of models on pairs of dialogues, JSON lines; can be given again.",
        ),
    ] = None,
    per_turn: Annotated[
        int, typer.Option(min=0, help="Rejected attempts of a turn, at most; 0: none.")
    ] = 1,
    like: Annotated[
        Path | None,
        typer.Option(
            metavar="DATASET",
            help="A released dataset: everyone keeps the split they have there, others are left "
            "out, and its system line holds. --dev, --test and --seed play no part then.",
        ),
    ] = None,
    dev: Annotated[float, typer.Option(help="Share of the people in dev.")] = 0.1,
    test: Annotated[float, typer.Option(help="Share of the people in test.")] = 0.1,
    seed: Annotated[int, typer.Option(help="Another seed gives other splits.")] = 0,
    system: Annotated[
        str | None,
        typer.Option(help="A system line before every prompt."),
    ] = None,
    risk: Annotated[
        str, typer.Option(help="Dialogues of people with suicidal thoughts: exclude or include.")
    ] = "exclude",
    title: Annotated[
        str, typer.Option(help="Of the dataset.")
    ] = "Preferences between counselling replies",
    licence: Annotated[
        str | None, typer.Option(help="As on the hub: cc-by-4.0, for instance.")
    ] = None,
    language: Annotated[str, typer.Option(help="ISO 639-1 code.")] = "en",
) -> None:
    """Make a dataset of preference pairs: a prompt, what is better and what is worse.

    Pairs come from attempts that failed the checks of generation, from experts who compared
    dialogues (`sqpsych review export`), and from models that did.

    \b
    Examples:
        sqpsych pairs ours -o preferences --like dataset
        sqpsych pairs ours theirs -o preferences --experts results
    """
    from sqpsych.release import PairSettings, release_pairs
    from sqpsych.release.reading import RiskChoice

    settings = PairSettings(
        per_turn=per_turn,
        like=like,
        seed=seed,
        dev=dev,
        test=test,
        system=system,
        risk=check_choice("--risk", risk, RiskChoice),
        title=title,
        licence=licence,
        language=language,
    )
    released = release_pairs(corpora, output, settings, experts=experts or (), judges=judges or ())
    for name, figures in released.splits.items():
        by_origin = ", ".join(f"{number} {origin}" for origin, number in figures.pairs.items())
        typer.echo(
            f"{name:6} {len(figures.people):6} people {figures.pairs.total():6} pairs ({by_origin})"
        )
    for why, number in sorted(released.left_out.items()):
        typer.echo(f"left out: {number} ({why})")
    typer.echo(f"written to {output}; its card is {output / 'README.md'}")
