"""A run directory: one corpus, with its journal and its manifest, written by one process at a time.

CORPUS/journal.sqlite   every turn and rejected attempt, the profiles, how each session ended
CORPUS/manifest.json    what the run was made from, and how far it is
"""

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import filelock

from sqpsych.corpus.journal import Journal
from sqpsych.corpus.sessions import Counts, SessionHeader
from sqpsych.errors import CorpusError, CorpusLockedError, StudyMismatchError
from sqpsych.records import ClientProfile, Dialogue, RejectedAttempt
from sqpsych.whole_files import write_file

MANIFEST = "manifest.json"
JOURNAL = "journal.sqlite"
LOCK = ".lock"

Manifest = dict[str, Any]
"""JSON: "study" (what the corpus is made from), "header", "versions" (at the beginning) and
"later_versions" (where it went on with others), and as the run goes on "counts", "rejected_by"
(attempts that were rejected, for each reason) and "egress"."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A run directory opened for reading; a run may go on meanwhile."""

    path: Path
    manifest: Manifest
    journal: Journal

    def read_dialogues(self) -> Iterator[Dialogue]:
        """Read the finished dialogues, rejected ones too, in order."""
        return self.journal.read_dialogues(SessionHeader(**self.manifest["header"]))

    def find_dialogue(self, beginning: str) -> Dialogue:
        """Find the one finished dialogue whose id begins so.

        Raises:
            CorpusError: there is none, or more than one.
        """
        found = [d for d in self.read_dialogues() if d.id.startswith(beginning)]
        if len(found) == 1:
            return found[0]
        states = [state for name, state in self.journal.list_sessions() if name == beginning]
        if states == ["waiting"]:
            raise CorpusError(f"{beginning} is not finished yet.")
        what = "No finished dialogue begins" if not found else f"{len(found)} dialogues begin"
        raise CorpusError(
            f"{what} with {beginning!r} in {self.path}. `sqpsych show {self.path}` lists them all."
        )

    def read_profile(self, dialogue: str) -> ClientProfile:
        """Read the profile a dialogue was played from."""
        return self.journal.read_profile(dialogue)

    def read_rejected(self, dialogue: str) -> tuple[RejectedAttempt, ...]:
        """Read the attempts of a dialogue that failed their checks."""
        return self.journal.read_rejected(dialogue)


@contextmanager
def open_corpus(path: Path) -> Iterator[Corpus]:
    """Open a run directory for reading.

    Raises:
        CorpusError: it is none.
    """
    manifest = read_manifest(path)
    journal = Journal.open(path / JOURNAL, read_only=True)
    try:
        yield Corpus(path, manifest, journal)
    finally:
        journal.close()


@contextmanager
def open_run(path: Path, study: Mapping[str, Any], header: SessionHeader) -> Iterator[Journal]:
    """Open a run directory for writing: a new one, or one made with the same study.

    Args:
        path: the directory; made when missing.
        study: JSON values that settle what is in the corpus; all of them must be the same when a
            run is taken up again.
        header: what all its dialogues share.

    Raises:
        StudyMismatchError: the directory was made with another study; it says how they differ.
        CorpusLockedError: another process is writing there.
        CorpusError: it cannot be written, or holds something else.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CorpusError(f"{path} cannot be made: {error.strerror}.") from error
    _refuse_foreign(path)
    with _lock(path):
        _check_study(path, study)
        journal = Journal.open(path / JOURNAL)
        try:
            _begin_manifest(path, journal, study, header)
            yield journal
        finally:
            journal.close()


def name_corpora(corpora: Sequence[Path], kind: str = "corpus") -> list[str]:
    """Name corpora, or files, by their own names, with the folder above where two are called alike.

    Where that does not tell them apart either, their places in the row do: a name goes into what is
    given to others, and says no more of the folders on this machine.

    Args:
        corpora: their places.
        kind: what they are, for the error.

    Raises:
        CorpusError: one is given twice.
    """
    whole = [path.resolve() for path in corpora]
    for place, path in enumerate(whole):
        if path in whole[:place]:
            raise CorpusError(f"A {kind} is given twice: {corpora[place]}. Give each once.")
    names = [path.name for path in whole]
    if len(set(names)) < len(names):
        names = [f"{path.parent.name}/{path.name}" for path in whole]
    if len(set(names)) < len(names):
        names = [f"{name} {number}" for number, name in enumerate(names, start=1)]
    return names


def _lock(path: Path) -> filelock.AcquireReturnProxy:
    """Lock a run directory for a `with` block; the lock also goes when the process is killed."""
    try:
        return filelock.FileLock(path / LOCK, blocking=False).acquire()
    except filelock.Timeout as error:
        if not (path / LOCK).exists() or not os.access(path, os.W_OK):
            raise CorpusError(f"{path} cannot be written to. Give another with -o.") from error
        raise CorpusLockedError(
            f"Another process is writing to {path}. Wait for it, or give another directory with -o."
        ) from error
    except OSError as error:
        raise CorpusError(f"{path} cannot be written to: {error.strerror}.") from error


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a run directory.

    Raises:
        CorpusError: there is none, or it is damaged.
    """
    try:
        manifest: Manifest = json.loads((path / MANIFEST).read_bytes())
        if not {"study", "header"} <= manifest.keys():
            raise ValueError("study or header is missing")
    except FileNotFoundError as error:
        raise CorpusError(
            f"{path} is no corpus: it has no {MANIFEST}. Give the directory that "
            "`sqpsych generate` wrote with -o."
        ) from error
    except (ValueError, AttributeError, OSError) as error:
        raise CorpusError(f"{path / MANIFEST} cannot be read: {error}.") from error
    return manifest


def record_progress(
    path: Path,
    counts: Counts,
    rejected_by: Mapping[str, int],
    egress: Mapping[str, tuple[str, ...]],
) -> None:
    """Bring the manifest up to date: how far the run is, and which connections were refused.

    Args:
        path: the run directory, open for writing.
        counts: how far the run is.
        rejected_by: how many attempts were rejected, for each reason.
        egress: "allowed" and "refused" hosts of this process; those of earlier processes of the
            same run are kept.
    """
    manifest = read_manifest(path)
    earlier = manifest.get("egress", {})
    merged = {
        key: sorted({*earlier.get(key, ()), *egress.get(key, ())})
        for key in sorted({*earlier, *egress})
    }
    manifest |= {"counts": asdict(counts), "rejected_by": dict(rejected_by), "egress": merged}
    write_manifest(path, manifest)


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Replace the manifest in one step."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    try:
        write_file(path / MANIFEST, f"{text}\n")
    except OSError as error:
        raise CorpusError(f"{path / MANIFEST} cannot be written: {error.strerror}.") from error


def list_versions() -> dict[str, str]:
    """List the versions of Python and of the packages that shape a dialogue."""
    versions = {"python": platform.python_version()}
    for name in ("sqpsych", "aiohttp", "xllamacpp"):
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def _begin_manifest(
    path: Path, journal: Journal, study: Mapping[str, Any], header: SessionHeader
) -> None:
    """Write the manifest of a new run; note in that of an earlier one what it goes on with."""
    versions = list_versions()
    if not (path / MANIFEST).exists():
        if journal.list_sessions():
            raise CorpusError(
                f"{path / JOURNAL} holds sessions, and its {MANIFEST} is gone, so that nobody "
                "knows of which study. Put it back, or give another directory with -o."
            )
        first = {"study": dict(study), "header": asdict(header)}
        write_manifest(path, first | {"versions": versions})
        return
    manifest = read_manifest(path)
    later = manifest.get("later_versions", [])
    if versions != [manifest.get("versions"), *later][-1]:
        write_manifest(path, manifest | {"later_versions": [*later, versions]})


def _refuse_foreign(path: Path) -> None:
    """Refuse a directory with other things in it."""
    if (path / MANIFEST).exists():
        return
    ours = (LOCK, JOURNAL, MANIFEST)
    if foreign := sorted(one.name for one in path.iterdir() if not one.name.startswith(ours)):
        raise CorpusError(
            f"{path} holds other things ({foreign[0]}) and no corpus. Give an empty or a new "
            "directory with -o."
        )


def _check_study(path: Path, study: Mapping[str, Any]) -> None:
    """Refuse a directory of another study."""
    if not (path / MANIFEST).exists():
        return
    made_with = read_manifest(path)["study"]
    differing = sorted(key for key in {*made_with, *study} if made_with.get(key) != study.get(key))
    if differing:
        lines = "\n".join(
            f"  {key}: there {made_with.get(key)!r}, now {study.get(key)!r}" for key in differing
        )
        raise StudyMismatchError(
            f"{path} was made with another study:\n{lines}\n"
            "Give the same settings to go on with it, or another directory with -o."
        )
