"""What every request passes before a page sees it, and every answer on its way out."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqpsych.review.web.settings import ServerSettings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES = 128 * 1024
"""Longest body of a request; the longest comment in the widest letters fits."""
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    b"content-security-policy": CONTENT_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=(), browsing-topics=()",
}
_STATIC = "/static/"


class Guard:
    """Refuses strange hosts and long bodies, and sets the headers of every answer."""

    def __init__(self, app: "ASGIApp", settings: ServerSettings) -> None:
        """Stand in front of an app."""
        self._app = app
        self._settings = settings

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass one request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        fixed = self._choose_headers(scope["path"])

        async def send_guarded(message: "Message") -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message["headers"] if pair[0].lower() not in fixed]
                message = {**message, "headers": [*kept, *fixed.items()]}
            await send(message)

        if not _is_known(headers.get(b"host", b""), self._settings.hosts):
            await _refuse(send_guarded, 421, "This server is not known by that name.")
            return
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > BODY_BYTES:
            await _refuse(send_guarded, 413, "The request is too long.")
            return
        body = await _read_body(receive)
        if body is None:
            await _refuse(send_guarded, 413, "The request is too long.")
            return
        await self._app(scope, _replay(body, receive), send_guarded)

    def _choose_headers(self, path: str) -> dict[bytes, bytes]:
        caching = b"no-cache" if path.startswith(_STATIC) else b"no-store"
        headers = _HEADERS | {b"cache-control": caching}
        if self._settings.tls:
            headers |= {b"strict-transport-security": b"max-age=31536000"}
        return headers


def _is_known(host: bytes, known: Iterable[str]) -> bool:
    """Whether a Host header names this server; any port will do."""
    text = host.decode("latin-1").lower()
    if text.startswith("["):
        name, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    else:
        name, _, port = text.partition(":")
    return name in known and (not port or port.isdigit())


async def _read_body(receive: "Receive") -> bytes | None:
    """Read a whole body; None where it is too long, whatever length was announced."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: "Receive") -> "Receive":
    """Give a body that was read, then whatever comes after it."""
    given = False

    async def receive_again() -> "Message":
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


async def _refuse(send: "Send", status: int, text: str) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", b"text/plain; charset=utf-8")],
        }
    )
    await send({"type": "http.response.body", "body": text.encode()})
