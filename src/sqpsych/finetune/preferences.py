"""Preference training (DPO), top to bottom.

    sqpsych finetune-preferences PAIRS --model counsellor -o OUT

Of two ways to go on, the better one becomes likelier than the worse one, as measured from where
the model began (Rafailov, Sharma, Mitchell, Ermon, Manning & Finn 2023, arXiv:2305.18290). The
trainer is TRL's. Only the therapist's tokens count, also where whole dialogues are compared.
"""

from typing import TYPE_CHECKING

from sqpsych.errors import FinetuneError
from sqpsych.finetune.base import load_model
from sqpsych.finetune.display import Display, Finetuned
from sqpsych.finetune.pairs import EncodedPairs, encode_pairs, read_pairs
from sqpsych.finetune.run import is_first_process
from sqpsych.finetune.settings import PreferenceSettings
from sqpsych.finetune.training import (
    HELD_OUT,
    Job,
    Start,
    begin,
    carry_out,
    ignore_renaming,
    make_adapters,
    make_arguments,
    make_callbacks,
)
from sqpsych.finetune.watching import Watcher

if TYPE_CHECKING:
    from datasets import Dataset
    from trl import DPOTrainer


def finetune_preferences(job: Job[PreferenceSettings], display: Display) -> Finetuned:
    """Train a model on preferences between therapist's lines or whole dialogues.

    Args:
        job: what; its dataset is one of `sqpsych pairs`.
        display: told how far it is.

    Returns:
        What was written, with the losses before and after: DPO's, ln 2 where nothing is preferred.

    Raises:
        FinetuneError: as `finetune` does.
        WeightsError: weights that are not here.
        KeyboardInterrupt: stopped; the last step is kept.
    """
    with begin(job) as start:
        splits = read_splits(job, start)
        counts = {name: split.count() for name, split in splits.items()}
        if is_first_process():
            display.on_data(counts, splits["train"].example)
        splits = {name: split for name, split in splits.items() if split.pairs}
        watcher = Watcher(display)
        trainer = make_trainer(job, start, splits, watcher)
        held_out = {name: make_dataset(splits[name]) for name in HELD_OUT if name in splits}
        return carry_out(trainer, watcher, "preferences", job, start, counts, held_out, display)


def read_splits(job: Job[PreferenceSettings], start: Start) -> dict[str, EncodedPairs]:
    """Read the splits of a dataset of pairs as tokens.

    Returns:
        By name, those that the dataset has.

    Raises:
        FinetuneError: nothing is left to train on.
    """
    splits = {
        split: encode_pairs(
            read_pairs(job.dataset, split),
            start.tokenizer,
            start.template,
            start.context_tokens,
        )
        for split in ("train", *HELD_OUT)
        if split in start.data.files
    }
    if not splits["train"].pairs:
        raise FinetuneError(
            f"There is nothing to train on: {splits['train'].too_long} pairs of the train split do "
            f"not fit into {start.context_tokens} tokens, and there are no others. Give "
            "more with --set context_tokens=..., or more pairs."
        )
    return splits


def make_trainer(
    job: Job[PreferenceSettings], start: Start, splits: dict[str, EncodedPairs], watcher: Watcher
) -> "DPOTrainer":
    """Put TRL's trainer together."""
    from trl import DPOConfig

    from sqpsych.finetune.masked_dpo import MaskedDPOTrainer, PairCollator

    settings, evaluate = job.settings, "dev" in splits
    with ignore_renaming():
        arguments = DPOConfig(
            **make_arguments(settings, job.output, evaluate=evaluate),
            beta=settings.beta,
            remove_unused_columns=False,
        )
    return MaskedDPOTrainer(
        model=load_model(start.base, settings),
        args=arguments,
        data_collator=PairCollator(start.tokenizer.pad_token_id),
        train_dataset=make_dataset(splits["train"]),
        eval_dataset=make_dataset(splits["dev"]) if evaluate else None,
        processing_class=start.tokenizer,
        peft_config=make_adapters(settings),
        callbacks=make_callbacks(settings, watcher, evaluate=evaluate),
    )


def make_dataset(encoded: EncodedPairs) -> "Dataset":
    """Make what the trainer reads of pairs."""
    from datasets import Dataset

    return Dataset.from_list(
        [
            {
                "prompt": "",
                "chosen_ids": one.chosen.input_ids,
                "rejected_ids": one.rejected.input_ids,
                "chosen_labels": one.chosen.labels,
                "rejected_labels": one.rejected.labels,
            }
            for one in encoded.pairs
        ]
    )
