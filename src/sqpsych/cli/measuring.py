"""What `assess`, `report` and `study` share: measuring a corpus with a sign of life."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqpsych.assessment import Measure, Measured, Sample
    from sqpsych.assessment.thresholds import Held

GroupBy = Annotated[
    str,
    typer.Option(
        "--group-by",
        metavar="GROUPS",
        help="The two groups that leakage is measured on: condition (the label people came with), "
        "or an instrument's total, as in phq9:15:2 (15 and more against 2 and less).",
    ),
]


Reference = Annotated[
    Path | None,
    typer.Option(
        "--reference", metavar="CORPUS", help="Real sessions to compare with; see corpus import."
    ),
]


def list_measures(reference: Path | None) -> "list[Measure]":
    """List the measures that need no model, with the distance from a reference where one is given.

    Args:
        reference: a run directory.
    """
    from sqpsych.assessment import MEASURES, compare_with, read_sample
    from sqpsych.assessment.grouping import Grouping
    from sqpsych.corpus import open_corpus

    if reference is None:
        return list(MEASURES)
    with open_corpus(reference) as opened:
        return [*MEASURES, compare_with(read_sample(opened, Grouping()))]


def measure_corpus(
    corpus: Path, group_by: str, seed: int, measures: "Sequence[Measure]"
) -> "tuple[Sample, dict[str, Measured]]":
    """Take measures of a corpus, those that are kept already only recalled.

    Args:
        corpus: a run directory.
        group_by: which people belong to which group.
        seed: of samples, splits and intervals.
        measures: what is taken.
    """
    from sqpsych.assessment import read_sample, take_measures
    from sqpsych.assessment.grouping import parse_grouping
    from sqpsych.corpus import open_corpus, open_scores

    grouping = parse_grouping(group_by)
    with open_corpus(corpus) as opened:
        sample = read_sample(opened, grouping, seed)
        with open_scores(corpus) as store:
            results = take_measures(sample, measures, store, tell_measure)
    return sample, results


def recall_judged(corpus: Path, sample: "Sample") -> "dict[str, Measured]":
    """Summarise what judges made of a corpus, as far as it is kept there."""
    from sqpsych.assessment.judging import measure_judged
    from sqpsych.corpus import open_scores

    with open_scores(corpus) as store:
        judged = {key: store.read_scores(key) for key in store.list_judges()}
    return measure_judged(sample, judged)


def tell_measure(measure: "Measure", recalled: bool) -> None:
    """Say which measure is taken now."""
    if not recalled:
        typer.echo(f"measuring: {measure.title.lower()}", err=True)


def print_results(results: "dict[str, Measured]", titles: "dict[str, str]") -> None:
    """Print all figures, a table a measure."""
    from sqpsych.assessment.figures import show_row

    width = max((len(row.name) for m in results.values() for row in m.rows), default=0)
    for name, measured in results.items():
        typer.echo(f"\n{titles.get(name, name)}")
        for row in measured.rows:
            note = f"  ({row.note})" if row.note else ""
            typer.echo(f"  {row.name:<{width}}  {show_row(row)}{note}")
        if measured.findings:
            count = sum(map(len, measured.findings.values()))
            typer.echo(f"  findings: {count}, dialogues with any: {len(measured.findings)}")


def print_held(held: "Iterable[Held]") -> None:
    """Print which thresholds were met."""
    from sqpsych.assessment.figures import show_row

    for one in held:
        threshold = one.threshold
        typer.echo(f"{one.verdict:>12}: {threshold.row}: {show_row(one.row)}, {threshold.bound}")
