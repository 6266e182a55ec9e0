"""The whole way with a real model: sample, profiles, dialogues. What it says is not judged here."""

import hashlib
import json
from pathlib import Path

import pytest

from sqpsych.corpus import open_corpus
from sqpsych.intake import read_profiles
from sqpsych.language_models.catalogue import find_model
from sqpsych.language_models.weights import pull_weights

from .small_study import PROTOCOL, generate, run_sqpsych, write_study

MODEL = "smollm2-135m"


@pytest.mark.embedded
@pytest.mark.usefixtures("one_core")
async def test_from_sample_table_to_corpus(tmp_path: Path) -> None:
    weights = pull_weights(find_model(MODEL))
    write_study(tmp_path)
    protocol = tmp_path / "small" / "protocol.toml"
    protocol.write_text(PROTOCOL.replace("attempts = 6", "attempts = 2"), "utf-8")
    start = tmp_path / "start"
    sampled = await run_sqpsych("profiles", "sample", str(start))
    assert sampled.code == 0, sampled.err
    files = [str(start / "nhanes.csv"), "--codebook", str(start / "codebook.toml")]
    files += ["-o", str(tmp_path / "profiles.jsonl"), "--key-file", str(tmp_path / "key")]
    built = await run_sqpsych("profiles", "build", *files, "--force")
    assert built.code == 0, built.err
    arguments = generate(tmp_path, MODEL, "--limit", "1")
    done = await run_sqpsych(*arguments)
    assert done.code in {0, 1}, done.err
    for row in ("dialogues", "turns", "attempts", "cached", "tokens out", "Read them:"):
        assert row in done.out
    for profile in read_profiles(tmp_path / "profiles.jsonl"):
        for statement in profile.statements:
            assert statement.text not in done.out + done.err
    check_corpus(tmp_path / "corpus", weights)
    again = await run_sqpsych(*arguments)
    assert again.code == done.code
    check_corpus(tmp_path / "corpus", weights)


def check_corpus(path: Path, weights: Path) -> None:
    """Journal and manifest agree, and say what was used."""
    manifest = json.loads((path / "manifest.json").read_text("utf-8"))
    sha256 = hashlib.sha256(weights.read_bytes()).hexdigest()
    assert manifest["study"]["therapist"]["sha256"] == sha256
    assert manifest["study"]["client"]["sha256"] == sha256
    assert manifest["egress"] == {"allowed": [], "refused": []}
    counts = manifest["counts"]
    assert (counts["waiting"], counts["closed"] + counts["rejected"]) == (0, 1)
    with open_corpus(path) as corpus:
        dialogues = list(corpus.read_dialogues())
        rejected = [attempt for d in dialogues for attempt in corpus.read_rejected(d.id)]
    turns = [turn for dialogue in dialogues for turn in dialogue.turns]
    assert len(dialogues) == 1
    assert counts["turns"] == len(turns)
    assert counts["attempts"] == len(turns) + len(rejected) > 0
    for dialogue in dialogues:
        assert [turn.index for turn in dialogue.turns] == list(range(len(dialogue.turns)))
        assert dialogue.ending == "closed" or dialogue.reason
