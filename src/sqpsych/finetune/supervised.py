"""Supervised training on the therapist's turns, top to bottom.

    sqpsych finetune DATASET --model smollm2-135m -o OUT
    accelerate launch --config_file fsdp.yaml -m sqpsych finetune DATASET --model M -o OUT

The trainer is TRL's; what is here is what goes into it, and what comes out.
"""

from typing import TYPE_CHECKING

from sqpsych.errors import FinetuneError
from sqpsych.finetune.base import choose_attention, load_model
from sqpsych.finetune.conversations import read_split
from sqpsych.finetune.display import Display, Finetuned
from sqpsych.finetune.encoding import Encoded, encode
from sqpsych.finetune.run import is_first_process
from sqpsych.finetune.settings import FinetuneSettings
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
    from transformers import PreTrainedModel
    from trl import SFTTrainer


def finetune(job: Job[FinetuneSettings], display: Display) -> Finetuned:
    """Train a model on the therapist's turns of a dataset.

    Stopped by Ctrl-C or from outside, the same job goes on at its last checkpoint and ends, on a
    CPU, with the very weights that it would have had.

    Args:
        job: what; its dataset is one of `sqpsych release`.
        display: told how far it is.

    Returns:
        What was written, with the losses before and after: nats a therapist's token.

    Raises:
        FinetuneError: the model or dataset cannot be trained with, the folder is another run's, the
            loss is no number, or memory or disk is too small.
        WeightsError: weights that are not here.
        KeyboardInterrupt: stopped; the last step is kept.
    """
    settings = job.settings
    with begin(job) as start:
        splits = read_splits(job, start)
        counts = {name: split.count() for name, split in splits.items()}
        if is_first_process():
            display.on_data(counts, splits["train"].example if settings.therapist_only else "")
        splits = {name: split for name, split in splits.items() if split.sequences}
        watcher = Watcher(display)
        trainer = make_trainer(job, start, splits, watcher)
        held_out = {name: make_dataset(splits[name]) for name in HELD_OUT if name in splits}
        return carry_out(trainer, watcher, "supervised", job, start, counts, held_out, display)


def read_splits(job: Job[FinetuneSettings], start: Start) -> dict[str, Encoded]:
    """Read the splits of a dataset as tokens.

    Returns:
        By name, those that the dataset has.

    Raises:
        FinetuneError: nothing is left to train on.
    """
    settings = job.settings
    splits = {
        split: encode(
            read_split(job.dataset, split),
            start.tokenizer,
            start.template,
            start.context_tokens,
            therapist_only=settings.therapist_only or split in HELD_OUT,
        )
        for split in ("train", *HELD_OUT)
        if split in start.data.files
    }
    if not splits["train"].sequences:
        long = splits["train"].too_long
        raise FinetuneError(
            f"There is nothing to train on: of {long} dialogues in the train split, not even the "
            f"first therapist's turn fits into {start.context_tokens} tokens. Give more with "
            "--set context_tokens=..., as far as the model takes them."
            if long
            else f"The train split of {job.dataset} is empty. Release more dialogues."
        )
    return splits


def make_trainer(
    job: Job[FinetuneSettings], start: Start, splits: dict[str, Encoded], watcher: Watcher
) -> "SFTTrainer":
    """Put TRL's trainer together."""
    from trl import SFTConfig

    settings, evaluate = job.settings, "dev" in splits
    with ignore_renaming():
        arguments = SFTConfig(
            **make_arguments(settings, job.output, evaluate=evaluate),
            packing=packs(settings),
            eval_packing=False,
        )
    model = load_model(start.base, settings)
    return _choose_trainer(model)(
        model=model,
        args=arguments,
        train_dataset=make_dataset(splits["train"]),
        eval_dataset=make_dataset(splits["dev"]) if evaluate else None,
        processing_class=start.tokenizer,
        peft_config=make_adapters(settings),
        callbacks=make_callbacks(settings, watcher, evaluate=evaluate),
    )


def _choose_trainer(model: "PreTrainedModel") -> "type[SFTTrainer]":
    """TRL's trainer, or the one that is leaner where nothing is spread over GPUs or processes."""
    from accelerate import PartialState
    from trl import SFTTrainer

    from sqpsych.finetune.lean_loss import KNOWN, LeanSFTTrainer

    alone = PartialState().num_processes == 1 and model.device.type == "cpu"
    return LeanSFTTrainer if alone and model.config.model_type in KNOWN else SFTTrainer


def packs(settings: FinetuneSettings) -> bool:
    """Whether several dialogues go into one sequence."""
    if settings.packing == "auto":
        return choose_attention() == "flash_attention_2"
    return settings.packing


def make_dataset(encoded: Encoded) -> "Dataset":
    """Make what the trainer reads of sequences."""
    from datasets import Dataset

    return Dataset.from_list(
        [{"input_ids": one.input_ids, "labels": one.labels} for one in encoded.sequences]
    )
