"""Profiles on disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sqpsych.errors import ProfileError
from sqpsych.intake import read_profiles, write_profiles
from sqpsych.records import ClientProfile

from .small_tables import build, write_row


@pytest.fixture
def profiles(tmp_path: Path) -> tuple[ClientProfile, ...]:
    return build(tmp_path, [write_row(f"r{n:03}", [n] * 9) for n in range(3)]).profiles


def test_what_is_written_is_read(tmp_path: Path, profiles: tuple[ClientProfile, ...]) -> None:
    path = tmp_path / "profiles.jsonl"
    write_profiles(profiles, path)
    assert read_profiles(path) == profiles
    assert path.stat().st_mode & 0o077 == 0


def test_broken_off_write_leaves_the_old_file(
    tmp_path: Path, profiles: tuple[ClientProfile, ...]
) -> None:
    def break_off() -> Iterator[ClientProfile]:
        yield profiles[0]
        raise KeyboardInterrupt

    path = tmp_path / "profiles.jsonl"
    write_profiles(profiles, path)
    with pytest.raises(KeyboardInterrupt):
        write_profiles(break_off(), path)
    assert read_profiles(path) == profiles
    assert not list(tmp_path.glob("*.partial"))


def test_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be written: No such file"):
        write_profiles((), tmp_path / "nowhere" / "profiles.jsonl")


def test_wrong_lines_are_named_and_not_shown(
    tmp_path: Path, profiles: tuple[ClientProfile, ...]
) -> None:
    good = profiles[0].model_dump_json()
    path = tmp_path / "profiles.jsonl"
    path.write_text(f'{good}\n{{"secret": 1}}\nsecret\n{good}\n', encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        read_profiles(path)
    said = str(caught.value)
    assert f"{path} line 2 is no profile: pseudonym: Field required" in said
    assert f"{path} line 3 is no profile: not valid JSON." in said
    assert f"{path} line 4 is the same person as line 1." in said


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"", "holds no profiles"), (b"\xff\xfe\x00", "is not UTF-8 text")],
)
def test_files_without_profiles_are_refused(tmp_path: Path, data: bytes, expected: str) -> None:
    path = tmp_path / "profiles.jsonl"
    path.write_bytes(data)
    with pytest.raises(ProfileError, match=expected):
        read_profiles(path)


def test_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"nowhere\.jsonl cannot be read"):
        read_profiles(tmp_path / "nowhere.jsonl")
