"""`sqpsych study`: two protocols on the same people, side by side."""

import json
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sqpsych.cli.generate import play_study
from sqpsych.cli.measuring import measure_corpus

if TYPE_CHECKING:
    from sqpsych.assessment import ComparedRow, Summary
    from sqpsych.records import ClientProfile


def study(
    file: Annotated[Path, typer.Argument(metavar="STUDY", help="What to compare, TOML.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Corpora and comparison.")
    ],
    size: Annotated[str, typer.Option(help="One of the sizes in the file.")],
    people: Annotated[
        int | None, typer.Option(min=2, help="Fewer people than the size has.")
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Sessions at the same time.")] = 8,
) -> None:
    """Play the same people under two protocols, and print the figures of both side by side.

    The people are of the shipped NHANES sample: one half with many symptoms of depression, one
    half with hardly any, none with suicidal thoughts. Stopped, the same command goes on.

    \b
    Example:
        sqpsych study studies/paper_vs_structured.toml --size quality -o runs/quality
    """
    from sqpsych.assessment import compare, render_markdown, render_text, require_classifier
    from sqpsych.cli.study_plan import read_plan
    from sqpsych.language_models.opening import find_spec
    from sqpsych.roleplay import RunSettings, Study

    plan = read_plan(file, size)
    protocols = plan.load_protocols()
    require_classifier()
    chosen = choose_people(plan.high, plan.low, people or plan.people)
    spec = find_spec(plan.model)
    most = {one.name: min(plan.fewer.get(one.name, len(chosen)), len(chosen)) for one in protocols}
    for start in range(0, len(chosen), plan.block):
        for protocol in protocols:
            name, limit = protocol.name, min(start + plan.block, most[protocol.name])
            if start < limit:
                typer.echo(f"{name}, {limit} of {most[name]} people")
                settings = RunSettings(output / name, concurrency, limit=limit)
                play_study(Study(chosen, protocol, spec, spec, plan.seed), settings, stream=False)
    group_by = f"phq9:{plan.high}:{plan.low}"
    a, b = (summarise_corpus(output / name, name, group_by) for name in most)
    rows = compare(a, b)
    typer.echo(f"\n{render_text(rows, a.name, b.name)}")
    played = ", ".join(f"{name} {count} people" for name, count in most.items())
    heading = (
        f"{plan.name}, {size}: {played}, {spec.name}, "
        f"{datetime.now(UTC):%Y-%m-%d}, {describe_machine()}\n\n"
        f"    sqpsych {' '.join(sys.argv[1:])}\n\n"
    )
    write_comparison(output, heading + render_markdown(rows, a.name, b.name), rows)
    typer.echo(f"Written to {output / 'comparison.md'} and {output / 'comparison.json'}.")


def choose_people(high: int, low: int, people: int) -> "tuple[ClientProfile, ...]":
    """Choose people of the shipped sample, one with many symptoms and one with few in turn.

    Args:
        high: PHQ-9 total of the one half, from here up.
        low: PHQ-9 total of the other, up to here.
        people: how many in all.

    Raises:
        InputError: the sample has fewer.
    """
    from sqpsych.assessment.grouping import Grouping
    from sqpsych.errors import InputError
    from sqpsych.intake import build_nhanes_sample_profiles

    safe = [profile for profile in build_nhanes_sample_profiles() if not profile.risk_flags]
    groups, _ = Grouping("phq9", high, low).label({profile.pseudonym: profile for profile in safe})
    halves = [[p for p in safe if groups.get(p.pseudonym) == group] for group in (1, 0)]
    most = 2 * min(len(half) for half in halves)
    if people > most:
        raise InputError(
            f"{people} people were asked for; the sample has {len(halves[0])} from {high} points "
            f"up and {len(halves[1])} up to {low}. Ask for {most} at most."
        )
    pairs = zip(*halves, strict=False)
    return tuple(profile for pair in pairs for profile in pair)[:people]


def summarise_corpus(path: Path, name: str, group_by: str) -> "Summary":
    """Measure one of the two corpora."""
    from sqpsych.assessment import STUDIED, Summary

    _, results = measure_corpus(path, group_by, 0, STUDIED)
    return Summary(name, tuple(row for measured in results.values() for row in measured.rows))


def write_comparison(folder: Path, page: str, rows: "tuple[ComparedRow, ...]") -> None:
    """Write the page, and its figures as JSON.

    Raises:
        InputError: they cannot be written.
    """
    from sqpsych.errors import InputError
    from sqpsych.whole_files import write_file

    figures = json.dumps([asdict(row) for row in rows], indent=2)
    try:
        write_file(folder / "comparison.md", page)
        write_file(folder / "comparison.json", f"{figures}\n")
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written: {error.strerror}. The dialogues are kept; make room, and "
            "give the same command again."
        ) from error


def describe_machine() -> str:
    """Name what times depend on."""
    from sqpsych.language_models.embedded import count_cores

    return f"{count_cores()} cores, {platform.machine()}"
