"""What both kinds of training share: from a job to a trainer that runs, stops and goes on."""

import errno
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic

from sqpsych import __version__
from sqpsych.errors import FinetuneError
from sqpsych.finetune.base import (
    Base,
    count_context_tokens,
    find_base,
    load_tokenizer,
    quieten_libraries,
    stamp_weights,
    uses_bf16,
)
from sqpsych.finetune.conversations import DataRecord, read_record
from sqpsych.finetune.display import Counts, Display, Finetuned, Losses
from sqpsych.finetune.encoding import choose_template
from sqpsych.finetune.lineage import knows_nobody, write_doubt
from sqpsych.finetune.run import CHECKPOINTS, STATE, find_checkpoint, hold_run, is_first_process
from sqpsych.finetune.settings import Settings, TrainingSettings
from sqpsych.finetune.watching import Watcher
from sqpsych.finetune.writing import Kind, Trained, write_run

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase, Trainer

HELD_OUT = ("dev", "test")


@dataclass(frozen=True, slots=True)
class Job(Generic[Settings]):
    """What is to be trained."""

    dataset: Path
    """A folder written by `sqpsych release` or `sqpsych pairs`."""
    model: str
    """A name of the catalogue, a GGUF file, a Hugging Face folder or a hub name."""
    output: Path
    """Folder of the run; one with the same run in it goes on."""
    settings: Settings
    template: str | None = None
    """A chat template in Jinja; None for the model's own."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a job begins with."""

    base: Base
    tokenizer: "PreTrainedTokenizerBase"
    template: str
    """The chat template to train with."""
    context_tokens: int
    """Most tokens of a sequence: those of the settings, or of the model where it takes fewer."""
    data: DataRecord
    """What the dataset is."""


@contextmanager
def begin(job: Job[Settings]) -> Iterator[Start]:
    """Hold the folder of a job, and load what comes before the weights.

    Raises:
        FinetuneError: model or dataset cannot be trained with, the folder is another run's, or,
            within, memory or disk is too small.
        WeightsError: weights that are not here.
    """
    quieten_libraries()
    data = read_record(job.dataset)
    with explain_limits():
        base = find_base(job.model)
        with hold_run(job.output, _describe(job, base, data)):
            tokenizer = load_tokenizer(base)
            template = choose_template(tokenizer, job.template)
            if job.template is not None:
                tokenizer.chat_template = job.template
            wanted = job.settings.context_tokens
            most = min(wanted, count_context_tokens(base) or wanted)
            yield Start(base, tokenizer, template, most, data)


def _describe(job: Job[Settings], base: Base, data: DataRecord) -> dict[str, Any]:
    """Describe what must be the same for a run to go on."""
    return {
        "sqpsych": __version__,
        "model": base.name,
        "weights": base.sha256 or stamp_weights(base),
        "dataset": data.files,
        "settings": job.settings.model_dump(),
        "template": job.template,
    }


def make_arguments(settings: TrainingSettings, output: Path, *, evaluate: bool) -> dict[str, Any]:
    """Say settings in the trainer's words.

    Args:
        settings: of the training.
        output: folder of the run.
        evaluate: whether there is a dev split.
    """
    import torch

    between = min(1 / (settings.epochs * settings.evaluations), 0.999)
    arguments: dict[str, Any] = {
        "output_dir": str(output.absolute() / CHECKPOINTS),
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
        "bf16": uses_bf16(settings),
        "gradient_checkpointing": settings.gradient_checkpointing,
        "use_cpu": not torch.cuda.is_available(),
        "save_strategy": "epoch",
        "save_total_limit": 2,
        "restore_callback_states_from_checkpoint": True,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "report_to": "none",
        "log_level": "error",
        "log_level_replica": "error",
        "disable_tqdm": True,
        "seed": settings.seed,
        "data_seed": settings.seed,
    }
    if evaluate:
        arguments |= {
            "eval_strategy": "steps",
            "eval_steps": between,
            "save_strategy": "steps",
            "save_steps": between,
            "load_best_model_at_end": True,
            "metric_for_best_model": "eval_loss",
            "greater_is_better": False,
        }
    return arguments


@contextmanager
def ignore_renaming() -> Iterator[None]:
    """Let TRL call a setting by the name that transformers is about to drop."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`gradient_checkpointing` is deprecated", FutureWarning)
        yield


def make_adapters(settings: TrainingSettings) -> Any:
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


def make_callbacks(settings: TrainingSettings, watcher: Watcher, *, evaluate: bool) -> list[Any]:
    """List what listens to the trainer."""
    from transformers import EarlyStoppingCallback

    return [watcher, *([EarlyStoppingCallback(settings.patience)] if evaluate else [])]


def carry_out(
    trainer: "Trainer",
    watcher: Watcher,
    kind: Kind,
    job: Job[Settings],
    start: Start,
    counts: dict[str, Counts],
    held_out: "dict[str, Dataset]",
    display: Display,
) -> Finetuned:
    """Train, and write what comes of it.

    Args:
        trainer: put together.
        watcher: among its callbacks.
        kind: of training.
        job: what is done.
        start: what it began with.
        counts: what there is in each split.
        held_out: splits that are not trained on.
        display: told the losses.

    Raises:
        KeyboardInterrupt: stopped; a checkpoint is kept.
    """
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)
    before = take_losses(trainer, held_out)
    if is_first_process():
        if held_out and not knows_nobody(start.base.earlier, start.data):
            display.on_doubt(write_doubt(start.base.name))
        display.on_losses(before, "before")
    checkpoint = find_checkpoint(job.output)
    with watcher.catch_interrupt():
        if checkpoint is not None and _has_stopped(checkpoint, job.settings.patience):
            _take_up(trainer, checkpoint)
        else:
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if watcher.interrupted:
        raise KeyboardInterrupt
    after = take_losses(trainer, held_out)
    if is_first_process():
        display.on_losses(after, "after")
    trained = Trained(kind, start.base, start.data, job.settings, counts, before, after)
    finished = write_run(trainer, start.tokenizer, trained, job.output)
    _part(trainer)
    return finished


def _part(trainer: Any) -> None:
    """Let processes that trained together wait for the one that writes, and then part in order.

    One that ends while another still speaks to it takes that one down.
    """
    trainer.accelerator.wait_for_everyone()
    trainer.accelerator.state.destroy_process_group()


def _has_stopped(checkpoint: Path, patience: int) -> bool:
    """Whether training had ended early at a checkpoint, for want of gain on dev."""
    callbacks = json.loads((checkpoint / STATE).read_text("utf-8"))["stateful_callbacks"]
    stopping = callbacks.get("EarlyStoppingCallback", {}).get("attributes", {})
    return int(stopping.get("early_stopping_patience_counter", 0)) >= patience


def _take_up(trainer: Any, checkpoint: Path) -> None:
    """Take up a run that has been trained, and was not written."""
    from transformers import TrainerState

    trainer.state = TrainerState.load_from_json(str(checkpoint / STATE))
    trainer._load_best_model()


def take_losses(trainer: "Trainer", held_out: "dict[str, Dataset]") -> Losses:
    """Take the loss on splits that are not trained on.

    Returns:
        By split, the mean over dialogues, or pairs, of each one's.
    """
    return {
        split: trainer.evaluate(dataset, metric_key_prefix=split)[f"{split}_loss"]
        for split, dataset in held_out.items()
    }


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
