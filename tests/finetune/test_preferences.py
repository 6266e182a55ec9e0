"""Preference training prefers what was preferred, by the therapist's words alone."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from finetune.conftest import CHATML, Recorder, make_messages, make_tokenizer
from sqpsych.errors import FinetuneError
from sqpsych.finetune import FinetuneSettings, PreferenceSettings, read_settings
from sqpsych.finetune.conversations import Messages
from sqpsych.finetune.encoding import NO_LOSS
from sqpsych.finetune.pairs import PairOfMessages, encode_pairs, read_pairs
from sqpsych.finetune.preferences import finetune_preferences
from sqpsych.finetune.supervised import finetune
from sqpsych.finetune.training import Job

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")

GOOD, BAD = "That sounds like a lot at once.", "Just sleep more and be happy!"


def say(role: str, content: str) -> Messages:
    return [{"role": role, "content": content}]


def make_pair(number: int, origin: str = "attempts") -> dict[str, Any]:
    return {
        "id": f"c/{number}",
        "origin": origin,
        "prompt": [*say("user", "(The session begins.)"), *make_messages(number)[:2]],
        "chosen": say("assistant", f"{GOOD} {number}"),
        "rejected": say("assistant", f"{BAD} {number}"),
    }


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Twelve pairs to train on, four each in dev and test."""
    folder = tmp_path / "pairs"
    (folder / "data").mkdir(parents=True)
    for split, numbers in (("train", range(12)), ("dev", range(12, 16)), ("test", range(16, 20))):
        rows = [make_pair(number, "experts" if number % 3 else "attempts") for number in numbers]
        pq.write_table(pa.Table.from_pylist(rows), folder / "data" / f"{split}.parquet")
    return folder


def make_job(pairs: Path, model: Path, output: Path, **own: Any) -> Job[PreferenceSettings]:
    settings = {"weights": "all", "learning_rate": 1e-3, "accumulate": 1, "epochs": 2, **own}
    return Job(pairs, str(model), output, read_settings(PreferenceSettings, "laptop", **settings))


@pytest.mark.parametrize("weights", ["all", "lora"])
def test_what_was_preferred_becomes_likelier_for_people_not_trained_on(
    pairs: Path, model: Path, tmp_path: Path, weights: str
) -> None:
    display = Recorder()

    finished = finetune_preferences(
        make_job(pairs, model, tmp_path / "out", weights=weights), display
    )

    assert finished.before["dev"] == pytest.approx(0.6931, abs=1e-3)
    assert finished.after["dev"] < 0.68
    assert finished.after["test"] < 0.68
    assert display.counts["train"] == {
        "pairs": 12, "attempts": 4, "experts": 8, "cut": 0, "too long": 0
    }  # fmt: skip
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["training"] == "preferences"
    assert manifest["dataset"]["splits"]["train"]["experts"] == 8
    assert "preference optimisation" in (tmp_path / "out" / "README.md").read_text()


def test_stopped_and_gone_on_it_ends_with_the_very_same_weights(
    pairs: Path, model: Path, tmp_path: Path
) -> None:
    from safetensors.torch import load_file

    finetune_preferences(make_job(pairs, model, tmp_path / "straight"), Recorder())
    stopped = make_job(pairs, model, tmp_path / "stopped")

    with pytest.raises(KeyboardInterrupt):
        finetune_preferences(stopped, Recorder(7))
    finetune_preferences(stopped, Recorder())

    one, other = (
        load_file(tmp_path / run / "model" / "model.safetensors") for run in ("straight", "stopped")
    )
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_only_the_therapists_words_after_the_prompt_are_compared() -> None:
    tokenizer = make_tokenizer()
    better, worse = make_messages(1), [*make_messages(1)[:2], *say("assistant", BAD)]
    prompt = [*say("user", "Good evening."), *say("assistant", "Same to you."), *say("user", "Hm.")]
    pair = PairOfMessages("p", "experts", prompt, better, worse)

    encoded = encode_pairs([pair], tokenizer, CHATML, 4096)

    (one,) = encoded.pairs
    for side, messages in ((one.chosen, better), (one.rejected, worse)):
        compared = [token for token in side.labels if token != NO_LOSS]
        said = [message["content"] for message in messages if message["role"] == "assistant"]
        assert tokenizer.decode(compared) == "".join(f"{line}<|im_end|>" for line in said)
    assert f"⟦{BAD}<|im_end|>⟧" in encoded.example


def test_a_long_dialogue_is_cut_and_one_of_which_nothing_fits_is_left_out() -> None:
    tokenizer = make_tokenizer()
    short = PairOfMessages(
        "p", "experts", say("user", "Hm."), make_messages(1, 20), make_messages(2)
    )
    long = PairOfMessages(
        "q", "experts", say("user", "Hm. " * 300), make_messages(1), make_messages(2)
    )

    encoded = encode_pairs([short, long], tokenizer, CHATML, 200)

    assert encoded.count() == {"pairs": 1, "experts": 1, "cut": 1, "too long": 1}
    assert len(encoded.pairs[0].chosen.input_ids) <= 200


def test_a_pair_without_a_therapist_is_refused(pairs: Path) -> None:
    row = make_pair(1) | {"rejected": say("user", "I do not know.")}
    pq.write_table(pa.Table.from_pylist([row]), pairs / "data" / "train.parquet")

    with pytest.raises(FinetuneError, match="c/1: what was rejected does not begin"):
        read_pairs(pairs, "train")


def test_a_model_without_a_token_to_fill_up_with_is_trained_all_the_same(
    pairs: Path, model: Path, tmp_path: Path
) -> None:
    for name in ("tokenizer_config.json", "config.json"):
        settings = json.loads((model / name).read_text())
        settings.pop("pad_token", None)
        settings.pop("pad_token_id", None)
        (model / name).write_text(json.dumps(settings))

    finished = finetune_preferences(make_job(pairs, model, tmp_path / "out"), Recorder())

    assert finished.after["dev"] < 0.68


def test_a_dataset_of_dialogues_is_no_dataset_of_pairs(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    with pytest.raises(
        FinetuneError, match=r"use `sqpsych finetune`.*id, origin, prompt.*sqpsych pairs"
    ):
        finetune_preferences(make_job(dataset, model, tmp_path / "out"), Recorder())


def test_an_earlier_run_is_trained_on(
    dataset: Path, pairs: Path, model: Path, tmp_path: Path
) -> None:
    first = FinetuneSettings(epochs=1, weights="all", learning_rate=1e-2)
    finetune(Job(dataset, str(model), tmp_path / "counsellor", first), Recorder())

    display = Recorder()
    finetune_preferences(
        make_job(pairs, tmp_path / "counsellor", tmp_path / "out", epochs=1), display
    )

    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["base"]["name"] == "counsellor"
    for file in (tmp_path / "out").rglob("*"):
        assert file.is_dir() or str(tmp_path).encode() not in file.read_bytes()
    assert "It is not known whether counsellor was" in (tmp_path / "out" / "README.md").read_text()
    (doubt,) = display.doubts
    assert "It is not known whether counsellor was" in doubt
