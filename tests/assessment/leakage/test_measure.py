"""Leakage as a measure of a corpus, on corpora whose truth is known."""

import sys
from collections.abc import Mapping

import numpy as np
import pytest

from sqpsych.assessment.figures import Row
from sqpsych.assessment.leakage.measure import LEAKAGE, draw_labelled, take_leakage
from sqpsych.assessment.sample import Sample
from sqpsych.errors import InputError

from ..making import draw_line, make_dialogue, make_profile, name_words

COMMON, ILL, WELL = name_words("m", 60), name_words("v", 12), name_words("z", 12)
THERAPIST = (
    "therapist AUC, all words",
    "therapist AUC, before any symptom is voiced",
    "therapist AUC, beyond the client's words",
)


def make_sample(people: int, each: int = 1, labels: Mapping[str, int] | None = None) -> Sample:
    """A corpus whose therapist lets the group of every second person slip."""
    generator = np.random.default_rng(0)
    made = []
    for person in range(people):
        for number in range(each):
            slip = draw_line(generator, ILL if person % 2 else WELL, 3)
            lines = [f"{slip} {draw_line(generator, COMMON)}", draw_line(generator, COMMON)]
            made.append(make_dialogue(*lines, person=f"p{person}", name=f"{person}-{number}"))
    own = {d.id: int(d.pseudonym[1:]) % 2 for d in made} if labels is None else labels
    profiles = {d.id: make_profile(person=d.pseudonym) for d in made}
    return Sample("corpus", tuple(made), profiles, own, ("control", "case"))


def shuffle(sample: Sample, seed: int) -> Sample:
    """The same dialogues with their groups shuffled."""
    values = np.random.default_rng(seed).permutation(list(sample.labels.values()))
    labels = dict(zip(sample.labels, map(int, values), strict=True))
    return Sample(sample.name, sample.dialogues, sample.profiles, labels, sample.groups, seed=seed)


def take(sample: Sample) -> dict[str, Row]:
    """The rows, by name."""
    return {row.name: row for row in take_leakage(sample).rows}


def test_a_therapist_who_lets_the_group_slip_is_found_and_by_which_words() -> None:
    pytest.importorskip("sklearn")
    measured = LEAKAGE.take(make_sample(40))
    rows = {row.name: row for row in measured.rows}
    assert tuple(rows) == (*THERAPIST, "client AUC", "both sides AUC")
    for name in (*THERAPIST, "both sides AUC"):
        assert (rows[name].value or 0) >= 0.95
        assert rows[name].note == "20 people against 20, 40 dialogues"
    assert (rows["client AUC"].low or 0) < 0.5 < (rows["client AUC"].high or 0)
    assert not measured.findings
    table = [row for row in measured.tables["telling words"] if row["side"] == "therapist"]
    strongest = {
        group: max((row for row in table if row["speaks for"] == group), key=lambda r: _size(r))
        for group in ("control", "case")
    }
    assert strongest["case"]["word"] in ILL
    assert strongest["control"]["word"] in WELL
    assert strongest["case"]["dialogues of group 0"] == 0
    assert max(sum(r["speaks for"] == g for r in table) for g in ("control", "case")) <= 15


def _size(row: Mapping[str, str | float | int | None]) -> float:
    return abs(float(row["weight"] or 0))


def test_with_shuffled_groups_nothing_is_found() -> None:
    pytest.importorskip("sklearn")
    row = take(shuffle(make_sample(40), seed=1))[THERAPIST[0]]
    assert (row.low or 0) <= 0.5 <= (row.high or 0)
    assert row.low != row.high


def test_without_labels_the_rows_say_so() -> None:
    rows = take(make_sample(20, labels={}))
    assert len(rows) == 5
    for row in rows.values():
        assert row.value is None
        assert row.note.startswith("leakage cannot be measured: the groups of the dialogues are")


def test_one_group_alone_is_named() -> None:
    sample = make_sample(20, labels={f"{n}-0": 1 for n in range(20)})
    (note,) = {row.note for row in take(sample).values()}
    assert note == "leakage cannot be measured: all dialogues are of one group, case"


def test_too_few_people_give_no_value_and_no_words() -> None:
    measured = take_leakage(make_sample(18, each=2))
    assert {row.value for row in measured.rows} == {None}
    assert measured.rows[0].note.startswith("fewer than 10 people in a group: 9 people against 9")
    assert measured.tables == {"telling words": []}


def test_nothing_at_all_gives_rows_without_value() -> None:
    assert {row.value for row in take(Sample("empty", (), {})).values()} == {None}


def test_groups_that_contradict_each_other_are_reported() -> None:
    sample = make_sample(20, each=2, labels={"0-0": 0, "0-1": 1})
    assert all("same person has" in row.note for row in take(sample).values())


def test_a_missing_classifier_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.model_selection", None)
    assert all("scikit-learn" in row.note for row in take(make_sample(20)).values())


def test_so_many_people_of_each_group_are_drawn_with_all_their_dialogues() -> None:
    pairs, labels, note = draw_labelled(make_sample(30, each=2), people=5)
    assert (len(pairs), sum(labels)) == (20, 10)
    assert len({profile.pseudonym for _, profile in pairs}) == 10
    assert note == "drawn from 15 against 15"
    assert draw_labelled(make_sample(30), people=15)[2] == ""


def test_dialogues_without_label_or_profile_do_no_harm() -> None:
    sample = make_sample(6, labels={"0-0": 0, "1-0": 1, "2-0": 0})
    bare = Sample("corpus", sample.dialogues, {}, sample.labels)
    pairs, labels, _ = draw_labelled(bare)
    assert labels == [0, 1, 0]
    assert [profile.pseudonym for _, profile in pairs] == ["p0", "p1", "p2"]
    with pytest.raises(InputError, match="cannot be measured"):
        draw_labelled(Sample("corpus", sample.dialogues, {}))
