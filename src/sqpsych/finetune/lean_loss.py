"""TRL's supervised trainer on a CPU, with the loss taken where there is one.

TRL's own loss goes over the whole vocabulary at every position, in a way that is made for GPUs, and
keeps to the learned positions on a GPU alone. Here the vocabulary is gone over once, at those
positions; what comes out is the same number (docs/performance.md).
"""

from typing import Any

import torch
from torch.nn import functional
from trl import SFTTrainer

from sqpsych.finetune.encoding import NO_LOSS

KNOWN = ("llama", "mistral", "qwen2", "qwen3")
"""Model types whose logits are the head's output as it is."""


class LeanSFTTrainer(SFTTrainer):  # type: ignore[misc]
    """SFT of a model of a known type, in one process."""

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, torch.Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> torch.Tensor:
        """Take the mean loss over learned tokens: of the step where it is told, else the batch."""
        causal = model.get_base_model() if hasattr(model, "peft_config") else model
        given = {name: value for name, value in inputs.items() if name != "labels"}
        hidden = causal.base_model(**given, use_cache=False).last_hidden_state[:, :-1]
        labels = inputs["labels"][:, 1:]
        learned = labels != NO_LOSS
        logits = causal.get_output_embeddings()(hidden[learned]).float()
        loss = functional.cross_entropy(logits, labels[learned], reduction="sum")
        count = learned.sum() if num_items_in_batch is None else num_items_in_batch
        return loss / torch.as_tensor(count).clamp(min=1)
