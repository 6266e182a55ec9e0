"""A tiny model with random weights and a dataset of a few dialogues: trained in a second."""

import os
import shutil
import signal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from sqpsych.finetune import Progress
from sqpsych.finetune.conversations import Messages
from sqpsych.finetune.display import Counts, Losses

# So little work is done sooner by one thread than by two that wait for each other.
torch.set_num_threads(1)

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] "
    "+ '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
_LINES = (
    "Good morning. How have you been since we last met?",
    "My nights are short, and my boss wants the report by Monday.",
    "That sounds like a lot at once. What goes through your mind at night?",
    "That I will lose the job, and that the others think me slow.",
)


def make_tokenizer(template: str | None = CHATML) -> PreTrainedTokenizerFast:
    """Make a byte-level tokenizer that has learned a few words."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_LINES, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<|endoftext|>",
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
    )
    fast.chat_template = template
    return fast


def make_messages(number: int, turns: int = 6) -> Messages:
    """Make a dialogue that the therapist begins; each has words of its own."""
    return [
        {
            "role": "user" if place % 2 else "assistant",
            "content": f"{_LINES[place % 4]} {number}.{place}",
        }
        for place in range(turns)
    ]


def write_split(dataset: Path, split: str, dialogues: list[Messages]) -> None:
    """Write a split as a release does."""
    rows = [{"id": f"c/{split}{place}", "messages": one} for place, one in enumerate(dialogues)]
    message = pa.struct([("role", pa.string()), ("content", pa.string())])
    schema = pa.schema([("id", pa.string()), ("messages", pa.list_(message))])
    (dataset / "data").mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(rows, schema=schema)
    pq.write_table(table, dataset / "data" / f"{split}.parquet")


class Recorder:
    """Remembers what it was told, and presses Ctrl-C after a step, when asked: in the next one."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.stop_after = stop_after
        self.counts: dict[str, Counts] = {}
        self.example = ""
        self.doubts: list[str] = []
        self.losses: list[tuple[str, Losses]] = []
        self.steps: list[Progress] = []

    def on_data(self, counts: dict[str, Counts], example: str) -> None:
        self.counts, self.example = counts, example

    def on_doubt(self, text: str) -> None:
        self.doubts.append(text)

    def on_losses(self, losses: Losses, when: str) -> None:
        self.losses.append((when, losses))

    def on_step(self, progress: Progress) -> None:
        self.steps.append(progress)
        if progress.step == self.stop_after:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Eight dialogues to train on, two each in dev and test."""
    folder = tmp_path / "dataset"
    for split, numbers in (("train", range(8)), ("dev", range(8, 10)), ("test", range(10, 12))):
        write_split(folder, split, [make_messages(number) for number in numbers])
    return folder


@pytest.fixture(scope="session")
def made_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of 20,000 weights, as a Hugging Face folder."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    tokenizer = make_tokenizer()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def model(made_model: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model, to be changed at will."""
    return Path(shutil.copytree(made_model, tmp_path / "tiny"))
