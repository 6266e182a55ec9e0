"""The GGUF file a base model was loaded from, and the tensors of a tuned model that answer to it.

The two must belong together. Shapes show most of what can be amiss; head counts, the base of the
rotary embedding and the norm's epsilon they do not show, so these are compared by themselves.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqpsych.errors import FinetuneError

ARCHITECTURES = ("llama", "qwen2")
"""As GGUF and transformers both name them."""

_KINDS = {"F32", "F16", "BF16"}
_REORDERED = {
    "llama": {
        ".attn_q.": "attention.head_count",
        ".attn_k.": "attention.head_count_kv",
    }
}
"""The tensors whose rows lie in another order in GGUF, and which heads they are the rows of."""


@dataclass(frozen=True, slots=True)
class Source:
    """An open GGUF file."""

    path: Path
    reader: Any
    """gguf's GGUFReader."""
    architecture: str

    def get(self, key: str) -> Any:
        """Read a hyperparameter ("block_count"); None where the file leaves it out."""
        field = self.reader.get_field(f"{self.architecture}.{key}")
        if field is None and key == "attention.head_count_kv":
            return self.get("attention.head_count")
        return None if field is None else field.contents()


@dataclass(frozen=True, slots=True)
class TunedTensor:
    """Where a tensor of the tuned model lies, and what shape and type it has."""

    name: str
    file: Path
    shape: tuple[int, ...]
    kind: str
    """Of its numbers, as safetensors names it ("BF16")."""


@dataclass(frozen=True, slots=True)
class Match:
    """A tensor of the source, and the tuned one that takes its place."""

    name: str
    tuned: TunedTensor
    heads: int | None
    """Heads whose rows change their order; None where rows stay as they are."""


def open_source(path: Path) -> Source:
    """Open the GGUF file of a base model.

    Raises:
        FinetuneError: it is missing or damaged, or of an architecture that is not supported.
    """
    from gguf import GGUFReader

    try:
        reader = GGUFReader(path)
        field = reader.get_field("general.architecture")
        architecture = None if field is None else field.contents()
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise FinetuneError(
            f"{path} cannot be read as GGUF: {error}. Give the whole file that the base model was "
            "loaded from."
        ) from error
    if architecture not in ARCHITECTURES:
        raise FinetuneError(
            f"{path} holds a model of architecture {architecture}; expected "
            f"{' or '.join(ARCHITECTURES)}. Tune a model of one of these, or serve the tuned "
            "folder itself with a server that reads it."
        )
    return Source(path, reader, architecture)


def read_field(path: Path, name: str) -> Any:
    """Read a field of a GGUF file ("tokenizer.ggml.pre"); None where the file leaves it out."""
    from gguf import GGUFReader

    field = GGUFReader(path).get_field(name)
    return None if field is None else field.contents()


def check_config(folder: Path, source: Source) -> None:
    """Check that the engine will compute the tuned model as it was trained.

    Raises:
        FinetuneError: config.json cannot be read, or says otherwise than the source.
    """
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text("utf-8"))
        config = {**config, **config["rope_parameters"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FinetuneError(
            f"{path} cannot be read as a model's configuration: {error!r}. Give the folder of a "
            "model that transformers 5 saved."
        ) from error
    expected = {
        "model_type": source.architecture,
        "num_attention_heads": source.get("attention.head_count"),
        "num_key_value_heads": source.get("attention.head_count_kv"),
        "rms_norm_eps": source.get("attention.layer_norm_rms_epsilon"),
        "rope_theta": source.get("rope.freq_base") or 10_000.0,
    }
    for name, value in expected.items():
        if not _is_same(config.get(name), value):
            raise FinetuneError(
                f"{path} has {name} {config.get(name)}; {source.path} has {value}. Give the file "
                "that the base model was loaded from."
            )


def _is_same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-6)
    return one == other


def list_tuned(folder: Path) -> dict[str, TunedTensor]:
    """List the tensors of a tuned model by name, without reading their numbers.

    Raises:
        FinetuneError: there are none, a file is damaged, or two files hold the same tensor.
    """
    from safetensors import SafetensorError

    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise FinetuneError(
            f"{folder} holds no model*.safetensors. Merge the adapters into the model and save it "
            "there."
        )
    found: dict[str, TunedTensor] = {}
    for file in files:
        try:
            tensors = _list_tensors(file)
        except (OSError, SafetensorError) as error:
            raise FinetuneError(
                f"{file} cannot be read: {error}. It is cut off or damaged: save the model again."
            ) from error
        for tensor in tensors:
            if tensor.name in found:
                raise FinetuneError(
                    f"{found[tensor.name].file} and {file} both hold {tensor.name}. Delete those "
                    "that are left of an earlier model."
                )
            found[tensor.name] = tensor
    return found


def _list_tensors(file: Path) -> list[TunedTensor]:
    from safetensors import safe_open

    with safe_open(file, framework="pt") as tensors:
        parts = {name: tensors.get_slice(name) for name in tensors.keys()}  # noqa: SIM118
        return [
            TunedTensor(name, file, tuple(part.get_shape()), part.get_dtype())
            for name, part in parts.items()
        ]


def match_tensors(source: Source, tuned: dict[str, TunedTensor], folder: Path) -> list[Match]:
    """Find the tuned tensor for each one of the source, in the order of the source.

    Raises:
        FinetuneError: one has no counterpart, on either side, or another shape or type.
    """
    from gguf import MODEL_ARCH_NAMES, get_tensor_name_map

    (key,) = (key for key, name in MODEL_ARCH_NAMES.items() if name == source.architecture)
    names = get_tensor_name_map(key, source.get("block_count") or 0)
    by_name = {names.get_name(name, (".weight", ".bias")): one for name, one in tuned.items()}
    matches = []
    for tensor in source.reader.tensors:
        if tensor.name not in by_name:
            raise FinetuneError(
                f"{source.path} has {tensor.name}, and no tensor of {folder} answers to it. Give "
                "the file that the base model was loaded from; a tensor that transformers does "
                "not load cannot be written back."
            )
        match = Match(tensor.name, by_name[tensor.name], _count_heads(source, tensor.name))
        _check_match(match, tuple(int(length) for length in reversed(tensor.shape)), source.path)
        matches.append(match)
    left = sorted(tuned.keys() - {match.tuned.name for match in matches})
    if left:
        raise FinetuneError(
            f"{folder} has {left[0]}, and no tensor of {source.path} answers to it ({len(left)} "
            "in all). Give the file that the base model was loaded from, and keep the layers, the "
            "biases and the tied embeddings of that model."
        )
    return matches


def _count_heads(source: Source, name: str) -> int | None:
    for part, key in _REORDERED.get(source.architecture, {}).items():
        if part in name:
            return int(source.get(key))
    return None


def _check_match(match: Match, shape: tuple[int, ...], path: Path) -> None:
    tuned = match.tuned
    if tuned.shape != shape:
        raise FinetuneError(
            f"{tuned.name} in {tuned.file} is {_spell(tuned.shape)}; {match.name} in {path} is "
            f"{_spell(shape)}. Keep the sizes of the base model, that of its vocabulary too."
        )
    if tuned.kind not in _KINDS:
        raise FinetuneError(
            f"{tuned.name} in {tuned.file} is {tuned.kind}; expected F32, BF16 or F16. Save the "
            "model in one of these."
        )


def _spell(shape: tuple[int, ...]) -> str:
    return " x ".join(str(length) for length in shape)
