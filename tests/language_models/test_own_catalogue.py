"""Putting entries into the user's catalogue and taking them out; the rest stays to the letter."""

import threading
from pathlib import Path

import pytest

from sqpsych.errors import CatalogueError
from sqpsych.language_models.catalogue import (
    ModelEntry,
    SamplingDefaults,
    find_model,
    load_catalogue,
    parse_catalogue,
    user_catalogue_path,
)
from sqpsych.language_models.own_catalogue import add_entry, check_free, remove_entry, write_entry

SAMPLING = SamplingDefaults(temperature=0.7, top_p=0.9, max_tokens=160, extra={"min_p": 0.05})
HAND_WRITTEN = """# What we run on the big machine.

[[models]]  # asked for by the ward
name = "ward"
kind = "server"
checkpoint = "clinic/ward-8b"
parameters = "8B"
licence = "Apache-2.0"
prompt_style = "chat"
context_tokens = 8192

# Colder than usual.
[models.sampling]
temperature = 0.2
top_p = 0.8
max_tokens = 256
"""


@pytest.fixture(autouse=True)
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Path of a user catalogue that does not exist yet."""
    monkeypatch.setattr("platformdirs.user_config_dir", lambda _: str(tmp_path / "config"))
    return user_catalogue_path()


def make_entry(name: str = "mine", path: str = "/data/out/model") -> ModelEntry:
    return ModelEntry(
        name=name,
        kind="folder",
        path=Path(path),
        parameters="8B",
        licence="Apache-2.0",
        prompt_style="chat",
        context_tokens=8192,
        sampling=SAMPLING,
    )


def test_what_is_added_is_found(catalogue: Path) -> None:
    assert add_entry(make_entry()) == catalogue
    assert find_model("mine") == make_entry()


def test_what_stands_there_stays_to_the_letter(catalogue: Path) -> None:
    catalogue.parent.mkdir()
    catalogue.write_bytes(HAND_WRITTEN.replace("\n", "\r\n").encode())
    before = catalogue.read_bytes()
    add_entry(make_entry())
    assert catalogue.read_bytes().startswith(before)
    assert [entry.name for entry in load_catalogue()][-2:] == ["ward", "mine"]
    remove_entry("mine")
    assert catalogue.read_bytes().rstrip() == before.rstrip()


def test_a_file_without_a_last_line_end_is_gone_on_with(catalogue: Path) -> None:
    catalogue.parent.mkdir()
    catalogue.write_text(HAND_WRITTEN.rstrip() + "  # no line end")
    add_entry(make_entry())
    assert find_model("mine") == make_entry()


@pytest.mark.parametrize("path", ['/a "b"/c', "/a\\b", "/tab\there", "/del\x7f", "/ü/😀", "/a\nb"])
def test_any_path_is_read_back(path: str) -> None:
    (entry,) = parse_catalogue(write_entry(make_entry(path=path)), "x")
    assert entry.path == Path(path)


def test_odd_settings_are_read_back() -> None:
    extra = {"a.b": 1, "tiny": 1e-7, "whole": 3}
    sampling = SAMPLING.model_copy(update={"extra": extra})
    entry = make_entry().model_copy(update={"sampling": sampling, "reasoning": True})
    (read,) = parse_catalogue(write_entry(entry), "x")
    assert read == entry
    assert isinstance(read.sampling.extra["whole"], int)


def test_a_path_that_is_no_text_is_refused_and_nothing_written(catalogue: Path) -> None:
    add_entry(make_entry())
    before = catalogue.read_bytes()
    with pytest.raises(CatalogueError, match="in an editor"):
        add_entry(make_entry("other", "/a\udcffb"))
    assert catalogue.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "told"), [("gemma", "a model of the catalogue"), ("mine", "models remove mine")]
)
def test_a_name_that_is_taken_is_refused(catalogue: Path, name: str, told: str) -> None:
    add_entry(make_entry())
    before = catalogue.read_bytes()
    with pytest.raises(CatalogueError, match=told):
        add_entry(make_entry(name))
    assert catalogue.read_bytes() == before
    check_free("free")


def test_a_damaged_file_is_left_alone(catalogue: Path) -> None:
    catalogue.parent.mkdir()
    catalogue.write_text("[[models]\n")
    with pytest.raises(CatalogueError, match="not valid TOML"):
        add_entry(make_entry())
    assert catalogue.read_text() == "[[models]\n"
    catalogue.write_bytes(b"\xff")
    with pytest.raises(CatalogueError, match="cannot be read"):
        add_entry(make_entry())


def test_a_list_in_one_value_cannot_be_added_to(catalogue: Path) -> None:
    catalogue.parent.mkdir()
    catalogue.write_text("models = []\n")
    with pytest.raises(CatalogueError, match="in an editor"):
        add_entry(make_entry())
    assert catalogue.read_text() == "models = []\n"


def test_a_folder_that_cannot_be_written_is_named(catalogue: Path) -> None:
    catalogue.parent.write_text("a file where the folder should be")
    with pytest.raises(CatalogueError, match=r"models\.toml cannot be written"):
        add_entry(make_entry())


def test_a_link_stays_a_link(catalogue: Path, tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles.toml"
    kept.write_text(HAND_WRITTEN)
    kept.chmod(0o640)
    catalogue.parent.mkdir()
    catalogue.symlink_to(kept)
    add_entry(make_entry())
    assert catalogue.is_symlink()
    assert kept.read_text().startswith(HAND_WRITTEN)
    assert kept.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.glob("dotfiles*")) == ["dotfiles.toml"]


def test_what_is_removed_takes_no_other_and_no_comment_of_another_with_it(catalogue: Path) -> None:
    add_entry(make_entry("first"))
    above = "\n# The second one,\n# in two lines.\n"
    catalogue.write_text(catalogue.read_text() + above + HAND_WRITTEN.partition("\n\n")[2])
    add_entry(make_entry("third"))
    assert remove_entry("first") == make_entry("first")
    assert [entry.name for entry in load_catalogue()][-2:] == ["ward", "third"]
    assert catalogue.read_text().startswith("# The second one,\n# in two lines.\n[[models]]")
    remove_entry("ward")
    assert "Colder" not in catalogue.read_text()
    assert find_model("third") == make_entry("third")
    remove_entry("third")
    assert catalogue.read_text().strip() == "# The second one,\n# in two lines."


def test_only_ones_own_can_be_removed(catalogue: Path) -> None:
    with pytest.raises(CatalogueError, match="gemma comes with sqpsych"):
        remove_entry("gemma")
    with pytest.raises(CatalogueError, match="No model is called 'xyzzy!'"):
        remove_entry("xyzzy!")
    assert not catalogue.exists()


def test_a_header_inside_a_text_is_not_cut_at(catalogue: Path) -> None:
    add_entry(make_entry())
    text = catalogue.read_text()
    odd = text.replace('licence = "Apache-2.0"', 'licence = """\n[[models]]\n"""')
    catalogue.write_text(odd + text.replace('"mine"', '"other"'))
    with pytest.raises(CatalogueError, match="in an editor"):
        remove_entry("other")
    assert catalogue.read_text().startswith(odd)


def test_many_at_once_are_all_kept() -> None:
    names = [f"m{number}" for number in range(8)]
    adding = [threading.Thread(target=add_entry, args=(make_entry(name),)) for name in names]
    for thread in adding:
        thread.start()
    for thread in adding:
        thread.join()
    assert {entry.name for entry in load_catalogue()} > set(names)
