"""From the folder of a tuned model to its entry in the catalogue."""

import json
from pathlib import Path

import pytest

from sqpsych.errors import CatalogueError, WeightsError
from sqpsych.language_models.catalogue import SamplingDefaults, find_model
from sqpsych.language_models.tuned import name_tuned, read_tuned

from .tuned_model import GGUF_BYTES, write_manifest, write_tuned


@pytest.fixture(autouse=True)
def own_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No models of the user's own."""
    monkeypatch.setattr("platformdirs.user_config_dir", lambda _: str(tmp_path / "config"))


def test_one_with_a_gguf_file_runs_embedded_and_is_sampled_as_its_base(tmp_path: Path) -> None:
    entry = read_tuned(write_tuned(tmp_path / "out", gguf=True), "mine")
    assert (entry.name, entry.kind, entry.path) == ("mine", "gguf", tmp_path / "out/model.gguf")
    assert (entry.size_bytes, entry.parameters) == (len(GGUF_BYTES), "135M")
    assert (entry.prompt_style, entry.context_tokens) == ("chat", 8192)
    assert (entry.licence, entry.list_parts()) == ("Apache-2.0", ())
    assert entry.sampling == find_model("smollm2-135m").sampling
    assert entry.sampling.extra["dry_multiplier"] == 0.8
    assert entry.lead_words == find_model("smollm2-135m").lead_words


def test_one_without_is_a_folder_for_a_server(tmp_path: Path) -> None:
    base = {"name": "some-7b", "licence": None, "parameters": 7_241_732_096}
    entry = read_tuned(write_tuned(tmp_path / "out", gguf=False, **base), "mine")
    assert (entry.kind, entry.path) == ("folder", tmp_path / "out/model")
    assert (entry.size_bytes, entry.sha256, entry.checkpoint) == (None, None, None)
    assert (entry.parameters, entry.licence) == ("7.24B", "not stated")
    assert entry.sampling == SamplingDefaults(temperature=0.7, top_p=0.9, max_tokens=256)


def test_a_server_is_not_asked_for_what_only_the_embedded_engine_knows(tmp_path: Path) -> None:
    entry = read_tuned(write_tuned(tmp_path / "out", gguf=False), "mine")
    assert entry.sampling.extra == {"min_p": 0.05}
    assert entry.sampling.max_tokens == find_model("smollm2-135m").sampling.max_tokens


@pytest.mark.parametrize(
    ("folder", "name"), [("Therapist 1", "therapist-1"), ("_Out.v2_", "out.v2"), ("a", "a")]
)
def test_it_is_called_as_its_folder(tmp_path: Path, folder: str, name: str) -> None:
    assert name_tuned(tmp_path / folder) == name
    assert name_tuned(tmp_path / folder, "other") == "other"


@pytest.mark.parametrize("name", ["Mine", "a b", "", "../a", "mine.gguf", "a@b", "a\n"])
def test_a_name_that_cannot_be_one_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CatalogueError, match="cannot be the name"):
        name_tuned(tmp_path, name)


def test_a_folder_whose_name_cannot_be_made_fit_asks_for_one(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="--name"):
        name_tuned(tmp_path / "___")


@pytest.mark.parametrize(
    "path", ["model.gguf", "model/config.json", "model/model.safetensors"], ids=str
)
@pytest.mark.parametrize("change", ["remove", "damage"])
def test_a_file_that_is_not_as_it_was_written_is_named(
    tmp_path: Path, path: str, change: str
) -> None:
    folder = write_tuned(tmp_path / "out", gguf=True)
    if change == "remove":
        (folder / path).unlink()
    else:
        content = (folder / path).read_bytes()
        (folder / path).write_bytes(content[:-1] + b"?")
    with pytest.raises(WeightsError, match=path):
        read_tuned(folder, "mine")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "release"}, "kind: .*finetuned"),
        ({"prompt_style": "song"}, "prompt_style"),
        ({"base": {"name": "x"}}, r"base\.licence"),
        ({"sha256": {"model.gguf": "12"}}, r"sha256\.model\.gguf"),
        ({"sha256": {}}, "lists neither"),
        ({"sha256": {"model/model.safetensors": "0" * 64}}, "put there later"),
        ({"sha256": {"model.gguf": "0" * 64, "../x": "0" * 64}}, "SHA-256 is"),
        ({"sha256": {"../x": "0" * 64, "model.gguf": "0" * 64}}, "outside the folder"),
        ({"sha256": {"/etc/hosts": "0" * 64, "model.gguf": "0" * 64}}, "outside the folder"),
    ],
)
def test_a_manifest_that_is_none_says_why(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    folder = write_tuned(tmp_path / "out", gguf=True)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | change))
    with pytest.raises((CatalogueError, WeightsError), match=told):
        read_tuned(folder, "mine")


@pytest.mark.parametrize("content", [None, "not JSON", "[]"])
def test_a_folder_without_a_manifest_is_none(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(CatalogueError, match=r"manifest\.json .*sqpsych finetune"):
        read_tuned(tmp_path, "mine")


def test_a_gguf_file_that_is_none_is_refused(tmp_path: Path) -> None:
    folder = write_tuned(tmp_path / "out", gguf=True)
    (folder / "model.gguf").write_bytes(b"notes")
    write_manifest(folder)
    with pytest.raises(WeightsError, match="no GGUF file"):
        read_tuned(folder, "mine")


def test_a_folder_without_its_configuration_is_refused(tmp_path: Path) -> None:
    folder = write_tuned(tmp_path / "out", gguf=False)
    (folder / "model/config.json").unlink()
    write_manifest(folder)
    with pytest.raises(WeightsError, match=r"model/config\.json is missing"):
        read_tuned(folder, "mine")
