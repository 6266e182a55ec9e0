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
    assert limits.hard_stop == 33
    assert load_protocol("paper").redraw_probability == 0.3
    assert load_protocol("paper").usual_turns == 30


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
        ("hard_stop = 33", "hard_stop = 14", "limits.hard_stop", "exchange 15 at the earliest"),
        ("exchanges = [2, 2]", "exchanges = [3, 2]", "phases.0", r"got \[3, 2\]"),
        ("exchanges = [2, 2]", "exchanges = [2, 2]\nrisk = true", "phases.0", "is for everyone"),
        (
            'screens = ["mood"]',
            'screens = ["mood"]\nsays = ["{fact}"]\notherwise = ["{facts}"]',
            "otherwise",
            "facts",
        ),
        ("exchanges = [2, 2]", "exchanges = [0, 2]", "phases.0", r"got \[0, 2\]"),
        ("exchanges = [2, 2]", "exchanges = [2]", "phases.0.exchanges.1", "Field required"),
        ('name = "agenda"', 'name = "plan"', "phases.4.name", "there are two 'plan'"),
        ('name = "agenda"', 'name = "The Agenda"', "phases.1.name", "should match pattern"),
        (
            'name = "agenda"',
            'name = "agenda"\nnext = "plans"',
            "phases.1.next",
            "no phase 'plans'; there are mood_check, agenda",
        ),
        (
            'name = "agenda"',
            'name = "agenda"\nnext = "mood_check"',
            "phases.1.next",
            "goes back to 'mood_check'",
        ),
        (
            'name = "agenda"',
            'name = "agenda"\nnext = "plan"',
            "phases.2.name",
            "no phase leads to 'referral'",
        ),
        (
            'name = "agenda"',
            'name = "agenda"\nuntil = "all_well"',
            "phases.1.until",
            "'symptoms_voiced', 'crisis_voiced', 'safety_known' or 'more_to_tell'",
        ),
        ('screens = ["mood"]', 'screens = ["moods"]', "phases.0.steps.1.screens.0", "'mood'"),
        ("attempts = 8", 'attempts = 8\nchecks = ["unvoicd"]', "checks", "no check 'unvoicd'"),
        (
            '"takes that seriously, and asks what an',
            '"takes {thought} and asks what an',
            "phases.2.steps.0.therapist",
            r"variable \{thought\}; known are appointment",
        ),
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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name = "agenda"\n', 'name = "agenda"\nnext = "plans"\n'),
        ("describes one ordinary day", "describes {one} ordinary day"),
        ("thanks the therapist", "thanks the {therapist}"),
        ("exchanges = [3, 3]", 'exchanges = [3, "x"]'),
        ('screens = ["mood"]', 'screens = ["moods"]'),
        ("redraw_probability = 0.3", "redraw_probability = 3"),
        ("redraw_probability = 0.3", 'checks = ["unvoicd"]'),
    ],
)
def test_a_fault_deep_in_the_table_is_named_with_its_line(folder: Path, old: str, new: str) -> None:
    line = change(folder / "protocol.toml", old, new) + (new.startswith('name = "agenda"'))
    with pytest.raises(ProtocolError, match=rf"protocol\.toml line {line}, "):
        load_protocol(str(folder))


def test_a_protocol_nobody_can_close_is_refused(folder: Path) -> None:
    path = folder / "protocol.toml"
    path.write_text(path.read_text("utf-8").replace("closes = true\n", ""), "utf-8")
    with pytest.raises(ProtocolError, match="the therapist could never close"):
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
