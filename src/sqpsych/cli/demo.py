"""`sqpsych demo`: the main job, from real answers to dialogues, with nothing to prepare."""

from pathlib import Path
from typing import Annotated

import typer

from sqpsych.cli.generate import run_study
from sqpsych.cli.models import show_progress
from sqpsych.cli.options import name_command
from sqpsych.cli.study import choose_people

DEMO_MODEL = "qwen2.5-coder-1.5b"
DEMO_PEOPLE = 4
HIGH = 15
LOW = 2
"""PHQ-9 totals of one half, from here up, and of the other, up to here."""


def demo(
    corpus: Annotated[
        Path, typer.Option("--output", "-o", metavar="CORPUS", help="Run directory.")
    ] = Path("runs/demo"),
    model: Annotated[str, typer.Option("--model", "-m", help="A model, as in generate.")] = (
        DEMO_MODEL
    ),
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives other dialogues.")] = 0,
) -> None:
    """Turn four real people's PHQ-9 answers into four dialogues, on a model on this machine.

    The people are of NHANES 2017-2018 (US CDC, public domain): two with a PHQ-9 total of 15 or
    more, two with 2 or less, none with thoughts of self-harm.

    \b
    Example:
        sqpsych demo
    """
    from sqpsych.language_models.opening import find_spec, find_weights
    from sqpsych.roleplay import RunSettings, Study, load_protocol

    people = choose_people(HIGH, LOW, DEMO_PEOPLE)
    spec = find_spec(model)
    if spec.runs_embedded:
        with show_progress(spec.name) as on_progress:
            find_weights(spec, on_progress)
    study = Study(people, load_protocol("structured"), spec, spec, seed)
    typer.echo(
        f"{len(people)} people of NHANES 2017-2018, one half with many symptoms, one with few.\n"
        f"{spec.name} plays therapist and client on this machine; no data leaves it.\n"
        "Loading the model and reading the first prompts takes about a minute."
    )
    closed = run_study(study, RunSettings(corpus, concurrency=len(people)), stream=True)
    command = name_command()
    typer.echo(
        f"""
The corpus is in {corpus}. What to do next:
  read it                  {command} show {corpus}
  what it is worth         {command} report {corpus} -o report.html
  use it elsewhere         {command} export {corpus} --format jsonl -o dialogues.jsonl
  begin with own data      {command} profiles sample start
  your own people          {command} profiles build answers.csv --codebook codebook.toml -o p.jsonl
                           {command} generate p.jsonl -o corpus
  a bigger model           vllm serve google/gemma-3-27b-it
                           {command} generate p.jsonl -o corpus -m gemma@http://127.0.0.1:8000/v1

What a model of 1.5 billion parameters can be trusted with: taking turns, staying in its part,
telling what its directions hold. What it cannot: finding words of its own, answering what it was
not told to expect, sounding like a person for long. Use it to learn the tool; use a model of 27
billion or more for data. No dialogue is fit for contact with patients."""
    )
    if not closed:
        raise typer.Exit(1)
