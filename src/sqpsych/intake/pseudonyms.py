"""Pseudonyms: the same person gets the same one under the same key, and no one else can tell who.

Whoever has the key and a list of ids can match them, so the key is kept apart from every profile.
"""

import hmac
import logging
import os
import secrets
from pathlib import Path

from platformdirs import user_config_path

from sqpsych.errors import InputError
from sqpsych.intake.cells import Decimal, drop_zero_decimals, tidy_cell
from sqpsych.whole_files import name_partial

KEY_BYTES = 32
PSEUDONYM_HEX_DIGITS = 16
KEY_FILE_NAME = "pseudonym.key"

_LOG = logging.getLogger(__name__)


def pseudonymise(
    source_id: str, key: bytes, source: str | None = None, decimal: Decimal = "."
) -> str:
    """Turn a person's id into a pseudonym: "p" and 16 hex digits of HMAC-SHA256.

    White space around the id and the decimals of "93703.0" do not count, so that two exports of the
    same table give the same pseudonyms.

    Args:
        source_id: the id in the source data.
        key: secret of the user, at least 16 bytes.
        source: the place the id comes from, where others may use the same ids for other people.
        decimal: decimal sign of the table.
    Raises:
        InputError: an empty id, or a key too short to protect one.
    """
    plain = drop_zero_decimals(tidy_cell(source_id), decimal)
    if not plain:
        raise InputError("An empty id cannot be given a pseudonym.")
    if len(key) < KEY_BYTES // 2:
        raise InputError(f"The pseudonym key has {len(key)} bytes; expected {KEY_BYTES}.")
    # Nobody writes a zero character into a name, so that it ends the source for certain.
    named = plain if source is None else f"{source}\0{plain}"
    return "p" + hmac.digest(key, named.encode(), "sha256").hex()[:PSEUDONYM_HEX_DIGITS]


def find_key_path() -> Path:
    """Give the place of the user's own key, in the user's configuration folder."""
    return user_config_path("sqpsych") / KEY_FILE_NAME


def load_key(path: Path | None = None) -> bytes:
    """Read the pseudonym key, making a new one where there is none yet.

    A new key is 32 random bytes, written as hex into a file only its owner may read; a warning in
    the log says where it is.

    Args:
        path: the key file; by default `find_key_path()`.
    Raises:
        InputError: a file that cannot be read or made, or holds no key.
    """
    path = path or find_key_path()
    try:
        if not path.exists():
            _make_key(path)
        text = path.read_text(encoding="ascii").strip()
        key = bytes.fromhex(text)
        mode = path.stat().st_mode
    except OSError as error:
        raise InputError(f"Key file {path} cannot be used: {error.strerror}.") from error
    except ValueError as error:
        raise InputError(_describe_no_key(path)) from error
    if len(key) != KEY_BYTES:
        raise InputError(_describe_no_key(path))
    if os.name == "posix" and mode & 0o077:
        _LOG.warning("Others can read the key file %s. Close it: chmod 600 %s", path, path)
    return key


def _make_key(path: Path) -> None:
    """Write a new key, whole or not at all; of two processes at once both read the first one's."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = name_partial(path)
    try:
        handle = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        _name_once(partial, path)
    except FileExistsError:
        return
    finally:
        partial.unlink(missing_ok=True)
    _LOG.warning(
        "New pseudonym key in %s. Keep it, and keep it apart from the profiles: with it the same "
        "people get the same pseudonyms again.",
        path,
    )


def _name_once(partial: Path, path: Path) -> None:
    """Give a file its name, unless another has it.

    Raises:
        FileExistsError: another has it.
    """
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:
        # Some disks know no links, as memory sticks do.
        if path.exists():
            raise FileExistsError(path) from None
        partial.rename(path)


def _describe_no_key(path: Path) -> str:
    return (
        f"Key file {path} holds no key; expected {2 * KEY_BYTES} hex digits. Name another file: "
        "a new key is made where there is none."
    )
