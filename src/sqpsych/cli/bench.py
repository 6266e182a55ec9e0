"""`sqpsych bench`: the tasks, scores of recorded answers, and the verbs of the files beside."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sqpsych.cli.bench_adv import duel_runs, export_run, judge_run
from sqpsych.cli.bench_compare import compare
from sqpsych.cli.bench_fetch import fetch_files
from sqpsych.cli.bench_judging import show_ends
from sqpsych.cli.bench_live import play_live
from sqpsych.cli.bench_run import run_tasks
from sqpsych.cli.instruments import print_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqpsych.assessment.statistics import Estimate
    from sqpsych.benchmarks import BenchmarkScore, Task

app = typer.Typer(
    help="Run and score benchmarks of counselling.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def bench() -> None:
    """Run and score benchmarks of counselling."""


@app.command("tasks")
def list_tasks() -> None:
    """List the tasks, with the files they want and where these are published.

    \b
    Example: sqpsych bench tasks
    """
    from sqpsych.benchmarks import TASKS

    header = ("task", "file", "examples", "questions", "answers asked as", "published at")
    rows = [
        (t.name, t.file, t.seed_file or "", f"{t.questions:,}", t.asked, t.where)
        for t in TASKS.values()
    ]
    print_rows(header, rows)


@app.command("score")
def score_answers(
    task: Annotated[str, typer.Argument(metavar="TASK", help="See `sqpsych bench tasks`.")],
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder with the task's file, as published.")
    ],
    answers: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help='JSON lines {"id": ..., "answer": ...}, with all that was written.'
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Scores and every question's outcome, as JSON."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the intervals.")] = 0,
) -> None:
    """Score recorded answers of any system; no model is asked.

    What cannot be read as an answer, and what is missing, counts as wrong.

    \b
    Examples:
        sqpsych bench score counselingbench --data files --answers answers.jsonl
        sqpsych bench score cbt-cd --data files --answers answers.jsonl -o scores.json
    """
    from sqpsych.benchmarks import find_task, read_questions, score_recorded, write_scores
    from sqpsych.benchmarks.published import OpenSet, describe_version
    from sqpsych.errors import BenchmarkError

    chosen = find_task(task)
    questions = read_questions(chosen, data)
    if isinstance(questions, OpenSet):
        raise BenchmarkError(f"{task} has no right answers; a judge reads them: `bench judge`.")
    score = score_recorded(questions, answers, seed)
    typer.echo(f"{chosen.title}: {len(score.questions):,} questions")
    typer.echo(describe_version(data / chosen.file))
    for told in getattr(questions, "left_out", ()):
        typer.echo(f"left out: {told}")
    print_score(chosen, score)
    if output:
        write_scores(output, chosen, score, data, seed)
        typer.echo(f"\nwritten to {output}")


def print_score(task: "Task", score: "BenchmarkScore") -> None:
    """Print how the questions fared, the figures, and the published rows beside."""
    outcomes = score.outcomes
    typer.echo(
        f"answered as asked {outcomes['asked']}, otherwise {outcomes['other']}; malformed "
        f"{outcomes['malformed']}, no answer {outcomes['none']}, missing {outcomes['missing']} "
        f"(these count as wrong); refused {outcomes['refused']} (in no figure)\n"
    )
    print_rows(("figure", "value", "95 % interval"), list_figures(score.figures))
    for competency, figures in score.by_competency.items():
        count = next(iter(figures.values())).n
        typer.echo(f"\n{competency} ({count:,} questions)")
        print_rows(("figure", "value", "95 % interval"), list_figures(figures))
    if not task.published:
        return
    name = task.published[0].figure
    typer.echo(f"\n{name} beside what is published")
    value, interval = show_estimate(score.figures[name])
    rows = [("these answers", "", value, interval)]
    rows += [
        (row.system, row.way, f"{row.value:.3f}", f"published, {row.source}")
        for row in task.published
    ]
    print_rows(("system", "asked", name, "95 % interval"), rows)
    scored = score.figures[name].n
    if scored != task.questions:
        typer.echo(
            f"The published figures are of {task.questions:,} questions, not of these "
            f"{scored:,}: they cannot be compared."
        )


def list_figures(figures: "Mapping[str, Estimate]") -> list[tuple[str, str, str]]:
    """Figures as rows of a table."""
    return [(name, *show_estimate(estimate)) for name, estimate in figures.items()]


def show_estimate(estimate: "Estimate") -> tuple[str, str]:
    """A value and its interval, as text."""
    return show_ends(estimate.value, estimate.low, estimate.high)


app.command("run")(run_tasks)
app.command("compare")(compare)
app.command("judge")(judge_run)
app.command("duel")(duel_runs)
app.command("export")(export_run)
app.command("live")(play_live)
app.command("fetch")(fetch_files)
