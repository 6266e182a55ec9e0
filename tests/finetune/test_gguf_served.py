"""The smallest real model, tuned or not: the engine says what transformers says."""

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sqpsych.finetune.gguf_writing import write_gguf
from sqpsych.language_models import Request
from sqpsych.language_models.embedded import EmbeddedServer
from sqpsych.language_models.openai_compatible import OpenAICompatibleModel

from .tiny_models import change, load, save

gguf = pytest.importorskip("gguf")
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

pytestmark = [pytest.mark.embedded, pytest.mark.usefixtures("one_core")]

STORY = "The sun rose over the small town, and the baker opened the door of the shop. Then"
COUNTING = "1, 2, 3, 4, 5, 6,"
TOKENS = 40


@pytest.fixture(scope="module")
def model(weights: Path, one_core: None) -> Iterator[Any]:
    """It, loaded by transformers, which then computes on the one core too."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield load(weights)
    torch.set_num_threads(threads)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A place for big files, emptied at once."""
    yield tmp_path
    shutil.rmtree(tmp_path)


async def test_untouched_it_says_the_same(model: Any, weights: Path, folder: Path) -> None:
    back = folder / "back.gguf"
    write_gguf(save(model, folder / "model"), weights, back)
    pairs = zip(gguf.GGUFReader(weights).tensors, gguf.GGUFReader(back).tensors, strict=True)
    for before, after in pairs:
        numbers = gguf.dequantize(before.data, before.tensor_type)
        assert np.array_equal(numbers.astype(after.data.dtype), after.data), after.name
    assert await play(back, COUNTING) == await play(weights, COUNTING)


async def test_tuned_the_engine_says_what_transformers_says(
    model: Any, weights: Path, folder: Path
) -> None:
    tuned = copy.deepcopy(model)
    change(tuned)
    write_gguf(save(tuned, folder / "model"), weights, folder / "tuned.gguf")
    tokenizer = transformers.AutoTokenizer.from_pretrained(weights.parent, gguf_file=weights.name)
    prompt = tokenizer(STORY, return_tensors="pt")
    whole = tuned.generate(**prompt, max_new_tokens=TOKENS, do_sample=False)
    said = tokenizer.decode(whole[0][prompt["input_ids"].shape[1] :])
    assert await play(folder / "tuned.gguf", STORY) == said
    assert await play(weights, STORY) != said


async def play(path: Path, prompt: str) -> str:
    """Let the engine continue a text, always with the likeliest token."""
    with EmbeddedServer(path, "played", 1, 256) as server:
        model = OpenAICompatibleModel(server.describe(), "played")
        try:
            reply = await model.reply(
                Request(tag="t", seed=0, max_tokens=TOKENS, transcript=prompt, temperature=0.0)
            )
        finally:
            await model.close()
    assert reply.completion_tokens == TOKENS
    return reply.text
