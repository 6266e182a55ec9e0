"""`sqpsych bench fetch`: get the files of benchmarks from where they are published."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sqpsych.cli.options import AllowHost, allow_hosts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqpsych.benchmarks.published.fetching import PublishedFile
    from sqpsych.benchmarks.tasks import Task
    from sqpsych.language_models.egress import EgressGuard


def fetch_files(
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for the files; made when missing.")
    ],
    tasks: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TASK]...", help="See `sqpsych bench tasks`. Default: all."),
    ] = None,
    allow_host: AllowHost = None,
) -> None:
    """Get published files; what is there already stays as it is.

    Nothing is sent to a host that --allow-host does not list; without it, the hosts are named. Each
    file is read as its task reads it before it gets its name. Mind the terms of each: see
    docs/benchmarks.md.

    \b
    Examples:
        sqpsych bench fetch cbt-cd --data files --allow-host huggingface.co
        sqpsych bench fetch --data files
    """
    from sqpsych.benchmarks.published.fetching import list_published

    guard = allow_hosts(allow_host)
    wanted = list_published(_find_tasks(tasks or ()))
    missing = [file for file in wanted if not (data / file.name).exists()]
    _refuse_hosts(missing, guard)
    _fetch(wanted, data)


def _find_tasks(names: "Sequence[str]") -> "list[Task]":
    """Find the tasks whose files have an address; those that were asked for by name have to."""
    from sqpsych.benchmarks import TASKS, find_task
    from sqpsych.benchmarks.published.fetching import list_unknown
    from sqpsych.errors import BenchmarkError

    unknown = list_unknown()
    for name in names:
        if name in unknown:
            raise BenchmarkError(f"{name}: {unknown[name]}. Put the file into --data by hand.")
    if names:
        return [find_task(name) for name in names]
    for name, why in unknown.items():
        typer.echo(f"{name}: {why}.", err=True)
    return [task for name, task in TASKS.items() if name not in unknown]


def _refuse_hosts(files: "Sequence[PublishedFile]", guard: "EgressGuard") -> None:
    """Refuse to send anything while a host is not listed."""
    from sqpsych.errors import BenchmarkError

    hosts = sorted({file.host for file in files if not guard.may_send(file.host)})
    if not hosts:
        return
    lines = "\n".join(f"  {file.url}" for file in files)
    options = " ".join(f"--allow-host {host}" for host in hosts)
    raise BenchmarkError(
        f"Nothing was sent. These files would be asked for:\n{lines}\nIf you want that, add "
        f"{options}"
    )


def _fetch(wanted: "Sequence[PublishedFile]", data: Path) -> None:
    """Get one file after the other; one that cannot be had does not keep the others away."""
    from sqpsych.benchmarks.published import describe_version
    from sqpsych.benchmarks.published.fetching import fetch_file
    from sqpsych.errors import BenchmarkError, EgressError
    from sqpsych.intake.problems import raise_if_any

    problems: list[str] = []
    for file in wanted:
        kept = (data / file.name).exists()
        try:
            path = fetch_file(file, data)
        except (BenchmarkError, EgressError) as error:
            problems.append(str(error))
            continue
        typer.echo(f"{'was there' if kept else 'fetched'}: {describe_version(path)}")
        if file.name == file.task.file:
            _tell_number(file.task, path)
    raise_if_any(problems, BenchmarkError, str(data))


def _tell_number(task: "Task", path: Path) -> None:
    """Say when a file has another number of questions than the published one."""
    number = len(task.read(path).questions)
    if number != task.questions:
        typer.echo(f"  {number:,} questions; the published file has {task.questions:,}.")
