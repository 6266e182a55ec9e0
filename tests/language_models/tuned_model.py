"""A tuned model's folder, as the training writes it, with small files in place of weights."""

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

GGUF_BYTES = b"GGUF" + struct.pack("<IQQ", 3, 2, 5) + bytes(range(256))


def write_tuned(folder: Path, *, gguf: bool, **base: Any) -> Path:
    """Write a tuned model: with model.gguf, or as a Hugging Face folder alone."""
    (folder / "model").mkdir(parents=True)
    (folder / "model/config.json").write_text('{"model_type": "llama"}')
    (folder / "model/model.safetensors").write_bytes(bytes(range(200)))
    (folder / "README.md").write_text("# A tuned model")
    if gguf:
        (folder / "model.gguf").write_bytes(GGUF_BYTES)
    write_manifest(folder, base=base)
    return folder


def write_manifest(folder: Path, *, base: dict[str, Any] | None = None, **more: Any) -> None:
    """Write the manifest of what lies in the folder now."""
    weights = ["model/config.json", "model/model.safetensors", "model.gguf"]
    known = {"given": "smollm2-135m", "name": "smollm2-135m", "licence": "Apache-2.0"}
    sizes = {"parameters": 134_515_008, "context_tokens": 8192}
    manifest = {
        "kind": "finetuned",
        "sqpsych": "0.1.0",
        "prompt_style": "chat",
        "base": {**known, **sizes, **(base or {})},
        "sha256": {
            path: hashlib.sha256((folder / path).read_bytes()).hexdigest()
            for path in weights
            if (folder / path).exists()
        },
        "steps": 12,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest | more))
