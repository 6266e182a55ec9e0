"""Tiny models with random weights as GGUF files, and what transformers makes of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sqpsych.errors import FinetuneError
from sqpsych.finetune.gguf_writing import write_gguf

gguf = pytest.importorskip("gguf")
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

HIDDEN, FEED_FORWARD, VOCABULARY, BLOCKS = 64, 96, 48, 2
HEADS, PAIRED_HEADS = 4, 2
PAIRED = HIDDEN * PAIRED_HEADS // HEADS
TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
BLOCK_SHAPES = {
    "attn_norm.weight": (HIDDEN,),
    "ffn_norm.weight": (HIDDEN,),
    "attn_q.weight": (HIDDEN, HIDDEN),
    "attn_k.weight": (PAIRED, HIDDEN),
    "attn_v.weight": (PAIRED, HIDDEN),
    "attn_output.weight": (HIDDEN, HIDDEN),
    "ffn_gate.weight": (FEED_FORWARD, HIDDEN),
    "ffn_up.weight": (FEED_FORWARD, HIDDEN),
    "ffn_down.weight": (HIDDEN, FEED_FORWARD),
}
BIAS_SHAPES = {"attn_q.bias": (HIDDEN,), "attn_k.bias": (PAIRED,), "attn_v.bias": (PAIRED,)}


def list_shapes(architecture: str) -> dict[str, tuple[int, ...]]:
    """The tensors of a model: a llama ties its embeddings, a qwen2 has biases and a head."""
    qwen = architecture == "qwen2"
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (VOCABULARY, HIDDEN)}
    for block in range(BLOCKS):
        for name, shape in (BLOCK_SHAPES | (BIAS_SHAPES if qwen else {})).items():
            shapes[f"blk.{block}.{name}"] = shape
    shapes["output_norm.weight"] = (HIDDEN,)
    return shapes | ({"output.weight": (VOCABULARY, HIDDEN)} if qwen else {})


def write_source(
    path: Path,
    architecture: str,
    *,
    shapes: dict[str, tuple[int, ...]] | None = None,
    nested: bool = False,
) -> Path:
    """Write a random model, most of its matrices in eight bits.

    Args:
        path: the GGUF file.
        architecture: "llama", "qwen2", or another that is only claimed.
        shapes: tensors beside the usual ones.
        nested: with an array of arrays among the metadata.
    """
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_custom_alignment(64)
    writer.add_name("Base")
    writer.add_file_type(7)
    writer.add_block_count(BLOCKS)
    writer.add_context_length(128)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(PAIRED_HEADS)
    writer.add_rope_freq_base(50_000.0)
    writer.add_layer_norm_rms_eps(3e-6)
    writer.add_vocab_size(VOCABULARY)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list([f"Ġ{number}é" for number in range(VOCABULARY)])
    writer.add_token_types([1] * VOCABULARY)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)
    if nested:
        writer.add_key_value(
            "x.nested", [[1], [2, 3]], gguf.GGUFValueType.ARRAY, gguf.GGUFValueType.ARRAY
        )
    random = np.random.default_rng(0)
    for name, shape in (list_shapes(architecture) | (shapes or {})).items():
        numbers = random.normal(scale=0.3, size=shape).astype(np.float32)
        if len(shape) == 2 and "attn_v" not in name:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, gguf.quantize(numbers, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, numbers)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def load(path: Path) -> Any:
    """Load a GGUF file with transformers, as plain F32."""
    return transformers.AutoModelForCausalLM.from_pretrained(
        path.parent,
        gguf_file=path.name,
        quantization_config=transformers.GgufConfig(dequantize=True),
        dtype=torch.float32,
    )


def save(model: Any, folder: Path, **settings: Any) -> Path:
    """Save a model as transformers does; the folder."""
    model.save_pretrained(folder, **settings)
    return folder


def change(model: Any) -> None:
    """Change every weight a little, as training does."""
    random = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(1 + 0.05 * torch.randn(weights.shape, generator=random))


def read_metadata(path: Path) -> dict[str, tuple[Any, list[Any]]]:
    """Read value and types of each field, less the counts of the file itself."""
    fields = gguf.GGUFReader(path).fields.items()
    return {
        name: (field.contents(), field.types)
        for name, field in fields
        if not name.startswith("GGUF.")
    }


def check_refused(folder: Path, source: Path, said: str, *, path: Path | None = None) -> None:
    """Check that writing is refused in these words, and leaves nothing behind."""
    before = sorted(source.parent.rglob("*"))
    with pytest.raises(FinetuneError, match=said):
        write_gguf(folder, source, path or source.with_name("new.gguf"))
    assert sorted(source.parent.rglob("*")) == before
