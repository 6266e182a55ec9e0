"""Serving a study: one process, loopback unless told otherwise."""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqpsych.errors import ReviewError
from sqpsych.review.store import ReviewStore, open_study

if TYPE_CHECKING:
    from sqpsych.language_models.opening import ServingSettings
    from sqpsych.review.chatting import ChatDesk, ChatSettings
    from sqpsych.review.web import ServerSettings

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Names of this machine that reach nobody else."""
_ANY = ("0.0.0.0", "::")  # noqa: S104 - told apart here, bound to only when asked for


def serve(
    directory: Path,
    *,
    port: int,
    host: str = "127.0.0.1",
    names: Sequence[str] = (),
    tls: bool = False,
    chats: "ChatSettings | None" = None,
    serving: "ServingSettings | None" = None,
    on_listening: Callable[[], None] = lambda: None,
) -> None:
    """Serve a study until the process is stopped.

    Args:
        directory: of the study.
        port: to listen on.
        host: address to listen on.
        names: by which browsers may call the server, beside `host` and this machine's own.
        tls: browsers speak TLS to a proxy in front.
        chats: what may be chatted with; None: nothing.
        serving: how patient to be with the server of the model.
        on_listening: called as soon as browsers can come.

    Raises:
        ReviewError: there is no study, host and port cannot be listened on, it is not known by
            which name a server that listens everywhere is called, or the extra [review] is not
            installed.
        ModelError: the model to chat with cannot be started or reached.
        CorpusError: the chats cannot be kept where they should.
    """
    try:
        from sqpsych.review.web import ServerSettings
    except ImportError as error:
        raise ReviewError(
            f"Serving needs {error.name}, which is not installed. "
            "Run `pip install 'sqpsych[review]'`."
        ) from error
    known = list_names(host, names)
    listener = _listen(host, port)
    with listener, open_study(directory) as store:
        settings = ServerSettings(known, tls)

        def run(desk: "ChatDesk | None" = None) -> Coroutine[None, None, None]:
            return _run(store, settings, listener, on_listening, desk)

        asyncio.run(run() if chats is None else _run_with_chats(store, chats, serving, run))


async def _run(
    store: ReviewStore,
    settings: "ServerSettings",
    listener: socket.socket,
    on_listening: Callable[[], None],
    desk: "ChatDesk | None",
) -> None:
    import uvicorn

    from sqpsych.review.web import create_app

    # No access log: it would hold invitation links.
    config = uvicorn.Config(
        create_app(store, settings, desk),
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
    )
    listener.listen()
    on_listening()
    await uvicorn.Server(config).serve(sockets=[listener])


async def _run_with_chats(
    store: ReviewStore,
    chats: "ChatSettings",
    serving: "ServingSettings | None",
    run: "Callable[[ChatDesk], Coroutine[None, None, None]]",
) -> None:
    """Serve with a model to chat with, which is started before and ended after."""
    from sqpsych.language_models import install_guard
    from sqpsych.language_models.opening import ServingSettings, open_models, resolve_specs
    from sqpsych.review.chatting import LANES, open_desk

    patience = replace(serving or ServingSettings(), slots=LANES)
    (spec,) = await resolve_specs([chats.model], patience)
    chats = replace(chats, model=spec)
    async with open_models([spec], patience) as (model,):
        with open_desk(store, chats, model, install_guard()) as desk:
            await run(desk)


def list_names(host: str, names: Sequence[str]) -> tuple[str, ...]:
    """List the names by which browsers may call a server.

    Raises:
        ReviewError: it listens everywhere, and no name was given; or one is more than a name.
    """
    for name in names:
        if any(character in name for character in "/:@ ") and not _is_address(name):
            raise ReviewError(
                f"--name got {name!r}; expected the name alone by which browsers call the server, "
                "such as rating.example.org. Leave out scheme, port and path."
            )
    if host in _ANY and not names:
        raise ReviewError(
            f"A server on {host} listens everywhere, and refuses browsers that call it by a name "
            "it does not know. Give the name raters use: --name rating.example.org."
        )
    own = () if host in _ANY else (host,)
    return tuple(dict.fromkeys(name.lower() for name in (*LOOPBACK, *own, *names)))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        other_port = error.errno in {errno.EADDRINUSE, errno.EACCES}
        advice = "another with --port" if other_port else "an address of this machine with --host"
        raise ReviewError(
            f"{host} port {port} cannot be listened on: {error.strerror}. Give {advice}."
        ) from error
    return listener
