"""The egress guard. What needs the hook runs in a child process: an audit hook cannot be removed.

No packet leaves: 192.0.2.1 is reserved for documentation, and is refused before the system call.
"""

import json
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest

from sqpsych.errors import EgressError, InputError
from sqpsych.language_models.egress import (
    EgressGuard,
    find_refusal,
    restore_proxies,
    switch_off_telemetry,
)

PREAMBLE = """
import asyncio, json, os, socket
from sqpsych.errors import EgressError
from sqpsych.language_models.egress import find_refusal, install_guard
guard = install_guard()

def attempt(act):
    try:
        act()
    except EgressError as error:
        return str(error)
    raise SystemExit("was not refused")
"""


def run_guarded(body: str) -> Any:
    """Run `body` in a child process under the guard; return the JSON it prints."""
    script = PREAMBLE + textwrap.dedent(body)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "::ffff:127.0.0.1", "localhost", "LOCALHOST."],
)
def test_loopback_may_be_spoken_to(host: str) -> None:
    assert EgressGuard().may_send(host)


@pytest.mark.parametrize(
    "host",
    [
        "192.0.2.1",
        "::ffff:192.0.2.1",
        "2001:db8::1",
        "10.0.0.1",
        "fe80::1%eth0",
        "169.254.169.254",
        "example.invalid",
        "localhost.example.invalid",
        "127.0.0.1.example.invalid",
        "<broadcast>",
        "2130706433",
        b"example.invalid",
    ],
)
def test_everything_else_may_not(host: str | bytes) -> None:
    assert not EgressGuard().may_send(host)


def test_an_allowed_name_may_be_looked_up_and_its_addresses_spoken_to() -> None:
    guard = EgressGuard()
    guard.allow("GPU01.example.invalid")
    assert guard.may_look_up("gpu01.example.invalid.")
    assert not guard.may_send("192.0.2.7")
    guard.remember("gpu01.example.invalid", iter(["192.0.2.7", "2001:db8::7"]))
    assert guard.may_send("192.0.2.7")
    assert guard.may_send("2001:db8:0::7")
    assert not guard.may_send("192.0.2.8")
    assert guard.allowed == ("gpu01.example.invalid",)


def test_addresses_of_other_names_are_not_remembered() -> None:
    guard = EgressGuard()
    guard.remember("example.invalid", iter(["192.0.2.7"]))
    assert not guard.may_send("192.0.2.7")


def test_an_allowed_address_passes_however_it_is_written() -> None:
    guard = EgressGuard()
    guard.allow("[2001:db8::1]")
    guard.allow("192.0.2.1")
    assert guard.may_send("2001:0db8:0::1")
    assert guard.may_send("::ffff:192.0.2.1")


@pytest.mark.parametrize("host", ["http://gpu01:8000/v1", "gpu01:8000", "*.local", "", "a b"])
def test_what_is_no_host_cannot_be_allowed(host: str) -> None:
    with pytest.raises(InputError, match="host name or an IP address alone"):
        EgressGuard().allow(host)


def test_an_address_or_nothing_may_be_looked_up_for_a_server_to_listen_on() -> None:
    guard = EgressGuard()
    assert guard.may_look_up("192.0.2.1")
    assert guard.may_look_up(None)
    assert guard.may_look_up(socket.gethostname())


def test_what_was_refused_is_kept_once_in_order() -> None:
    guard = EgressGuard()
    with socket.socket() as plain:
        for address in [("192.0.2.1", 80), ("192.0.2.2", 81), ("192.0.2.1", 80)]:
            with pytest.raises(EgressError):
                guard.check("socket.connect", (plain, address))
    with pytest.raises(EgressError):
        guard.check("socket.gethostbyname", ("example.invalid",))
    with socket.socket(socket.AF_INET6) as six, pytest.raises(EgressError):
        guard.check("socket.connect", (six, ("2001:db8::1", 82, 0, 0)))
    assert guard.refused == ("192.0.2.1:80", "192.0.2.2:81", "example.invalid", "[2001:db8::1]:82")


def test_the_error_names_the_host_and_what_to_do() -> None:
    expected = r"192\.0\.2\.1:443 refused.*--allow-host 192\.0\.2\.1\."
    with socket.socket() as plain, pytest.raises(EgressError, match=expected):
        EgressGuard().check("socket.connect", (plain, ("192.0.2.1", 443)))


def test_telemetry_is_forced_off_and_hubs_are_off_by_default() -> None:
    environment = {"DO_NOT_TRACK": "0", "HF_HUB_OFFLINE": "0"}
    switch_off_telemetry(environment)
    assert environment["DO_NOT_TRACK"] == "1"
    assert environment["RAY_USAGE_STATS_ENABLED"] == "0"
    assert environment["HF_HUB_OFFLINE"] == "0"
    assert environment["TRANSFORMERS_OFFLINE"] == "1"


def test_proxies_are_put_away_and_can_be_had_back() -> None:
    before = {"https_proxy": "http://127.0.0.1:3128", "ALL_PROXY": "socks5://127.0.0.1:1080"}
    environment = dict(before)
    switch_off_telemetry(environment)
    assert "https_proxy" not in environment
    assert "ALL_PROXY" not in environment
    restored = restore_proxies(environment)
    assert before.items() <= restored.items()
    assert not [name for name in restored if name.startswith("SQPSYCH_SAVED_")]


def test_the_refusal_is_found_behind_wrapped_and_grouped_errors() -> None:
    refusal = EgressError("refused")
    wrapped = RuntimeError("connection error")
    wrapped.__cause__ = ExceptionGroup("tasks", [ValueError("other"), refusal])
    assert find_refusal(wrapped) is refusal
    assert find_refusal(RuntimeError("other")) is None


@pytest.fixture
def loopback_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_loopback_server_is_reached_under_the_guard(loopback_port: int) -> None:
    reached = run_guarded(f"""
        async def connect():
            reader, writer = await asyncio.open_connection("localhost", {loopback_port})
            writer.close()
            await writer.wait_closed()
        socket.create_connection(("127.0.0.1", {loopback_port})).close()
        asyncio.run(connect())
        with socket.socket() as server:
            server.bind(("0.0.0.0", 0))
        left, right = socket.socketpair()
        left.send(b"x"), left.close(), right.close()
        print(json.dumps([guard.refused, guard is install_guard(), os.environ["HF_HUB_OFFLINE"]]))
    """)
    assert reached == [[], True, "1"]


def test_every_way_out_of_the_socket_module_is_refused() -> None:
    refused = run_guarded("""
        tcp, udp = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        attempt(lambda: tcp.connect(("192.0.2.1", 1)))
        attempt(lambda: tcp.connect_ex(("192.0.2.1", 2)))
        attempt(lambda: udp.sendto(b"x", ("192.0.2.1", 3)))
        attempt(lambda: udp.sendmsg([b"x"], [], 0, ("192.0.2.1", 4)))
        attempt(lambda: socket.create_connection(("192.0.2.1", 5)))
        attempt(lambda: socket.getaddrinfo("example.invalid", 6))
        attempt(lambda: socket.gethostbyname("a.example.invalid"))
        attempt(lambda: socket.gethostbyname_ex("b.example.invalid"))
        attempt(lambda: socket.gethostbyaddr("192.0.2.9"))
        attempt(lambda: socket.getnameinfo(("192.0.2.10", 0), 0))
        tcp.close(), udp.close()
        print(json.dumps(guard.refused))
    """)
    assert refused == [
        *(f"192.0.2.1:{port}" for port in range(1, 6)),
        "example.invalid:6",
        "a.example.invalid",
        "b.example.invalid",
        "192.0.2.9",
        "192.0.2.10",
    ]


def test_asyncio_is_refused_for_addresses_and_names() -> None:
    refused = run_guarded("""
        attempt(lambda: asyncio.run(asyncio.open_connection("192.0.2.1", 80)))
        attempt(lambda: asyncio.run(asyncio.open_connection("example.invalid", 80)))
        print(json.dumps(guard.refused))
    """)
    assert refused == ["192.0.2.1:80", "example.invalid:80"]


def test_aiohttp_is_refused_and_the_refusal_is_found_again() -> None:
    found, refused = run_guarded("""
        import aiohttp

        async def ask(host):
            async with aiohttp.ClientSession() as client:
                try:
                    await client.get(f"http://{host}:8000/v1")
                except Exception as error:
                    return type(find_refusal(error)).__name__

        found = [asyncio.run(ask(host)) for host in ("192.0.2.1", "example.invalid")]
        print(json.dumps([found, guard.refused]))
    """)
    assert found == ["EgressError", "EgressError"]
    assert refused == ["192.0.2.1:8000", "example.invalid:8000"]


def test_a_swallowed_refusal_is_still_on_record() -> None:
    refused = run_guarded("""
        try:
            socket.create_connection(("192.0.2.1", 80))
        except Exception:
            pass
        print(json.dumps(guard.refused))
    """)
    assert refused == ["192.0.2.1:80"]


def test_addresses_an_allowed_name_resolves_to_pass_under_the_hook() -> None:
    passed = run_guarded("""
        import _socket
        resolve = socket.getaddrinfo
        guard.allow("192.0.2.20")
        socket.getaddrinfo("192.0.2.21", 80)
        guard.allow(socket.gethostname())
        try:
            own = {entry[4][0] for entry in socket.getaddrinfo(socket.gethostname(), 80)}
        except OSError:
            own = set()
        print(json.dumps([guard.may_send("192.0.2.20"), guard.may_send("192.0.2.21"),
                          all(guard.may_send(address) for address in own)]))
    """)
    assert passed == [True, False, True]


def test_installing_is_quick_and_loads_nothing_third_party() -> None:
    loaded = run_guarded("""
        import sys
        heavy = {"pydantic", "aiohttp", "torch", "pandas", "xllamacpp", "ipaddress"}
        print(json.dumps(sorted(heavy & set(sys.modules))))
    """)
    assert loaded == []
