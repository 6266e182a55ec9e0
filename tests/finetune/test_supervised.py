"""Training runs, stops and goes on with the tiny model; what it leaves can be used."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from finetune.conftest import Recorder, make_messages, write_split
from sqpsych.errors import FinetuneError
from sqpsych.finetune import FinetuneSettings, lean_loss, read_settings, writing
from sqpsych.finetune.base import find_base, load_model
from sqpsych.finetune.run import find_checkpoint, hold_run
from sqpsych.finetune.supervised import finetune
from sqpsych.finetune.training import Job, explain_limits

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


def make_job(dataset: Path, model: Path, output: Path, **own: Any) -> Job[FinetuneSettings]:
    settings = {"weights": "all", "learning_rate": 1e-2, "accumulate": 1, "epochs": 2, **own}
    return Job(dataset, str(model), output, read_settings(FinetuneSettings, "laptop", **settings))


def read_weights(output: Path) -> dict[str, torch.Tensor]:
    weights: dict[str, torch.Tensor] = load_file(output / "model" / "model.safetensors")
    return weights


@pytest.mark.parametrize(("weights", "packing", "rate", "left"), [
    ("all", False, 1e-2, 0.9),
    ("all", True, 3e-2, 0.9),
    ("lora", False, 1e-2, 0.98),
])  # fmt: skip
def test_the_loss_on_people_not_trained_on_falls(
    dataset: Path,
    model: Path,
    tmp_path: Path,
    weights: str,
    packing: bool,
    rate: float,
    left: float,
) -> None:
    display = Recorder()
    own = {"weights": weights, "packing": packing, "learning_rate": rate}
    job = make_job(dataset, model, tmp_path / "out", epochs=3, **own)

    finished = finetune(job, display)

    assert finished.after["dev"] < left * finished.before["dev"]
    assert finished.after["test"] < left * finished.before["test"]
    assert [when for when, _ in display.losses][:: len(display.losses) - 1] == ["before", "after"]
    assert display.steps[-1].step == finished.steps
    assert display.counts["train"]["dialogues"] == 8
    assert display.example.count("⟦") == 3


@pytest.mark.parametrize("own", [{"accumulate": 3}, {"weights": "lora", "packing": True}])
def test_the_lean_loss_is_the_trainers_own(
    dataset: Path, model: Path, tmp_path: Path, own: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    lean, own_display = Recorder(), Recorder()
    finetune(make_job(dataset, model, tmp_path / "lean", epochs=1, **own), lean)
    monkeypatch.setattr(lean_loss, "KNOWN", ())
    finetune(make_job(dataset, model, tmp_path / "own", epochs=1, **own), own_display)

    for one, other in zip(lean.steps, own_display.steps, strict=True):
        assert one.loss == pytest.approx(other.loss, abs=1e-4)
    weights, others = read_weights(tmp_path / "lean"), read_weights(tmp_path / "own")
    assert all(torch.allclose(weights[name], others[name], atol=1e-3) for name in weights)


def test_what_it_leaves_is_a_model_with_its_template_a_card_curves_and_hashes(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"

    finished = finetune(make_job(dataset, model, output), Recorder())

    manifest = json.loads((output / "manifest.json").read_text())
    assert manifest["prompt_style"] == "chat"
    assert manifest["base"]["context_tokens"] == 512
    assert manifest["losses"]["after"] == finished.after
    files = {file.relative_to(output).as_posix() for file in output.rglob("*") if file.is_file()}
    assert files - {"manifest.json"} == set(manifest["sha256"])
    assert (output / "training.png").read_bytes().startswith(b"\x89PNG")
    card = (output / "README.md").read_text()
    assert "Not for contact with patients" in card
    assert f"{finished.after['dev']:.3f}" in card
    assert not (output / "checkpoints").exists()
    tokenizer = AutoTokenizer.from_pretrained(output / "model")
    tuned = AutoModelForCausalLM.from_pretrained(output / "model")
    prompt = tokenizer.apply_chat_template(
        make_messages(0)[1:2], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    said = tuned.generate(**prompt, max_new_tokens=3, do_sample=False)
    assert said.shape[1] == prompt["input_ids"].shape[1] + 3


def test_adapters_and_merged_weights_are_the_same_model(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"

    finetune(make_job(dataset, model, output, weights="lora"), Recorder())
    adapters = json.loads((output / "adapter" / "adapter_config.json").read_text())
    assert adapters["base_model_name_or_path"] == "tiny"
    for file in output.rglob("*"):
        assert file.is_dir() or str(tmp_path).encode() not in file.read_bytes()

    base = AutoModelForCausalLM.from_pretrained(model)
    tokens = torch.arange(40)[None]
    before = base(tokens).logits
    adapted = PeftModel.from_pretrained(base, output / "adapter")(tokens).logits
    merged = AutoModelForCausalLM.from_pretrained(output / "model")(tokens).logits
    assert torch.allclose(adapted, merged, atol=1e-5)
    assert not torch.allclose(before, merged, atol=1e-2)


@pytest.mark.parametrize(("own", "stop_after"), [
    ({"weights": "all", "packing": True}, 1),
    ({"weights": "lora", "lora_dropout": 0.2}, 5),
    ({"weights": "all", "accumulate": 3}, 4),
])  # fmt: skip
def test_stopped_and_gone_on_it_ends_with_the_very_same_weights(
    dataset: Path, model: Path, tmp_path: Path, own: dict[str, Any], stop_after: int
) -> None:
    own = {**own, "context_tokens": 200}
    finetune(make_job(dataset, model, tmp_path / "straight", **own), Recorder())
    stopped = make_job(dataset, model, tmp_path / "stopped", **own)

    with pytest.raises(KeyboardInterrupt):
        finetune(stopped, Recorder(stop_after))
    checkpoint = find_checkpoint(stopped.output)
    assert checkpoint is not None
    assert checkpoint.name == f"checkpoint-{stop_after + 1}"
    display = Recorder()
    finetune(stopped, display)

    assert display.steps[0].step == stop_after + 2
    straight, gone_on = read_weights(tmp_path / "straight"), read_weights(stopped.output)
    assert straight.keys() == gone_on.keys()
    assert all(torch.equal(straight[name], gone_on[name]) for name in straight)


def test_a_checkpoint_that_was_half_written_is_passed_over(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    job = make_job(dataset, model, tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        finetune(job, Recorder(2))
    (job.output / "checkpoints" / "checkpoint-9").mkdir()

    display = Recorder()
    finetune(job, display)

    assert display.steps[0].step == 4


def test_a_checkpoint_whose_state_is_damaged_is_passed_over_and_a_moved_run_goes_on(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    finetune(make_job(dataset, model, tmp_path / "straight"), Recorder())
    job = make_job(dataset, model, tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        finetune(job, Recorder(9))
    newest = find_checkpoint(job.output)
    assert newest is not None
    (newest / "trainer_state.json").write_text("{")
    moved = job.output.rename(tmp_path / "moved")

    display = Recorder()
    finetune(make_job(dataset, model, moved), display)

    assert display.steps[0].step == 9
    straight, gone_on = read_weights(tmp_path / "straight"), read_weights(moved)
    assert all(torch.equal(straight[name], gone_on[name]) for name in straight)


@pytest.mark.parametrize("where", ["draw_curves", "_hash_files"])
def test_stopped_while_it_writes_it_is_written_without_training_again(
    dataset: Path, model: Path, tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"learning_rate": 0.3, "epochs": 20}
    finished = finetune(make_job(dataset, model, tmp_path / "straight", **own), Recorder())
    job = make_job(dataset, model, tmp_path / "out", **own)
    with monkeypatch.context() as patch:
        patch.setattr(writing, where, _interrupt)
        with pytest.raises(KeyboardInterrupt):
            finetune(job, Recorder())

    display = Recorder()
    again = finetune(job, display)

    assert display.steps == []
    assert again.steps == finished.steps < 160
    assert again.after == pytest.approx(finished.after)
    straight, written = read_weights(tmp_path / "straight"), read_weights(job.output)
    assert all(torch.equal(straight[name], written[name]) for name in straight)


def _interrupt(*others: object) -> None:
    raise KeyboardInterrupt


def test_a_second_process_is_refused_and_the_third_as_well(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    with hold_run(tmp_path / "out", {"a": 1}):
        for _ in range(2):
            with (
                pytest.raises(FinetuneError, match="Another process trains"),
                hold_run(tmp_path / "out", {"a": 1}),
            ):
                pass


def test_weights_that_changed_in_their_folder_are_not_gone_on_with(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        finetune(make_job(dataset, model, tmp_path / "out"), Recorder(1))
    os.utime(model / "model.safetensors")

    with pytest.raises(FinetuneError, match=r"weights\.model\.safetensors"):
        finetune(make_job(dataset, model, tmp_path / "out"), Recorder())


def test_a_split_that_is_gone_is_said_to_differ(dataset: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        finetune(make_job(dataset, model, tmp_path / "out"), Recorder(1))
    (dataset / "data" / "dev.parquet").unlink()

    with pytest.raises(FinetuneError, match=r"dataset.dev: \w+ then, None now"):
        finetune(make_job(dataset, model, tmp_path / "out"), Recorder())


def test_a_dialogue_longer_than_the_model_takes_is_cut(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    write_split(dataset, "train", [make_messages(1, turns=60), make_messages(2)])
    display = Recorder()

    finetune(make_job(dataset, model, tmp_path / "out", epochs=1), display)

    assert display.counts["train"]["cut"] == 1


def test_a_damaged_record_of_a_dataset_is_refused_before_training(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    (dataset / "release.json").write_text('{"version": 1}')

    with pytest.raises(FinetuneError, match=r"release\.json is damaged"):
        finetune(make_job(dataset, model, tmp_path / "out"), Recorder())


@pytest.mark.filterwarnings("ignore")
def test_weights_trained_by_themselves_are_kept_in_full_unless_asked_otherwise(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = find_base(str(model))
    monkeypatch.setattr("sqpsych.finetune.base.uses_bf16", lambda settings: True)

    def load(**own: Any) -> torch.dtype:
        return load_model(base, FinetuneSettings(**own)).dtype

    assert load(weights="all") == torch.float32
    assert load(weights="lora") == torch.bfloat16
    assert load(weights="all", precision="bf16") == torch.bfloat16


def test_a_folder_of_another_run_is_refused_and_what_differs_is_said(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        finetune(make_job(dataset, model, tmp_path / "out"), Recorder(1))

    with pytest.raises(FinetuneError, match=r"settings.seed: 0 then, 5 now"):
        finetune(make_job(dataset, model, tmp_path / "out", seed=5), Recorder())
    other = model.rename(model.with_name("other"))
    with pytest.raises(FinetuneError, match="model: tiny then, other now"):
        finetune(make_job(dataset, other, tmp_path / "out"), Recorder())


def test_a_finished_run_is_not_trained_over(dataset: Path, model: Path, tmp_path: Path) -> None:
    job = make_job(dataset, model, tmp_path / "out", epochs=1)
    finetune(job, Recorder())

    with pytest.raises(FinetuneError, match="finished run"):
        finetune(job, Recorder())


def test_training_stops_when_dev_gains_no_more_and_keeps_the_best(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    job = make_job(dataset, model, tmp_path / "out", learning_rate=0.3, epochs=20)
    display = Recorder()

    finished = finetune(job, display)

    assert finished.steps < 20 * 8
    taken = [losses["dev"] for when, losses in display.losses if when == "during"]
    assert finished.after["dev"] == pytest.approx(min(taken), rel=1e-5)


def test_a_loss_that_is_no_number_stops_and_leaves_the_last_good_checkpoint(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    with pytest.raises(FinetuneError, match=r"at step \d+.*last good checkpoint"):
        finetune(
            make_job(dataset, model, tmp_path / "nan", learning_rate=1e30, schedule="constant"),
            Recorder(),
        )
    assert not (tmp_path / "nan" / "manifest.json").exists()


def test_without_a_dev_split_all_epochs_are_trained(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    (dataset / "data" / "dev.parquet").unlink()
    (dataset / "data" / "test.parquet").unlink()

    finished = finetune(make_job(dataset, model, tmp_path / "out"), Recorder())

    assert (finished.before, finished.after, finished.steps) == ({}, {}, 16)


def test_dialogues_of_which_none_fits_are_refused(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    write_split(dataset, "train", [[{"role": "user", "content": "word " * 400}, *make_messages(1)]])

    with pytest.raises(FinetuneError, match=r"nothing to train on.*context_tokens"):
        finetune(make_job(dataset, model, tmp_path / "out", context_tokens=64), Recorder())


def test_an_empty_train_split_is_refused(dataset: Path, model: Path, tmp_path: Path) -> None:
    write_split(dataset, "train", [])

    with pytest.raises(FinetuneError, match="is empty"):
        finetune(make_job(dataset, model, tmp_path / "out"), Recorder())


def test_memory_that_is_too_small_says_which_settings_to_change() -> None:
    with (
        pytest.raises(FinetuneError, match=r"batch=1.*context_tokens.*weights=lora"),
        explain_limits(),
    ):
        torch.empty(1 << 60)


def test_a_full_disk_says_that_training_goes_on() -> None:
    with pytest.raises(FinetuneError, match="goes on at the last checkpoint"), explain_limits():
        Path("/dev/full").write_bytes(b"x")
