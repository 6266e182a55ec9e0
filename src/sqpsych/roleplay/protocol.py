"""A protocol: how a session goes, as data. Phases and bounds in TOML, prompt texts beside it.

A protocol is a folder with `protocol.toml`, `therapist.txt` and `client.txt`. The two texts are the
agents' instructions, the same for every model and every person; their variables, filled in one
pass, are `{demographics}`, `{history}`, `{statements}`, `{severity}` and `{word_limit}`.
"""

import hashlib
import string
import tomllib
from difflib import get_close_matches
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sqpsych.errors import ProtocolError
from sqpsych.records import Speaker

PROTOCOL_FILE = "protocol.toml"
TEXT_VARIABLES = frozenset({"demographics", "history", "statements", "severity", "word_limit"})
DIRECTION_VARIABLES = frozenset({"appointment"})


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(_Data):
    """Bounds of a session. An exchange is a therapist's turn and the client's answer, from 1."""

    therapist_words: int = Field(ge=5)
    """A therapist's reply has fewer words than this."""
    client_words: int = Field(ge=5)
    """A client's reply has fewer words than this."""
    end_from: int = Field(ge=1)
    """First exchange in which the therapist may close the session."""
    hard_stop: int
    """Last exchange, in which the therapist must close it; else the dialogue is rejected."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.end_from > self.hard_stop:
            raise ValueError("end_from must not come after hard_stop")
        return self


class Phase(_Data):
    """A stretch of the session, and what each side is privately told in it."""

    name: str = Field(pattern=r"^[a-z][a-z_]*$")
    from_exchange: int = Field(ge=1)
    therapist: tuple[str, ...] = Field(min_length=1)
    """Directions, one an exchange of the phase; the last serves all further exchanges."""
    client: tuple[str, ...] = Field(min_length=1)
    sums_up: bool = False
    """Whether the therapist's lines must come back to what the client told."""


class Protocol(_Data):
    """A protocol, with its prompt texts."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    title: str
    source: str
    """Publication the procedure comes from."""
    language: str = Field(pattern=r"^[a-z]{2}$")
    """ISO 639-1 code of the language spoken."""
    end_marker: str = Field(min_length=3)
    """What a therapist may write behind the last line; taken off there, an error elsewhere."""
    attempts: int = Field(ge=1)
    """Replies asked for at one turn before the dialogue is rejected."""
    closing_attempts: int = Field(ge=0)
    """How often the therapist is asked again to close, in each exchange that allows it, before the
    session goes on."""
    redraw_probability: float = Field(ge=0, le=1)
    """How often an utterance that passed is set aside and written a second time."""
    farewell: str
    """The client's direction after the therapist has closed."""
    appointments: tuple[str, ...] = Field(min_length=1)
    """Dates for the next session, one of which is drawn; `{appointment}` in directions."""
    limits: Limits
    phases: tuple[Phase, ...] = Field(min_length=1)
    therapist_text: str
    client_text: str

    @model_validator(mode="after")
    def _check(self) -> Self:
        starts = [phase.from_exchange for phase in self.phases]
        if starts[0] != 1 or any(later <= earlier for earlier, later in pairwise(starts)):
            raise ValueError("phases must begin at exchange 1 and follow one another")
        if self.limits.end_from not in starts:
            raise ValueError(
                f"no phase begins at limits.end_from ({self.limits.end_from}): one must, and tell "
                "the therapist to close"
            )
        names = [phase.name for phase in self.phases]
        if len(set(names)) < len(names):
            raise ValueError("two phases have the same name")
        for phase in self.phases:
            for direction in (*phase.therapist, *phase.client):
                check_variables(direction, DIRECTION_VARIABLES)
        return self

    def instructions(self, speaker: Speaker) -> str:
        """The instruction text of one side, variables not filled."""
        return self.therapist_text if speaker == "therapist" else self.client_text

    def word_limit(self, speaker: Speaker) -> int:
        """The number of words a reply stays under."""
        limits = self.limits
        return limits.therapist_words if speaker == "therapist" else limits.client_words

    def find_phase(self, exchange: int) -> Phase:
        """Find the phase an exchange belongs to, counted from 1."""
        return next(phase for phase in reversed(self.phases) if phase.from_exchange <= exchange)

    @property
    def sha256(self) -> str:
        """Hash of everything that shapes the dialogues: bounds, directions and texts."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def list_protocols() -> tuple[str, ...]:
    """List the names of the shipped protocols."""
    folders = _shipped().iterdir()
    return tuple(sorted(f.name for f in folders if f.joinpath(PROTOCOL_FILE).is_file()))


def load_protocol(name: str) -> Protocol:
    """Load a shipped protocol by name, or one of the user's own by the path of its folder.

    Raises:
        ProtocolError: there is none of that name, or it cannot be played; names file and field.
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
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProtocolError(f"{folder / PROTOCOL_FILE} is not valid TOML: {error}.") from error
    for speaker in ("therapist", "client"):
        data[f"{speaker}_text"] = _read_text(folder, f"{speaker}.txt")
        _check_text(data[f"{speaker}_text"], f"{folder / speaker}.txt")
    try:
        return Protocol.model_validate(data)
    except ValidationError as error:
        raise ProtocolError(_explain(error, text, f"{folder / PROTOCOL_FILE}")) from error


def _read_text(folder: Traversable, name: str) -> str:
    try:
        return folder.joinpath(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProtocolError(f"{folder / name} cannot be read: {error}.") from error


def check_variables(text: str, known: frozenset[str]) -> None:
    """Refuse a text with a variable nobody fills.

    Raises:
        ValueError: it has one, or a lone brace.
    """
    for _, name, _, _ in string.Formatter().parse(text):
        if name is not None and name not in known:
            raise ValueError(f"has the variable {{{name}}}; known are {', '.join(sorted(known))}")


def _check_text(text: str, where: str) -> None:
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            check_variables(line, TEXT_VARIABLES)
        except ValueError as error:
            raise ProtocolError(f"{where} line {number}: {error}. Correct it.") from error


def _explain(error: ValidationError, text: str, where: str) -> str:
    """Say which line of the TOML file holds what cannot be used, as far as it can be told."""
    foreign = [fault for fault in error.errors() if fault["type"] == "extra_forbidden"]
    first = (foreign or error.errors())[0]
    keys = [step for step in first["loc"] if isinstance(step, str)]
    place = ".".join(str(step) for step in first["loc"]) or "the protocol"
    lines = [
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if keys and line.split("=")[0].strip() == keys[-1]
    ]
    at = f" line {lines[0]}" if len(lines) == 1 else ""
    return f"{where}{at}, {place}: {first['msg'].removeprefix('Value error, ')}. Correct it."
