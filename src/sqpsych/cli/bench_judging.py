"""Asking a judge about free answers, for `sqpsych bench judge` and `sqpsych bench duel`."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import typer

from sqpsych.cli.instruments import print_rows
from sqpsych.cli.options import make_serving

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from sqpsych.assessment.judging import Asker, Preference
    from sqpsych.assessment.statistics.intervals import Estimate
    from sqpsych.benchmarks import LineJournal, Task
    from sqpsych.benchmarks.answers import OpenAnswer, OpenAnswers
    from sqpsych.benchmarks.judged import Duel, FailureScores, FailureVerdict, KeptPreference

R = TypeVar("R")
K = TypeVar("K", bound="DataclassInstance")


@dataclass(frozen=True, slots=True)
class Judging:
    """Which model judges, and how."""

    model: str
    concurrency: int
    limit: int | None
    """Answers, or pairs of them, the first so many; None: all."""
    timeout_s: float
    seed: int


async def judge_failures(
    answers: "OpenAnswers", judging: Judging
) -> "tuple[str, list[FailureVerdict]]":
    """Judge answers that were not judged before.

    Returns:
        The judge's key, and all of its verdicts, earlier ones too.

    Raises:
        ModelError: a model cannot be started, or stays away; verdicts so far are kept.
        BenchmarkError: verdicts cannot be kept.
    """
    from sqpsych.benchmarks import open_journal
    from sqpsych.benchmarks.answers import name_file
    from sqpsych.benchmarks.judged import FailureJudge, FailureVerdict, judge_answers, list_unjudged

    chosen = answers.answers[: judging.limit]

    async def work(asker: "Asker") -> "tuple[str, list[FailureVerdict]]":
        judge = FailureJudge(asker)
        path = answers.folder / "verdicts" / f"{name_file(judge.key)}.jsonl"
        with open_journal(path, FailureVerdict) as journal:
            waiting = list_unjudged(judge, chosen, journal.records)
            keeper = _Keeper(journal, path)
            keeper.begin(judge.key, len(waiting), len(chosen), "answers")

            def on_judged(answer: "OpenAnswer", verdicts: "tuple[FailureVerdict, ...]") -> None:
                failed = sum(verdict.failure is None for verdict in verdicts)
                note = f", {failed} of {len(verdicts)} verdicts failed" if failed else ""
                modes = ", ".join(verdict.mode for verdict in verdicts)
                keeper.keep(verdicts, f"{answer.question.id} for {modes}{note}")

            await keeper.guard(
                judge_answers(
                    judge,
                    waiting,
                    on_judged,
                    kept=journal.records,
                    concurrency=judging.concurrency,
                )
            )
            return judge.key, keeper.records

    return await _ask_with(judging, {answers.model}, work)


async def compare_duel(
    duel: "Duel", names: tuple[str, str], judging: Judging
) -> "tuple[str, tuple[Preference, ...]]":
    """Compare pairs of answers that were not compared before.

    Args:
        duel: the answers of two runs.
        names: of the runs.
        judging: which model compares, and how.

    Returns:
        The judge's key, and what was made of each pair.

    Raises:
        ModelError: a model cannot be started, or stays away; what was compared is kept.
        BenchmarkError: it cannot be kept.
    """
    from sqpsych.benchmarks import open_journal
    from sqpsych.benchmarks.answers import name_file
    from sqpsych.benchmarks.judged import KeptPreference, fight, find_kept, name_duel_judge

    chosen = duel.pairings[: judging.limit]

    async def work(asker: "Asker") -> "tuple[str, tuple[Preference, ...]]":
        key = name_duel_judge(asker)
        path = duel.a.folder / "duels" / f"{name_file(names[1], key)}.jsonl"
        with open_journal(path, KeptPreference) as journal:
            found = find_kept(chosen, journal.records)
            keeper = _Keeper(journal, path)
            keeper.begin(key, len(chosen) - len(found), len(chosen), "pairs")

            def on_compared(one: "KeptPreference") -> None:
                note = "" if one.preference.winner else ", no verdict"
                keeper.keep([one], f"{one.preference.pairing}{note}")

            compared = await keeper.guard(
                fight(
                    asker,
                    chosen,
                    on_compared,
                    kept=journal.records,
                    concurrency=judging.concurrency,
                )
            )
            return key, compared

    return await _ask_with(judging, {duel.a.model, duel.b.model}, work)


async def _ask_with(
    judging: Judging, answered: Collection[str], work: "Callable[[Asker], Awaitable[R]]"
) -> R:
    """Open the judge for some work; say so where it is one of those who answered."""
    from sqpsych.assessment.judging import make_asker
    from sqpsych.language_models.opening import find_spec, open_models, resolve_specs

    serving = make_serving(judging.timeout_s, slots=judging.concurrency)
    (spec,) = await resolve_specs([find_spec(judging.model)], serving)
    if spec.name in answered:
        typer.echo(f"The judge, {spec.name}, judges answers of its own.", err=True)
    async with open_models([spec], serving) as (model,):
        return await work(make_asker(spec, model, seed=judging.seed))


class _Keeper(Generic[K]):
    """Keeps what a judge says as it comes, and says how far it is and how to go on."""

    def __init__(self, journal: "LineJournal[K]", path: Path) -> None:
        self._journal = journal
        self._path = path
        self._done = 0
        self.records = list(journal.records)
        """All there are, earlier ones too."""

    def begin(self, judge: str, waiting: int, whole: int, things: str) -> None:
        """Say who judges, and how much."""
        if self._journal.torn:
            typer.echo(f"{self._path}: a last line that breaks off was taken off", err=True)
        typer.echo(f"{judge}: {waiting} of {whole} {things} to judge", err=True)

    def keep(self, records: Sequence[K], told: str) -> None:
        """Keep records."""
        self._journal.add(records)
        self.records += records
        self._done += 1
        typer.echo(f"  {self._done}: {told}", err=True)

    async def guard(self, work: Awaitable[R]) -> R:
        """Wait for the work; say how to go on when it is stopped, or the model stays away."""
        from sqpsych.errors import ModelError

        try:
            return await work
        except (asyncio.CancelledError, ModelError):
            typer.echo(
                f"\nStopped; what was judged is in {self._path}. The same command goes on.",
                err=True,
            )
            raise


def print_failures(task: "Task", answers: "OpenAnswers", scores: "FailureScores") -> None:
    """Print how many answers have each failure."""
    from sqpsych.benchmarks.judged import INVITED
    from sqpsych.benchmarks.published import FAILURE_MODES

    lost = sum(scores.failed.values())
    typer.echo(
        f"\n{scores.judged} of {len(answers.answers)} answers judged; {lost} of "
        f"{scores.judged * len(FAILURE_MODES)} verdicts failed (they count for nothing)\n"
    )
    header = (
        "failure",
        "share of all",
        "95 % interval",
        "share where invited",
        "95 % interval",
        "failed verdicts",
    )
    figures = scores.figures
    rows = [
        (
            mode.figure,
            *_show(figures.get(mode.share)),
            *_show(figures.get(mode.share_invited)),
            str(scores.failed[mode.name]),
        )
        for mode in FAILURE_MODES.values()
    ]
    rows.append(("the failure invited", "", "", *_show(figures.get(INVITED)), ""))
    print_rows(header, rows)


def print_duel(
    duel: "Duel", names: tuple[str, str], preferences: "Sequence[Preference]", seed: int
) -> None:
    """Print how two runs fared against each other."""
    from sqpsych.assessment.judging import rate_preferences
    from sqpsych.benchmarks.judged import count_winners

    counted = count_winners(preferences)
    typer.echo(
        f"\n{len(duel.pairings)} questions answered by both, {duel.only_a} by {names[0]} alone, "
        f"{duel.only_b} by {names[1]} alone"
    )
    typer.echo(
        f"{len(preferences)} compared: {names[0]} {counted['a']}, {names[1]} {counted['b']}, ties "
        f"{counted['tie']}, without a verdict {counted[None]}\n"
    )
    rows = rate_preferences(preferences, *names, seed).rows
    print_rows(
        ("figure", "value", "95 % interval", "note"),
        [(row.name, *show_ends(row.value, row.low, row.high), row.note) for row in rows],
    )


def tell_of_judge(key: str) -> None:
    """Say what the figures are worth."""
    typer.echo(
        f"Judged by {key}. No judge here has been checked against clinicians; compare runs that "
        "the same judge judged."
    )


def _show(figure: "Estimate | None") -> tuple[str, str]:
    if figure is None:
        return "none", "none"
    return show_ends(figure.value, figure.low, figure.high)


def show_ends(value: float | None, low: float | None, high: float | None) -> tuple[str, str]:
    """A value and its interval, as text."""
    shown = "none" if value is None else f"{value:.3f}"
    return shown, "none" if low is None or high is None else f"{low:.3f} to {high:.3f}"
