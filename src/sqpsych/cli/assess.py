"""`sqpsych assess`: take all measures of a corpus."""

from pathlib import Path
from typing import Annotated

import typer

from sqpsych.cli.measuring import GroupBy, measure_corpus, print_held, print_results


def assess(
    corpus: Annotated[Path, typer.Argument(metavar="CORPUS", help="A run directory.")],
    group_by: GroupBy = "condition",
    fail_on: Annotated[
        Path | None,
        typer.Option(
            "--fail-on", metavar="FILE", help="Thresholds (TOML); exit code 1 when one is missed."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of samples, splits and intervals.")] = 0,
) -> None:
    """Take all measures of a corpus that need no model, and print them.

    Results are kept in the run directory; what has been measured is not measured again. Stopped,
    the same command goes on.

    \b
    Examples:
        sqpsych assess corpus
        sqpsych assess corpus --group-by phq9:10 --fail-on study.toml
    """
    from sqpsych.assessment import MEASURES
    from sqpsych.assessment.thresholds import hold, read_thresholds

    thresholds = read_thresholds(fail_on) if fail_on else ()
    _, results = measure_corpus(corpus, group_by, seed)
    print_results(results, {measure.name: measure.title for measure in MEASURES})
    held = hold(thresholds, (row for measured in results.values() for row in measured.rows))
    if held:
        typer.echo(f"\nThresholds of {fail_on}")
        print_held(held)
    if any(one.verdict != "met" for one in held):
        raise typer.Exit(1)
