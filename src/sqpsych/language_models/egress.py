"""The egress guard: connections go to this machine and to hosts the user listed, nothing else.

`install_guard` is the first line of every command. It adds a hook to the interpreter's audit
events, so that every connection, datagram and name look-up made through Python's `socket` is
checked before a packet leaves, whichever library asked for it. What is refused raises EgressError
and is remembered in `EgressGuard.refused`, for libraries that swallow exceptions.

What it cannot see: compiled code that opens its own sockets (uvloop, gRPC), and child processes.
For these the telemetry and the hub access of the libraries we know are switched off by environment
variables, which children inherit. Proxies are taken out of the environment too: through a proxy
on loopback everything would look local.
"""

import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import cache
from typing import Any

from sqpsych.errors import EgressError, InputError

PRIVACY_SETTINGS: Mapping[str, str] = {
    "ANONYMIZED_TELEMETRY": "False",
    "COMET_MODE": "disabled",
    "DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "RAY_USAGE_STATS_ENABLED": "0",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    "VLLM_DO_NOT_TRACK": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "WANDB_MODE": "disabled",
}
"""Telemetry and uploads, switched off whatever the user's shell says."""

OFFLINE_SETTINGS: Mapping[str, str] = {
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
}
"""Downloads from model hubs, off unless the user's environment says otherwise: a hub of one's own
can still be used, when its host is allowed."""

_TALKATIVE = ("OPENAI_LOG",)
"""Settings by which a client would log its requests, prompts and all."""

_PROXY_NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_SAVED_PREFIX = "SQPSYCH_SAVED_"

_SEND_EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_LOOKUP_EVENTS = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
_REVERSE_EVENTS = frozenset({"socket.gethostbyaddr", "socket.getnameinfo"})
_EVENTS = _SEND_EVENTS | _LOOKUP_EVENTS | _REVERSE_EVENTS

_LOCAL_FAMILIES = frozenset(
    getattr(socket, name) for name in ("AF_UNIX", "AF_NETLINK", "AF_ALG") if hasattr(socket, name)
)
"""Socket families that never leave the machine."""


class EgressGuard:
    """The policy: which hosts may be spoken to, and which were refused.

    Making one changes nothing; `install_guard` makes the process obey it.
    """

    def __init__(self) -> None:
        """Allow loopback alone."""
        self._names: set[str] = set()
        self._addresses: set[bytes] = set()
        self._refused: dict[str, None] = {}

    @property
    def refused(self) -> tuple[str, ...]:
        """What was refused so far, each once, as "host:port" ("host" for a look-up without one)."""
        return tuple(self._refused)

    @property
    def allowed(self) -> tuple[str, ...]:
        """Host names the user allowed, sorted; IP addresses are not named."""
        return tuple(sorted(self._names))

    def allow(self, host: str) -> None:
        """Let connections to `host` pass, and to every address it resolves to from now on.

        Args:
            host: a host name or an IP address, without scheme, port or path.

        Raises:
            InputError: it is something else.
        """
        name = _normalise(host)
        address = _parse_address(name)
        if address is not None:
            self._addresses.add(address)
        elif not name or any(character in name for character in ":/@*, \t"):
            raise InputError(
                f"--allow-host got {host!r}; expected a host name or an IP address alone. "
                "Leave out scheme, port and path."
            )
        else:
            self._names.add(name)

    def remember(self, host: str | bytes | None, addresses: Iterator[str]) -> None:
        """Let the addresses pass that an allowed host name was resolved to."""
        if host is not None and _normalise(host) in self._names:
            parsed = (_parse_address(address) for address in addresses)
            self._addresses.update(address for address in parsed if address is not None)

    def may_send(self, host: str | bytes) -> bool:
        """Whether a packet may go to `host`, a name or an IP address."""
        name = _normalise(host)
        address = _parse_address(name)
        if address is None:
            return name in {"", "localhost"} or name in self._names
        return _is_loopback(address) or address in self._addresses

    def may_look_up(self, host: str | bytes | None) -> bool:
        """Whether `host` may be resolved; an IP address asks no name server, so it may."""
        if host is None:
            return True
        name = _normalise(host)
        return (
            _parse_address(name) is not None
            or self.may_send(name)
            or name == _normalise(socket.gethostname())
        )

    def check(self, event: str, args: tuple[Any, ...]) -> None:
        """Check one audit event of the `socket` module.

        Raises:
            EgressError: it would speak to a host that is neither loopback nor allowed.
        """
        if event in _SEND_EVENTS:
            self._check_send(args[0].family, args[1])
        elif event in _LOOKUP_EVENTS:
            if not self.may_look_up(args[0]):
                self._refuse(args[0], args[1] if len(args) > 1 else None)
        else:
            host = args[0] if event == "socket.gethostbyaddr" else args[0][0]
            if not self.may_send(host) and _normalise(host) != _normalise(socket.gethostname()):
                self._refuse(host, None)

    def _check_send(self, family: int, address: Any) -> None:
        """Check a connection or a datagram; a connected socket sends without an address."""
        if address is None or family in _LOCAL_FAMILIES:
            return
        if family not in {socket.AF_INET, socket.AF_INET6} or not isinstance(address, tuple):
            self._refuse(str(address), None)
        elif not self.may_send(address[0]):
            self._refuse(address[0], address[1])

    def _refuse(self, host: str | bytes, port: object) -> None:
        name = _normalise(host)
        shown = f"[{name}]" if ":" in name else name
        where = shown if port is None else f"{shown}:{port}"
        self._refused[where] = None
        raise EgressError(
            f"Connection to {where} refused: it is not on this machine, and not a host you listed. "
            f"If {name} is yours and may see the data, add --allow-host {name}."
        )


@cache
def install_guard() -> EgressGuard:
    """Guard this process from now on; called again, return the same guard.

    An audit hook cannot be removed: the guard stays until the process ends.
    """
    guard = EgressGuard()
    switch_off_telemetry(os.environ)
    _remember_answers(guard)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in _EVENTS:
            guard.check(event, args)

    sys.addaudithook(hook)
    return guard


def switch_off_telemetry(environment: MutableMapping[str, str]) -> None:
    """Switch telemetry, hub access and proxies off in `environment`, which children inherit."""
    environment.update(PRIVACY_SETTINGS)
    for name, value in OFFLINE_SETTINGS.items():
        environment.setdefault(name, value)
    for name in _TALKATIVE:
        environment.pop(name, None)
    for name in _PROXY_NAMES:
        for spelling in (name, name.lower()):
            if spelling in environment:
                environment[_SAVED_PREFIX + spelling] = environment.pop(spelling)


def restore_proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """Copy `environment` with the user's proxies back in it, for a child that may use them."""
    restored = {k: v for k, v in environment.items() if not k.startswith(_SAVED_PREFIX)}
    for name, value in environment.items():
        if name.startswith(_SAVED_PREFIX):
            restored.setdefault(name.removeprefix(_SAVED_PREFIX), value)
    return restored


def find_refusal(error: BaseException) -> EgressError | None:
    """Find the guard's refusal behind the error a library made of it; None when there is none."""
    todo: list[BaseException | None] = [error]
    seen: set[int] = set()
    while todo:
        current = todo.pop()
        if current is None or id(current) in seen:
            continue
        if isinstance(current, EgressError):
            return current
        seen.add(id(current))
        todo += [current.__context__, current.__cause__]
        if isinstance(current, BaseExceptionGroup):
            todo += current.exceptions
    return None


def _remember_answers(guard: EgressGuard) -> None:
    """Let the guard see what allowed names resolve to.

    The audit event of a look-up comes before its answer, and asking a second time may give other
    addresses; so the three look-up functions of `socket` are wrapped. Asyncio and every client we
    use call them as attributes of the module, also from its threads.
    """

    def wrap(name: str, read: Callable[[Any], Iterator[str]]) -> None:
        resolve = getattr(socket, name)

        def resolve_and_remember(host: Any, *args: Any, **options: Any) -> Any:
            answer = resolve(host, *args, **options)
            guard.remember(host, read(answer))
            return answer

        setattr(socket, name, resolve_and_remember)

    wrap("getaddrinfo", lambda answer: (str(entry[4][0]) for entry in answer))
    wrap("gethostbyname", lambda answer: iter([answer]))
    wrap("gethostbyname_ex", lambda answer: iter(answer[2]))


def _normalise(host: str | bytes | bytearray) -> str:
    """Spell a host one way: text, lower case, without brackets, zone or final dot."""
    text = host if isinstance(host, str) else bytes(host).decode("ascii", "replace")
    return text.strip("[]").partition("%")[0].rstrip(".").lower()


def _parse_address(text: str) -> bytes | None:
    """Pack an IP address (an IPv4 one written as IPv6 becomes IPv4); None for a name."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            packed = socket.inet_pton(family, text)
        except (OSError, ValueError):
            continue
        mapped = len(packed) == 16 and packed.startswith(b"\0" * 10 + b"\xff\xff")
        return packed[12:] if mapped else packed
    return None


def _is_loopback(address: bytes) -> bool:
    """Whether a packed address is this machine; the unspecified one connects to loopback."""
    if len(address) == 4:
        return address[0] == 127 or address == bytes(4)
    return address in {bytes(15) + b"\x01", bytes(16)}
