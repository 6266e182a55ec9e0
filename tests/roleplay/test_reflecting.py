"""What a therapist takes up from a client's line."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.roleplay.reflecting import take_up
from sqpsych.wording import find_mentions

LEAD_INS = ("It was when ", "Nothing big, only ", "Fair enough, ")


def take_all(line: str, lead_ins: Sequence[str] = (), most: int = 24) -> list[str]:
    """Take up a line, the symptoms it tells of read by the lexicon."""
    claims = [mention.quote for mention in find_mentions(line) if mention.kind == "claimed"]
    return list(take_up(line, lead_ins, claims, most=most))


@pytest.mark.parametrize(
    ("line", "taken_up"),
    [
        ("My street is loud. It rains.", ["your street is loud", "it rains"]),
        ("Well, my sister called me.", ["your sister called you"]),
        ("But then, maybe I'm wrong!", ["you're wrong"]),
        ("It was when my sister called. She cried.", ["your sister called", "she cried"]),
        ("Nothing big, only a door shut.", ["a door shut"]),
        ("I think it rains.", ["it rains"]),
        ("I think of my sister.", ["you think of your sister"]),
        ("No, it rains.", ["it rains"]),
        ("No time is left for me.", ["no time is left for you"]),
        ("Really?", ["really"]),
        ("Yes.", ["yes"]),
        ("Hm. It rains.", ["it rains"]),
        ("Let me think. Well, it rains.", ["it rains"]),
        ("", []),
        (f"I said {'and so on ' * 9}.", [""]),
    ],
)
def test_sentences_are_taken_up_and_said_to_the_client(line: str, taken_up: list[str]) -> None:
    assert take_all(line, LEAD_INS) == taken_up


@pytest.mark.parametrize(
    ("line", "taken_up"),
    [
        ("My topic is a parking space. And on top of that, I feel sad.", "a parking space"),
        ("My topic is a parking space. I lie awake. I hear the clock.", "a parking space"),
        ("I feel sad, and I sleep badly. The day was long.", ""),
        ("Almost every day, I feel sad.", ""),
    ],
)
def test_no_complaint_is_taken_up_nor_what_follows_it(line: str, taken_up: str) -> None:
    assert take_all(line, ("My topic is ",)) == ([taken_up] if taken_up else [])


def test_of_a_long_sentence_the_start_is_taken_up() -> None:
    line = "I could write a short letter to the head of the department on Friday, only it may rain."
    assert take_all(line, most=16) == [
        "you could write a short letter to the head of the department on Friday"
    ]


def test_a_sentence_that_is_too_long_leaves_its_place_empty() -> None:
    line = f"I go there {'and back ' * 9}. It rains."
    assert take_all(line, most=16) == ["", "it rains"]


@given(st.lists(st.sampled_from("I my me. sister went, to home? we".split()), max_size=60))
def test_what_is_taken_up_is_short_and_without_a_full_stop(words: list[str]) -> None:
    for taken_up in take_all(" ".join(words)):
        assert len(taken_up.split()) <= 24
        assert taken_up[-1:] not in {".", "?"}
