"""Live sessions: a model plays the therapist in whole sessions, and judges rate those that closed.

Published benchmarks of counselling ask for one answer at a time. Here a model has to hold a session
from the greeting to the date of the next one, with clients whom a fixed model plays from profiles.

RUN/live/corpus          the sessions, an ordinary run directory
RUN/live/settings.json   what settles the result
RUN/live/scores.json     the figures, and the values of every person
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import get_args

from sqpsych import __version__
from sqpsych.assessment import Sample
from sqpsych.assessment.completion import Cost, count_cost
from sqpsych.assessment.figures import Better
from sqpsych.assessment.judging import Rubric, sum_scales
from sqpsych.assessment.statistics.intervals import Estimate
from sqpsych.benchmarks.item_scores import Items, estimate_items
from sqpsych.benchmarks.json_files import write_record
from sqpsych.benchmarks.run_folder import Settings
from sqpsych.errors import BenchmarkError
from sqpsych.records import ClientProfile, Dialogue, Ending, Score, Speaker

TASK = "live"
TITLE = "Live sessions"
PROTOCOL = "structured"
RUBRICS = ("sqpsych36", "ctrs", "wai_sr", "panas")
"""What judges go by unless told otherwise."""

CLOSED = "closed"
ATTEMPTS = "attempts a turn"
ENDINGS: tuple[Ending, ...] = get_args(Ending)


@dataclass(frozen=True, slots=True)
class LiveScore:
    """What came of the sessions of a run."""

    figures: Mapping[str, Estimate]
    """Means over people."""
    better: Mapping[str, Better]
    items: Items
    """Values by pseudonym and figure."""
    sessions: Mapping[Ending, int]
    reasons: Mapping[str, int]
    """How many sessions were rejected, by whose turn it was and what it failed for."""
    costs: Mapping[Ending, Cost]
    verdicts: Mapping[str, Mapping[str, int]]
    """By judge: how many criteria it was asked for ("asked"), and where it failed ("failed")."""


def choose_held_out(
    profiles: Sequence[ClientProfile], splits: Mapping[str, str], dataset: Path
) -> tuple[tuple[ClientProfile, ...], Counter[str]]:
    """Choose the people of a dataset's test split.

    Args:
        profiles: of people who may be played.
        splits: split of each person of the dataset, by pseudonym.
        dataset: names it in errors.

    Returns:
        Those of the test split, and how many others there are, by where they stand.

    Raises:
        BenchmarkError: nobody is left.
    """
    kept = tuple(one for one in profiles if splits.get(one.pseudonym) == "test")
    others = Counter(
        f"in the {splits[one.pseudonym]} split" if one.pseudonym in splits else "not in the dataset"
        for one in profiles
        if splits.get(one.pseudonym) != "test"
    )
    if not kept:
        raise BenchmarkError(
            f"None of the {len(profiles)} profiles to play is of a person in the test split of "
            f"{dataset}: {tell_others(others)}. Give profiles of its test people; pseudonyms are "
            "the same only where both were built with the same key."
        )
    return kept, others


def tell_others(others: Mapping[str, int]) -> str:
    """Say how many people stand where else."""
    return ", ".join(f"{count} {where}" for where, count in sorted(others.items()))


def hash_rubric(rubric: Rubric) -> str:
    """Hash all that a rubric says; the hexadecimal SHA-256."""
    return hashlib.sha256(rubric.model_dump_json().encode()).hexdigest()


def score_sessions(
    sample: Sample, scores: Sequence[Score], judges: Sequence[str], rubrics: Sequence[Rubric]
) -> LiveScore:
    """Score the finished sessions of a run.

    Args:
        sample: its corpus, one session a person.
        scores: what the judges made of the closed sessions.
        judges: names of the judges, each once.
        rubrics: by which they rated.

    Returns:
        For each person whether the session closed (1 or 0), replies asked for a turn, and the
        scales of each rubric, in points; of a rejected session, and where a verdict is lacking,
        no value. Attempts are of both speakers, over the turns that passed, one at least.
    """
    better = _list_figures(judges, rubrics)
    costs = {d.id: count_cost(d, sample.read_rejected(d.id)) for d in sample.dialogues}
    given: dict[tuple[str, str], list[Score]] = {}
    for score in scores:
        given.setdefault((score.rater, score.subject), []).append(score)
    items = {
        dialogue.pseudonym: dict.fromkeys(better)
        | _describe_session(dialogue, costs[dialogue.id])
        | _sum_judged(dialogue, given, judges, rubrics)
        for dialogue in sample.dialogues
    }
    by_ending = {end: [d for d in sample.dialogues if d.ending == end] for end in ENDINGS}
    return LiveScore(
        figures=estimate_items(items, sample.seed),
        better=better,
        items=items,
        sessions={end: len(some) for end, some in by_ending.items()},
        reasons=_count_reasons(by_ending["rejected"]),
        costs={end: _add_up([costs[d.id] for d in some]) for end, some in by_ending.items()},
        verdicts={name: _count_verdicts(scores, name) for name in judges},
    )


def write_live_scores(path: Path, score: LiveScore, settings: Settings) -> None:
    """Write what came of a run, with its settings.

    Raises:
        BenchmarkError: the file cannot be written.
    """
    record = {
        "task": TASK,
        "title": TITLE,
        "model": settings["model"]["name"],
        "sqpsych": __version__,
        "settings": settings,
        **asdict(score),
    }
    write_record(path, record)


def _list_figures(judges: Sequence[str], rubrics: Sequence[Rubric]) -> dict[str, Better]:
    """List the figures, with which end of each is the better one."""
    figures: dict[str, Better] = {CLOSED: "higher", ATTEMPTS: "lower"}
    for judge in judges:
        for rubric in rubrics:
            for scale in rubric.scales:
                figures[_name_figure(rubric, scale.label, judge, judges)] = rubric.better
    return figures


def _name_figure(rubric: Rubric, scale: str, judge: str, judges: Sequence[str]) -> str:
    """Name a scale, with the judge where there are several."""
    return f"{rubric.id}, {scale}" + (f", by {judge}" if len(judges) > 1 else "")


def _describe_session(dialogue: Dialogue, cost: Cost) -> dict[str, float | None]:
    return {
        CLOSED: float(dialogue.ending == "closed"),
        ATTEMPTS: cost.attempts / max(cost.turns, 1),
    }


def _sum_judged(
    dialogue: Dialogue,
    given: Mapping[tuple[str, str], Sequence[Score]],
    judges: Sequence[str],
    rubrics: Sequence[Rubric],
) -> dict[str, float | None]:
    """Add up what each judge gave a session; nothing of one that was not closed."""
    if dialogue.ending != "closed":
        return {}
    return {
        _name_figure(rubric, scale.label, judge, judges): sums[scale.id]
        for judge in judges
        for rubric in rubrics
        for sums in [sum_scales(rubric, given.get((judge, dialogue.id), ()))]
        for scale in rubric.scales
    }


def _count_reasons(rejected: Sequence[Dialogue]) -> dict[str, int]:
    """Count why sessions were rejected, the most frequent reason first."""
    reasons = Counter(
        f"{_find_next_speaker(dialogue)}, {re.sub(r'^turn [0-9]+: ', '', dialogue.reason or '')}"
        for dialogue in rejected
    )
    return dict(reasons.most_common())


def _find_next_speaker(dialogue: Dialogue) -> Speaker:
    """Whose turn it was when a session was given up; the therapist's also where nobody closed."""
    return "client" if len(dialogue.turns) % 2 else "therapist"


def _add_up(costs: Sequence[Cost]) -> Cost:
    return Cost(**{f.name: sum(getattr(cost, f.name) for cost in costs) for f in fields(Cost)})


def _count_verdicts(scores: Sequence[Score], judge: str) -> dict[str, int]:
    own = [score for score in scores if score.rater == judge]
    return {"asked": len(own), "failed": sum(score.error is not None for score in own)}
