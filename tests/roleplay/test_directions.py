"""What each side is privately told: what to take up, what to tell, what to ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.roleplay.directions import direct_therapist, take_up, tell
from sqpsych.roleplay.plan import plan_session
from sqpsych.roleplay.protocol import Step

from .puppets import STRUCTURED, make_person
from .sessions import make_turns

PERSON = make_person("phq9", {"phq9_3": 2})
PLAN = plan_session(PERSON, STRUCTURED, seed=7)


def make_step(**settings: object) -> Step:
    """A step of a phase."""
    return Step.model_validate({"therapist": "goes on", "client": "answers", **settings})


@pytest.mark.parametrize(
    ("line", "taken_up"),
    [
        ("I lie awake. It is loud.", "you lie awake."),
        ("Well, my sister called me.", "your sister called you."),
        ("But then, maybe I'm wrong!", "you're wrong."),
        ("It was when my sister called. She cried.", "your sister called."),
        ("My topic is a parking space. And on top of that, I feel sad.", "you feel sad."),
        ("I feel sad, and I sleep badly. The day was long.", "you feel sad, and you sleep badly."),
        ("Really?", "really."),
        ("Yes.", "yes."),
        ("", ""),
        (f"I said {'and so on ' * 9}.", ""),
    ],
)
def test_the_first_sentence_is_taken_up_and_said_to_the_client(line: str, taken_up: str) -> None:
    assert take_up(line) == taken_up


def test_of_a_long_sentence_the_start_is_taken_up() -> None:
    line = "I could write a short letter to the head of the department on Friday, only it may rain."
    assert take_up(line) == (
        "you could write a short letter to the head of the department on Friday."
    )


@given(st.lists(st.sampled_from("I my me. sister went, to home? we".split()), max_size=60))
def test_what_is_taken_up_is_one_short_sentence(words: list[str]) -> None:
    taken_up = take_up(" ".join(words))
    assert len(taken_up.split()) <= 24
    assert taken_up == "" or taken_up[-1] in ".?!…"


def test_the_question_of_a_session_stays_the_same_and_others_get_another() -> None:
    step = make_step(asks=[f"Question {letter}?" for letter in "abcdefgh"])
    asked = [
        direct_therapist(step, plan_session(PERSON, STRUCTURED, seed), ()) for seed in range(20)
    ]
    again = [
        direct_therapist(step, plan_session(PERSON, STRUCTURED, seed), ()) for seed in range(20)
    ]
    assert asked == again
    assert len(set(asked)) > 4


def test_a_line_that_reflects_begins_with_an_opening_and_what_was_heard() -> None:
    step = make_step(asks=["What then?"], reflects=True)
    told = direct_therapist(step, PLAN, make_turns(["How is it?", "I lie awake."]))
    assert told == f"goes on, in words like these: {PLAN.openings[1]} you lie awake. What then?"


def test_a_summary_recalls_the_first_answers_of_its_phases() -> None:
    step = make_step(asks=["Does that fit?"], recalls=["one", "two"])
    texts = ["A?", "I lie awake.", "B?", "I pace.", "C?", "My job is loud.", "D?", "No more."]
    turns = make_turns(texts, phases=["one", "one", "two", "three"])
    told = direct_therapist(step, PLAN, turns).partition("these: ")[2]
    assert told == "You told me that you lie awake and that your job is loud. Does that fit?"


def test_what_is_due_is_told_in_the_first_person() -> None:
    (note,) = PLAN.notes
    told = tell([note], PLAN, make_step(screens=["sleep"]), 3)
    assert "they" not in told.split()
    assert told.endswith(".")


def test_what_is_well_is_told_where_nothing_is_due() -> None:
    told = tell((), PLAN, make_step(screens=["appetite"], otherwise=["Nothing there"]), 3)
    assert told.startswith("I ")
    assert tell((), PLAN, make_step(screens=["sleep"], otherwise=["Nothing there"]), 3) == (
        "Nothing there."
    )
    assert tell((), PLAN, make_step(screens=["sleep"]), 3) == ""


def test_the_situation_is_told_in_the_first_person() -> None:
    told = tell((), PLAN, make_step(says=["It was when {event}"]), 3)
    assert told.startswith("It was when ")
    assert "they" not in told.split()
