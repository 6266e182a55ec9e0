"""A tuned model and a GGUF file that do not belong together, or are damaged, are refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from .tiny_models import HIDDEN, VOCABULARY, check_refused, load, save, write_source

torch = pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors.torch")

EMBEDDINGS = "model.embed_tokens.weight"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_source(tmp_path / "base.gguf", "llama")


@pytest.fixture
def folder(source: Path, tmp_path: Path) -> Path:
    return save(load(source), tmp_path / "model")


def store(folder: Path, source: Path, tensors: dict[str, Any]) -> None:
    """Put the tensors of the source, with some in place of others or left out, into the folder."""
    own = {name: one for name, one in load(source).state_dict().items() if name != "lm_head.weight"}
    kept = {name: one.clone() for name, one in (own | tensors).items() if one is not None}
    safetensors.save_file(kept, folder / "model.safetensors")


def test_other_architectures(folder: Path, tmp_path: Path) -> None:
    other = write_source(tmp_path / "other.gguf", "gemma2")
    check_refused(folder, other, "architecture gemma2; expected llama or qwen2")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model_type", "mistral"),
        ("num_attention_heads", 2),
        ("num_key_value_heads", 4),
        ("rms_norm_eps", 1e-5),
        ("rope_theta", 10_000.0),
    ],
)
def test_a_model_that_is_computed_otherwise(
    source: Path, folder: Path, name: str, value: object
) -> None:
    config = folder / "config.json"
    record = json.loads(config.read_text("utf-8"))
    holder = record["rope_parameters"] if name == "rope_theta" else record
    assert holder[name] != value
    holder[name] = value
    config.write_text(json.dumps(record), "utf-8")
    check_refused(folder, source, rf"config\.json has {name} {value}; .*base\.gguf has")


@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_a_folder_without_a_configuration(source: Path, folder: Path, content: str | None) -> None:
    (folder / "config.json").unlink()
    if content is not None:
        (folder / "config.json").write_text(content, "utf-8")
    check_refused(folder, source, r"config\.json cannot be read")


def test_a_tensor_of_the_source_that_was_never_loaded(folder: Path, tmp_path: Path) -> None:
    scaled = write_source(tmp_path / "s.gguf", "llama", shapes={"rope_freqs.weight": (8,)})
    check_refused(folder, scaled, r"s\.gguf has rope_freqs\.weight, and no tensor of .*model ")


@pytest.mark.parametrize(
    "name", ["lm_head.weight", "model.layers.2.mlp.up_proj.weight", "score.weight"]
)
def test_a_tuned_tensor_that_the_source_lacks(source: Path, folder: Path, name: str) -> None:
    store(folder, source, {name: torch.ones(VOCABULARY, HIDDEN)})
    check_refused(folder, source, rf"has {name}, and no tensor of .*base\.gguf .*1 in all")


def test_a_tuned_tensor_that_is_missing(source: Path, folder: Path) -> None:
    store(folder, source, {"model.layers.1.mlp.up_proj.weight": None})
    check_refused(folder, source, r"base\.gguf has blk\.1\.ffn_up\.weight, and no tensor")


def test_a_grown_vocabulary(source: Path, folder: Path) -> None:
    store(folder, source, {EMBEDDINGS: torch.ones(VOCABULARY + 1, HIDDEN)})
    check_refused(folder, source, rf"{EMBEDDINGS} in .* is 49 x 64; token_embd.* is 48 x 64")


def test_numbers_of_another_type(source: Path, folder: Path) -> None:
    store(folder, source, {EMBEDDINGS: torch.ones(VOCABULARY, HIDDEN, dtype=torch.int8)})
    check_refused(folder, source, "is I8; expected F32, BF16 or F16")


def test_tensors_of_two_models(source: Path, folder: Path) -> None:
    safetensors.save_file(
        {EMBEDDINGS: torch.ones(2, 2)}, folder / "model-00001-of-00001.safetensors"
    )
    check_refused(folder, source, f"both hold {EMBEDDINGS}")


def test_a_folder_without_weights(source: Path, folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "adapter_model.safetensors")
    check_refused(folder, source, r"holds no model\*\.safetensors")


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.5, 0.999])
def test_weights_that_are_cut_off(source: Path, folder: Path, kept: float) -> None:
    cut(folder / "model.safetensors", kept)
    check_refused(folder, source, r"model\.safetensors cannot be read")


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.01, 0.03, 0.5, 0.999])
def test_a_source_that_is_cut_off(source: Path, folder: Path, kept: float) -> None:
    cut(source, kept)
    check_refused(folder, source, r"base\.gguf cannot be read as GGUF")


def cut(path: Path, kept: float) -> None:
    """Cut a file off."""
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])


def test_a_source_that_is_missing_or_something_else(folder: Path, tmp_path: Path) -> None:
    check_refused(folder, tmp_path / "missing.gguf", r"missing\.gguf cannot be read as GGUF")
    (tmp_path / "notes.gguf").write_text("no model, but a long enough text", "utf-8")
    check_refused(
        folder, tmp_path / "notes.gguf", r"notes\.gguf cannot be read as GGUF: GGUF magic"
    )


def test_metadata_that_cannot_be_copied(source: Path, folder: Path, tmp_path: Path) -> None:
    nested = write_source(tmp_path / "nested.gguf", "llama", nested=True)
    check_refused(folder, nested, r"x\.nested in .* is an array of arrays")
    spoilt = source.read_bytes().replace("Ġ7é".encode(), b"\xff" * len("Ġ7é".encode()))
    source.write_bytes(spoilt)
    check_refused(folder, source, r"tokenizer\.ggml\.tokens in .* is damaged")
