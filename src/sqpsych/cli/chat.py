"""`sqpsych chat`: try a simulated client, or a simulated therapist, out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

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
from sqpsych.seeds import draw_seed

if TYPE_CHECKING:
    import asyncio

    from sqpsych.corpus import Journal, PlannedSession
    from sqpsych.language_models.opening import ServingSettings
    from sqpsych.records import ClientProfile
    from sqpsych.roleplay.live import LiveStudy

Part = Literal["therapist", "client"]
TROUBLED = 10
"""PHQ-9 total from which on a person of the sample is drawn."""


def chat(
    profiles: Annotated[
        Path | None, typer.Argument(metavar="[PROFILES]", help="From `profiles build`.")
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(metavar="PSEUDONYM", help="Whose profile; its first letters will do."),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Take a person of the shipped NHANES sample.")
    ] = False,
    part: Annotated[
        str, typer.Option("--as", metavar="PART", help="Your part: therapist or client.")
    ] = "therapist",
    model: Annotated[
        str, typer.Option("--model", "-m", help="The other part: a model, as in generate.")
    ] = "qwen2.5-coder-1.5b",
    save: Annotated[
        Path | None,
        typer.Option(metavar="CORPUS", help="Keep the transcript there; else nothing is kept."),
    ] = None,
    new: Annotated[
        bool, typer.Option("--new", help="Begin anew, although an interrupted chat waits.")
    ] = False,
    protocol: ProtocolName = "structured",
    risk: Risk = "exclude",
    seed: Annotated[
        int | None, typer.Option(min=0, help="The same seed draws the same client. Default: any.")
    ] = None,
    timeout: Timeout = 300.0,
    retries: Retries = 2,
    allow_host: AllowHost = None,
) -> None:
    """Talk with a simulated client as the therapist, or the other way round.

    A simulation: no patient, not for clinical use. The client knows a profile and has an invented
    life; it tells what you ask about. With --save every line is on disk before the next; stopped,
    the same command goes on. Type /help in the chat.

    \b
    Examples:
        sqpsych chat --sample
        sqpsych chat profiles.jsonl --person 3f2a --save trials -m gemma@http://127.0.0.1:8000/v1
        sqpsych chat --sample --as client
    """
    import asyncio

    from sqpsych.language_models.opening import find_spec, resolve_specs
    from sqpsych.roleplay import load_protocol
    from sqpsych.roleplay.live import LiveStudy, open_chats
    from sqpsych.roleplay.protocol import RiskPolicy

    guard = allow_hosts(allow_host)
    human: Part = check_choice("--as", part, Part)
    policy: RiskPolicy = check_choice("--risk", risk, RiskPolicy)
    played = load_protocol(protocol)
    people = read_people(profiles, person, sample=sample, resumes=save is not None and not new)
    serving = make_serving(timeout, retries=retries)
    with asyncio.Runner() as runner:
        (spec,) = runner.run(resolve_specs([find_spec(model)], serving))
        study = LiveStudy(played, spec, human, policy)
        drawn = draw_seed() if seed is None else seed
        with open_chats(study, save, guard) as journal:
            session = None if new else find_interrupted(journal, people, person)
            session = session or begin(journal, study, people, person, drawn)
            converse(runner, study, serving, journal, session, save)


def read_people(
    profiles: Path | None, person: str | None, *, sample: bool, resumes: bool
) -> "tuple[ClientProfile, ...] | None":
    """Read whose profiles there are to choose from; None: of a chat that waits.

    Of the sample, unless someone is asked for, those who have something to tell.

    Raises:
        InputError: both a file and the sample are given, or neither where one is needed.
    """
    from sqpsych.errors import InputError
    from sqpsych.intake import build_nhanes_sample_profiles, read_profiles

    if profiles is not None and sample:
        raise InputError("Give a profiles file or --sample, not both.")
    if sample:
        everyone = build_nhanes_sample_profiles()
        return tuple(p for p in everyone if person or (p.scores[0].value or 0) >= TROUBLED)
    if profiles is not None:
        return read_profiles(profiles)
    if not resumes:
        raise InputError("Whose profile? Give a profiles file, or --sample for one that ships.")
    return None


def find_interrupted(
    journal: "Journal", people: "tuple[ClientProfile, ...] | None", person: str | None
) -> "PlannedSession | None":
    """Find an interrupted chat of the person, or of anyone there is to choose from."""
    from sqpsych.roleplay.live import find_waiting

    found = find_waiting(journal, person)
    if found is None or people is None:
        return found
    return found if found.profile in people else None


def begin(
    journal: "Journal",
    study: "LiveStudy",
    people: "tuple[ClientProfile, ...] | None",
    person: str | None,
    seed: int,
) -> "PlannedSession":
    """Begin a chat with a person's profile.

    Raises:
        InputError: there is nobody to choose from, or the risk policy leaves the person out.
    """
    from sqpsych.errors import InputError
    from sqpsych.roleplay.live import begin_session, choose_person

    if people is None:
        raise InputError("No chat waits there. Begin one with a profiles file, or with --sample.")
    return begin_session(journal, choose_person(people, person, study, seed), seed)


def converse(
    runner: "asyncio.Runner",
    study: "LiveStudy",
    serving: "ServingSettings",
    journal: "Journal",
    session: "PlannedSession",
    corpus: Path | None,
) -> None:
    """Start the model, talk, and say at the end where the transcript is."""
    from contextlib import AsyncExitStack

    from stamina.instrumentation import set_on_retry_hooks

    from sqpsych.cli.chat_terminal import Terminal
    from sqpsych.cli.conversation import Conversation
    from sqpsych.language_models.opening import open_models
    from sqpsych.roleplay.live import LiveSession

    terminal = Terminal(study)
    terminal.open()
    set_on_retry_hooks([terminal.on_retry])
    stack = AsyncExitStack()
    try:
        with terminal.wait(f"Loading {study.model.name}"):
            (model,) = runner.run(stack.enter_async_context(open_models([study.model], serving)))
        agent = study.make_agent(model)
        live = LiveSession(session, agent, study.protocol, study.risk, journal, terminal)
        conversation = Conversation(live, terminal, runner, study, journal, corpus)
        conversation.go_on()
    except KeyboardInterrupt:
        terminal.say_stopped(corpus, name_command())
    finally:
        runner.run(stack.aclose())
