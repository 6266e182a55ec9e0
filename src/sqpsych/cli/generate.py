"""`sqpsych generate`: profiles become dialogues."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sqpsych.cli.options import (
    AllowHost,
    ProtocolName,
    Retries,
    Risk,
    Timeout,
    allow_hosts,
    check_choice,
    make_serving,
    name_command,
)
from sqpsych.cli.progress import RunDisplay, print_ledger
from sqpsych.language_models.egress import install_guard

if TYPE_CHECKING:
    from sqpsych.cli.progress import Tally
    from sqpsych.corpus import Counts
    from sqpsych.roleplay import RunSettings, Study

MOST_EMBEDDED = 8
"""Sessions at the same time on a model of this machine, unless told otherwise."""
MOST_SERVED = 256
"""The same on a server of the user's."""


def generate(
    profiles: Annotated[Path, typer.Argument(metavar="PROFILES", help="From `profiles build`.")],
    corpus: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="CORPUS", help="Run directory; made when missing."),
    ],
    model: Annotated[
        str, typer.Option("--model", "-m", help="Catalogue name, GGUF path, base URL, or NAME@URL.")
    ] = "qwen2.5-coder-1.5b",
    therapist_model: Annotated[
        str | None, typer.Option(help="Another model for the therapist.")
    ] = None,
    client_model: Annotated[str | None, typer.Option(help="Another model for the client.")] = None,
    tracker_model: Annotated[
        str | None,
        typer.Option(
            help="A model that reads along which symptoms are voiced, beside the lexicon."
        ),
    ] = None,
    protocol: ProtocolName = "structured",
    therapist_knows: Annotated[
        str, typer.Option(help="What the therapist knows beforehand: referral, totals or items.")
    ] = "referral",
    risk: Risk = "exclude",
    candidates: Annotated[
        int, typer.Option(min=1, max=16, help="Replies drawn at once; the best is kept.")
    ] = 1,
    concurrency: Annotated[
        int | None,
        typer.Option(
            min=1, help="Sessions at the same time. Default: as many as make the server faster."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives another corpus.")] = 0,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many profiles.")
    ] = None,
    timeout: Timeout = 300.0,
    retries: Retries = 6,
    allow_host: AllowHost = None,
) -> None:
    """Turn profiles into dialogues: two models play therapist and client.

    Every turn is saved before the next is asked for. Stop it with Ctrl-C, kill it, lose power: the
    same command goes on at the turn it was at. People whose answers name suicidal thoughts are
    left out, unless --risk include has a therapist ask everyone directly and make a plan for
    safety with who needs one. The key of a server that wants one is taken from SQPSYCH_API_KEY.

    \b
    Examples:
        sqpsych generate profiles.jsonl -o corpus
        sqpsych generate profiles.jsonl -o corpus -m gemma@http://127.0.0.1:8000/v1 --concurrency 64
    """
    import asyncio

    from sqpsych.intake import read_profiles
    from sqpsych.language_models.opening import find_spec, resolve_specs
    from sqpsych.roleplay import RunSettings, Study, choose_profiles, load_protocol
    from sqpsych.roleplay.protocol import Knowledge, RiskPolicy

    allow_hosts(allow_host)
    played = load_protocol(protocol)
    everyone = read_profiles(profiles)
    policy = check_choice("--risk", risk, RiskPolicy)
    knowledge = check_choice("--therapist-knows", therapist_knows, Knowledge)
    kept = choose_profiles(everyone, played, policy)
    tell_left_out(len(everyone) - len(kept), len(everyone))
    serving = make_serving(timeout, retries=retries)
    named = [therapist_model or model, client_model or model]
    specs = [find_spec(name) for name in (*named, *([tracker_model] if tracker_model else []))]
    therapist, client, *tracker = asyncio.run(resolve_specs(specs, serving))
    study = Study(
        kept,
        played,
        therapist,
        client,
        seed,
        knowledge=knowledge,
        risk=policy,
        candidates=candidates,
        tracker=tracker[0] if tracker else None,
    )
    embedded = any(spec.runs_embedded for spec in study.models)
    settings = RunSettings(
        corpus,
        concurrency or (MOST_EMBEDDED if embedded else MOST_SERVED),
        finds_plateau=concurrency is None,
        limit=limit,
        serving=serving,
    )
    closed = run_study(study, settings, stream=False)
    command = name_command()
    typer.echo(f"\nRead them:   {command} show {corpus}")
    typer.echo(f"Export them: {command} export {corpus} --format jsonl -o dialogues.jsonl")
    if not closed:
        raise typer.Exit(1)


def tell_left_out(left_out: int, everyone: int) -> None:
    """Say how many people are left out because of risk."""
    if left_out:
        typer.echo(
            f"{left_out} of {everyone} people are left out: their answers name suicidal thoughts, "
            "or leave that open. --risk include plays them too.",
            err=True,
        )


def run_study(study: "Study", settings: "RunSettings", *, stream: bool) -> int:
    """Run a study with a display, and print its ledger.

    Returns:
        The number of closed dialogues in the corpus.
    """
    tally, counts = play_study(study, settings, stream=stream)
    print_ledger(tally, counts)
    return counts.closed


def play_study(study: "Study", settings: "RunSettings", *, stream: bool) -> "tuple[Tally, Counts]":
    """Run a study with a display, up to its end or a Ctrl-C that says how to go on."""
    import asyncio

    from stamina.instrumentation import set_on_retry_hooks

    from sqpsych.roleplay import generate_corpus

    display = RunDisplay(study.protocol.usual_turns, stream=stream)
    set_on_retry_hooks([display.on_retry])
    try:
        with display:
            counts = asyncio.run(generate_corpus(study, settings, display, install_guard()))
    except KeyboardInterrupt:
        typer.echo(
            f"\nStopped; every turn so far is in {settings.corpus}. "
            "The same command goes on where it was.",
            err=True,
        )
        raise typer.Exit(130) from None
    return display.tally, counts
