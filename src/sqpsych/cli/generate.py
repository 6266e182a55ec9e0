"""`sqpsych generate`: profiles become dialogues."""

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sqpsych.cli.progress import RunDisplay, print_ledger
from sqpsych.language_models.egress import install_guard

if TYPE_CHECKING:
    from sqpsych.records import ClientProfile
    from sqpsych.roleplay import RunSettings, Study


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
    protocol: Annotated[
        str, typer.Option(help="Name of a protocol, or the folder of your own.")
    ] = "paper",
    concurrency: Annotated[int, typer.Option(min=1, help="Sessions at the same time.")] = 4,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives another corpus.")] = 0,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many profiles.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds one reply may take.")] = 300.0,
    retries: Annotated[
        int, typer.Option(min=0, help="How often a server that is away is asked again.")
    ] = 6,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="A host of yours that may see the data; can be given again."),
    ] = None,
) -> None:
    """Turn profiles into dialogues: two models play therapist and client.

    Every turn is saved before the next is asked for. Stop it with Ctrl-C, kill it, lose power: the
    same command goes on at the turn it was at. People whose answers name suicidal thoughts are
    left out. The key of a server that wants one is taken from SQPSYCH_API_KEY.

    \b
    Examples:
        sqpsych generate profiles.jsonl -o corpus
        sqpsych generate profiles.jsonl -o corpus -m gemma@http://127.0.0.1:8000/v1 --concurrency 64
    """
    import asyncio

    from sqpsych.intake import read_profiles
    from sqpsych.language_models.opening import ServingSettings, find_spec, resolve_specs
    from sqpsych.roleplay import RunSettings, Study, load_protocol

    guard = install_guard()
    for host in allow_host or ():
        guard.allow(host)
    kept = leave_out_at_risk(read_profiles(profiles))
    specs = find_spec(therapist_model or model), find_spec(client_model or model)
    api_key = os.environ.get("SQPSYCH_API_KEY", "none")
    serving = ServingSettings(timeout_s=timeout, retries=retries, api_key=api_key)
    played = load_protocol(protocol)
    therapist, client = asyncio.run(resolve_specs(specs, serving))
    study = Study(kept, played, therapist, client, seed)
    settings = RunSettings(corpus, concurrency, limit, serving)
    closed = run_study(study, settings, stream=False)
    command = name_command()
    typer.echo(f"\nRead them:   {command} show {corpus}")
    typer.echo(f"Export them: {command} export {corpus} --format jsonl -o dialogues.jsonl")
    if not closed:
        raise typer.Exit(1)


def name_command() -> str:
    """Name the command as it can be typed here, also where its environment is not activated."""
    return "sqpsych" if shutil.which("sqpsych") else sys.argv[0]


def leave_out_at_risk(profiles: "tuple[ClientProfile, ...]") -> "tuple[ClientProfile, ...]":
    """Leave out people who must not be role-played without a risk policy, and say how many."""
    from sqpsych.errors import ProfileError

    kept = tuple(profile for profile in profiles if not profile.risk_flags)
    if len(kept) < len(profiles):
        typer.echo(
            f"{len(profiles) - len(kept)} of {len(profiles)} people are left out: their answers "
            "name suicidal thoughts, or leave that open.",
            err=True,
        )
    if not kept:
        raise ProfileError("No profile is left to play. Give a file with other people.")
    return kept


def run_study(study: "Study", settings: "RunSettings", *, stream: bool) -> int:
    """Run a study with a display, and print its ledger.

    Returns:
        The number of closed dialogues in the corpus.
    """
    import asyncio

    from stamina.instrumentation import set_on_retry_hooks

    from sqpsych.roleplay import generate_corpus

    display = RunDisplay(2 * study.protocol.limits.end_from, stream=stream)
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
    print_ledger(display.tally, counts)
    return counts.closed
