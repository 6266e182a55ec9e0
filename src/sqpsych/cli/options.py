"""What several commands ask for alike: protocol, risk, servers and how patient to be with them."""

import os
import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from sqpsych.cli.retries import tell_of_retries
from sqpsych.language_models.egress import EgressGuard, install_guard

if TYPE_CHECKING:
    from sqpsych.language_models.opening import ServingSettings

ProtocolName = Annotated[str, typer.Option(help="Name of a protocol, or the folder of your own.")]
Risk = Annotated[
    str, typer.Option(help="People whose answers name suicidal thoughts: exclude or include.")
]
Timeout = Annotated[float, typer.Option(min=1, help="Seconds one reply may take.")]
Retries = Annotated[
    int, typer.Option(min=0, help="How often a server that is away is asked again.")
]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(metavar="HOST", help="A host of yours that may see the data; can be given again."),
]


def allow_hosts(hosts: Iterable[str] | None) -> EgressGuard:
    """Let connections out to some hosts, beside this machine.

    Returns:
        The guard of this process.
    """
    guard = install_guard()
    for host in hosts or ():
        guard.allow(host)
    return guard


def make_serving(timeout_s: float, **settings: int) -> "ServingSettings":
    """Say how patient to be with servers; their key is in the environment.

    While one is away, the command says so from now on.

    Args:
        timeout_s: seconds a reply may take.
        settings: others of `ServingSettings`, where they are not the usual ones.
    """
    from sqpsych.language_models.opening import ServingSettings

    tell_of_retries()
    api_key = os.environ.get("SQPSYCH_API_KEY", "none")
    return ServingSettings(timeout_s=timeout_s, api_key=api_key, **settings)


def check_choice(option: str, given: str, choices: Any) -> Any:
    """Check a value against the values of a Literal type.

    Raises:
        InputError: it is none of them.
    """
    from sqpsych.errors import InputError

    known = get_args(choices)
    if given not in known:
        raise InputError(f"{option} is {given!r}; it can be {', '.join(known)}.")
    return given


def name_command() -> str:
    """Name the command as it can be typed here, also where its environment is not activated."""
    if shutil.which("sqpsych"):
        return "sqpsych"
    return "python -m sqpsych" if sys.argv[0].endswith("__main__.py") else sys.argv[0]
