"""What a run leaves: the model, its adapters, curves, a card, and at last the manifest.

OUT/model/         merged weights (safetensors), tokenizer with its chat template
OUT/adapter/       LoRA adapters alone, where they were trained
OUT/model.gguf     the same for the embedded server, where the base came from such a file
OUT/training.json  every step's loss and learning rate, every evaluation
OUT/training.png   the same as a picture
OUT/README.md      the model card
OUT/manifest.json  what it was made of, and the SHA-256 of each file
"""

import json
import shutil
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqpsych import __version__
from sqpsych.finetune.base import Base, read_context_tokens
from sqpsych.finetune.card import write_card
from sqpsych.finetune.conversations import DataRecord
from sqpsych.finetune.curves import draw_curves
from sqpsych.finetune.display import Counts, Finetuned, Losses
from sqpsych.finetune.gguf_writing import write_gguf
from sqpsych.finetune.lineage import knows_nobody, name_splits
from sqpsych.finetune.run import CHECKPOINTS, KIND, MANIFEST, write_json
from sqpsych.finetune.settings import TrainingSettings
from sqpsych.language_models.weights import sha256_file

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, Trainer

Kind = Literal["supervised", "preferences"]
"""Of training."""

_LIBRARIES = ("accelerate", "peft", "torch", "transformers", "trl")


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that was trained, and how."""

    kind: Kind
    base: Base
    data: DataRecord
    settings: TrainingSettings
    counts: dict[str, Counts]
    before: Losses
    after: Losses


def write_run(
    trainer: "Trainer", tokenizer: "PreTrainedTokenizerBase", trained: Trained, output: Path
) -> Finetuned:
    """Write what a run leaves, the manifest last, and remove its checkpoints.

    Args:
        trainer: with the best weights in it.
        tokenizer: with the template that the model is to be asked by.
        trained: what was done.
        output: folder of the run.
    """
    adapters = trained.settings.weights != "all"
    folder = output / ("adapter" if adapters else "model")
    trainer.save_model(str(folder))
    history = [dict(entry) for entry in trainer.state.log_history]
    if trainer.is_world_process_zero():
        # A pickle of the trainer's, and a card of no content with the path of the base.
        for name in ("training_args.bin", "README.md"):
            (folder / name).unlink(missing_ok=True)
        if adapters:
            _merge(trained, output)
            _name_base(output / "adapter" / "adapter_config.json", trained.base)
        tokenizer.save_pretrained(output / "model")
        if trained.base.gguf is not None:
            (output / "model.gguf").unlink(missing_ok=True)
            write_gguf(output / "model", trained.base.gguf, output / "model.gguf")
        write_json(output / "training.json", history)
        (output / "training.png").write_bytes(draw_curves(history))
        manifest = _describe(trainer, trained)
        write_card(output / "README.md", manifest)
        write_json(output / MANIFEST, manifest | {"sha256": _hash_files(output)})
        shutil.rmtree(output / CHECKPOINTS, ignore_errors=True)
    return Finetuned(output, trained.before, trained.after, trainer.state.global_step)


def _merge(trained: Trained, output: Path) -> None:
    """Put the adapters into the weights of the base, as they were before they were quantised."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(trained.base.folder, dtype="auto")
    merged = PeftModel.from_pretrained(base, output / "adapter").merge_and_unload()
    merged.save_pretrained(output / "model")


def _name_base(config: Path, base: Base) -> None:
    """Let adapters call their base by its name; the path it was loaded from is of this machine."""
    name = base.name if Path(base.folder).exists() else base.folder
    described = json.loads(config.read_text("utf-8"))
    write_json(config, described | {"base_model_name_or_path": name})


def _describe(trainer: "Trainer", trained: Trained) -> dict[str, Any]:
    base, config = trained.base, trainer.model.config.get_text_config()
    parameters = trainer.model.parameters()
    weights = trainer.accelerator.unwrap_model(trainer.model)
    return {
        "kind": KIND,
        "training": trained.kind,
        "sqpsych": __version__,
        "prompt_style": "chat",
        "base": {
            # A path is of this machine, and would go wherever the run goes.
            "given": base.given if base.given == base.name else None,
            "name": base.name,
            "licence": base.licence,
            "sha256": base.sha256,
            "parameters": weights.num_parameters() - _count_adapters(weights),
            "context_tokens": read_context_tokens(config) or trained.settings.context_tokens,
        },
        "trained_parameters": sum(one.numel() for one in parameters if one.requires_grad),
        "settings": trained.settings.model_dump(),
        "dataset": asdict(trained.data) | {"splits": trained.counts},
        "trained_on": _list_datasets(trained),
        "held_out_new": knows_nobody(base.earlier, trained.data),
        "processes": trainer.accelerator.num_processes,
        "packed": bool(getattr(trainer.args, "packing", False)),
        "computed_in": "bf16" if trainer.args.bf16 else "fp32",
        "steps": trainer.state.global_step,
        "best_step": trainer.state.best_global_step,
        "losses": {"before": trained.before, "after": trained.after},
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def _list_datasets(trained: Trained) -> list[list[str]] | None:
    """List what the model was trained on by now, as lineage.py reads it back."""
    if trained.base.earlier is None:
        return None
    return [sorted(one) for one in (*trained.base.earlier, name_splits(trained.data))]


def _count_adapters(weights: Any) -> int:
    return sum(one.numel() for name, one in weights.named_parameters() if ".lora_" in name)


def _hash_files(output: Path) -> dict[str, str]:
    files = sorted(
        file
        for file in output.rglob("*")
        if file.is_file() and file.name[0] != "." and not file.is_relative_to(output / CHECKPOINTS)
    )
    return {file.relative_to(output).as_posix(): sha256_file(file) for file in files}
