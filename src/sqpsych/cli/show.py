"""`sqpsych show`: read a corpus, or one of its dialogues."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqpsych.corpus import Corpus
    from sqpsych.records import Dialogue


def show(
    corpus: Annotated[Path, typer.Argument(metavar="CORPUS", help="A run directory.")],
    dialogue: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A dialogue; its first letters will do.")
    ] = None,
    attempts: Annotated[
        bool, typer.Option("--attempts", help="Show the rejected replies too, with the reasons.")
    ] = False,
) -> None:
    """List the dialogues of a corpus, or show one as a transcript with its phases.

    \b
    Examples:
        sqpsych show corpus
        sqpsych show corpus d3f5
    """
    from sqpsych.corpus import open_corpus

    with open_corpus(corpus) as opened:
        if dialogue is None:
            list_dialogues(opened)
        else:
            show_dialogue(opened, opened.find_dialogue(dialogue), attempts=attempts)


def name_player(model: str) -> str:
    """Name who played a part: a model, or a person who typed the lines."""
    from sqpsych.records import HUMAN

    return "a person" if model == HUMAN else model


def list_dialogues(corpus: "Corpus") -> None:
    """One line a dialogue: id, how it ended, turns, its first line."""
    counts = corpus.journal.count()
    header = corpus.manifest["header"]
    typer.echo(
        f"{corpus.path}: protocol {header['protocol']}, "
        f"therapist {name_player(header['therapist_model'])}, "
        f"client {name_player(header['client_model'])}\n"
        f"{counts.closed} closed, {counts.rejected} rejected, "
        f"{counts.waiting} not finished, {counts.turns} turns\n"
    )
    for dialogue in corpus.read_dialogues():
        what = dialogue.reason or (dialogue.turns[0].text if dialogue.turns else "")
        typer.echo(f"{dialogue.id}  {dialogue.ending:<8}  {len(dialogue.turns):>3} turns  {what}")


def show_dialogue(corpus: "Corpus", dialogue: "Dialogue", *, attempts: bool) -> None:
    """Print one dialogue: phases as headings, flags and attempts behind the lines."""
    import textwrap

    typer.echo(f"{dialogue.id}, {dialogue.ending}, {len(dialogue.turns)} turns")
    if dialogue.reason:
        typer.echo(f"rejected at {dialogue.reason}")
    for part, model in (("therapist", dialogue.therapist_model), ("client", dialogue.client_model)):
        if name_player(model) != model:
            typer.echo(f"the {part} is {name_player(model)} who typed the lines; a simulation")
    rejected = corpus.read_rejected(dialogue.id) if attempts else ()
    for fact in dialogue.invented if attempts else ():
        typer.echo(f"  invented: {fact.name.replace('_', ' ')}: {fact.value}")
    for outcome in dialogue.symptoms:
        at = f" in turn {outcome.turn}" if outcome.turn is not None else ""
        typer.echo(f"  {outcome.symptom.replace('_', ' ')}: {outcome.state}{at}")
    phase = None
    for turn in dialogue.turns:
        if turn.phase != phase:
            phase = turn.phase
            typer.echo(f"\n[{phase.replace('_', ' ')}]")
        for attempt in (a for a in rejected if a.turn == turn.index):
            typer.echo(f"    - {', '.join(attempt.reasons)}: {attempt.text.strip()}")
        marks = [*turn.flags] + ([f"{turn.attempts} attempts"] if turn.attempts > 1 else [])
        behind = f"  <{', '.join(marks)}>" if marks and attempts else ""
        line = f"{turn.speaker.capitalize()}: {turn.text}{behind}"
        typer.echo(textwrap.fill(line, width=100, subsequent_indent=" " * 4))
    for attempt in (a for a in rejected if a.turn == len(dialogue.turns)):
        typer.echo(f"    - {', '.join(attempt.reasons)}: {attempt.text.strip()}")
