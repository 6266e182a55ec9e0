"""`sqpsych assess`: take all measures of a corpus, and let models judge it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sqpsych.cli.judging import JudgeSettings, let_judge
from sqpsych.cli.measuring import (
    GroupBy,
    Reference,
    list_measures,
    measure_corpus,
    print_held,
    print_results,
    recall_judged,
)
from sqpsych.cli.options import AllowHost, allow_hosts
from sqpsych.cli.show import name_player

if TYPE_CHECKING:
    from sqpsych.assessment import Sample

DEFAULT_RUBRIC = "sqpsych36"


def assess(
    corpus: Annotated[Path, typer.Argument(metavar="CORPUS", help="A run directory.")],
    group_by: GroupBy = "condition",
    fail_on: Annotated[
        Path | None,
        typer.Option(
            "--fail-on", metavar="FILE", help="Thresholds (TOML); exit code 1 when one is missed."
        ),
    ] = None,
    reference: Reference = None,
    seed: Annotated[int, typer.Option(help="Of samples, splits and intervals.")] = 0,
    judge: Annotated[
        list[str] | None,
        typer.Option(
            "--judge", "-j", metavar="MODEL", help="A model that judges too; several make a panel."
        ),
    ] = None,
    rubric: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="What judges go by; several. Default: sqpsych36."),
    ] = None,
    read_answers: Annotated[
        bool,
        typer.Option("--read-answers", help="Let judges fill in the client's questionnaires, too."),
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Dialogues to judge, the first so many.")
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Dialogues judged at a time.")] = 4,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds a verdict may take.")] = 600.0,
    allow_host: AllowHost = None,
) -> None:
    """Take all measures of a corpus, let models judge it, and print what came of it.

    Results are kept in the run directory; what has been measured or judged is not done again.
    Stopped, the same command goes on.

    \b
    Examples:
        sqpsych assess corpus
        sqpsych assess corpus --group-by phq9:10 --fail-on study.toml
        sqpsych assess corpus --judge gemma@http://127.0.0.1:8000/v1 --rubric ctrs --read-answers
    """
    from sqpsych.assessment.judging import name_sections
    from sqpsych.assessment.thresholds import hold, read_thresholds

    allow_hosts(allow_host)
    thresholds = read_thresholds(fail_on) if fail_on else ()
    settings = JudgeSettings(
        judge or (), rubric or (DEFAULT_RUBRIC,), read_answers, concurrency, limit, timeout
    )
    measures = list_measures(reference)
    sample, results = measure_corpus(corpus, group_by, seed, measures)
    let_judge(corpus, sample, settings)
    judged = recall_judged(corpus, sample)
    tell_of_people(sample)
    titles = {measure.name: measure.title for measure in measures}
    titles |= {name: title for name, title, _ in name_sections(judged)}
    results |= judged
    print_results(results, titles)
    held = hold(thresholds, (row for measured in results.values() for row in measured.rows))
    if held:
        typer.echo(f"\nThresholds of {fail_on}")
        print_held(held)
    if any(one.verdict != "met" for one in held):
        raise typer.Exit(1)


def tell_of_people(sample: "Sample") -> None:
    """Say which part was played by a person; the figures are then of what that person said, too."""
    for part in ("therapist", "client"):
        models = {getattr(dialogue, f"{part}_model") for dialogue in sample.dialogues}
        if any(name_player(model) != model for model in models):
            typer.echo(f"The {part} of this corpus is a person who typed the lines.")
