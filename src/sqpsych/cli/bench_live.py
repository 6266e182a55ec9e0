"""`sqpsych bench live`: a model plays the therapist in whole sessions, and judges rate them."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sqpsych.cli.generate import MOST_EMBEDDED, MOST_SERVED, play_study, tell_left_out
from sqpsych.cli.instruments import print_rows
from sqpsych.cli.judging import JudgeSettings, let_judge
from sqpsych.cli.options import AllowHost, Risk, Timeout, allow_hosts, check_choice, make_serving

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqpsych.assessment.completion import Cost
    from sqpsych.assessment.judging import Rubric
    from sqpsych.benchmarks import LiveScore
    from sqpsych.language_models.opening import ModelSpec
    from sqpsych.records import ClientProfile
    from sqpsych.roleplay import Protocol, Study
    from sqpsych.roleplay.protocol import RiskPolicy

JUDGED_AT_ONCE = 4
"""Sessions judged at a time, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Judging:
    """Who judges the sessions, and by what."""

    judges: "Sequence[ModelSpec]"
    rubrics: "Mapping[str, Rubric]"
    """As the user named them."""

    @property
    def names(self) -> list[str]:
        """What records call the judges."""
        return [spec.name for spec in self.judges]


def play_live(
    model: Annotated[
        str, typer.Option("--model", "-m", help="The therapist: see `sqpsych generate`.")
    ],
    client_model: Annotated[
        str, typer.Option(help="Plays the clients; the same in all runs that are compared.")
    ],
    profiles: Annotated[Path, typer.Option(metavar="FILE", help="From `profiles build`.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="RUN", help="Folder; made when missing.")
    ],
    judge: Annotated[
        list[str] | None,
        typer.Option("--judge", "-j", metavar="MODEL", help="A model that judges; several."),
    ] = None,
    rubric: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="What judges go by; several. Default: all that are shipped."
        ),
    ] = None,
    held_out: Annotated[
        Path | None,
        typer.Option(
            metavar="DATASET", help="Play the people of this dataset's test split, nobody else."
        ),
    ] = None,
    risk: Risk = "exclude",
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many people.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of sessions, judges and intervals.")] = 0,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Sessions played, and judged, at the same time.")
    ] = None,
    timeout: Timeout = 300.0,
    allow_host: AllowHost = None,
) -> None:
    """Let a model play the therapist in whole sessions, and let judges rate those that close.

    The client is played by one fixed model from profiles, by the protocol `structured`. A session
    that cannot be finished counts as not closed and is not judged. Stopped, the same command goes
    on; with other settings it is refused.

    \b
    Example:
        sqpsych bench live -m counsellor@http://127.0.0.1:8000/v1 -o run --held-out dataset \\
            --client-model gemma@http://127.0.0.1:8001/v1 --judge gemma@http://127.0.0.1:8001/v1 \\
            --profiles profiles.jsonl
    """
    from sqpsych.benchmarks.live import (
        PROTOCOL,
        RUBRICS,
        write_live_scores,
    )
    from sqpsych.benchmarks.run_folder import SCORES, keep_settings
    from sqpsych.roleplay import RunSettings, Study, load_protocol
    from sqpsych.roleplay.protocol import RiskPolicy

    allow_hosts(allow_host)
    policy = check_choice("--risk", risk, RiskPolicy)
    rubrics = _load_rubrics(rubric or RUBRICS)
    therapist, client, *judges = _find_models([model, client_model, *(judge or ())], timeout)
    _refuse_namesakes(judges)
    judging = Judging(judges, rubrics)
    protocol = load_protocol(PROTOCOL)
    people = _choose_people(profiles, protocol, policy, held_out)
    study = Study(people, protocol, therapist, client, seed, risk=policy)
    folder = output / "live"
    settings = _describe(study, profiles, held_out, judging)
    keep_settings(folder, settings)
    embedded = therapist.runs_embedded or client.runs_embedded
    played = RunSettings(
        folder / "corpus",
        concurrency or (MOST_EMBEDDED if embedded else MOST_SERVED),
        finds_plateau=concurrency is None,
        limit=limit,
        serving=make_serving(timeout),
    )
    play_study(study, played, stream=False)
    at_once = concurrency or JUDGED_AT_ONCE
    score = _judge_and_score(played.corpus, judging, seed, at_once, timeout)
    write_live_scores(folder / SCORES, score, settings)
    print_live(score)
    if held_out is None:
        typer.echo("\nNothing is known about whether the model has seen these people.")
    else:
        typer.echo(f"\nThese people stand in the test split of {held_out}.")
    typer.echo(f"written to {folder / SCORES}; the sessions: sqpsych show {played.corpus}")


def _load_rubrics(names: "Sequence[str]") -> "dict[str, Rubric]":
    from sqpsych.assessment.judging import load_rubric
    from sqpsych.errors import BenchmarkError

    ids = [load_rubric(name).id for name in names]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise BenchmarkError(f"The rubric {twice[0]} is given twice. Give each --rubric once.")
    return {name: load_rubric(name) for name in names}


def _find_models(given: "Sequence[str]", timeout_s: float) -> "tuple[ModelSpec, ...]":
    """Look up all models before anything is played, judges too."""
    from sqpsych.language_models.opening import find_spec, resolve_specs

    specs = [find_spec(name) for name in given]
    return asyncio.run(resolve_specs(specs, make_serving(timeout_s)))


def _refuse_namesakes(judges: "Sequence[ModelSpec]") -> None:
    """Refuse judges whose scores could not be told apart."""
    from sqpsych.errors import BenchmarkError

    names = [spec.name for spec in judges]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BenchmarkError(
            f"Two judges are called {twice[0]}: their scores could not be told apart. Give each "
            "judge once, or models of different names."
        )


def _choose_people(
    file: Path, protocol: "Protocol", policy: "RiskPolicy", held_out: Path | None
) -> "tuple[ClientProfile, ...]":
    """Choose who is played, and say who is left out."""
    from sqpsych.benchmarks.live import choose_held_out, tell_others
    from sqpsych.intake import read_profiles
    from sqpsych.release.released import read_example
    from sqpsych.roleplay import choose_profiles

    everyone = read_profiles(file)
    kept = choose_profiles(everyone, protocol, policy)
    tell_left_out(len(everyone) - len(kept), len(everyone))
    if held_out is None:
        return kept
    chosen, others = choose_held_out(kept, read_example(held_out).splits, held_out)
    if others:
        typer.echo(
            f"{others.total()} of {len(kept)} people are not played: {tell_others(others)}.",
            err=True,
        )
    return chosen


def _describe(
    study: "Study", profiles: Path, held_out: Path | None, judging: Judging
) -> dict[str, Any]:
    """Describe all that settles the result."""
    from sqpsych.benchmarks.live import hash_rubric
    from sqpsych.language_models.weights import sha256_file
    from sqpsych.release.writing import RECORD
    from sqpsych.roleplay.generation import describe_model

    described = study.describe()
    return {
        "model": described["therapist"],
        "client_model": described["client"],
        "judges": [describe_model(spec) for spec in judging.judges],
        "rubrics": {one.id: hash_rubric(one) for one in judging.rubrics.values()},
        "profiles_file_sha256": sha256_file(profiles),
        "held_out_sha256": sha256_file(held_out / RECORD) if held_out else None,
        **{key: described[key] for key in ("protocol", "protocol_sha256", "risk", "seed")},
    }


def _judge_and_score(
    corpus: Path, judging: Judging, seed: int, at_once: int, timeout_s: float
) -> "LiveScore":
    """Let the judges rate the closed sessions, and score all of them."""
    from sqpsych.assessment import read_sample
    from sqpsych.assessment.grouping import Grouping
    from sqpsych.benchmarks.live import score_sessions
    from sqpsych.corpus import open_corpus, open_scores

    given = [spec.given for spec in judging.judges]
    settings = JudgeSettings(given, list(judging.rubrics), False, at_once, None, timeout_s)
    with open_corpus(corpus) as opened:
        sample = read_sample(opened, Grouping(), seed)
        keys = let_judge(corpus, sample, settings)
        with open_scores(corpus) as store:
            scores = [score for key in keys for score in store.read_scores(key)]
        return score_sessions(sample, scores, judging.names, list(judging.rubrics.values()))


def print_live(score: "LiveScore") -> None:
    """Print how the sessions ended, what they took, and the figures."""
    from sqpsych.assessment.figures import make_row, show_row

    closed, rejected = score.sessions["closed"], score.sessions["rejected"]
    typer.echo(f"\nsessions {closed + rejected}: closed {closed}, rejected {rejected}")
    for reason, count in score.reasons.items():
        typer.echo(f"  rejected {count}: {reason}")
    if rejected:
        typer.echo("A rejected session counts as not closed and has no judged value.")
    print_rows(
        ("sessions", "turns", "replies", "tokens in", "tokens out", "seconds"),
        [
            (f"{score.sessions[ending]} {ending}", *list_cost(cost))
            for ending, cost in score.costs.items()
        ],
    )
    for judge, verdicts in score.verdicts.items():
        typer.echo(f"{judge}: {verdicts['failed']} of {verdicts['asked']} verdicts failed")
    typer.echo()
    rows = [
        (name, show_row(make_row(name, estimate, score.better[name])), f"{estimate.n}")
        for name, estimate in score.figures.items()
    ]
    print_rows(("figure", "mean and 95 % interval", "people"), rows)


def list_cost(cost: "Cost") -> tuple[str, ...]:
    """What sessions took, as cells of a table."""
    counts = (cost.turns, cost.attempts, cost.tokens_in, cost.tokens_out, cost.seconds)
    return tuple(f"{count:,.0f}" for count in counts)
