"""Distinct n-grams and counts, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.assessment.language.diversity import count_questions, distinct_n
from sqpsych.errors import InputError

from ..making import make_dialogue


def test_distinct_n_by_hand() -> None:
    texts = ["the cat and the dog", "The cat!"]
    assert distinct_n(texts, 1) == pytest.approx(4 / 7)
    assert distinct_n(texts, 2) == pytest.approx(4 / 5)  # "the cat" twice
    assert distinct_n(texts, 3) == pytest.approx(3 / 3)
    assert distinct_n(texts, 6) is None
    assert distinct_n([], 1) is None


def test_contractions_are_one_word_whatever_the_apostrophe() -> None:
    assert distinct_n(["don't don’t"], 1) == pytest.approx(1 / 2)


@given(
    st.lists(st.text(alphabet="ab ", max_size=30), max_size=6),
    st.integers(1, 3),
    st.integers(1, 20),
)
def test_distinct_n_lies_between_0_and_1(texts: list[str], n: int, size: int) -> None:
    for share in (distinct_n(texts, n), distinct_n(texts, n, sample_words=size)):
        assert share is None or 0 < share <= 1


def test_a_sample_of_everything_is_everything() -> None:
    texts = ["a b a b c", "c c d"]
    assert distinct_n(texts, 1, sample_words=8) == distinct_n(texts, 1)


def test_equal_samples_make_corpora_of_unequal_size_comparable() -> None:
    line = [f"w{(n * n * 7) % 997}" for n in range(6000)]
    short = [" ".join(line[start : start + 100]) for start in range(0, 1000, 100)]
    long = [" ".join(line[start : start + 100]) for start in range(0, 6000, 100)]
    whole = [distinct_n(texts, 1) or 0 for texts in (short, long)]
    sampled = [distinct_n(texts, 1, sample_words=500, seed=2) or 0 for texts in (short, long)]
    assert whole[0] > 2 * whole[1]
    assert sampled[0] == pytest.approx(sampled[1], abs=0.15)


def test_too_few_words_for_a_sample_give_none() -> None:
    assert distinct_n(["a b c"], 1, sample_words=4) is None


@pytest.mark.parametrize(("n", "size"), [(0, None), (1, 0)])
def test_sizes_below_one_are_refused(n: int, size: int | None) -> None:
    with pytest.raises(InputError, match="expected 1 or more"):
        distinct_n(["a"], n, sample_words=size)


def test_questions_are_counted_by_speaker() -> None:
    dialogue = make_dialogue("How are you? Really?!", "Fine, thanks.", "Good.", "Don't ask?")
    assert count_questions(dialogue) == (2, 2)
