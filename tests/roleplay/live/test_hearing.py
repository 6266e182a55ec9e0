"""What a simulated client hears in a person's line."""

import pytest

from sqpsych.records import Symptom
from sqpsych.roleplay.live.hearing import Matter, Precaution, hear


@pytest.mark.parametrize(
    ("line", "area"),
    [
        ("How are you sleeping?", "sleep"),
        ("What are your nights like?", "sleep"),
        ("How is your appetite?", "appetite"),
        ("Do you still enjoy things?", "interest"),
        ("How has your mood been?", "mood"),
        ("Do you ever think that life isn't worth living?", "safety"),
        ("How is intimacy with your partner?", "closeness"),
    ],
)
def test_a_part_of_life_is_heard_by_what_is_named(line: str, area: str) -> None:
    assert hear(line).areas == {area}


@pytest.mark.parametrize(
    ("line", "matter"),
    [
        ("What brings you here?", "topic"),
        ("What would you like to talk about today?", "topic"),
        ("Can you tell me about one moment when it was so?", "event"),
        ("What went through your mind just then?", "thought"),
        ("What is the evidence for that?", "for_it"),
        ("And what speaks against it?", "against_it"),
        ("How would a more balanced thought sound?", "fairer"),
        ("Which small step would you like to take?", "step"),
        ("What could get in the way?", "obstacle"),
        ("Who is around you?", "person"),
    ],
)
def test_a_matter_is_heard_by_the_question(line: str, matter: Matter) -> None:
    assert matter in hear(line).matters


@pytest.mark.parametrize(
    "line",
    ["How are you?", "How have you been?", "Tell me more.", "What else?", "How was your week?"],
)
def test_an_open_question_is_heard(line: str) -> None:
    assert hear(line).is_open
    assert not hear(line).areas


@pytest.mark.parametrize("line", ["Mhm.", "I see.", "You work at a bakery, then.", "Since when?"])
def test_a_line_that_asks_for_nothing_known_is_left_to_the_model(line: str) -> None:
    heard = hear(line)
    asked = [heard.areas, heard.matters, heard.is_open, heard.says_goodbye]
    assert not any(asked)


@pytest.mark.parametrize(
    ("line", "precaution"),
    [
        ("Do you have a plan?", "intent"),
        ("Are there medicines that could be used?", "means"),
        ("Whom would you call first?", "help"),
        ("Where will you be tonight?", "tonight"),
    ],
)
def test_a_question_of_safety_is_heard(line: str, precaution: Precaution) -> None:
    assert hear(line).precautions[:1] == (precaution,)


def test_a_plan_for_the_week_is_none_for_harm() -> None:
    assert hear("Shall we make a plan for the week?").precautions == ()


@pytest.mark.parametrize(
    ("line", "ends"),
    [
        ("See you next Monday at nine. Goodbye.", True),
        ("Take care, until next week.", True),
        ("Thank you for coming in today. How have you been?", False),
        ("Did you say goodbye to her?", False),
        ("How do you take care of yourself?", False),
    ],
)
def test_goodbye_is_told_from_questions(line: str, ends: bool) -> None:
    assert hear(line).says_goodbye is ends


def test_what_is_named_is_told_symptom_by_symptom() -> None:
    named = hear("Do you cry, or feel guilty?").named
    assert named == {Symptom.CRYING, Symptom.GUILT}
