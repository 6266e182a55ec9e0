"""Syllables of known words, and Flesch's formula by hand."""

import pytest

from sqpsych.assessment.rules.reading_ease import (
    count_sentences,
    count_syllables,
    rate_reading_ease,
)

KNOWN = {
    1: "a the walked thought whole breathe eyes tried it's don't there's notes played friend queue",
    2: "table little happy something doctor settled wanted didn't couldn't going people quiet "
    "lonely careful house's breathing maybe seeing dial player therefore",
    3: "everything anyone beautiful remember appetite medicine idea video exercise "
    "important positive negative referral together suicide",
    4: "appreciate situation experience anxiety reality relationship",
    5: "opportunity university psychological",
}


@pytest.mark.parametrize(
    ("word", "count"),
    [(word, n) for n, words in KNOWN.items() for word in words.split()],
)
def test_syllables_of_known_words(word: str, count: int) -> None:
    assert count_syllables(word) == count


@pytest.mark.parametrize("word", ["", "hmm", "x", "'", "n't", "12", "été"])
def test_odd_words_have_a_syllable_at_least(word: str) -> None:
    assert count_syllables(word) >= 1


def test_sentences_are_what_holds_a_word() -> None:
    assert count_sentences("Well... I don't know. Do you?") == 3
    assert count_sentences("Dr. Hall took 0.5 and left") == 1
    assert count_sentences("...") == 0


def test_reading_ease_is_flesch() -> None:
    text = "The cat sat on the mat. " * 20
    assert rate_reading_ease([text]) == pytest.approx(206.835 - 1.015 * 6 - 84.6)


def test_long_words_in_long_sentences_read_harder() -> None:
    hard = "Psychological interventions necessitate considerable organisational cooperation. " * 20
    ease = rate_reading_ease([hard])
    assert ease is not None
    assert ease < 0


def test_few_words_have_no_ease() -> None:
    assert rate_reading_ease(["The cat sat on the mat."]) is None
    assert rate_reading_ease([]) is None
