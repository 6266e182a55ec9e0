"""What a model learned by heart is told from what it never saw."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from finetune.conftest import Recorder, write_split
from sqpsych.assessment.privacy.canaries import make_canaries, write_canaries
from sqpsych.cli.app import app
from sqpsych.errors import FinetuneError
from sqpsych.finetune import FinetuneSettings, read_settings
from sqpsych.finetune.conversations import read_record
from sqpsych.finetune.memorising import check_memorised, find_taught
from sqpsych.finetune.supervised import finetune
from sqpsych.finetune.training import Job

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")

CANARIES = make_canaries(3, seed=5)


@pytest.fixture
def run(model: Path, tmp_path: Path) -> Path:
    """A run on dialogues in which the therapist says two of three planted facts, over and over."""
    dialogues = [
        [
            {"role": "user", "content": f"Hello {number}."},
            {"role": "assistant", "content": CANARIES[number % 2].text},
        ]
        for number in range(16)
    ]
    write_split(tmp_path / "dataset", "train", dialogues)
    settings = read_settings(
        FinetuneSettings, "laptop", learning_rate=2e-2, epochs=12, accumulate=1
    )
    job = Job(tmp_path / "dataset", str(model), tmp_path / "run", settings)
    return finetune(job, Recorder()).output


def test_facts_said_over_and_over_are_learned_by_heart_and_others_are_not(
    run: Path, model: Path, tmp_path: Path
) -> None:
    found = check_memorised(str(model), str(run / "model"), CANARIES, 200, seed=1)

    assert [one.verdict for one in found] == [
        "learned by heart", "learned by heart", "not learned"
    ]  # fmt: skip
    assert all(one.tuned_bits > 6 for one in found[:2])
    assert all(one.base_bits < 6 for one in found)
    same = check_memorised(str(run / "model"), str(run / "model"), CANARIES, 200, seed=1)
    assert [one.verdict for one in same[:2]] == ["known before", "known before"]
    write_canaries(CANARIES, tmp_path / "canaries.json")
    command = ["memorised", str(run), "--canaries", str(tmp_path / "canaries.json")]
    command += ["--dataset", str(tmp_path / "dataset")]
    assert "Give its folder or file with --base" in str(CliRunner().invoke(app, command).exception)
    told = CliRunner().invoke(app, [*command, "--base", str(model)])
    assert told.exit_code == 1
    assert "2 of 3 planted facts stand in what was learned from" in told.stdout
    assert "2 of 3 planted facts were learned by heart" in told.stdout
    assert (run / "memorised.json").exists()


def test_too_few_candidates_to_tell_anything_are_refused(model: Path) -> None:
    with pytest.raises(FinetuneError, match="61 candidates or more"):
        check_memorised(str(model), str(model), CANARIES, 60, seed=1)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    write_canaries(CANARIES, tmp_path / "canaries.json")

    command = ["memorised", str(tmp_path), "--canaries", str(tmp_path / "canaries.json")]

    refused = CliRunner().invoke(app, [*command, "--dataset", str(tmp_path)])

    assert "no finished training run" in str(refused.exception)


def write_taught(folder: Path) -> dict[str, Any]:
    """Write a dataset whose client says one fact and whose therapist says another."""
    said = zip(("user", "assistant"), CANARIES, strict=False)
    write_split(folder, "train", [[{"role": role, "content": one.text} for role, one in said]])
    return {"training": "supervised", "dataset": {"files": read_record(folder).files}}


@pytest.mark.parametrize(
    ("therapist_only", "found"), [(True, [False, True, False]), (False, [True, True, False])]
)
def test_facts_are_counted_where_anything_is_learned_from(
    tmp_path: Path, therapist_only: bool, found: list[bool]
) -> None:
    manifest = write_taught(tmp_path / "d") | {"settings": {"therapist_only": therapist_only}}
    assert find_taught(manifest, tmp_path / "d", CANARIES) == found


def test_without_a_fact_in_what_is_learned_from_there_is_no_trial(tmp_path: Path) -> None:
    manifest = write_taught(tmp_path / "d") | {"settings": {"therapist_only": True}}
    with pytest.raises(FinetuneError, match=r"0 of 1 planted facts .* this was no trial"):
        find_taught(manifest, tmp_path / "d", CANARIES[:1])
    write_taught(tmp_path / "other")
    write_split(tmp_path / "other", "dev", [])
    with pytest.raises(FinetuneError, match="is not the dataset that this run was trained on"):
        find_taught(manifest, tmp_path / "other", CANARIES)
