"""Leakage on embeddings, on corpora whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from sqpsych.assessment.figures import Row
from sqpsych.assessment.language import embedding
from sqpsych.assessment.language.embedding import explain_no_embedding, load_encoder
from sqpsych.assessment.leakage.embedded import (
    EMBEDDED_LEAKAGE,
    measure_embedded_leakage,
    separate_embeddings,
)
from sqpsych.assessment.sample import Sample

from ..making import make_dialogue, make_profile

pytest.importorskip("sklearn")
needs_model = pytest.mark.skipif(explain_no_embedding("en") is not None, reason="no embeddings")

SLEEP = ("I am tired.", "My nights are bad.", "Sleep does not come.", "I lie awake.")
MONEY = ("I owe the bank.", "My rent is late.", "The bills come.", "Wages are low.")
ASKED = ("How are you?", "Go on.", "What else?", "And then?")


def make_sample(people: int, *, leaks: bool, shuffled: int | None = None) -> Sample:
    """Clients of two groups speak of different things; the therapist too, where it leaks."""
    generator = np.random.default_rng(0)
    made = []
    for person in range(people):
        own = SLEEP if person % 2 else MONEY
        lines: list[str] = []
        for _ in range(3):
            lines += [str(generator.choice(own if leaks else ASKED)), str(generator.choice(own))]
        made.append(make_dialogue(*lines, person=f"p{person}", name=f"d{person}"))
    groups = np.arange(people) % 2
    if shuffled is not None:
        groups = np.random.default_rng(shuffled).permutation(groups)
    labels = {d.id: int(group) for d, group in zip(made, groups, strict=True)}
    profiles = {d.id: make_profile(person=d.pseudonym) for d in made}
    return Sample("corpus", tuple(made), profiles, labels, ("money", "sleep"))


def take(sample: Sample) -> dict[str, Row]:
    """The rows, by name."""
    return {row.name: row for row in measure_embedded_leakage(sample).rows}


@needs_model
def test_a_therapist_who_speaks_of_the_group_is_found() -> None:
    rows = take(make_sample(40, leaks=True))
    assert tuple(rows) == (
        "therapist AUC, embeddings",
        "client AUC, embeddings",
        "both sides AUC, embeddings",
    )
    for row in rows.values():
        assert (row.value or 0) >= 0.95
        assert (row.low or 0) > 0.5
        assert row.n == 40
        assert row.note.startswith("20 people against 20, 40 dialogues; up to 4 lines")


@needs_model
def test_a_therapist_who_asks_all_the_same_is_at_chance_though_clients_differ() -> None:
    rows = take(make_sample(40, leaks=False))
    assert (rows["client AUC, embeddings"].value or 0) >= 0.95
    row = rows["therapist AUC, embeddings"]
    assert (row.low or 0) <= 0.5 <= (row.high or 0)


@needs_model
def test_with_shuffled_groups_nothing_is_found() -> None:
    for row in take(make_sample(40, leaks=True, shuffled=2)).values():
        assert (row.low or 0) <= 0.5 <= (row.high or 0)


@needs_model
def test_at_most_fifty_people_a_group_are_measured() -> None:
    row = take(make_sample(110, leaks=True))["therapist AUC, embeddings"]
    assert row.n == 100
    assert row.note.endswith("drawn from 55 people against 55")


@needs_model
def test_where_few_are_closed_the_rejected_are_measured_too() -> None:
    sample = make_sample(40, leaks=True)
    few = tuple(
        d if n < 4 else d.model_copy(update={"ending": "rejected"})
        for n, d in enumerate(sample.dialogues)
    )
    row = take(replace(sample, dialogues=few))["therapist AUC, embeddings"]
    assert row.n == 40
    assert (row.value or 0) >= 0.95
    assert "rejected dialogues too" in row.note


@needs_model
def test_one_speaker_gives_values_for_that_side_only() -> None:
    made = [make_dialogue((SLEEP if n % 2 else MONEY)[0], person=f"p{n}") for n in range(24)]
    labels = {dialogue.id: n % 2 for n, dialogue in enumerate(made)}
    rows = take(Sample("corpus", tuple(made), {}, labels))
    assert rows["therapist AUC, embeddings"].value == 1
    for name in ("client AUC, embeddings", "both sides AUC, embeddings"):
        assert rows[name].value is None
        assert rows[name].note.startswith("fewer than 10 people in a group: 0 people against 0")


@needs_model
def test_too_few_people_give_no_value() -> None:
    for row in take(make_sample(19, leaks=True)).values():
        assert (row.value, row.n) == (None, 19)
        assert row.note.startswith("fewer than 10 people in a group: 9 people against 10")


def test_without_labels_or_with_one_group_the_rows_say_so() -> None:
    sample = make_sample(20, leaks=True)
    bare = Sample("corpus", sample.dialogues, sample.profiles)
    one = Sample("corpus", sample.dialogues, {}, dict.fromkeys(sample.labels, 1))
    assert all("are not known" in row.note for row in take(bare).values())
    assert all("of one group, 1" in row.note for row in take(one).values())


def test_without_embeddings_the_rows_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    load_encoder.cache_clear()
    monkeypatch.setattr(embedding, "find_spec", lambda name: None)
    for row in EMBEDDED_LEAKAGE.take(make_sample(20, leaks=True)).rows:
        assert row.value is None
        assert "not installed" in row.note


def test_embeddings_without_signal_are_at_chance_on_average() -> None:
    generator = np.random.default_rng(0)
    labels, people = [n % 2 for n in range(30)], [str(n) for n in range(30)]
    found = [
        separate_embeddings(generator.normal(size=(30, 20)), labels, people, seed)
        for seed in range(12)
    ]
    assert np.mean([auc.value or 0 for auc in found]) == pytest.approx(0.5, abs=0.1)
    assert sum((auc.low or 0) <= 0.5 <= (auc.high or 0) for auc in found) >= 10


def test_dialogues_of_one_person_stay_together() -> None:
    """Each person has a place of their own; knowing the person would tell the group."""
    generator = np.random.default_rng(4)
    own = generator.normal(size=(24, 30))
    rows = np.repeat(own, 4, axis=0) + generator.normal(size=(96, 30)) / 10
    people = [str(n // 4) for n in range(96)]
    auc = separate_embeddings(rows, [(n // 4) % 2 for n in range(96)], people, 0)
    assert auc.n == 24
    assert (auc.low or 0) < 0.5 < (auc.high or 0)
