"""TRL's DPO on pairs that are tokens already, in which only the therapist's are compared."""

from typing import Any

import torch
from transformers.data.data_collator import DataCollatorMixin
from trl import DPOTrainer
from trl.trainer.utils import pad

from sqpsych.finetune.encoding import NO_LOSS


class MaskedDPOTrainer(DPOTrainer):  # type: ignore[misc]
    """DPO that takes its dataset as it is; TRL's own would compare every token after the prompt."""

    def _prepare_dataset(self, dataset: Any, *others: Any) -> Any:
        return dataset


class PairCollator(DataCollatorMixin):  # type: ignore[misc]
    """Makes batches of pairs: first the chosen sequences, then the rejected ones.

    Of each pair it reads `chosen_ids`, `rejected_ids`, and labels that are NO_LOSS where a token is
    not to be compared.
    """

    return_tensors = "pt"

    def __init__(self, pad_token_id: int) -> None:
        """Fill up with a token."""
        self._pad = pad_token_id

    def torch_call(self, examples: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Make a batch: `input_ids`, `attention_mask` and `completion_mask`, two rows a pair."""
        sides = ("chosen", "rejected")
        ids = [torch.tensor(one[f"{side}_ids"]) for side in sides for one in examples]
        labels = [torch.tensor(one[f"{side}_labels"]) for side in sides for one in examples]
        masks = [(label != NO_LOSS).long() for label in labels]
        return {
            "input_ids": pad(ids, padding_value=self._pad),
            "attention_mask": pad([torch.ones_like(one) for one in ids], padding_value=0),
            "completion_mask": pad(masks, padding_value=0),
        }
