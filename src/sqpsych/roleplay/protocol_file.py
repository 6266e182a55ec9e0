"""Reading a protocol: a folder with `protocol.toml`, `therapist.txt` and `client.txt`.

The two texts are the agents' instructions, the same for every model and every person.
"""

import re
import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sqpsych.errors import ProtocolError
from sqpsych.roleplay.checks import CHOSEN
from sqpsych.roleplay.protocol import TEXT_VARIABLES, Protocol, find_unknown

PROTOCOL_FILE = "protocol.toml"


def list_protocols() -> tuple[str, ...]:
    """List the names of the shipped protocols."""
    folders = _shipped().iterdir()
    return tuple(sorted(f.name for f in folders if f.joinpath(PROTOCOL_FILE).is_file()))


def load_protocol(name: str) -> Protocol:
    """Load a shipped protocol by name, or one of the user's own by the path of its folder.

    Raises:
        ProtocolError: there is none of that name, or it cannot be played; names file and line.
    """
    if name in list_protocols():
        return _read(_shipped().joinpath(name))
    if Path(name).is_dir():
        return _read(Path(name))
    near = get_close_matches(name, list_protocols(), n=1)
    meant = f"Did you mean {near[0]!r}? " if near else ""
    raise ProtocolError(
        f"There is no protocol {name!r}. {meant}Known are {', '.join(list_protocols())}; for your "
        "own give the path of its folder."
    )


def _shipped() -> Traversable:
    return resources.files("sqpsych.roleplay").joinpath("protocols")


def _read(folder: Traversable) -> Protocol:
    text = _read_text(folder, PROTOCOL_FILE)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProtocolError(f"{folder / PROTOCOL_FILE} is not valid TOML: {error}.") from error
    for key in ("therapist_text", "client_text"):
        name = f"{key.removesuffix('_text')}.txt"
        data[key] = _read_text(folder, name).rstrip("\n")
        _check_text(data[key], f"{folder / name}")
    where = f"{folder / PROTOCOL_FILE}"
    try:
        protocol = Protocol.model_validate(data)
    except ValidationError as error:
        raise ProtocolError(_explain(error, text, where)) from error
    chosen = [check.name for check in CHOSEN]
    if unknown := [name for name in protocol.checks if name not in chosen]:
        raise ProtocolError(
            f"{where} line {find_line(text, ['checks'])}, checks: there is no check "
            f"{unknown[0]!r} to choose; there are {', '.join(chosen)}. Correct it."
        )
    return protocol


def _read_text(folder: Traversable, name: str) -> str:
    try:
        return folder.joinpath(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProtocolError(f"{folder / name} cannot be read: {error}.") from error


def _check_text(text: str, where: str) -> None:
    for number, line in enumerate(text.splitlines(), start=1):
        if unknown := find_unknown(line, TEXT_VARIABLES):
            raise ProtocolError(f"{where} line {number}: {unknown}. Correct it.")


def _explain(error: ValidationError, text: str, where: str) -> str:
    """Say which line of the TOML file holds what cannot be used."""
    faults: Sequence[Any] = error.errors()
    fault = next((f for f in faults if f["type"] == "extra_forbidden"), faults[0])
    given = fault.get("ctx", {}).get("place")
    loc = [int(step) if step.isdigit() else step for step in given.split(".")] if given else None
    place = loc or list(fault["loc"])
    at = f" line {line}" if (line := find_line(text, place)) else ""
    named = ".".join(str(step) for step in place) or "the protocol"
    return f"{where}{at}, {named}: {fault['msg'].removeprefix('Value error, ')}. Correct it."


def find_line(text: str, place: Sequence[str | int]) -> int | None:
    """Find the line of a TOML file that holds a value.

    Args:
        text: the file.
        place: keys and, for arrays of tables, positions from 0 ("phases", 2, "steps", 0, "client").

    Returns:
        The line from 1 of the deepest part that can be found; None when there is none.
    """
    lines = text.splitlines()
    found, start, header = None, 0, ""
    steps = list(place)
    while steps:
        key = str(steps.pop(0))
        name = f"{header}.{key}" if header else key
        tables = [n for n in range(start, len(lines)) if lines[n].strip() == f"[[{name}]]"]
        if tables and steps and isinstance(steps[0], int) and steps[0] < len(tables):
            start = tables[int(steps.pop(0))]
            header, found = name, start + 1
            continue
        table = next((n for n in range(start, len(lines)) if lines[n].strip() == f"[{name}]"), None)
        if steps and table is not None and not isinstance(steps[0], int):
            start, header, found = table, name, table + 1
            continue
        entry = re.compile(rf"\s*(?:\{{.*)?\b{re.escape(key)}\s*=")
        heads = (n for n in range(start + bool(header), len(lines)) if lines[n].startswith("["))
        end = next(heads, len(lines))
        hit = next((n for n in range(start, end) if entry.match(lines[n])), None)
        return found if hit is None else hit + 1
    return found
