"""What training can begin with, and that a model from GGUF is the very one that is served."""

import json
import urllib.request
from pathlib import Path

import pytest

from sqpsych.errors import FinetuneError
from sqpsych.finetune import FinetuneSettings
from sqpsych.finetune.base import count_context_tokens, find_base, load_model, load_tokenizer
from sqpsych.language_models.embedded import EmbeddedServer

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")

TEXTS = (
    "On 12 of the last 14 days it's been 3am before I slept.",
    "I wrote:\n\n1. call her\n 22  42   7\n½ an hour, 24/7",
    "<|im_start|>user\nHello.<|im_end|>\n<|im_start|>assistant\n",
)


@pytest.fixture
def cache(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, with the real weights in it."""
    folder = tmp_path / "cache"
    (folder / "models").mkdir(parents=True)
    (folder / "models" / weights.name).symlink_to(weights)
    monkeypatch.setenv("SQPSYCH_CACHE", str(folder))
    return folder


@pytest.mark.embedded
def test_a_model_from_gguf_has_the_tokens_that_the_embedded_server_has(
    cache: Path, weights: Path
) -> None:
    base = find_base("smollm2-135m")
    tokenizer = load_tokenizer(base)

    assert Path(base.folder).is_relative_to(cache)
    assert base.gguf == cache / "models" / weights.name
    assert base.licence == "Apache-2.0"
    assert load_model(base, FinetuneSettings()).num_parameters() == 134_515_008
    with EmbeddedServer(weights, "m", 1, 512, api_key="") as server:
        for text in TEXTS:
            request = urllib.request.Request(
                server.base_url.removesuffix("/v1") + "/tokenize",
                json.dumps({"content": text, "parse_special": True}).encode(),
                {"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request) as answer:
                served = json.load(answer)["tokens"]
            assert tokenizer(text, add_special_tokens=False)["input_ids"] == served


def test_a_folder_is_a_model_when_it_has_a_configuration(model: Path, tmp_path: Path) -> None:
    assert find_base(str(model)).name == "tiny"
    with pytest.raises(FinetuneError, match=r"holds no model: there is no config.json"):
        find_base(str(tmp_path))


def test_a_preset_of_a_server_stands_for_its_checkpoint() -> None:
    base = find_base("gemma")

    assert (base.folder, base.name) == ("google/gemma-3-27b-it", "gemma")


@pytest.mark.parametrize("given", ["http://127.0.0.1:8000/v1", "scripted:lines.json"])
def test_what_has_no_weights_cannot_be_trained(given: str) -> None:
    with pytest.raises(FinetuneError, match="gives no weights to train"):
        find_base(given)


def test_a_name_that_nobody_knows_is_refused_with_what_can_be_given() -> None:
    with pytest.raises(FinetuneError, match="Hugging Face folder or a hub name"):
        find_base("smollm3")


def test_a_hub_name_is_not_fetched_behind_ones_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    with pytest.raises(FinetuneError, match=r"HF_HUB_OFFLINE=0 and --allow-host"):
        load_tokenizer(find_base("nobody/nothing"))


def test_four_bits_without_a_gpu_are_refused(model: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(FinetuneError, match=r"qlora needs an NVIDIA GPU.*weights=lora"):
        load_model(find_base(str(model)), FinetuneSettings(weights="qlora"))


def test_a_model_that_does_not_say_how_much_it_takes_is_none_of_a_length(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "mamba", "architectures": []}')

    assert count_context_tokens(find_base(str(tmp_path))) is None


def test_why_weights_cannot_be_loaded_is_a_whole_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "unheard-of"}')

    with pytest.raises(FinetuneError) as caught:
        count_context_tokens(find_base(str(tmp_path)))

    assert "unheard-of" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert ". A hub name is fetched" in str(caught.value)
