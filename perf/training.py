"""Train a few steps with the published settings run plainly, and with our two presets.

Run as: .venv/bin/python perf/training.py DATASET [--model M] [--steps N] [--context N]
        [--random llama3-8b]

DATASET is one of `sqpsych release`. Each way is trained in a process of its own, on the same
dialogues and model, with one batch a step, so that steps differ by what is in a batch alone:

    plain    what the paper's script does: no chat template, no mask, no packing, padded batches
    paper    our preset of the published settings
    default  our preset for one GPU
    laptop   our preset for a CPU

Prints a table and writes it to perf-results/training.json: tokens that are no padding a second,
those of the therapist that are learned from a second, peak memory, and, on a GPU whose peak is
known, model FLOP utilisation: 6 FLOP a weight and token (4 for adapters, as the base's weights
need no gradient) over the peak in bf16 without sparsity. The first step is left out. `--random`
takes a model of the shape of Llama-3-8B with random weights in place of --model's weights.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from unittest import mock

from results import make_results, write_result

WAYS = ("plain", "paper", "default", "laptop")
PEAK_FLOPS = {"H100": 989e12, "H200": 989e12, "A100": 312e12}
"""Dense bf16, by what is in the name of the GPU (NVIDIA's data sheets)."""


@dataclass(frozen=True)
class Measured:
    """What one way came to."""

    way: str
    steps: int
    seconds: float
    tokens: int
    """No padding counted."""
    learned: int
    """Of them, those of the therapist that carry loss; all carry it in the plain way."""
    peak_mib: float
    """Resident memory, or the GPU's where there is one."""
    utilisation: float | None


def measure(way: str, dataset: Path, model: str, steps: int, shape: str | None) -> Measured:
    """Train some steps in one way, in this process."""
    import torch

    make = _make_plain if way == "plain" else _make_ours
    with ExitStack() as stack:
        if shape:
            loader = f"sqpsych.finetune.{'base' if way == 'plain' else 'supervised'}.load_model"
            stack.enter_context(mock.patch(loader, return_value=_randomise(shape)))
        trainer, learned_from = make(way, dataset, model)
    clock = make_clock(steps)
    trainer.add_callback(clock)
    seen: list[tuple[int, int]] = []
    collate = trainer.data_collator

    def count(examples: list[dict[str, Any]]) -> Any:
        tokens = sum(len(one["input_ids"]) for one in examples)
        seen.append((tokens, sum(learned_from(one) for one in examples)))
        return collate(examples)

    trainer.data_collator = count
    trainer.train()
    seconds = clock.ends[-1] - clock.ends[0]
    tokens, learned = (sum(one[place] for one in seen[1 : len(clock.ends)]) for place in (0, 1))
    parameters = list(trainer.model.parameters())
    whole = all(one.requires_grad for one in parameters)
    flops = (6 if whole else 4) * sum(one.numel() for one in parameters) * tokens
    if torch.cuda.is_available():
        peak = torch.cuda.max_memory_allocated() / 2**20
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(
        way, len(clock.ends) - 1, seconds, tokens, learned, peak, _utilise(flops / seconds)
    )


def _make_ours(way: str, dataset: Path, model: str) -> tuple[Any, Any]:
    """Make the trainer of one of our presets."""
    from transformers import PrinterCallback

    from sqpsych.finetune import FinetuneSettings, read_settings
    from sqpsych.finetune.base import find_base, load_tokenizer, quieten_libraries
    from sqpsych.finetune.conversations import read_record
    from sqpsych.finetune.encoding import NO_LOSS, choose_template
    from sqpsych.finetune.supervised import make_trainer, read_splits
    from sqpsych.finetune.training import Job, Start
    from sqpsych.finetune.watching import Watcher

    quieten_libraries()
    settings = read_settings(FinetuneSettings, way, **_OWN)
    base = find_base(model)
    tokenizer = load_tokenizer(base)
    template = choose_template(tokenizer)
    start = Start(base, tokenizer, template, settings.context_tokens, read_record(dataset))
    job = Job(dataset, model, Path(mkdtemp()), settings)
    splits = {"train": read_splits(job, start)["train"]}
    trainer = make_trainer(job, start, splits, Watcher(_Silent()))
    trainer.remove_callback(PrinterCallback)
    return trainer, lambda one: sum(label != NO_LOSS for label in one["labels"])


def _make_plain(way: str, dataset: Path, model: str) -> tuple[Any, Any]:
    """Make a trainer as the published script does: transformers' own, plain text, padding."""
    from datasets import Dataset
    from transformers import (
        DataCollatorForSeq2Seq,
        PrinterCallback,
        Trainer,
        TrainingArguments,
    )

    from sqpsych.finetune import FinetuneSettings, read_settings
    from sqpsych.finetune.base import find_base, load_model, load_tokenizer, quieten_libraries
    from sqpsych.finetune.conversations import read_split
    from sqpsych.finetune.training import ignore_renaming, make_arguments

    quieten_libraries()
    settings = read_settings(FinetuneSettings, "paper", **_OWN)
    base = find_base(model)
    tokenizer = load_tokenizer(base)
    labels = {"assistant": "Therapist", "user": "Client", "system": "System"}
    texts = [
        "\n".join(f"{labels[one['role']]}: {one['content']}" for one in conversation.messages)
        for conversation in read_split(dataset, "train")
    ]
    ids = tokenizer(texts, truncation=True, max_length=settings.context_tokens)["input_ids"]
    arguments = make_arguments(settings, Path(mkdtemp()), evaluate=False)
    del arguments["max_length"]
    with ignore_renaming():
        trainer = Trainer(
            model=load_model(base, settings),
            args=TrainingArguments(**arguments),
            train_dataset=Dataset.from_list([{"input_ids": one, "labels": one} for one in ids]),
            data_collator=DataCollatorForSeq2Seq(tokenizer, return_tensors="pt"),
        )
    trainer.remove_callback(PrinterCallback)
    return trainer, lambda one: len(one["labels"])


_OWN: dict[str, Any] = {"accumulate": 1, "epochs": 1000, "schedule": "constant"}


def make_clock(steps: int) -> Any:
    """Make a callback that notes when each step ends, and ends training after so many."""
    import torch
    from transformers import TrainerCallback

    class Clock(TrainerCallback):  # type: ignore[misc]
        """Notes the ends of steps."""

        def __init__(self) -> None:
            self.ends: list[float] = []

        def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            self.ends.append(time.perf_counter())
            control.should_training_stop = state.global_step >= steps

    return Clock()


def _randomise(shape: str) -> Any:
    """Make a model with random weights, in bf16."""
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig

    with torch.device("cuda"):
        return AutoModelForCausalLM.from_config(LlamaConfig(**SHAPES[shape]), dtype=torch.bfloat16)


SHAPES = {
    "llama3-8b": {
        "vocab_size": 128256,
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "max_position_embeddings": 8192,
        "rope_theta": 500000.0,
    }
}


def _utilise(flops_a_second: float) -> float | None:
    """The share of the GPU's peak; None without a GPU, or where its peak is not known."""
    import torch

    if not torch.cuda.is_available():
        return None
    name = torch.cuda.get_device_name()
    peak = next((peak for known, peak in PEAK_FLOPS.items() if known in name), None)
    return flops_a_second / peak if peak else None


class _Silent:
    """Shows nothing."""

    def on_data(self, counts: Any, example: str) -> None: ...
    def on_doubt(self, text: str) -> None: ...
    def on_losses(self, losses: Any, when: str) -> None: ...
    def on_step(self, progress: Any) -> None: ...


def main() -> None:
    """Measure each way in a process of its own, and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--context", type=int, default=4096, help="most tokens of a sequence")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--random", choices=SHAPES, help="a shape, with random weights (GPU)")
    parser.add_argument("--child", choices=WAYS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        _OWN["context_tokens"] = given.context
        measured = measure(given.child, given.dataset, given.model, given.steps, given.random)
        print(json.dumps(asdict(measured)))
        return
    rows = []
    for way in given.ways:
        command = [sys.executable, __file__, *sys.argv[1:], "--child", way]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        rows.append(Measured(**json.loads(done.stdout.splitlines()[-1])))
        print_row(rows[-1], rows[0])
    write_result(make_results() / "training.json", {"ways": [asdict(row) for row in rows]})


def print_row(row: Measured, first: Measured) -> None:
    """Print one way, as a ratio of the first one, too."""
    rate, before = row.tokens / row.seconds, first.tokens / first.seconds
    used = f", {row.utilisation:.0%} of the peak" if row.utilisation is not None else ""
    print(
        f"{row.way:8} {rate:8.1f} tokens/s ({rate / before:.2f}), "
        f"{row.learned / row.seconds:8.1f} learned from, {row.peak_mib:7.0f} MiB{used}",
        flush=True,
    )


if __name__ == "__main__":
    main()
