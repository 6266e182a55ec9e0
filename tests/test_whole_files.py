"""A file is there whole, or as it was before."""

from pathlib import Path

import pytest

from sqpsych.whole_files import replace_file, write_file


def test_what_is_written_takes_the_place_of_what_stood_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("before", encoding="utf-8")
    with replace_file(path) as partial:
        partial.write_bytes(b"after")
        assert path.read_bytes() == b"before"
    assert path.read_bytes() == b"after"
    assert list(tmp_path.iterdir()) == [path]


def test_broken_off_write_leaves_what_stood_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"before")

    def write_half() -> None:
        with replace_file(path) as partial:
            partial.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_two_who_write_the_same_file_at_once_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with replace_file(path) as first, replace_file(path) as second:
        first.write_bytes(b"A" * 20)
        second.write_bytes(b"B" * 5)
    assert path.read_bytes() == b"A" * 20
    assert list(tmp_path.iterdir()) == [path]


def test_nobody_may_read_it_who_could_not_read_what_stood_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.touch(0o600)
    write_file(path, "after")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("full_disk")
def test_full_disk_leaves_what_stood_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"before")
    with pytest.raises(OSError, match="No space left on device"):
        write_file(path, "after")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("errors", "written"), [("replace", b"a?\n"), ("strict", None)])
def test_half_a_character_is_replaced_only_when_asked(
    tmp_path: Path, errors: str, written: bytes | None
) -> None:
    path = tmp_path / "a.txt"
    if written is None:
        with pytest.raises(UnicodeEncodeError):
            write_file(path, "a\ud83d\n", errors)
        assert not path.exists()
    else:
        write_file(path, "a\ud83d\n", errors)
        assert path.read_bytes() == written


def test_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_file(tmp_path / "nowhere" / "a.txt", "text")
