"""What a therapist takes up from a client's line."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.roleplay import reflecting
from sqpsych.roleplay.telling import DEGREES
from sqpsych.wording import find_mentions


def take_up(line: str, lead_ins: Sequence[str] = (), **options: Any) -> str:
    """Take up a line, the symptoms it tells of read by the lexicon."""
    claims = [mention.quote for mention in find_mentions(line) if mention.kind == "claimed"]
    return reflecting.take_up(line, lead_ins, claims, **options)


LEAD_INS = ("It was when ", "Nothing big, only ", "Fair enough, ")


@pytest.mark.parametrize(
    ("line", "taken_up"),
    [
        ("I lie awake. It is loud.", "you lie awake"),
        ("Well, my sister called me.", "your sister called you"),
        ("But then, maybe I'm wrong!", "you're wrong"),
        ("It was when my sister called. She cried.", "your sister called"),
        ("Nothing big, only a door shut.", "a door shut"),
        ("My topic is a parking space. And on top of that, I feel sad.", "you feel sad"),
        ("I feel sad, and I sleep badly. The day was long.", "you feel sad, and you sleep badly"),
        ("And while we are at it, almost every day, I feel sad.", "almost every day, you feel sad"),
        ("I think it rains.", "it rains"),
        ("I think of my sister.", "you think of your sister"),
        ("No, it rains.", "it rains"),
        ("No time is left for me.", "no time is left for you"),
        ("Really?", "really"),
        ("Yes.", "yes"),
        ("", ""),
        (f"I said {'and so on ' * 9}.", ""),
    ],
)
def test_the_first_sentence_is_taken_up_and_said_to_the_client(line: str, taken_up: str) -> None:
    assert take_up(line, LEAD_INS) == taken_up


def test_of_a_long_sentence_the_start_is_taken_up() -> None:
    line = "I could write a short letter to the head of the department on Friday, only it may rain."
    assert (
        take_up(line, most=16)
        == "you could write a short letter to the head of the department on Friday"
    )


def test_how_often_something_is_never_stands_alone() -> None:
    line = "On a few days of the week, I have no appetite for the things I used to like."
    assert take_up(line, most=20).endswith("you have no appetite for the things you used to like")


@pytest.mark.parametrize("degree", sorted(DEGREES))
def test_how_often_something_is_may_be_left_out(degree: str) -> None:
    for line in (f"I feel sad, {degree}.", f"{degree.capitalize()} I feel sad."):
        assert take_up(line, framed=False) == "you feel sad"
        assert degree in take_up(line).lower()


def test_a_scene_is_taken_up_in_place_of_its_symptom_and_nothing_else_is() -> None:
    told = "I lie awake. I hear the clock strike two. My sister called."
    assert take_up(told, further=True) == "you hear the clock strike two"
    assert take_up("I lie awake. It is so.", further=True) == "you lie awake"
    assert take_up("I thought, they laugh. That stung a lot.", further=True) == (
        "you thought, they laugh"
    )


@given(st.lists(st.sampled_from("I my me. sister went, to home? we".split()), max_size=60))
def test_what_is_taken_up_is_short_and_without_a_full_stop(words: list[str]) -> None:
    taken_up = take_up(" ".join(words))
    assert len(taken_up.split()) <= 24
    assert taken_up[-1:] not in {".", "?"}
