"""Measures are taken once; what they were taken from decides."""

import shutil
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from sqpsych import wording
from sqpsych.assessment.assessing import fingerprint, take_measures
from sqpsych.assessment.figures import Finding, Measured, Row
from sqpsych.assessment.means import hash_means
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.sample import Sample
from sqpsych.corpus import open_scores

from .making import make_dialogue, make_profile

DIALOGUE = make_dialogue("Hello.", "Hi.")


class Counter:
    """A measure that counts how often it is taken."""

    def __init__(self, beside: str = "") -> None:
        self.taken = 0
        self.measure = Measure("count", "Counts", "Counts.", self.take, beside)

    def take(self, sample: Sample) -> Measured:
        """Give a figure, a finding and a table."""
        self.taken += 1
        rows = (Row("times", self.taken, 0.5, None, 1, "none", "a note"),)
        return Measured(rows, {"d": (Finding(1, "kind", "Hi."),)}, {"t": [{"a": 1, "b": None}]})


def make_sample(line: str = "Hi.", labels: dict[str, int] | None = None, seed: int = 0) -> Sample:
    """A corpus of one dialogue."""
    dialogue = make_dialogue("Hello.", line)
    profiles = {dialogue.id: make_profile()}
    return Sample("c", (dialogue,), profiles, labels or {}, seed=seed)


def test_what_was_measured_is_recalled_as_it_was(tmp_path: Path) -> None:
    counter = Counter()
    with open_scores(tmp_path) as store:
        first = take_measures(make_sample(), [counter.measure], store)
    with open_scores(tmp_path) as store:
        again = take_measures(make_sample(), [counter.measure], store)
    assert counter.taken == 1
    assert again == first


@pytest.mark.parametrize(
    "other", [make_sample("Ho."), make_sample(labels={DIALOGUE.id: 1}), make_sample(seed=1)]
)
def test_what_changed_is_measured_anew(tmp_path: Path, other: Sample) -> None:
    counter = Counter()
    with open_scores(tmp_path) as store:
        take_measures(make_sample(), [counter.measure], store)
        take_measures(other, [counter.measure], store)
    assert counter.taken == 2


def test_a_measure_that_looks_at_another_reference_is_taken_anew(tmp_path: Path) -> None:
    old, new = Counter("a"), Counter("b")
    with open_scores(tmp_path) as store:
        take_measures(make_sample(), [old.measure], store)
        take_measures(make_sample(), [new.measure], store)
    assert (old.taken, new.taken) == (1, 1)


def test_what_was_taken_without_a_library_is_taken_anew_once_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_none(name: str) -> str:
        raise PackageNotFoundError(name)

    counter = Counter()
    with open_scores(tmp_path) as store:
        with monkeypatch.context() as patch:
            patch.setattr("importlib.metadata.version", find_none)
            hash_means.cache_clear()
            take_measures(make_sample(), [counter.measure], store)
        hash_means.cache_clear()
        for _ in range(2):
            take_measures(make_sample(), [counter.measure], store)
    assert counter.taken == 2


def test_what_was_taken_by_other_code_or_another_lexicon_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copied_wording"
    shutil.copytree(Path(wording.__file__).parent, copy)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("sqpsych.assessment.means._PACKAGES", ("copied_wording",))
    hashes = []
    for name in ("", "symptoms.toml", "mentions.py"):
        if name:
            (copy / name).write_text(f"{(copy / name).read_text('utf-8')}\n", "utf-8")
        hash_means.cache_clear()
        hashes.append(hash_means())
    hash_means.cache_clear()
    assert len(set(hashes)) == 3


def test_what_was_taken_before_a_failure_is_kept(tmp_path: Path) -> None:
    def fail(sample: Sample) -> Measured:
        raise RuntimeError("away")

    counter, broken = Counter(), Measure("broken", "Broken", "Fails.", fail)
    with open_scores(tmp_path) as store, pytest.raises(RuntimeError):
        take_measures(make_sample(), [counter.measure, broken], store)
    with open_scores(tmp_path) as store:
        take_measures(make_sample(), [counter.measure], store)
    assert counter.taken == 1


def test_the_watcher_hears_of_each_measure_and_whether_it_is_recalled(tmp_path: Path) -> None:
    heard: list[tuple[str, bool]] = []
    counter = Counter()
    with open_scores(tmp_path) as store:
        for _ in range(2):
            take_measures(
                make_sample(), [counter.measure], store, lambda m, r: heard.append((m.name, r))
            )
    assert heard == [("count", False), ("count", True)]


def test_the_fingerprint_sees_answers_too() -> None:
    sample = make_sample()
    other = make_profile().model_copy(update={"condition": "mdd"})
    assert fingerprint(sample) == fingerprint(make_sample())
    assert fingerprint(sample) != fingerprint(
        Sample("c", sample.dialogues, {sample.dialogues[0].id: other})
    )
