"""Supervised training on the therapist's turns, top to bottom.

    sqpsych finetune DATASET --model smollm2-135m -o OUT
    accelerate launch --config_file fsdp.yaml -m sqpsych finetune DATASET --model M -o OUT

The trainer is TRL's; what is here is what goes into it, and what comes out.
"""

import errno
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqpsych import __version__
from sqpsych.errors import FinetuneError
from sqpsych.finetune.base import (
    Base,
    find_base,
    load_model,
    load_tokenizer,
    quieten_libraries,
    uses_bf16,
)
from sqpsych.finetune.conversations import check_dataset, read_split
from sqpsych.finetune.display import Display, Finetuned, Losses
from sqpsych.finetune.encoding import Encoded, choose_template, encode, write
from sqpsych.finetune.run import find_checkpoint, hold_run, is_first_process
from sqpsych.finetune.settings import FinetuneSettings
from sqpsych.finetune.watching import Watcher
from sqpsych.finetune.writing import Trained, write_run
from sqpsych.language_models.weights import sha256_file

if TYPE_CHECKING:
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

HELD_OUT = ("dev", "test")


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be trained."""

    dataset: Path
    """A folder written by `sqpsych release`."""
    model: str
    """A name of the catalogue, a GGUF file, a Hugging Face folder or a hub name."""
    output: Path
    """Folder of the run; one with the same run in it goes on."""
    settings: FinetuneSettings
    template: str | None = None
    """A chat template in Jinja; None for the model's own."""


def finetune(job: Job, display: Display) -> Finetuned:
    """Train a model on the therapist's turns of a dataset.

    Stopped by Ctrl-C or from outside, the same job goes on at its last checkpoint and ends, on a
    CPU, with the very weights that it would have had.

    Args:
        job: what.
        display: told how far it is.

    Returns:
        What was written, with the losses before and after.

    Raises:
        FinetuneError: the model or dataset cannot be trained with, the folder is another run's, the
            loss is no number, or memory or disk is too small.
        WeightsError: weights that are not here.
        KeyboardInterrupt: stopped; the last step is kept.
    """
    quieten_libraries()
    check_dataset(job.dataset)
    base = find_base(job.model)
    with hold_run(job.output, describe(job, base)), explain_limits():
        tokenizer = load_tokenizer(base)
        shipped = job.template or tokenizer.chat_template
        template = choose_template(tokenizer, job.template)
        splits = read_splits(job, tokenizer, template)
        if is_first_process():
            first = read_split(job.dataset, "train")[0]
            display.on_data(splits, write(first.messages, tokenizer, template))
        watcher = Watcher(display)
        trainer = make_trainer(base, job, tokenizer, splits, watcher)
        before = take_losses(trainer, splits)
        if is_first_process():
            display.on_losses(before, "before")
        checkpoint = find_checkpoint(job.output)
        with watcher.catch_interrupt():
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        if watcher.interrupted:
            raise KeyboardInterrupt
        after = take_losses(trainer, splits)
        if is_first_process():
            display.on_losses(after, "after")
        tokenizer.chat_template = shipped
        trained = Trained(base, job.dataset, job.settings, splits, before, after)
        return write_run(trainer, tokenizer, trained, job.output)


def describe(job: Job, base: Base) -> dict[str, Any]:
    """Describe a job: what must be the same for a run to go on."""
    files = sorted((job.dataset / "data").glob("*.parquet"))
    return {
        "sqpsych": __version__,
        "model": base.name,
        "weights": base.sha256 or base.folder,
        "dataset": {file.stem: sha256_file(file) for file in files},
        "settings": job.settings.model_dump(),
        "template": job.template,
    }


def read_splits(job: Job, tokenizer: Any, template: str) -> dict[str, Encoded]:
    """Read the splits of a dataset as tokens.

    Returns:
        By name, those with dialogues that fit.

    Raises:
        FinetuneError: nothing is left to train on.
    """
    settings = job.settings
    splits = {
        split: encode(
            read_split(job.dataset, split),
            tokenizer,
            template,
            settings.context_tokens,
            therapist_only=settings.therapist_only or split in HELD_OUT,
        )
        for split in ("train", *HELD_OUT)
    }
    if not splits["train"].sequences:
        long = splits["train"].too_long
        raise FinetuneError(
            f"There is nothing to train on: of {long} dialogues in the train split, not even the "
            f"first therapist's turn fits into {settings.context_tokens} tokens. Give more with "
            "--set context_tokens=..."
            if long
            else f"The train split of {job.dataset} is empty. Release more dialogues."
        )
    return {name: encoded for name, encoded in splits.items() if encoded.sequences}


def make_trainer(
    base: Base, job: Job, tokenizer: Any, splits: dict[str, Encoded], watcher: Watcher
) -> "SFTTrainer":
    """Put TRL's trainer together."""
    from transformers import EarlyStoppingCallback, PrinterCallback
    from trl import SFTTrainer

    settings = job.settings
    callbacks: list[Any] = [watcher]
    if "dev" in splits:
        callbacks.append(EarlyStoppingCallback(settings.patience))
    trainer = SFTTrainer(
        model=load_model(base, settings),
        args=make_arguments(settings, job.output, evaluate="dev" in splits),
        train_dataset=make_dataset(splits["train"]),
        eval_dataset=make_dataset(splits["dev"]) if "dev" in splits else None,
        processing_class=tokenizer,
        peft_config=make_adapters(settings),
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def make_arguments(settings: FinetuneSettings, output: Path, *, evaluate: bool) -> "SFTConfig":
    """Say all of it in the trainer's words."""
    import torch
    from trl import SFTConfig

    between = 1 / (settings.epochs * settings.evaluations)
    strategy = "steps" if evaluate else "epoch"
    options: dict[str, Any] = {
        "output_dir": str(output / "checkpoints"),
        "num_train_epochs": settings.epochs,
        "per_device_train_batch_size": settings.batch,
        "per_device_eval_batch_size": 1,
        "gradient_accumulation_steps": settings.accumulate,
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": settings.schedule,
        "warmup_steps": settings.warmup,
        "max_grad_norm": settings.max_grad_norm,
        "weight_decay": settings.weight_decay,
        "max_length": settings.context_tokens,
        "packing": settings.packing,
        "eval_packing": False,
        "bf16": uses_bf16(settings),
        "gradient_checkpointing": settings.gradient_checkpointing,
        "use_cpu": not torch.cuda.is_available(),
        "eval_strategy": "steps" if evaluate else "no",
        "save_strategy": strategy,
        "eval_steps": min(between, 0.999),
        "save_steps": min(between, 0.999),
        "save_total_limit": 2,
        "load_best_model_at_end": evaluate,
        "metric_for_best_model": "eval_loss" if evaluate else None,
        "greater_is_better": False if evaluate else None,
        "restore_callback_states_from_checkpoint": True,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "report_to": "none",
        "disable_tqdm": True,
        "seed": settings.seed,
        "data_seed": settings.seed,
    }
    with warnings.catch_warnings():
        # TRL says it in words that transformers is about to drop.
        warnings.filterwarnings("ignore", "`gradient_checkpointing` is deprecated", FutureWarning)
        return SFTConfig(**options)


def make_adapters(settings: FinetuneSettings) -> Any:
    """Describe the adapters; None where all weights are trained."""
    if settings.weights == "all":
        return None
    from peft import LoraConfig

    return LoraConfig(
        task_type="CAUSAL_LM",
        target_modules="all-linear",
        r=settings.lora_rank,
        lora_alpha=settings.lora_alpha,
        lora_dropout=settings.lora_dropout,
    )


def make_dataset(encoded: Encoded) -> "Dataset":
    """Make what the trainer reads of sequences."""
    from datasets import Dataset

    return Dataset.from_list(
        [{"input_ids": one.input_ids, "labels": one.labels} for one in encoded.sequences]
    )


def take_losses(trainer: "SFTTrainer", splits: dict[str, Encoded]) -> Losses:
    """Take the loss on the splits that are not trained on.

    Returns:
        By split, nats a trained token: the mean over dialogues of each one's mean.
    """
    losses = {}
    for split in HELD_OUT:
        if split in splits:
            metrics = trainer.evaluate(make_dataset(splits[split]), metric_key_prefix=split)
            losses[split] = metrics[f"{split}_loss"]
    return losses


@contextmanager
def explain_limits() -> Iterator[None]:
    """Say in our words that memory or disk were too small.

    Raises:
        FinetuneError: they were.
    """
    import torch
    from safetensors import SafetensorError

    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise _explain_memory() from error
    except (OSError, SafetensorError, RuntimeError) as error:
        text = str(error)
        if "can't allocate memory" in text:
            raise _explain_memory() from error
        full = getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT}
        if full or "No space left" in text or "file write failed" in text:
            raise FinetuneError(
                "The disk is full. Make room and give the same command again: training goes on at "
                "the last checkpoint that is whole."
            ) from error
        raise


def _explain_memory() -> FinetuneError:
    return FinetuneError(
        "Memory is too small. Give --set batch=1 (with more accumulate, to learn alike), then less "
        "context_tokens, then gradient_checkpointing=true; or train adapters alone, weights=lora, "
        "on an NVIDIA GPU weights=qlora. Other settings want another folder."
    )
