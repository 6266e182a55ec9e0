"""The spread of dialogues in meaning, by hand and on corpora whose truth is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.assessment.figures import Row
from sqpsych.assessment.language import embedding
from sqpsych.assessment.language.embedding import explain_no_embedding, load_encoder
from sqpsych.assessment.language.spread import (
    SPREAD,
    estimate_distance,
    measure_spread,
    score_vendi,
)
from sqpsych.assessment.sample import Sample

from ..making import make_dialogue

needs_model = pytest.mark.skipif(explain_no_embedding("en") is not None, reason="no embeddings")

TOPICS = (
    "I cannot sleep at night.",
    "My boss shouts at me.",
    "We lost the house last year.",
    "I drink too much wine.",
    "My knees hurt when I walk.",
    "The exams frighten me.",
    "My son moved to Canada.",
    "I count the stairs each time.",
)


def take(sample: Sample) -> dict[str, Row]:
    """The rows, by name."""
    return {row.name: row for row in measure_spread(sample).rows}


def make_sample(*topics: str, language: str = "en") -> Sample:
    """A dialogue a person, each about one topic; the therapist says the same to all."""
    made = [
        make_dialogue("How are you?", topic, "Go on.", topic, person=f"p{n}", name=f"d{n}")
        for n, topic in enumerate(topics)
    ]
    return Sample("corpus", tuple(made), {}, language=language)


@pytest.mark.parametrize(("different", "copies"), [(1, 5), (4, 1), (3, 7)])
def test_the_vendi_score_counts_the_different_ones_among_copies(
    different: int, copies: int
) -> None:
    rows = np.repeat(np.eye(8)[:different], copies, axis=0)
    assert score_vendi(rows) == pytest.approx(different)


def test_the_vendi_score_of_two_texts_is_that_of_their_eigenvalues() -> None:
    # Cosine 0.6: eigenvalues of K / 2 are 0.8 and 0.2.
    rows = np.array([[1, 0], [0.6, 0.8]])
    assert score_vendi(rows) == pytest.approx(np.exp(-0.8 * np.log(0.8) - 0.2 * np.log(0.2)))


@given(st.integers(1, 9), st.integers(0, 99))
def test_the_vendi_score_lies_between_one_and_the_number(count: int, seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(count, 5))
    score = score_vendi(rows / np.linalg.norm(rows, axis=1, keepdims=True))
    assert 1 - 1e-9 <= score <= count + 1e-9


def test_the_distance_is_the_mean_over_pairs() -> None:
    distances = np.array([[0, 0.2, 0.4], [0.2, 0, 0.9], [0.4, 0.9, 0]])
    estimate = estimate_distance(distances)
    assert estimate.value == pytest.approx(0.5)
    assert estimate.n == 3
    assert estimate.low == pytest.approx(0.2)
    assert estimate.high == pytest.approx(0.9)


def test_copies_of_a_person_do_not_pull_the_interval_down() -> None:
    alike = np.full((30, 30), 0.5)
    np.fill_diagonal(alike, 0)
    estimate = estimate_distance(alike)
    assert estimate.low == pytest.approx(0.5)
    assert estimate.high == pytest.approx(0.5)


@needs_model
def test_a_corpus_of_many_topics_is_spread_wider_than_one_of_one() -> None:
    wide, narrow = take(make_sample(*TOPICS)), take(make_sample(*[TOPICS[0]] * 8))
    for name in ("distance between dialogues", "distance to the nearest dialogue"):
        assert (wide[f"{name}, client"].low or 0) > 0.3
        assert narrow[f"{name}, client"].value == pytest.approx(0, abs=1e-6)
        assert wide[f"{name}, therapist"].value == pytest.approx(0, abs=1e-6)
    vendi = "Vendi score of the dialogues, client"
    assert 4 < (wide[vendi].value or 0) <= 8
    assert narrow[vendi].value == pytest.approx(1)
    assert narrow[vendi].low == pytest.approx(1)
    assert wide[vendi].n == 8
    assert wide[vendi].note.startswith("8 dialogues, up to 4 lines of each; 8 at most")


@needs_model
def test_the_seed_settles_the_figures() -> None:
    assert SPREAD.take(make_sample(*TOPICS)) == SPREAD.take(make_sample(*TOPICS))


@pytest.mark.parametrize("topics", [(), TOPICS[:1]])
def test_fewer_than_two_people_give_rows_that_say_so(topics: tuple[str, ...]) -> None:
    rows = take(make_sample(*topics))
    assert len(rows) == 6
    for row in rows.values():
        assert (row.value, row.n) == (None, len(topics))
        assert row.note == f"needs dialogues of two people or more; there are {len(topics)}"


@needs_model
def test_one_speaker_gives_rows_for_that_side_only() -> None:
    made = [make_dialogue(text, person=text) for text in TOPICS]
    rows = take(Sample("corpus", tuple(made), {}))
    assert rows["distance between dialogues, therapist"].value is not None
    row = rows["distance between dialogues, client"]
    assert row.value is None
    assert row.note == "needs two dialogues in which the client speaks; there are 0"


def test_without_embeddings_the_rows_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "English only" in take(make_sample(*TOPICS, language="de")).popitem()[1].note
    load_encoder.cache_clear()
    monkeypatch.setattr(embedding, "find_spec", lambda name: None)
    assert all("not installed" in row.note for row in take(make_sample(*TOPICS)).values())
