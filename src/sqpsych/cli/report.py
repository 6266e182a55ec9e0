"""`sqpsych report`: figures of corpora side by side, as one page."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sqpsych.cli.measuring import GroupBy, Reference, list_measures, measure_corpus, recall_judged
from sqpsych.cli.show import name_player

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqpsych.assessment import Measured, Sample
    from sqpsych.report import CorpusResults


def report(
    corpora: Annotated[
        list[Path], typer.Argument(metavar="CORPUS [CORPUS ...]", help="Run directories.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The page.")
    ] = Path("report.html"),
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Figures as JSON. Default: beside the page."),
    ] = None,
    group_by: GroupBy = "condition",
    reference: Reference = None,
    title: Annotated[
        str, typer.Option(help="Heading of the page.")
    ] = "What the dialogues are worth",
    seed: Annotated[int, typer.Option(help="Of samples, splits and intervals.")] = 0,
) -> None:
    """Measure corpora and write one page that compares them: it opens from disk and loads nothing.

    What has been measured before is only read. The page holds the worst dialogues whole: keep it
    as safe as the corpora.

    \b
    Examples:
        sqpsych report corpus -o report.html
        sqpsych report runs/quality/paper runs/quality/structured --group-by phq9:15:2
    """
    from sqpsych.assessment.judging import name_sections
    from sqpsych.corpus import name_corpora
    from sqpsych.report import About, compose_report, write_json, write_page

    figures = json_file or output.with_suffix(".json")
    check_places(output, figures)
    measures = list_measures(reference)
    abouts = [About(measure.name, measure.title, measure.about) for measure in measures]
    names = name_corpora(corpora)
    measured = [
        read_results(path, name, measure_corpus(path, group_by, seed, measures))
        for path, name in zip(corpora, names, strict=True)
    ]
    judged = dict.fromkeys(name for corpus in measured for name in corpus.results)
    known = {about.name for about in abouts}
    sections = name_sections(name for name in judged if name not in known)
    abouts += [About(*section) for section in sections]
    composed = compose_report(measured, abouts)
    day = datetime.now(UTC).date()
    write_page(composed, output, title, day)
    write_json(composed, figures, day)
    typer.echo(f"{output} opens in any browser; the same figures are in {figures}.")


def check_places(page: Path, figures: Path) -> None:
    """Check where a report goes, before anything is measured.

    Raises:
        InputError: page and figures are one file, or a folder is not there.
    """
    from sqpsych.errors import InputError

    if page.resolve() == figures.resolve():
        raise InputError(
            f"{page} would hold the page and its figures. Give the page another name with -o "
            "(report.html), or the figures another file with --json."
        )
    for path in (page, figures):
        if not path.parent.is_dir():
            raise InputError(
                f"{path} cannot be written: there is no folder {path.parent}. Make it, or give "
                "another place."
            )


def read_results(
    path: Path, name: str, measured: "tuple[Sample, dict[str, Measured]]"
) -> "CorpusResults":
    """Add to the figures of a corpus what judges gave, and what made it."""
    from sqpsych.corpus import open_corpus
    from sqpsych.report import CorpusResults

    sample, results = measured
    results = results | recall_judged(path, sample)
    with open_corpus(path) as opened:
        header = opened.manifest["header"]
    facts = {
        "protocol": header["protocol"],
        "therapist": name_player(header["therapist_model"]),
        "client": name_player(header["client_model"]),
        "dialogues": f"{len(sample.dialogues):,} ({len(sample.closed):,} closed)",
        "people": f"{len({d.pseudonym for d in sample.dialogues}):,}",
        "groups": describe_groups(sample.labels, sample.groups),
    }
    return CorpusResults(name, facts, sample, results)


def describe_groups(labels: "Mapping[str, int]", names: tuple[str, str]) -> str:
    """Say how many dialogues each group has."""
    if not labels:
        return "not known"
    ones = sum(labels.values())
    return f"{names[0]}: {len(labels) - ones:,}, {names[1]}: {ones:,}"
