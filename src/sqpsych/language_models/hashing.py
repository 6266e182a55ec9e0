"""The SHA-256 of files as large as weights, worked out once in a process."""

from functools import lru_cache
from pathlib import Path

from sqpsych.language_models.weights import sha256_file


def hash_once(path: Path) -> str:
    """Hash a file once in a process, as long as it stays as it is; the hexadecimal SHA-256."""
    status = path.stat()
    return _hash(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=8)
def _hash(path: Path, size: int, changed_ns: int) -> str:
    return sha256_file(path)
