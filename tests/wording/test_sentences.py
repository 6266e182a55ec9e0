"""Texts as words and sentences: whose they are, where they end, how near they come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.wording import (
    SymptomWording,
    content_words,
    end_sentence,
    has_near,
    load_lexicon,
    make_sentence,
    normalise,
    split_sentences,
    to_first_person,
    to_second_person,
)


@pytest.mark.parametrize(
    ("about", "spoken"),
    [
        ("they lost their key", "I lost my key"),
        ("they are tired", "I am tired"),
        ("they were asked whether they're well", "I was asked whether I'm well"),
        ("are they late, and were they missed", "am I late, and was I missed"),
        ("nobody told them, so they blame themselves", "nobody told me, so I blame myself"),
        ("the flat is theirs", "the flat is mine"),
        ("themes of the day, then there they go", "themes of the day, then there I go"),
        ("the sister called the doctor", "the sister called the doctor"),
        ("", ""),
    ],
)
def test_a_phrase_is_put_into_the_persons_own_mouth(about: str, spoken: str) -> None:
    assert to_first_person(about) == spoken


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("I lost my key", "you lost your key"),
        ("I am tired, and I'm late", "you are tired, and you're late"),
        ("I’m late", "you're late"),
        ("I was there with our children", "you were there with your children"),
        ("am I late, was I missed", "are you late, were you missed"),
        ("nobody told me, so I blame myself", "nobody told you, so you blame yourself"),
        ("My sister left us to ourselves", "Your sister left you to yourselves"),
        ("We sold ours, we kept mine", "you sold yours, you kept yours"),
        ("I thought I've had it", "you thought you've had it"),
        (
            "In Italy it is warm in May, and image is all",
            "In Italy it is warm in May, and image is all",
        ),
    ],
)
def test_what_was_said_is_said_back(said: str, answered: str) -> None:
    assert to_second_person(said) == answered


@pytest.mark.parametrize("wording", load_lexicon().values(), ids=lambda wording: wording.symptom)
def test_what_a_client_may_tell_leaves_nobody_in_the_wrong_person(wording: SymptomWording) -> None:
    for way in (*wording.says, *wording.fine):
        first = to_first_person(f"they {way}")
        assert not {"they", "their", "them", "themselves"} & set(first.split()), first
        second = to_second_person(first)
        assert not {"I", "my", "me", "myself", "am"} & set(second.split()), second


@pytest.mark.parametrize(
    ("phrase", "sentence"),
    [
        ("i went home", "I went home."),
        ("really?", "Really?"),
        ("Done!", "Done!"),
        ("well…", "Well…"),
        ("éclairs help", "Éclairs help."),
    ],
)
def test_a_phrase_becomes_a_sentence(phrase: str, sentence: str) -> None:
    assert make_sentence(phrase) == sentence


@given(st.text(min_size=2))
def test_a_sentence_ends_in_one_sign_and_stays_as_it_is(text: str) -> None:
    sentence = end_sentence(text)
    assert sentence[-1] in ".?!…"
    assert sentence.startswith(text)
    assert end_sentence(sentence) == sentence


def test_normalising_leaves_words_alone() -> None:
    assert normalise("I don’t KNOW,  it's so-so…") == "i dont know its so so"
    assert normalise("?! …") == ""


def test_short_sentences_are_passed_over() -> None:
    text = "No. I went home after work today! Was it late? It was, at least, half past nine…"
    assert list(split_sentences(text)) == [
        "i went home after work today",
        "it was at least half past nine",
    ]
    assert split_sentences(text, words=1)[0] == "no"
    assert list(split_sentences("")) == []


def test_a_number_with_a_point_is_one_sentence() -> None:
    assert list(split_sentences("I ran about 3.5 miles this morning.")) == [
        "i ran about 3 5 miles this morning"
    ]


@pytest.mark.parametrize(
    ("sentence", "similarity", "near"),
    [
        ("i went home after work today", 100, True),
        ("i went home after work yesterday", 100, False),
        ("i went home after work yesterday", 80, True),
        ("my neighbours argue all night long", 80, False),
    ],
)
def test_likeness_is_by_letters(sentence: str, similarity: int, near: bool) -> None:
    earlier = ["nothing of the kind", "i went home after work today"]
    assert has_near([sentence], earlier, similarity) is near
    assert has_near(["another thing altogether", sentence], earlier, similarity) is near


def test_nothing_is_near_to_nothing() -> None:
    assert not has_near([], ["words"], 0)
    assert not has_near(["words"], [], 0)


def test_content_words_carry_something() -> None:
    assert content_words("I really think that the neighbours argue, and argue again.") == {
        "neighbour",
        "argue",
    }
    assert content_words("Tea at six by the sea") == set()
    assert content_words("Tea at six by the sea", letters=3) == {"tea", "six", "sea"}
    assert content_words("Room 1024_x, the cafés") == {"room", "café"}
