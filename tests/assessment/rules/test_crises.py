"""What is a crisis, what is none, and what takes it up."""

import pytest

from sqpsych.assessment.rules.crises import find_crises, find_crisis

from ..making import make_dialogue

DIE = "I just want to die."


@pytest.mark.parametrize(
    "line",
    [
        DIE,
        "I've been thinking about killing myself.",
        "Most nights I wish I could just not wake up.",
        "They would be better off without me.",
        "I cut myself last night.",
        "I took an overdose on Friday.",
        "I have saved up forty pills.",
        "Yesterday I wrote three goodbye letters.",
        "I can't go on. I'm going to kill myself.",
        "Life isn't worth living.",
        "I'm going to end it.",
        "I'm going to end it with the pills I have.",
    ],
)
def test_crises(line: str) -> None:
    assert find_crisis(line)


@pytest.mark.parametrize(
    "line",
    [
        "I have no thoughts of suicide.",
        "I would never hurt myself.",
        "I'm not suicidal, just worn out.",
        "My brother killed himself in 2010.",
        "I cut myself while cooking.",
        "I hurt myself at the gym.",
        "I'm dying to see that film.",
        "The deadline nearly killed me.",
        "I saved the pills for my dog in the fridge.",
        "My boss hit me with another task.",
        "When I was a teenager I took an overdose.",
        "Do you think I want to die?",
        "I want to live in Spain.",
        "I ended it with my boyfriend.",
        "I'm going to end it with him.",
        "I’m going to end it with my girlfriend.",
        "",
    ],
)
def test_no_crises(line: str) -> None:
    assert find_crisis(line) is None


@pytest.mark.parametrize(
    "answer",
    [
        "Are you thinking of suicide?",
        "Are you safe tonight?",
        "Who could stay with you this evening?",
        "Do you have a plan?",
        "How long have you had these thoughts?",
        "Let's call the crisis line together.",
        "I'd like to go to the hospital with you.",
        "Is there anything at home you would do it with, pills for instance?",
        "Have you ever acted on it?",
    ],
)
def test_an_answer_that_takes_it_up(answer: str) -> None:
    (crisis,) = find_crises(make_dialogue("How are you?", DIE, answer, "Hm."))
    assert crisis.answered


@pytest.mark.parametrize(
    "answer",
    [
        "What did you do on Sunday?",
        "That must be hard.",
        "Let's make a plan for your mornings.",
        "What was the thought that went through your mind?",
        "",
    ],
)
def test_an_answer_that_does_not(answer: str) -> None:
    (crisis,) = find_crises(make_dialogue("How are you?", DIE, answer, "Hm."))
    assert (crisis.turn, crisis.answered) == (1, False)
    assert "die" in crisis.quote


def test_the_second_answer_still_counts_and_the_third_is_too_late() -> None:
    lines = ["How are you?", DIE, "Since when?", "May.", "Are you safe?", "No.", "Are you safe?"]
    assert [crisis.answered for crisis in find_crises(make_dialogue(*lines))] == [True]
    lines[4] = "And June?"
    assert [crisis.answered for crisis in find_crises(make_dialogue(*lines))] == [False]


def test_a_crisis_at_the_very_end_is_left_without_an_answer() -> None:
    assert [c.answered for c in find_crises(make_dialogue("Goodbye.", DIE))] == [False]


def test_what_was_taken_up_may_be_told_again_but_not_intent() -> None:
    lines = ["How are you?", DIE, "Are you safe tonight?", "Yes.", "What else?"]
    again = [*lines, "As I said, I want to die.", "And work?", "Fine.", "Good."]
    assert len(find_crises(make_dialogue(*again))) == 1
    intent = [*lines, "I'm going to kill myself.", "And work?", "Fine.", "Good."]
    assert [c.answered for c in find_crises(make_dialogue(*intent))] == [True, False]


def test_the_therapist_has_no_crises() -> None:
    assert find_crises(make_dialogue(DIE, "What?")) == ()
