"""A tuned model: the folder it was written to, checked, becomes an entry of the catalogue.

The folder holds `manifest.json`, which says what the model came from and has the SHA-256 of every
file, and the weights: as `model.gguf`, which runs embedded, or in `model/`, a Hugging Face folder,
which a server of the user's runs.
"""

import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from sqpsych.errors import CatalogueError, WeightsError, find_fault
from sqpsych.language_models.catalogue import (
    ModelEntry,
    PromptStyle,
    SamplingDefaults,
    load_catalogue,
)
from sqpsych.language_models.weights import check_gguf, sha256_file

MANIFEST = "manifest.json"
GGUF = "model.gguf"
FOLDER = "model"
UNKNOWN_SAMPLING = SamplingDefaults(temperature=0.7, top_p=0.9, max_tokens=256)
"""How a model is sampled whose base is not in the catalogue."""

_ENGINE_SETTINGS = "dry_"
"""Sampling settings that llama.cpp alone knows begin so."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")


class _Base(BaseModel):
    """The model that was tuned."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    licence: str | None
    parameters: int = Field(gt=0)
    context_tokens: int = Field(ge=512)


class _Manifest(BaseModel):
    """What is needed of a tuned model's manifest; it holds more."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["finetuned"]
    prompt_style: PromptStyle
    base: _Base
    sha256: dict[str, Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]]
    """By path in the folder."""


def name_tuned(folder: Path, given: str | None = None) -> str:
    """Name a tuned model: as it is told, else as its folder, made fit.

    Raises:
        CatalogueError: it cannot be the name of a model.
    """
    name = fit_name(folder.resolve().name) if given is None else given
    if not _NAME.match(name) or name.endswith(".gguf"):
        raise CatalogueError(
            f"{name!r} cannot be the name of a model. Give one with --name, of small letters, "
            'digits, ".", "_" and "-", that begins with a letter or digit and does not end in '
            ".gguf."
        )
    return name


def read_tuned(folder: Path, name: str) -> ModelEntry:
    """Check a tuned model's folder, and make the entry by which it is known.

    It is sampled, and led, as the model it came from, where the catalogue has that.

    Args:
        folder: what the training wrote.
        name: what to call the model.

    Raises:
        CatalogueError: the folder is none of a tuned model.
        WeightsError: a file is missing, or not what the manifest says.
    """
    folder = folder.resolve()
    manifest = _read_manifest(folder)
    _check_files(folder, manifest)
    as_gguf = GGUF in manifest.sha256
    base = next((entry for entry in load_catalogue() if entry.name == manifest.base.name), None)
    if as_gguf:
        check_gguf(folder / GGUF)
    return ModelEntry(
        name=name,
        kind="gguf" if as_gguf else "folder",
        path=folder / (GGUF if as_gguf else FOLDER),
        size_bytes=(folder / GGUF).stat().st_size if as_gguf else None,
        sha256=manifest.sha256[GGUF] if as_gguf else None,
        parameters=_say_parameters(manifest.base.parameters),
        licence=manifest.base.licence or "not stated",
        prompt_style=manifest.prompt_style,
        context_tokens=manifest.base.context_tokens,
        sampling=_find_sampling(base, as_gguf=as_gguf),
        lead_words=base.lead_words if base else 0,
    )


def fit_name(given: str) -> str:
    """Make a folder's name one of a model: small letters, digits, ".", "_" and "-".

    Returns:
        The name; empty when nothing of the folder's can stand in one.
    """
    return re.sub(r"[^a-z0-9._-]+", "-", given.lower()).strip("._-")


def _read_manifest(folder: Path) -> _Manifest:
    path = folder / MANIFEST
    try:
        return _Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CatalogueError(
            f"{path} cannot be read: {error.strerror}. Give the folder that "
            "`sqpsych finetune` wrote."
        ) from error
    except ValidationError as error:
        place, message = find_fault(error)
        raise CatalogueError(
            f"{path} is not the manifest of a tuned model: {place or 'the file'}: {message}. "
            "Give the folder that `sqpsych finetune` wrote, as it was written."
        ) from error


def _check_files(folder: Path, manifest: _Manifest) -> None:
    """Check that the weights are listed, and every listed file is there as it was written."""
    listed = set(manifest.sha256)
    weights = [path for path in listed if re.match(rf"{FOLDER}/[^/]+\.safetensors$", path)]
    if GGUF not in listed and not weights:
        raise CatalogueError(
            f"{folder / MANIFEST} lists neither {GGUF} nor a {FOLDER}/*.safetensors. "
            "The training may have been stopped; run it again."
        )
    if GGUF not in listed and (folder / GGUF).exists():
        raise CatalogueError(
            f"{folder / GGUF} does not stand in {MANIFEST}: it was put there later. Move it away, "
            "or give its path as the model."
        )
    if GGUF not in listed and not (folder / FOLDER / "config.json").is_file():
        raise WeightsError(f"{folder / FOLDER}/config.json is missing. Copy the folder again.")
    for path, sha256 in manifest.sha256.items():
        _check_file(folder, path, sha256)


def _check_file(folder: Path, path: str, sha256: str) -> None:
    whole = folder / path
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise CatalogueError(f"{folder / MANIFEST} lists {path!r}, which is outside the folder.")
    try:
        found = sha256_file(whole)
    except OSError as error:
        raise WeightsError(
            f"{whole} stands in {MANIFEST} and cannot be read: {error.strerror}. Copy the folder "
            "again, whole."
        ) from error
    if found != sha256:
        raise WeightsError(
            f"{whole} is not the file that was written: its SHA-256 is {found}, {MANIFEST} has "
            f"{sha256}. Copy the folder again, or train anew."
        )


def _find_sampling(base: ModelEntry | None, *, as_gguf: bool) -> SamplingDefaults:
    """Sample as the base is; without what only the embedded engine knows where a server runs it."""
    if base is None:
        return UNKNOWN_SAMPLING
    if as_gguf:
        return base.sampling
    extra = {k: v for k, v in base.sampling.extra.items() if not k.startswith(_ENGINE_SETTINGS)}
    return base.sampling.model_copy(update={"extra": extra})


def _say_parameters(count: int) -> str:
    """Say a number of weights as people do ("135M", "1.5B")."""
    if count >= 999_500_000:
        return f"{count / 1e9:.3g}B"
    return f"{count / 1e6:.3g}M"
