"""How a model is trained: settings by name, with presets as TOML files beside this one."""

import tomllib
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sqpsych.errors import FinetuneError

Weights = Literal["lora", "qlora", "all"]
Schedule = Literal["constant", "constant_with_warmup", "linear", "cosine"]
Precision = Literal["auto", "bf16", "fp32"]


class TrainingSettings(BaseModel):
    """Settings of every kind of training; a TOML file of a preset has the same names."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    presets: ClassVar[str]
    """Folder of its presets."""

    weights: Weights = "lora"
    """Which weights change: adapters of low rank (Hu et al. 2021, arXiv:2106.09685), the same on a
    base in 4 bits (Dettmers et al. 2023, arXiv:2305.14314; CUDA only), or all."""
    epochs: float = Field(default=3, gt=0)
    """Passes over the train split, at most."""
    batch: int = Field(default=2, ge=1)
    """Sequences, or pairs, of one device at a time."""
    accumulate: int = Field(default=4, ge=1)
    """Batches of one step."""
    learning_rate: float = Field(default=2e-4, gt=0)
    """At its highest."""
    schedule: Schedule = "cosine"
    """How the learning rate goes on after the warm-up."""
    warmup: float = Field(default=0.05, ge=0, lt=1)
    """Share of the steps in which the learning rate rises from 0."""
    max_grad_norm: float = Field(default=1.0, gt=0)
    """Gradients are cut to this norm."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Of AdamW."""
    context_tokens: int = Field(default=4096, ge=64)
    """Most tokens of a sequence; longer dialogues are cut after a therapist's turn."""
    precision: Precision = "auto"
    """What is computed in. auto: bf16 on a GPU that has it, else fp32; weights that are trained by
    themselves are kept in fp32. bf16: these, too, for half the memory and coarser steps."""
    gradient_checkpointing: bool = False
    """Less memory for about a third more time."""
    evaluations: int = Field(default=1, ge=1)
    """Times an epoch that the loss on dev is taken, and a checkpoint kept."""
    patience: int = Field(default=2, ge=1)
    """Training stops after so many evaluations in a row without a lower loss on dev."""
    lora_rank: int = Field(default=16, ge=1)
    """Rank of the adapters."""
    lora_alpha: int = Field(default=32, ge=1)
    """The adapters' output is scaled by alpha / rank."""
    lora_dropout: float = Field(default=0.0, ge=0, lt=1)
    """Share of the adapters' input that is left out by lot at each step."""
    seed: int = Field(default=0, ge=0)
    """Of the order of dialogues, the adapters and dropout."""


class FinetuneSettings(TrainingSettings):
    """Settings of supervised training."""

    presets = "supervised"

    packing: bool | Literal["auto"] = "auto"
    """Several dialogues in one sequence, none of which sees another. auto: where FlashAttention is
    there, which leaves out what they would not see; without it, packing costs more than it saves
    (docs/performance.md)."""
    therapist_only: bool = True
    """Loss on the therapist's turns alone; else on every token."""


class PreferenceSettings(TrainingSettings):
    """Settings of preference training."""

    presets = "preferences"

    beta: float = Field(default=0.1, gt=0)
    """How much the model is held to where it began (Rafailov et al. 2023, arXiv:2305.18290)."""


Settings = TypeVar("Settings", bound=TrainingSettings)


def choose_preset() -> str:
    """Choose a preset by what is here: `default` with a GPU, else `laptop`."""
    import torch

    return "default" if torch.cuda.is_available() else "laptop"


def find_launch_file(name: str) -> Path:
    """Find a shipped configuration for `accelerate launch`.

    Args:
        name: fsdp (weights spread over the GPUs of a machine) or ddp (a copy on each).

    Raises:
        FinetuneError: there is none of that name.
    """
    path = Path(__file__).with_name("launch") / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml")))
        raise FinetuneError(f"No launch file is called {name!r}. Shipped are {known}.")
    return path


def read_settings(model: type[Settings], preset: str, **own: Any) -> Settings:
    """Read a preset, and put settings of one's own over it.

    Args:
        model: FinetuneSettings or PreferenceSettings.
        preset: name of a shipped one, or the path of a TOML file in the same form.
        own: settings by name.

    Raises:
        FinetuneError: there is no such preset, or a setting is unknown or out of range.
    """
    values = _read_preset(model, preset) | {
        name: one for name, one in own.items() if one is not None
    }
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(step) for step in first["loc"])
        raise FinetuneError(
            f"Preset {preset}, {name}: {first['msg']}, got {first['input']!r}. Settings are "
            f"{', '.join(model.model_fields)}."
        ) from error


def list_presets(model: type[TrainingSettings]) -> tuple[str, ...]:
    """List the shipped presets of a kind of training by name."""
    return tuple(sorted(Path(file.name).stem for file in _find_folder(model).iterdir()))


def _find_folder(model: type[TrainingSettings]) -> Traversable:
    return resources.files("sqpsych.finetune").joinpath("presets", model.presets)


def _read_preset(model: type[TrainingSettings], preset: str) -> dict[str, Any]:
    shipped = list_presets(model)
    if preset in shipped:
        text = _find_folder(model).joinpath(f"{preset}.toml").read_text("utf-8")
    elif preset.endswith(".toml"):
        try:
            text = Path(preset).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise FinetuneError(f"{preset} cannot be read: {error}. Check the path.") from error
    else:
        raise FinetuneError(
            f"No preset is called {preset!r}. Shipped are {', '.join(shipped)}; a file of your own "
            "ends in .toml."
        )
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FinetuneError(f"{preset} is not valid TOML: {error}. Correct it.") from error
