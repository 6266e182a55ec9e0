"""What was tuned is what is served: transformers reads it back."""

import resource
import struct
from pathlib import Path
from typing import Any

import pytest

from sqpsych.finetune.gguf_writing import write_gguf

from .tiny_models import change, check_refused, load, read_metadata, save, write_source

gguf = pytest.importorskip("gguf")
torch = pytest.importorskip("torch")


@pytest.fixture(params=["llama", "qwen2"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return write_source(tmp_path / "base.gguf", request.param)


def check_same(loaded: Any, tuned: Any) -> None:
    """Matrices are the tuned ones in F16, vectors the very same."""
    expected = tuned.state_dict()
    for name, found in loaded.state_dict().items():
        wanted = expected[name].float()
        assert torch.equal(found, wanted if wanted.ndim == 1 else wanted.half().float()), name
    assert loaded.state_dict().keys() == expected.keys()


def test_an_untouched_model_comes_back(source: Path, tmp_path: Path) -> None:
    base = load(source)
    write_gguf(save(base, tmp_path / "model"), source, tmp_path / "back.gguf")
    check_same(load(tmp_path / "back.gguf"), base)


@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
def test_tuned_weights_arrive(source: Path, tmp_path: Path, kind: str) -> None:
    tuned = load(source)
    before = {name: weights.clone() for name, weights in tuned.state_dict().items()}
    change(tuned)
    tuned = tuned.to(getattr(torch, kind))
    write_gguf(save(tuned, tmp_path / "model"), source, tmp_path / "tuned.gguf")
    loaded = load(tmp_path / "tuned.gguf")
    check_same(loaded, tuned)
    assert not any(torch.equal(one, before[name]) for name, one in loaded.state_dict().items())


def test_a_model_in_several_files_is_read(source: Path, tmp_path: Path) -> None:
    tuned = load(source)
    folder = save(tuned, tmp_path / "model", max_shard_size="50KB")
    assert len(list(folder.glob("*.safetensors"))) > 2
    write_gguf(folder, source, tmp_path / "back.gguf")
    check_same(load(tmp_path / "back.gguf"), tuned)


def test_metadata_is_the_sources_but_for_name_and_kind(source: Path, tmp_path: Path) -> None:
    add_empty_array(source)
    path = tmp_path / "counsellor-1.0.gguf"
    write_gguf(save(load(source), tmp_path / "model"), source, path)
    before, after = read_metadata(source), read_metadata(path)
    assert before.pop("my.empty")[0] == []
    assert after["general.name"][0] == "counsellor-1.0"
    assert after["general.file_type"][0] == gguf.LlamaFileType.MOSTLY_F16
    changed = {"general.name", "general.file_type"}
    assert after.keys() == before.keys()
    assert {name for name in before if before[name] != after[name]} == changed


def add_empty_array(path: Path) -> None:
    """Put an array without items before the other fields; 64 bytes, so that the rest is aligned."""
    content = path.read_bytes()
    version, tensors, fields = struct.unpack_from("<IQQ", content, 4)
    empty = struct.pack("<Q8sIIQ", 8, b"my.empty", 9, 8, 0)
    text = struct.pack("<Q8sIQ4s", 8, b"my.words", 8, 4, b"text")
    header = content[:4] + struct.pack("<IQQ", version, tensors, fields + 2)
    path.write_bytes(header + empty + text + content[24:])


def test_matrices_are_f16_vectors_f32_in_the_order_of_the_source(
    source: Path, tmp_path: Path
) -> None:
    write_gguf(save(load(source), tmp_path / "model"), source, tmp_path / "back.gguf")
    before, after = gguf.GGUFReader(source).tensors, gguf.GGUFReader(tmp_path / "back.gguf").tensors
    assert [tensor.name for tensor in after] == [tensor.name for tensor in before]
    for tensor in after:
        assert tensor.tensor_type.name == ("F32" if len(tensor.shape) == 1 else "F16")
        assert tensor.data_offset % 64 == 0


@pytest.fixture
def llama(tmp_path: Path) -> Path:
    return write_source(tmp_path / "base.gguf", "llama")


def test_nothing_is_written_over(llama: Path, tmp_path: Path) -> None:
    content = llama.read_bytes()
    check_refused(save(load(llama), tmp_path / "model"), llama, "is there already", path=llama)
    assert llama.read_bytes() == content


@pytest.mark.parametrize("value", [float("nan"), 70_000.0])
def test_values_that_f16_cannot_hold_are_refused(llama: Path, tmp_path: Path, value: float) -> None:
    model = load(llama)
    with torch.no_grad():
        model.model.layers[1].mlp.down_proj.weight[3, 5] = value
    folder = save(model, tmp_path / "model")
    check_refused(folder, llama, r"layers\.1\.mlp\.down_proj\.weight in .* 65,504 that F16")


def test_a_place_that_cannot_be_written_to_is_explained(llama: Path, tmp_path: Path) -> None:
    folder = save(load(llama), tmp_path / "model")
    for place in (tmp_path / "nowhere", llama):
        check_refused(folder, llama, "new.gguf cannot be written", path=place / "new.gguf")


def test_a_full_disk_leaves_nothing_behind(llama: Path, tmp_path: Path) -> None:
    folder = save(load(llama), tmp_path / "model")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        check_refused(folder, llama, "new.gguf cannot be written")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
