"""Letting models judge a corpus, for `sqpsych assess`."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sqpsych.cli.options import make_serving

if TYPE_CHECKING:
    from sqpsych.assessment import Sample
    from sqpsych.assessment.judging import Asker, DialogueJudge
    from sqpsych.corpus import ScoreStore
    from sqpsych.language_models.opening import ServingSettings
    from sqpsych.records import Dialogue, Score


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """How models judge."""

    models: Sequence[str]
    rubrics: Sequence[str]
    reads_answers: bool
    """Whether they also fill in the client's questionnaires from the dialogue."""
    concurrency: int
    limit: int | None
    """Dialogues, the first so many; None: all."""
    timeout_s: float


def let_judge(corpus: Path, sample: "Sample", settings: JudgeSettings) -> list[str]:
    """Let models judge the closed dialogues of a corpus; what is judged already is not again.

    Returns:
        Keys under which the scores of these judges are kept.

    Raises:
        ModelError: a model cannot be started, or stays away; scores so far are kept.
        InputError: a rubric that is not known.
    """
    from sqpsych.assessment.judging import load_rubric
    from sqpsych.corpus import open_scores

    for name in settings.rubrics:
        load_rubric(name)
    serving = make_serving(settings.timeout_s, slots=settings.concurrency)
    keys: list[str] = []
    with open_scores(corpus) as store:
        for model in settings.models:
            keys += asyncio.run(_judge_with(model, sample, settings, serving, store))
    return keys


async def _judge_with(
    given: str,
    sample: "Sample",
    settings: JudgeSettings,
    serving: "ServingSettings",
    store: "ScoreStore",
) -> list[str]:
    from sqpsych.assessment.judging import judge_corpus, make_asker
    from sqpsych.language_models.opening import find_spec, open_models, resolve_specs

    (spec,) = await resolve_specs([find_spec(given)], serving)
    dialogues = sample.closed[: settings.limit]
    async with open_models([spec], replace(serving)) as (model,):
        judges = make_judges(make_asker(spec, model, seed=sample.seed), sample, settings)
        for judge in judges:
            judged = store.list_judged(judge.key)
            waiting = sum(dialogue.id not in judged for dialogue in dialogues)
            typer.echo(f"{judge.key}: {waiting} of {len(dialogues)} dialogues to judge", err=True)
            keeper = _Keeper(store, judge.key, waiting)
            await judge_corpus(
                judge, dialogues, keeper.keep, judged=judged, concurrency=settings.concurrency
            )
    return [judge.key for judge in judges]


def make_judges(asker: "Asker", sample: "Sample", settings: JudgeSettings) -> "list[DialogueJudge]":
    """One judge a rubric, and one an instrument whose answers are read."""
    from sqpsych.assessment.judging import FidelityJudge, Judge, find_instruments, load_rubric

    judges: list[DialogueJudge] = [Judge(asker, load_rubric(name)) for name in settings.rubrics]
    if settings.reads_answers:
        instruments = find_instruments(sample.profiles.values())
        judges += [FidelityJudge(asker, instrument) for instrument in instruments]
    return judges


class _Keeper:
    """Keeps scores as they come, and says how far it is."""

    def __init__(self, store: "ScoreStore", key: str, waiting: int) -> None:
        self._store = store
        self._key = key
        self._waiting = waiting
        self._done = 0

    def keep(self, dialogue: "Dialogue", scores: "tuple[Score, ...]") -> None:
        """Keep the scores of a dialogue."""
        self._store.keep_scores(self._key, dialogue.id, scores)
        self._done += 1
        failed = sum(score.error is not None for score in scores)
        note = f", {failed} of {len(scores)} verdicts failed" if failed else ""
        typer.echo(f"  {self._done} of {self._waiting}: {dialogue.id}{note}", err=True)
