"""Free answers of a benchmark: judged by a model, set against each other, handed to experts."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sqpsych.cli.bench_judging import (
    Judging,
    compare_duel,
    judge_failures,
    print_duel,
    print_failures,
    tell_of_judge,
)
from sqpsych.cli.options import AllowHost, allow_hosts, name_command

if TYPE_CHECKING:
    from sqpsych.benchmarks import Task
    from sqpsych.benchmarks.answers import OpenAnswers
    from sqpsych.benchmarks.published import OpenSet

TASK = "counselbench-adv"
"""The task that is answered freely."""

Data = Annotated[
    Path, typer.Option(metavar="DIR", help="Folder with the task's file, as published.")
]
JudgeModel = Annotated[
    str,
    typer.Option(
        "--judge", "-j", metavar="MODEL", help="Catalogue name, GGUF path, base URL, or NAME@URL."
    ),
]
Concurrency = Annotated[int, typer.Option(min=1, help="Answers judged at a time.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Answers to judge, the first so many.")]
VerdictTimeout = Annotated[float, typer.Option(min=1, help="Seconds a verdict may take.")]
Seed = Annotated[int, typer.Option(help="Of the judge's later attempts, and of the intervals.")]


def judge_run(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder that `bench run` wrote.")],
    judge: JudgeModel,
    data: Data,
    limit: Limit = None,
    concurrency: Concurrency = 4,
    timeout: VerdictTimeout = 600.0,
    seed: Seed = 0,
    allow_host: AllowHost = None,
) -> None:
    """Let a model judge the answers to counselbench-adv: which failures does each have?

    A yes must quote the answer. Verdicts are kept as they come; what has been judged is not judged
    again. Stopped, the same command goes on.

    \b
    Examples:
        sqpsych bench judge run --judge gemma@http://127.0.0.1:8000/v1 --data files
        sqpsych bench judge run --judge smollm2-135m --data files --limit 10
    """
    from sqpsych.benchmarks.judged import score_failures, write_failure_scores
    from sqpsych.benchmarks.results import refuse_fewer
    from sqpsych.benchmarks.run_folder import SCORES

    allow_hosts(allow_host)
    judging = Judging(judge, concurrency, limit, timeout, seed)
    task, questions = read_open_questions(data)
    answers = read_answers(run, task, questions)
    output = answers.folder / SCORES
    refuse_fewer(output, len(answers.answers[:limit]))
    key, verdicts = asyncio.run(judge_failures(answers, judging))
    scores = score_failures(answers.answers[:limit], verdicts, seed)
    print_failures(task, answers, scores)
    write_failure_scores(output, task, answers, scores, key, data, seed)
    typer.echo(f"\nwritten to {output}")
    tell_of_judge(key)
    if all(figure.value is None for figure in scores.figures.values()):
        raise typer.Exit(1)


def duel_runs(
    run_a: Annotated[Path, typer.Argument(metavar="RUN_A", help="Folder that `bench run` wrote.")],
    run_b: Annotated[Path, typer.Argument(metavar="RUN_B", help="Folder of another model.")],
    judge: JudgeModel,
    data: Data,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The result as JSON. Default: beside what the judge said, in RUN_A.",
        ),
    ] = None,
    limit: Limit = None,
    concurrency: Concurrency = 4,
    timeout: VerdictTimeout = 600.0,
    seed: Seed = 0,
    allow_host: AllowHost = None,
) -> None:
    """Let a model compare two runs on counselbench-adv: which answers serve people better?

    Each pair is shown in both orders; what the orders disagree on is a tie. What was said is kept
    as it comes; stopped, the same command goes on.

    \b
    Examples:
        sqpsych bench duel ours theirs --judge gemma@http://127.0.0.1:8000/v1 --data files
        sqpsych bench duel ours theirs --judge smollm2-135m --data files -o duel.json
    """
    from sqpsych.benchmarks.answers import name_file
    from sqpsych.benchmarks.judged import count_winners, pair_answers, write_duel
    from sqpsych.corpus import name_corpora

    allow_hosts(allow_host)
    judging = Judging(judge, concurrency, limit, timeout, seed)
    name_a, name_b = name_corpora([run_a, run_b], "run")
    names = name_a, name_b
    task, questions = read_open_questions(data)
    duel = pair_answers(read_answers(run_a, task, questions), read_answers(run_b, task, questions))
    key, preferences = asyncio.run(compare_duel(duel, names, judging))
    print_duel(duel, names, preferences, seed)
    path = output or duel.a.folder / "duels" / f"{name_file(names[1], key)}.json"
    write_duel(path, task, duel, names, preferences, key, data, seed)
    typer.echo(f"\nwritten to {path}")
    tell_of_judge(key)
    if count_winners(preferences)[None] == len(preferences):
        raise typer.Exit(1)


def export_run(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder that `bench run` wrote.")],
    data: Data,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="CORPUS", help="Run directory to write to.")
    ],
) -> None:
    """Make a corpus of the answers to counselbench-adv, for experts to rate or to compare.

    Each answer becomes a dialogue of two turns. The exports of two runs pair question by question.

    \b
    Example:
        sqpsych bench export run --data files -o corpus
    """
    from sqpsych.benchmarks.judged import export_answers

    task, questions = read_open_questions(data)
    answers = read_answers(run, task, questions)
    report = export_answers(answers, task.name, output)
    if report.added:
        typer.echo(f"{report.added} answers of {answers.model} added to {output}. Next:")
    else:
        typer.echo(f"All answers of {answers.model} are in {output} already. Next:")
    command = name_command()
    typer.echo(f"  {command} review create {output} -o study")
    typer.echo(f"  {command} review create {output} OTHER -o study --pairwise")


def read_open_questions(data: Path) -> "tuple[Task, OpenSet]":
    """Read the questions that are answered freely, and say where they are not as many as published.

    Raises:
        BenchmarkError: the file is not there, or not what was published.
    """
    from sqpsych.benchmarks import find_task
    from sqpsych.benchmarks.published import describe_version, read_counselbench_adv

    task = find_task(TASK)
    path = data / task.file
    questions = read_counselbench_adv(path)
    typer.echo(f"{task.title}: {len(questions.questions):,} questions")
    typer.echo(describe_version(path))
    if len(questions.questions) != task.questions:
        typer.echo(f"The published file has {task.questions:,} questions: this is another.")
    return task, questions


def read_answers(run: Path, task: "Task", questions: "OpenSet") -> "OpenAnswers":
    """Read the answers of a run, and say which questions have none.

    Raises:
        BenchmarkError: there are none, or a file cannot be read.
    """
    from sqpsych.benchmarks.answers import read_open_answers

    answers = read_open_answers(run, task.name, questions)
    typer.echo(
        f"{run}: {len(answers.answers)} answers of {answers.model}; missing {answers.missing}, "
        f"blank {answers.blank}" + (f", refused {answers.refused}" if answers.refused else "")
    )
    if answers.named_by_folder:
        typer.echo(f"  no settings.json says which model answered; it is called {answers.model}")
    return answers
