"""Pseudonyms and the key that makes them."""

import errno
import hashlib
import hmac
import logging
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from sqpsych.errors import InputError
from sqpsych.intake import load_key, pseudonymise
from sqpsych.intake.pseudonyms import find_key_path

KEY = bytes(range(32))


def test_pseudonym_is_a_keyed_hash() -> None:
    expected = hmac.new(KEY, b"r001", hashlib.sha256).hexdigest()[:16]
    assert pseudonymise("r001", KEY) == f"p{expected}"


def test_pseudonym_depends_on_the_key() -> None:
    assert pseudonymise("r001", KEY) != pseudonymise("r001", KEY[::-1])


def test_exports_of_the_same_id_agree() -> None:
    assert pseudonymise(" 93703.0 ", KEY) == pseudonymise("93703", KEY)
    assert pseudonymise("007", KEY) != pseudonymise("7", KEY)


def test_exports_of_the_same_id_agree_with_a_decimal_comma() -> None:
    assert pseudonymise("93703,0", KEY, decimal=",") == pseudonymise("93703", KEY)
    assert pseudonymise("7.000", KEY, decimal=",") != pseudonymise("7", KEY)


def test_same_ids_of_two_sources_are_different_people() -> None:
    both = [pseudonymise("1", KEY, source) for source in ("clinic-a", "clinic-b")]
    assert len({*both, pseudonymise("1", KEY)}) == 3
    assert pseudonymise("b1", KEY, "a") != pseudonymise("1", KEY, "ab")


@pytest.mark.parametrize(("source_id", "key"), [(" ", KEY), ("r001", b"short")])
def test_what_protects_nobody_is_refused(source_id: str, key: bytes) -> None:
    with pytest.raises(InputError):
        pseudonymise(source_id, key)


def test_new_key_is_private_and_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "keys" / "study.key"
    key = load_key(path)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="ascii").strip() == key.hex()
    assert str(path) in caplog.text
    assert key.hex() not in caplog.text
    assert load_key(path) == key


def test_key_is_never_seen_half_written(tmp_path: Path) -> None:
    together = Barrier(6)

    def load(number: int) -> bytes:
        together.wait()
        return load_key(tmp_path / f"{number}.key")

    with ThreadPoolExecutor(6) as pool:
        for number in range(40):
            assert len(set(pool.map(load, [number] * 6))) == 1
    assert not list(tmp_path.glob("*.partial"))


def test_key_is_made_on_a_disk_without_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Path) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr("os.link", refuse)
    path = tmp_path / "study.key"
    assert load_key(path) == load_key(path)
    assert [file.name for file in tmp_path.iterdir()] == ["study.key"]


def test_default_key_is_in_the_users_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqpsych.intake.pseudonyms.user_config_path", lambda name: tmp_path / name)
    key = load_key(None)
    assert find_key_path() == tmp_path / "sqpsych" / "pseudonym.key"
    assert find_key_path().read_text(encoding="ascii").strip() == key.hex()


@pytest.mark.parametrize("text", ["", "not hex", "abcd", "é"])
def test_file_without_a_key_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "study.key"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="holds no key; expected 64 hex digits"):
        load_key(path)
    assert path.read_text(encoding="utf-8") == text


def test_key_open_to_others_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "study.key"
    path.write_text(KEY.hex(), encoding="ascii")
    path.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        assert load_key(path) == KEY
    assert f"chmod 600 {path}" in caplog.text


def test_folder_is_no_key_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be used"):
        load_key(tmp_path)
