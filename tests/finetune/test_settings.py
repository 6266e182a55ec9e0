"""Every shipped preset can be read, and the published one says what was published."""

import pytest

from sqpsych.finetune import FinetuneSettings, PreferenceSettings, list_presets, read_settings
from sqpsych.finetune.settings import TrainingSettings

SHIPPED = [
    (model, preset)
    for model in (FinetuneSettings, PreferenceSettings)
    for preset in list_presets(model)
]


@pytest.mark.parametrize(("model", "preset"), SHIPPED)
def test_a_shipped_preset_can_be_read(model: type[TrainingSettings], preset: str) -> None:
    assert isinstance(read_settings(model, preset), model)


def test_both_kinds_have_a_preset_for_a_gpu_and_one_for_a_cpu() -> None:
    for model in (FinetuneSettings, PreferenceSettings):
        assert {"default", "laptop"} <= set(list_presets(model))


def test_the_published_settings_are_those_of_the_paper() -> None:
    paper = read_settings(FinetuneSettings, "paper")

    assert (paper.weights, paper.epochs, paper.batch * paper.accumulate) == ("all", 5, 32)
    assert (paper.learning_rate, paper.warmup, paper.max_grad_norm) == (2e-5, 0.03, 0.3)
    assert (paper.gradient_checkpointing, paper.seed) == (True, 666)
