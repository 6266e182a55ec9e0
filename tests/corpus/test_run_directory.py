"""The run directory: one study, one writer, a manifest that keeps what it knew."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sqpsych.corpus import Counts, name_corpora, open_corpus, open_run, record_progress
from sqpsych.errors import CorpusError, CorpusLockedError, StudyMismatchError

from .records import HEADER, STUDY, make_attempt, make_session, make_turn

COUNTS = Counts(waiting=0, closed=1, rejected=0, turns=30, attempts=31)


def make_run(path: Path) -> Path:
    """Make a run with one closed, one rejected and one waiting session."""
    with open_run(path, STUDY, HEADER) as journal:
        journal.add_sessions([make_session(name) for name in ("da1", "da2", "db1")])
        journal.add_turn("da1", make_turn(0, "Good morning."))
        journal.add_rejected("da2", [make_attempt(0, 1)])
        journal.finish("da1", "closed", None)
        journal.finish("da2", "rejected", "turn 0: cut_off")
    return path


def read_manifest(path: Path) -> dict[str, object]:
    """Read the manifest as the file it is."""
    manifest: dict[str, object] = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def test_a_run_says_what_it_was_made_from(tmp_path: Path) -> None:
    run = make_run(tmp_path / "deep" / "corpus")
    assert read_manifest(run)["study"] == STUDY
    with open_corpus(run) as corpus:
        assert [dialogue.id for dialogue in corpus.read_dialogues()] == ["da1", "da2"]
        assert corpus.read_profile("da1").pseudonym == "person-da1"
        assert corpus.read_rejected("da2") == (make_attempt(0, 1),)


def test_the_same_study_goes_on(tmp_path: Path) -> None:
    run = make_run(tmp_path / "corpus")
    with open_run(run, STUDY, HEADER) as journal:
        assert journal.count() == Counts(waiting=1, closed=1, rejected=1, turns=1, attempts=2)


def test_another_study_is_refused_with_the_differences(tmp_path: Path) -> None:
    run = make_run(tmp_path / "corpus")
    before = (run / "manifest.json").read_bytes()
    with (
        pytest.raises(StudyMismatchError) as caught,
        open_run(run, {"seed": 1, "protocol": "paper", "extra": "x"}, HEADER),
    ):
        pass
    message = str(caught.value)
    assert "  seed: there 0, now 1\n" in message
    assert "  extra: there None, now 'x'\n" in message
    assert "protocol:" not in message
    assert "another directory with -o" in message
    assert (run / "manifest.json").read_bytes() == before


def test_a_second_process_is_refused_while_the_first_writes(tmp_path: Path) -> None:
    run = make_run(tmp_path / "corpus")
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from sqpsych.corpus import SessionHeader, open_run\n"
        f"with open_run(Path({str(run)!r}), {STUDY!r}, SessionHeader('p', 't', 'c', 'h', 'v')):\n"
        "    print('open', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        refused = pytest.raises(CorpusLockedError, match=r"Another process is writing to .*corpus")
        with refused, open_run(run, STUDY, HEADER):
            pass
        with open_corpus(run) as corpus:
            assert len(list(corpus.read_dialogues())) == 2
        other.kill()
    with open_run(run, STUDY, HEADER) as journal:
        assert journal.count().waiting == 1


def test_a_directory_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work", encoding="utf-8")
    refused = pytest.raises(CorpusError, match=r"holds other things \(thesis\.docx\)")
    with refused, open_run(tmp_path, STUDY, HEADER):
        pass
    assert not (tmp_path / "journal.sqlite").exists()
    assert not (tmp_path / "manifest.json").exists()


def test_a_file_in_the_place_of_the_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "corpus").write_text("a file", encoding="utf-8")
    refused = pytest.raises(CorpusError, match=r"corpus cannot be made: File exists")
    with refused, open_run(tmp_path / "corpus", STUDY, HEADER):
        pass


@pytest.mark.parametrize("name", ["kernel/iommu_groups", "fs/pstore", "kernel/new"])
def test_a_directory_that_cannot_be_written_is_named(name: str) -> None:
    path = Path("/sys", name)
    if not path.parent.is_dir() or (path.is_dir() and any(path.iterdir())):
        pytest.skip("needs an empty place that nobody may write to")
    with pytest.raises(CorpusError, match="cannot be"), open_run(path, STUDY, HEADER):
        pass


def test_a_run_killed_before_its_manifest_begins_again(tmp_path: Path) -> None:
    with open_run(tmp_path, STUDY, HEADER):
        pass
    (tmp_path / "manifest.json").rename(tmp_path / "manifest.json.0123abcd.partial")
    with open_run(tmp_path, STUDY, HEADER):
        pass
    assert read_manifest(tmp_path)["study"] == STUDY


def test_sessions_without_a_manifest_are_not_taken_for_those_of_a_study(tmp_path: Path) -> None:
    run = make_run(tmp_path / "corpus")
    (run / "manifest.json").unlink()
    refused = pytest.raises(CorpusError, match=r"sessions, and its manifest\.json is gone")
    with refused, open_run(run, {**STUDY, "seed": 9}, HEADER):
        pass
    assert not (run / "manifest.json").exists()


def test_answers_are_for_the_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with open_run(tmp_path, STUDY, HEADER):
            modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    journal = {mode for name, mode in modes.items() if name.startswith("journal")}
    assert journal == {0o600}


def test_later_versions_are_named_beside_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1", "1", "2", "2", "1"):
        monkeypatch.setattr(
            "sqpsych.corpus.run_directory.list_versions", lambda version=version: {"s": version}
        )
        with open_run(tmp_path, STUDY, HEADER):
            pass
    manifest = read_manifest(tmp_path)
    assert manifest["versions"] == {"s": "1"}
    assert manifest["later_versions"] == [{"s": "2"}, {"s": "1"}]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "Expecting property name"),
        ("[]", "cannot be read"),
        ("{}", "study or header is missing"),
        ("\x00", "cannot be read"),
    ],
)
def test_a_damaged_manifest_is_named(tmp_path: Path, text: str, why: str) -> None:
    run = make_run(tmp_path / "corpus")
    (run / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=why) as caught, open_corpus(run):
        pass
    assert str(run / "manifest.json") in str(caught.value)
    with pytest.raises(CorpusError, match=why), open_run(run, STUDY, HEADER):
        pass
    assert (run / "manifest.json").read_text(encoding="utf-8") == text


def test_a_directory_that_is_no_corpus_is_named(tmp_path: Path) -> None:
    refused = pytest.raises(CorpusError, match=r"no corpus: it has no manifest\.json")
    with refused, open_corpus(tmp_path):
        pass


def test_progress_keeps_refusals_of_earlier_processes(tmp_path: Path) -> None:
    run = make_run(tmp_path / "corpus")
    record_progress(run, COUNTS, {}, {"allowed": (), "refused": ("pypi.org:443",)})
    record_progress(run, COUNTS, {"copied": 2}, {"allowed": ("gpu",), "refused": ("hf.co:443",)})
    manifest = read_manifest(run)
    assert manifest["egress"] == {"allowed": ["gpu"], "refused": ["hf.co:443", "pypi.org:443"]}
    assert manifest["rejected_by"] == {"copied": 2}
    assert manifest["counts"] == {
        "waiting": 0,
        "closed": 1,
        "rejected": 0,
        "turns": 30,
        "attempts": 31,
    }
    assert manifest["study"] == STUDY
    assert not list(run.glob("*.partial"))


def test_a_manifest_that_cannot_be_written_stays_as_it_was(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    run = make_run(tmp_path / "corpus")
    before = (run / "manifest.json").read_bytes()
    request.getfixturevalue("full_disk")
    with pytest.raises(CorpusError, match="cannot be written: No space left on device"):
        record_progress(run, COUNTS, {}, {})
    assert (run / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("beginning", ["da1", "da2"])
def test_a_dialogue_is_found_by_its_first_letters(tmp_path: Path, beginning: str) -> None:
    with open_corpus(make_run(tmp_path / "corpus")) as corpus:
        assert corpus.find_dialogue(beginning).id == beginning


@pytest.mark.parametrize(
    ("beginning", "message"),
    [
        ("da", "2 dialogues begin with 'da'"),
        ("x", "No finished dialogue begins with 'x'"),
        ("db1", "db1 is not finished yet"),
    ],
)
def test_a_dialogue_that_is_not_found_is_explained(
    tmp_path: Path, beginning: str, message: str
) -> None:
    with (
        open_corpus(make_run(tmp_path / "corpus")) as corpus,
        pytest.raises(CorpusError, match=message),
    ):
        corpus.find_dialogue(beginning)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (("a/x", "b/y"), ["x", "y"]),
        (("a/x", "b/x"), ["a/x", "b/x"]),
        (("jan/runs/x", "tom/runs/x"), ["runs/x 1", "runs/x 2"]),
    ],
)
def test_namesakes_are_told_apart_without_the_folders_above(
    tmp_path: Path, given: tuple[str, ...], names: list[str]
) -> None:
    assert name_corpora([tmp_path / name for name in given]) == names
