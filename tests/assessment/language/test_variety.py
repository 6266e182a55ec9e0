"""Variety against counting by hand."""

from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.assessment.figures import Row
from sqpsych.assessment.language.variety import (
    VARIETY,
    count_types,
    measure_mtld,
    measure_variety,
    score_self_bleu,
)
from sqpsych.assessment.sample import Sample

from ..making import make_dialogue, name_words

WORDS = st.lists(st.sampled_from("abcde"), max_size=30)
FRESH = name_words("v", 100)


def take(*dialogues: tuple[str, ...]) -> dict[str, Row]:
    """The rows of a corpus of one dialogue a person, by name."""
    made = tuple(
        make_dialogue(*lines, person=f"p{n}", name=f"d{n}") for n, lines in enumerate(dialogues)
    )
    return {row.name: row for row in measure_variety(Sample("corpus", made, {})).rows}


def test_mtld_of_the_published_example_closes_a_factor_below_the_threshold() -> None:
    # Forward: of the people by the (0.80) people (0.67), one factor of six words.
    # Backward: people the by people (0.75) the (0.60), one factor, and "of" adds no part of one.
    assert measure_mtld("of the people by the people".split()) == pytest.approx(6.0)


def test_mtld_counts_what_is_left_as_part_of_a_factor_in_both_directions() -> None:
    # Forward: "a a" is 0.5, a factor; "b c" is 1.0, none: 4 / 1.
    # Backward: c b a a is 0.75, part of a factor: 0.25 / 0.28, so 4 / (0.25 / 0.28) = 4.48.
    assert measure_mtld(["a", "a", "b", "c"]) == pytest.approx((4 + 4.48) / 2)


def test_mtld_of_one_word_said_again_and_again_is_two() -> None:
    assert measure_mtld(["a"] * 50) == pytest.approx(2)


@pytest.mark.parametrize("words", [[], ["a"], ["a", "b", "c"]])
def test_mtld_is_unknown_where_no_word_comes_twice(words: list[str]) -> None:
    assert measure_mtld(words) is None


@given(WORDS)
def test_mtld_does_not_depend_on_the_direction(words: list[str]) -> None:
    found = measure_mtld(words)
    assert found == pytest.approx(measure_mtld(words[::-1]))
    assert (found is None) == (len(set(words)) == len(words))


def test_self_bleu_of_copies_is_one_and_of_strangers_zero() -> None:
    assert score_self_bleu(["a b c d e".split()] * 3) == pytest.approx([1, 1, 1])
    assert score_self_bleu(["a b c d".split(), "e f g h".split()]) == [0, 0]


def test_self_bleu_is_that_of_counting_by_hand() -> None:
    one, two = "a b c d x".split(), "a b c d".split()
    # One: 4/5 words, 3/4 pairs, 2/3 triples, 1/2 fours. Two: all, and it is shorter by one word.
    first, second = score_self_bleu([one, two])
    assert first == pytest.approx((4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25)
    assert second == pytest.approx(exp(1 - 5 / 4))


def test_self_bleu_clips_at_what_another_text_has() -> None:
    texts = ["a a a a".split(), "a b c d".split()]
    # a once of 4, no pair (0.1 of 3), no triple (0.1 of 2), no four (0.1 of 1).
    assert score_self_bleu(texts)[0] == pytest.approx((1 / 4 * 0.1 / 3 * 0.1 / 2 * 0.1) ** 0.25)


def test_self_bleu_is_that_of_sacrebleu() -> None:
    """Values of sacrebleu 2.6.0, sentence_score, tokenize none, smoothing floor 0.1."""
    texts = ["a b c a b d e", "b c a b a", "d e a b c a", "e e e e a b c"]
    expected = [0.66874, 0.57893, 0.840896, 0.411134]
    found = score_self_bleu([text.split() for text in texts])
    assert found == pytest.approx(expected, abs=1e-6)


def test_texts_too_short_for_a_four_gram_have_no_self_bleu() -> None:
    assert score_self_bleu(["a b c".split(), "a b c d".split()])[0] is None


@given(st.lists(WORDS, min_size=2, max_size=5))
def test_self_bleu_is_a_share(texts: list[list[str]]) -> None:
    for score, text in zip(score_self_bleu(texts), texts, strict=True):
        assert (score is None) == (len(text) < 4)
        assert score is None or 0 <= score <= 1 + 1e-9


def test_types_are_counted_among_the_first_words_across_texts() -> None:
    texts = [["a", "b"], [], ["a", "c", "d"]]
    assert count_types(texts, [1, 2, 3, 4, 5, 6]) == [1, 2, 2, 3, 4, None]


def test_a_corpus_that_repeats_itself_is_less_varied() -> None:
    fresh = [" ".join(FRESH[(n * 7 + k * (n + 2)) % 100] for k in range(60)) for n in range(60)]
    stale = [" ".join(FRESH[k % 20] for k in range(60)) for _ in range(60)]
    varied = take(*((one, two) for one, two in zip(fresh, fresh[::-1], strict=True)))
    dull = take(*((one, two) for one, two in zip(stale, stale, strict=True)))
    name = "distinct-2 of 5,000 words"
    assert (varied[name].value or 0) > (dull[name].value or 1)
    for side in ("therapist", "client"):
        row = dull[f"self-BLEU, {side}"]
        assert (row.value, row.low, row.high) == pytest.approx((1, 1, 1))
        assert (varied[f"self-BLEU, {side}"].value or 1) < 1
        assert row.n == 60
        assert row.note.startswith("60 dialogues")


def test_a_corpus_too_small_says_so_in_each_row() -> None:
    rows = take(("One two three four five.", "Yes."))
    assert all(row.value is None for row in rows.values())
    assert rows["distinct-3 of 5,000 words"].note == "fewer than 5,000 words"
    assert rows["self-BLEU, client"].note.endswith("there are 0")
    assert rows["MTLD, therapist"].note == "no dialogue with 100 words or more of this side"


def test_nothing_at_all_gives_rows_without_value() -> None:
    measured = VARIETY.take(Sample("empty", (), {}))
    assert {row.value for row in measured.rows} == {None}
    assert measured.tables["vocabulary growth"] == []


def test_mtld_is_the_mean_of_dialogues_long_enough() -> None:
    long = " ".join(["word"] * 100)
    row = take((long, "Yes."), (long, "Yes."), ("Short.", "Yes."))["MTLD, therapist"]
    assert row.value == pytest.approx(2)
    assert row.n == 2
    assert row.note == "2 of 3 dialogues; the others have fewer than 100 words"


def test_the_growth_of_the_vocabulary_is_a_table_by_side() -> None:
    lines = (" ".join(FRESH * 15), " ".join(FRESH[:10] * 70))
    made = make_dialogue(*lines)
    table = measure_variety(Sample("corpus", (made,), {})).tables["vocabulary growth"]
    assert table == [
        {"words": 1000, "both": 100, "therapist": 100, "client": None},
        {"words": 2000, "both": 100, "therapist": None, "client": None},
    ]
