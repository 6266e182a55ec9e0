"""`sqpsych profiles`: from a table of answers to client profiles."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from sqpsych.errors import InputError, find_fault

app = typer.Typer(
    help="Turn a table of answers into client profiles.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

LEFT_OUT_SHOWN = 20


@app.command()
def build(
    answers: Annotated[
        Path, typer.Argument(help="Table of answers, a row a person: CSV, .xlsx, .sav and others.")
    ],
    codebook: Annotated[Path, typer.Option("--codebook", help="What the columns mean, TOML.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Profiles file to write, JSONL.")],
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--key-file",
            help="Key of the pseudonyms; made at first use. Default: one in your config folder.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing output.")] = False,
) -> None:
    """Check a table of answers and write one profile a person.

    Ids leave as pseudonyms, and only columns the codebook names leave at all. Nothing is written
    unless every cell can be used; people with too many missing items are left out and listed.

    Example:

    \b
        sqpsych profiles build answers.csv --codebook codebook.toml -o profiles.jsonl
    """
    from sqpsych.intake import build_profiles, load_key, read_codebook, read_table, write_profiles
    from sqpsych.intake.pseudonyms import find_key_path
    from sqpsych.intake.reading import PASSED_OVER

    _refuse_inputs(output, (answers, codebook, key_file or find_key_path()))
    _refuse_existing(output, force)
    meaning = read_codebook(codebook)
    own = (part.definition for part in meaning.instruments.values() if part.definition)
    _refuse_inputs(output, map(Path, own))
    table = read_table(answers, meaning)
    report = build_profiles(table, meaning, load_key(key_file))
    write_profiles(report.profiles, output)
    flagged = sum(bool(profile.risk_flags) for profile in report.profiles)
    typer.echo(f"{len(report.profiles)} profiles written to {output}, {flagged} with a risk flag.")
    if passed_over := table.attrs[PASSED_OVER]:
        typer.echo(
            f"{passed_over} rows are not among those that the codebook keeps (only).", err=True
        )
    if report.left_out:
        typer.echo(f"{len(report.left_out)} people left out:", err=True)
        for left in report.left_out[:LEFT_OUT_SHOWN]:
            typer.echo(f"  row {left.row}: {left.reason}", err=True)
        if len(report.left_out) > LEFT_OUT_SHOWN:
            typer.echo(f"  and {len(report.left_out) - LEFT_OUT_SHOWN} more", err=True)


@app.command()
def columns(
    answers: Annotated[Path, typer.Argument(help="Table of answers: CSV, .xlsx, .sav and others.")],
    sheet: Annotated[str | None, typer.Option("--sheet", help="Of a workbook.")] = None,
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", help="Of text: , ; | or \\t.")
    ] = None,
    encoding: Annotated[str, typer.Option("--encoding", help="Of text.")] = "utf-8",
) -> None:
    """List the columns of a table, to write its codebook. No answer is shown.

    With what the file itself says of them: labels of columns and values in SPSS and Stata, the
    texts of questions in FHIR.

    Example:

    \b
        sqpsych profiles columns answers.sav
    """
    from pydantic import ValidationError

    from sqpsych.intake import list_columns
    from sqpsych.intake.codebook import TableForm

    given = {"delimiter": delimiter and delimiter.replace("\\t", "\t"), "encoding": encoding}
    try:
        form = TableForm.model_validate({"id": "id", "sheet": sheet, **given})
    except ValidationError as error:
        option, message = find_fault(error)
        raise InputError(f"--{option}: {message}. Correct it.") from error
    for name, label in list_columns(answers, form):
        typer.echo(f"{name}\t{label}" if label else name)


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(help="Folder to write to; made when it is not there.")],
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
) -> None:
    """Write a sample table and its codebook, as a template for your own.

    The table: PHQ-9 answers and demographics of 400 adults, NHANES 2017-2018, public domain.

    Example:

    \b
        sqpsych profiles sample start
        sqpsych profiles build start/nhanes.csv --codebook start/codebook.toml -o start/p.jsonl
    """
    from sqpsych.intake.nhanes import find_sample_files

    targets = [(source, folder / source.name) for source in find_sample_files()]
    for _, target in targets:
        _refuse_existing(target, force)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source, target in targets:
            target.write_bytes(source.read_bytes())
    except OSError as error:
        raise InputError(f"{folder} cannot be written to: {error.strerror}.") from error
    table, codebook = (target for _, target in targets)
    typer.echo(f"Wrote {table} and {codebook}. Next:")
    typer.echo(f"  sqpsych profiles build {table} --codebook {codebook} -o profiles.jsonl")


@app.command()
def simulate(
    profiles: Annotated[Path, typer.Argument(help="Profiles of real people, JSONL.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Profiles file to write, JSONL.")],
    people: Annotated[int, typer.Option("--people", min=1, help="People to draw.")] = 1000,
    seed: Annotated[int, typer.Option(help="Of all that is drawn.")] = 0,
    definition: Annotated[
        list[Path] | None,
        typer.Option("--definition", help="YAML file of an instrument of your own."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing output.")] = False,
) -> None:
    """Draw people who never were, with answers that go together as those of real people do.

    Answers come from a graded response model of those in the profiles; facts such as age are drawn
    each by itself. Pseudonyms begin with "simulated-".

    Example:

    \b
        sqpsych profiles simulate profiles.jsonl -o cohort.jsonl --people 2000
    """
    from sqpsych.instruments import list_instruments, load_instrument
    from sqpsych.intake import read_profiles, write_profiles
    from sqpsych.intake.simulating import ENOUGH_PEOPLE, simulate_people, summarise_totals

    _refuse_inputs(output, (profiles, *(definition or ())))
    _refuse_existing(output, force)
    real = read_profiles(profiles)
    known = (*list_instruments(), *map(load_instrument, definition or ()))
    drawn = simulate_people(real, {one.id: one for one in known}, people, seed)
    write_profiles(drawn, output)
    if len(real) < ENOUGH_PEOPLE:
        typer.echo(
            f"Fitted to {len(real)} people; from {ENOUGH_PEOPLE} on such a model is estimated well "
            "(Reise & Yu 1990).",
            err=True,
        )
    typer.echo(f"{len(drawn)} simulated people written to {output}.")
    before, after = summarise_totals(real), summarise_totals(drawn)
    for scale, (mean, spread) in after.items():
        typer.echo(
            f"  {scale}: mean {mean:.1f} (SD {spread:.1f}), "
            f"of the real people {before[scale][0]:.1f} ({before[scale][1]:.1f})"
        )


@app.command()
def plant(
    profiles: Annotated[Path, typer.Argument(help="Profiles file, JSONL.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Profiles file to write, JSONL.")],
    count: Annotated[int, typer.Option(min=1, help="People who have one.")] = 10,
    seed: Annotated[int, typer.Option(help="Of the secrets and the people.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
) -> None:
    """Plant a made-up fact with some people, to see later whether a model learned it by heart.

    Dialogues of planted profiles are for this test: never release them as data.

    Example:

    \b
        sqpsych profiles plant profiles.jsonl -o planted.jsonl --count 10
    """
    from sqpsych.assessment.privacy.canaries import plant_all, write_canaries
    from sqpsych.intake import read_profiles, write_profiles

    secrets = output.with_suffix(".canaries.json")
    for path in (output, secrets):
        _refuse_inputs(path, (profiles,))
        _refuse_existing(path, force)
    planted, canaries = plant_all(read_profiles(profiles), count, seed)
    write_profiles(planted, output)
    write_canaries(canaries, secrets)
    typer.echo(f"{count} of {len(planted)} people have a planted fact: {output}, {secrets}")


def _refuse_inputs(output: Path, inputs: Iterable[Path]) -> None:
    """Never write over what is read, or over the key, whatever was told."""
    for path in inputs:
        same = output.resolve() == path.resolve()
        if same or (output.exists() and path.exists() and output.samefile(path)):
            raise InputError(f"{output} is read by this command. Name another output.")


def _refuse_existing(path: Path, force: bool) -> None:
    """Leave what is there alone, unless told otherwise."""
    if path.is_dir():
        raise InputError(f"{path} is a folder; expected the name of a file to write.")
    if path.exists() and not force:
        raise InputError(f"{path} is there already. Name another file, or replace it with --force.")
