"""Protocols: the shipped one loads, and each fault of a user's own is named with its place."""

import shutil
from importlib import resources
from pathlib import Path

import pytest

from sqpsych.errors import ProtocolError
from sqpsych.roleplay import list_protocols, load_protocol


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shipped = Path(str(resources.files("sqpsych.roleplay"))) / "protocols" / "paper"
    return Path(shutil.copytree(shipped, tmp_path / "mine"))


def change(path: Path, old: str, new: str) -> int:
    """Replace the first `old` in a file; returns the line it stands in."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_paper_has_its_bounds() -> None:
    limits = load_protocol("paper").limits
    assert (limits.therapist_words, limits.client_words) == (64, 128)
    assert (limits.end_from, limits.hard_stop) == (15, 33)
    assert load_protocol("paper").find_phase(22).name == "wrap_up"
    assert load_protocol("paper").find_phase(21).name == "closing"
    assert load_protocol("paper").redraw_probability == 0.3


def test_shipped_protocols_carry_the_name_of_their_folder() -> None:
    assert "paper" in list_protocols()
    assert [load_protocol(name).name for name in list_protocols()] == list(list_protocols())


def test_a_copy_of_ones_own_is_the_same_protocol(folder: Path) -> None:
    assert load_protocol(str(folder)) == load_protocol("paper")
    assert load_protocol(str(folder)).sha256 == load_protocol("paper").sha256


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("protocol.toml", "hard_stop = 33", "hard_stop = 34"),
        ("protocol.toml", 'farewell = "', 'farewell = "warmly '),
        ("therapist.txt", "You", "Now you"),
        ("client.txt", "You", "Now you"),
    ],
)
def test_every_change_that_shapes_dialogues_changes_the_hash(
    folder: Path, name: str, old: str, new: str
) -> None:
    change(folder / name, old, new)
    assert load_protocol(str(folder)).sha256 != load_protocol("paper").sha256


@pytest.mark.parametrize(
    ("old", "new", "field", "why"),
    [
        ("attempts = 8", "attempts = 8\natempts = 9", "atempts", "Extra inputs are not permitted"),
        ("attempts = 8", "atempts = 9", "atempts", "Extra inputs are not permitted"),
        ("attempts = 8", "", "attempts", "Field required"),
        ("attempts = 8", "attempts = 0", "attempts", "greater than or equal to 1"),
        ("attempts = 8", 'attempts = "many"', "attempts", "valid integer"),
        ("probability = 0.3", "probability = 3", "redraw_probability", "less than or equal to 1"),
        ('language = "en"', 'language = "English"', "language", "should match pattern"),
        (
            "hard_stop = 33",
            "hard_stop = 33\nhard_stopp = 33",
            "limits.hard_stopp",
            "Extra inputs are not permitted",
        ),
        ("hard_stop = 33", "hard_stop = 14", "limits", "must not come after"),
        ("from_exchange = 1\n", "from_exchange = 2\n", "", "must begin at exchange 1"),
        ("from_exchange = 4", "from_exchange = 3", "", "follow one another"),
        ("from_exchange = 7", "from_exchange = 13", "", "follow one another"),
        ("from_exchange = 15", "from_exchange = 16", "", r"begins at limits\.end_from \(15\)"),
        ("end_from = 15", "end_from = 13", "", r"begins at limits\.end_from \(13\)"),
        ('name = "agenda"', 'name = "plan"', "", "two phases have the same name"),
        ('name = "agenda"', 'name = "The Agenda"', "phases.1.name", "should match pattern"),
        ("{appointment}", "{tomorrow}", "", r"variable \{tomorrow\}; known are .*appointment"),
        ("{appointment}", "{appointment", "", "expected '}'"),
        ("{appointment}", "{}", "", "has the variable"),
    ],
)
def test_a_fault_in_the_table_is_named(
    folder: Path, old: str, new: str, field: str, why: str
) -> None:
    change(folder / "protocol.toml", old, new)
    with pytest.raises(ProtocolError, match=why) as caught:
        load_protocol(str(folder))
    assert str(folder / "protocol.toml") in str(caught.value)
    assert field in str(caught.value)


def test_a_fault_in_the_table_is_named_with_its_line(folder: Path) -> None:
    line = change(folder / "protocol.toml", "hard_stop = 33", "hard_stop = 'late'")
    with pytest.raises(ProtocolError, match=rf"protocol\.toml line {line}, limits\.hard_stop: "):
        load_protocol(str(folder))


def test_broken_toml_is_named_with_its_line(folder: Path) -> None:
    line = change(folder / "protocol.toml", "hard_stop = 33", "hard_stop = = 33")
    with pytest.raises(ProtocolError, match=rf"protocol\.toml is not valid TOML: .*line {line}"):
        load_protocol(str(folder))


@pytest.mark.parametrize("name", ["therapist.txt", "client.txt"])
@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("{demografics}", r"has the variable \{demografics\}; known are demographics"),
        ("{demographics", "expected '}'"),
        ("demographics}", "Single '}'"),
        ("{condition}", r"has the variable \{condition\}"),
    ],
)
def test_a_variable_nobody_fills_is_named_with_its_line(
    folder: Path, name: str, new: str, why: str
) -> None:
    line = change(folder / name, "{demographics}", new)
    with pytest.raises(ProtocolError, match=why) as caught:
        load_protocol(str(folder))
    assert f"{folder / name} line {line}: " in str(caught.value)


@pytest.mark.parametrize("name", ["protocol.toml", "therapist.txt", "client.txt"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ProtocolError, match=rf"{folder / name} cannot be read: .*No such file"):
        load_protocol(str(folder))


@pytest.mark.parametrize("name", ["protocol.toml", "therapist.txt", "client.txt"])
def test_a_file_that_is_not_utf8_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes("# Gespräch".encode("latin-1"))
    with pytest.raises(ProtocolError, match=rf"{folder / name} cannot be read: .*utf-8"):
        load_protocol(str(folder))


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(ProtocolError, match=r"no protocol 'papre'\. Did you mean 'paper'\?"):
        load_protocol("papre")


def test_a_name_like_none_lists_the_known() -> None:
    with pytest.raises(ProtocolError, match=r"Known are .*paper.*path of its folder") as caught:
        load_protocol("zzzzzz")
    assert "Did you mean" not in str(caught.value)
