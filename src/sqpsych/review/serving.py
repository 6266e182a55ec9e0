"""Serving a study: one process, loopback unless told otherwise."""

import ipaddress
import socket
from collections.abc import Sequence
from pathlib import Path

from sqpsych.errors import ReviewError
from sqpsych.review.store import open_study

PORT = 8765
_ANY = ("0.0.0.0", "::")  # noqa: S104 - told apart here, bound to only when asked for


def serve(
    directory: Path,
    *,
    host: str = "127.0.0.1",
    port: int = PORT,
    names: Sequence[str] = (),
    tls: bool = False,
) -> None:
    """Serve a study until the process is stopped.

    Args:
        directory: of the study.
        host: address to listen on.
        port: to listen on.
        names: by which browsers may call the server, beside `host` and this machine's own.
        tls: browsers speak TLS to a proxy in front.

    Raises:
        ReviewError: there is no study, the port is taken, or it is not known by which name a
            server that listens everywhere is called.
    """
    import uvicorn

    from sqpsych.review.web import ServerSettings, create_app

    known = list_names(host, names)
    listener = _listen(host, port)
    with listener, open_study(directory) as store:
        app = create_app(store, ServerSettings(known, tls))
        # No access log: it would hold invitation links.
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, lifespan="off"
        )
        uvicorn.Server(config).run(sockets=[listener])


def list_names(host: str, names: Sequence[str]) -> tuple[str, ...]:
    """List the names by which browsers may call a server.

    Raises:
        ReviewError: it listens everywhere, and no name was given.
    """
    from sqpsych.review.web.settings import LOOPBACK

    if host in _ANY and not names:
        raise ReviewError(
            f"A server on {host} listens everywhere, and refuses browsers that call it by a name "
            "it does not know. Give the name raters use: --name rating.example.org."
        )
    own = () if host in _ANY else (host,)
    return tuple(dict.fromkeys(name.lower() for name in (*LOOPBACK, *own, *names)))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ReviewError(
            f"{host} port {port} cannot be listened on: {error.strerror}. Give another with --port."
        ) from error
    return listener
