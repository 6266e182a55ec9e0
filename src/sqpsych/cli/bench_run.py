"""`sqpsych bench run`: ask a model the questions of benchmarks."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sqpsych.cli.options import AllowHost, Timeout, allow_hosts, make_serving

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

    from sqpsych.benchmarks.asking.running import Exam
    from sqpsych.language_models.opening import ModelSpec, ServingSettings


def run_tasks(
    tasks: Annotated[
        list[str], typer.Argument(metavar="TASK...", help="See `sqpsych bench tasks`.")
    ],
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder with the tasks' files, as published.")
    ],
    model: Annotated[
        str, typer.Option("--model", "-m", help="Catalogue name, GGUF path, base URL, or NAME@URL.")
    ],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="RUN", help="Folder of this model's answers."),
    ],
    limit: Annotated[
        int | None, typer.Option(min=1, help="Questions of each task; drawn by --seed.")
    ] = None,
    shots: Annotated[
        int, typer.Option(min=0, help="Published examples shown before each question.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn, and of intervals.")] = 0,
    concurrency: Annotated[int, typer.Option(min=1, help="Questions at the same time.")] = 8,
    max_tokens: Annotated[
        int | None,
        typer.Option(min=1, help="Of an answer. Default: 256, with a chain of thought 1024."),
    ] = None,
    trained_on: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="Corpus, dataset or texts in which the questions are looked for."
        ),
    ] = None,
    timeout: Timeout = 300.0,
    allow_host: AllowHost = None,
) -> None:
    """Ask a model the questions of benchmarks, in chat and at temperature 0, and score it.

    Every answer is kept as it comes: stopped, killed or left by its server, the same command goes
    on. `inspect view --log-dir RUN/TASK/logs` shows each question with its answer.

    \b
    Examples:
        sqpsych bench run cbt-cd cbt-pc --data files -m smollm2-135m -o runs/smollm2
        sqpsych bench run counselingbench-cot --data files -m http://127.0.0.1:8000/v1 -o runs/mine
    """
    import asyncio

    from sqpsych.benchmarks import find_task
    from sqpsych.benchmarks.asking.running import prepare_exam
    from sqpsych.language_models.opening import find_spec

    allow_hosts(allow_host)
    if trained_on:
        tell_unread(trained_on)
    exams = [
        prepare_exam(
            find_task(name), data, shots=shots, limit=limit, seed=seed, max_tokens=max_tokens
        )
        for name in dict.fromkeys(tasks)
    ]
    if trained_on:
        exams = [look_for_overlap(exam, trained_on) for exam in exams]
    serving = make_serving(timeout, slots=concurrency)
    try:
        asyncio.run(_run(exams, find_spec(model), serving, output))
    except KeyboardInterrupt:
        typer.echo(
            f"\nStopped; every answer so far is in {output}. The same command goes on.", err=True
        )
        raise typer.Exit(130) from None


def tell_unread(trained_on: Path) -> None:
    """Say which files of what the model was trained on are not looked through."""
    from sqpsych.benchmarks.texts import list_unread

    if unread := list_unread(trained_on):
        endings = ", ".join(sorted({file.suffix or "none" for file in unread}))
        typer.echo(
            f"{trained_on}: {len(unread)} files of other kinds are not looked through (endings: "
            f"{endings}).",
            err=True,
        )


def look_for_overlap(exam: "Exam", trained_on: Path) -> "Exam":
    """Look for the questions in what the model was trained on, and say what was found."""
    from dataclasses import replace

    from sqpsych.benchmarks import find_overlap, read_texts

    overlap = find_overlap(exam.questions, read_texts(trained_on))
    checked = overlap.questions - len(overlap.too_short)
    typer.echo(
        f"{exam.task.title}: {len(overlap.ids)} of {checked} questions have 13 words in a row in "
        f"common with {trained_on}; {len(overlap.too_short)} are too short to be looked for.",
        err=True,
    )
    return replace(exam, overlap=overlap)


async def _run(
    exams: "list[Exam]", given: "ModelSpec", serving: "ServingSettings", output: Path
) -> None:
    from sqpsych.benchmarks.asking.running import run_exam
    from sqpsych.cli.bench import print_score
    from sqpsych.language_models.opening import open_models, resolve_specs
    from sqpsych.roleplay.generation import describe_model

    (spec,) = await resolve_specs([given], serving)
    described = {
        name: value
        for name, value in describe_model(spec).items()
        if name in ("name", "sha256", "model_id")
    }
    async with open_models([spec], serving) as (model,):
        for exam in exams:
            folder = output / exam.task.name
            with _Progress(exam.task.title, len(exam.questions.questions)) as progress:
                result = await run_exam(
                    exam,
                    model,
                    folder,
                    described,
                    concurrency=serving.slots,
                    on_answer=progress.show,
                )
            typer.echo(
                f"\n{exam.task.title}: {model.name}, {len(exam.questions.questions):,} questions"
            )
            typer.echo(f"asked with {_tell_settings(exam)}")
            tell_refused(result.refused, len(exam.questions.questions))
            if result.score:
                print_score(exam.task, result.score)
            typer.echo(f"kept in {folder}")


def _tell_settings(exam: "Exam") -> str:
    shots = len(exam.examples.questions) if exam.examples else 0
    return f"{shots} examples, {exam.max_tokens} tokens an answer"


def tell_refused(refused: "Mapping[str, str]", questions: int) -> None:
    """Say how many questions the server refused, and why it refused the first."""
    if refused:
        typer.echo(
            f"{len(refused)} of {questions:,} questions were refused by the server and are not "
            f"scored: {next(iter(refused.values()))} The same command asks them again."
        )


class _Progress:
    """How many questions are answered: a bar in a terminal, lines elsewhere."""

    def __init__(self, title: str, questions: int) -> None:
        self._title = title
        self._questions = questions
        self._told = -1

    def __enter__(self) -> "Self":
        from rich.console import Console
        from rich.progress import Progress

        self._bar = Progress(
            console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True
        )
        self._bar.start()
        self._task = self._bar.add_task(self._title, total=self._questions)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        self._bar.stop()

    def show(self, answered: int) -> None:
        """Show how far it is."""
        self._bar.update(self._task, completed=answered)
        tenth = 10 * answered // self._questions
        if self._bar.disable and tenth != self._told:
            self._told = tenth
            typer.echo(f"{self._title}: {answered} of {self._questions} answered", err=True)
