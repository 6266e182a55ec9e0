"""`sqpsych study`: two protocols on the same people, side by side."""

import json
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    from sqpsych.language_models.opening import find_spec
    from sqpsych.roleplay import RunSettings, Study, load_protocol

    plan = read_plan(file, size)
    require_classifier()
    chosen = choose_people(plan["high"], plan["low"], people or plan["people"])
    spec = find_spec(plan["model"])
    studies = {
        name: Study(chosen, load_protocol(name), spec, spec, plan["seed"])
        for name in plan["protocols"]
    }
    for limit in range(plan["block"], len(chosen) + plan["block"], plan["block"]):
        for name, one in studies.items():
            most = min(plan["fewer"].get(name, len(chosen)), len(chosen))
            if limit - plan["block"] < most:
                typer.echo(f"{name}, {min(limit, most)} of {most} people")
                settings = RunSettings(output / name, concurrency, limit=min(limit, most))
                play_study(one, settings, stream=False)
    group_by = f"phq9:{plan['high']}:{plan['low']}"
    a, b = (summarise_corpus(output / name, name, group_by) for name in studies)
    rows = compare(a, b)
    typer.echo(f"\n{render_text(rows, a.name, b.name)}")
    heading = (
        f"{plan['name']}, {size}: {len(chosen)} people, {spec.name}, "
        f"{datetime.now(UTC):%Y-%m-%d}, {describe_machine()}\n\n"
        f"    sqpsych {' '.join(sys.argv[1:])}\n\n"
    )
    write_comparison(output, heading + render_markdown(rows, a.name, b.name), rows)
    typer.echo(f"Written to {output / 'comparison.md'} and {output / 'comparison.json'}.")


def read_plan(file: Path, size: str) -> dict[str, Any]:
    """Read what to compare, with the settings of one size.

    Raises:
        InputError: the file cannot be read, lacks something, or has no such size.
    """
    import tomllib

    from sqpsych.errors import InputError

    try:
        data = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}.") from error
    sizes = data.get("sizes", {})
    if size not in sizes:
        raise InputError(f"{file} has no size {size!r}; it has {', '.join(sizes) or 'none'}.")
    plan: dict[str, Any] = {"fewer": {}, **data, **sizes[size]}
    needed = {"name": str, "model": str, "protocols": list, "seed": int, "block": int}
    needed |= {"people": int, "high": int, "low": int, "fewer": dict}
    for key, kind in needed.items():
        if not isinstance(plan.get(key), kind):
            raise InputError(f"{file}: {key} must be given, {kind.__name__}. Correct it.")
    if len(plan["protocols"]) != 2:
        raise InputError(f"{file}: protocols must name two. Correct it.")
    return plan


def choose_people(high: int, low: int, people: int) -> "tuple[ClientProfile, ...]":
    """Choose people of the shipped sample, one with many symptoms and one with few in turn.

    Args:
        high: PHQ-9 total of the one half, from here up.
        low: PHQ-9 total of the other, up to here.
        people: how many in all.

    Raises:
        InputError: the sample has fewer.
    """
    from sqpsych.errors import InputError
    from sqpsych.intake import build_nhanes_sample_profiles

    safe = [profile for profile in build_nhanes_sample_profiles() if not profile.risk_flags]
    halves = (
        [profile for profile in safe if read_total(profile) >= high],
        [profile for profile in safe if read_total(profile) <= low],
    )
    most = 2 * min(len(half) for half in halves)
    if people > most:
        raise InputError(
            f"{people} people were asked for; the sample has {len(halves[0])} from {high} points "
            f"up and {len(halves[1])} up to {low}. Ask for {most} at most."
        )
    pairs = zip(*halves, strict=False)
    return tuple(profile for pair in pairs for profile in pair)[:people]


def read_total(profile: "ClientProfile") -> int:
    """The PHQ-9 total of a person of the sample, points."""
    return next(score.value or 0 for score in profile.scores if score.scale == "total")


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
