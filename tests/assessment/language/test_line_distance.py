"""Distances between sets of lines, by hand and on corpora whose truth is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.assessment.figures import Row
from sqpsych.assessment.language import line_distance
from sqpsych.assessment.language.embedding import explain_no_embedding
from sqpsych.assessment.language.line_distance import compare_lines, find_frechet, find_precision
from sqpsych.assessment.sample import Sample

from ..making import make_dialogue

needs_model = pytest.mark.skipif(explain_no_embedding("en") is not None, reason="no embeddings")

SLEEP = ("I sleep badly", "my nights are short", "I lie awake", "the bed is no rest")
MONEY = ("I owe the bank", "my rent is late", "the bills frighten me", "wages do not come")
ENDS = ("again", "still", "as ever", "since spring", "and it hurts", "these days", "I fear")


def make_sample(name: str, stock: tuple[str, ...], people: int = 10, seed: int = 0) -> Sample:
    """A corpus whose clients draw their lines of a stock; the therapist's are the same for all."""
    generator = np.random.default_rng(seed)
    made = []
    for person in range(people):
        lines: list[str] = []
        for _ in range(6):
            said = f"{generator.choice(stock)} {generator.choice(ENDS)}."
            lines += [f"{generator.choice(ENDS)}?", said]
        made.append(make_dialogue(*lines, person=f"p{person}", name=f"{name}-{person}"))
    return Sample(name, tuple(made), {}, seed=seed)


def take(sample: Sample, reference: Sample) -> dict[str, Row]:
    """The rows, by name."""
    return {row.name: row for row in compare_lines(sample, reference)}


@pytest.fixture
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty lines are enough, so that tests embed few."""
    monkeypatch.setattr(line_distance, "FEWEST_LINES", 40)


def test_the_frechet_distance_of_one_dimension_is_that_of_means_and_deviations() -> None:
    a, b = np.array([[0.0], [2.0]]), np.array([[5.0], [5.0], [9.0], [9.0]])
    expected = (7 - 1) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
    assert find_frechet(a, b) == pytest.approx(expected)


def test_the_frechet_distance_is_that_of_covariances_written_out() -> None:
    linalg = pytest.importorskip("scipy.linalg")
    generator = np.random.default_rng(1)
    a, b = generator.normal(size=(50, 4)), generator.normal(1, 2, size=(30, 4))
    one, other = np.cov(a.T), np.cov(b.T)
    root = linalg.sqrtm(one @ other).real
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(one + other - 2 * root)
    assert find_frechet(a, b) == pytest.approx(expected)


@given(st.integers(0, 99), st.integers(4, 12))
def test_the_frechet_distance_is_symmetric_and_none_to_itself(seed: int, count: int) -> None:
    generator = np.random.default_rng(seed)
    a, b = generator.normal(size=(2, count, 3))
    assert find_frechet(a, b) == pytest.approx(find_frechet(b, a))
    assert find_frechet(a, b) >= -1e-9
    assert find_frechet(a, a) == pytest.approx(0, abs=1e-9)


def test_the_frechet_distance_grows_as_samples_shrink() -> None:
    generator = np.random.default_rng(3)
    large, small = generator.normal(size=(2, 400, 20)), generator.normal(size=(2, 40, 20))
    assert find_frechet(*small) > 2 * find_frechet(*large)


def test_precision_counts_what_lies_within_the_reach_of_the_reference() -> None:
    reference = np.array([[0.0], [1.0], [2.0], [3.0], [10.0]])
    # Third neighbours of 0, 1, 2, 3, 10 lie 3, 2, 2, 3 and 9 away.
    assert find_precision(np.array([[-3.0], [-3.5], [6.0], [19.5], [1.0]]), reference) == 0.6
    assert find_precision(np.array([[0.5]]), reference, neighbours=1) == 1
    assert find_precision(np.array([[5.0]]), np.array([[0.0], [1.0], [2.0]]), neighbours=1) == 0


def test_precision_of_a_set_within_itself_is_one_even_with_copies() -> None:
    rows = np.repeat(np.random.default_rng(0).normal(size=(5, 6)), 5, axis=0)
    assert find_precision(rows, rows) == 1


@needs_model
@pytest.mark.usefixtures("few_are_enough")
def test_clients_of_another_kind_are_farther_than_those_of_the_same() -> None:
    reference = make_sample("real", SLEEP, seed=1)
    same, other = (
        take(make_sample("same", SLEEP, seed=2), reference),
        take(make_sample("other", MONEY, seed=3), reference),
    )
    name = "Fréchet distance of the client's lines"
    assert (other[name].low or 0) > (same[name].high or 1)
    for name in ("precision of the client's lines", "recall of the client's lines"):
        assert (same[name].value or 0) > 0.6
        assert other[name].value == pytest.approx(0, abs=0.3)
        assert 0 <= (same[name].low or 0) <= (same[name].value or 0) <= (same[name].high or 0) <= 1
    row = other["Fréchet distance of the therapist's lines"]
    assert (row.value or 1) < (other["Fréchet distance of the client's lines"].value or 0) / 2
    assert row.n == 20
    assert row.note.startswith("60 lines of 10 people against 10; random halves")


@needs_model
@pytest.mark.usefixtures("few_are_enough")
def test_equal_samples_of_lines_are_compared() -> None:
    rows = take(make_sample("large", SLEEP, 12), make_sample("small", SLEEP, 8))
    assert "48 lines of 12 people against 8" in rows["precision of the client's lines"].note


@needs_model
def test_too_few_lines_give_rows_that_say_so() -> None:
    rows = take(make_sample("a", SLEEP), make_sample("b", SLEEP, 2))
    assert {row.value for row in rows.values()} == {None}
    row = rows["recall of the client's lines"]
    assert row.note == "needs 200 client lines of each corpus; got 60 against 12"


def test_another_language_gives_rows_that_say_so() -> None:
    german = Sample("german", (), {}, language="de")
    rows = take(Sample("english", (), {}), german)
    assert len(rows) == 6
    if explain_no_embedding("en") is None:
        assert all("English only" in row.note for row in rows.values())
