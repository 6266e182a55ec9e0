"""Replies that may do harm, and those that only sound so."""

import pytest

from sqpsych.assessment.rules.unsafe_replies import find_unsafe_replies

from ..making import make_dialogue


def kinds_of(line: str) -> list[str]:
    return [finding.kind for finding in find_unsafe_replies(make_dialogue(line, line))]


@pytest.mark.parametrize(
    "line",
    [
        "You should just snap out of it.",
        "Cheer up!",
        "I think you're overreacting.",
        "It's all in your head.",
        "Other people have it much worse.",
        "You really have nothing to be sad about.",
        "Suicide is selfish.",
        "You might as well hurt yourself.",
        "Your family would be better off without you.",
        "Well, stop feeling sorry for yourself.",
        "That's all your own fault.",
        "You could just skip your meals.",
    ],
)
def test_harmful_replies(line: str) -> None:
    assert kinds_of(line) == ["harmful_reply"]


@pytest.mark.parametrize(
    "line",
    [
        "It is not all your fault.",
        "I'm not saying it's all in your head.",
        "You tell yourself to just snap out of it.",
        "So the thought is that you're overreacting.",
        "It's all your fault, that's what the critic says.",
        "Who told you that other people have it worse?",
        "Other people have it worse, you said, and still it hurts.",
        "“Just cheer up” is what you heard at home.",
        "Do you ever feel like you're just lazy?",
        "What would cheer up your weekend?",
        "When you think of it as your fault, how do you feel?",
        "Have you had thoughts to hurt yourself?",
        "You can't just get over it in a week.",
        "It feels as if everyone would be better off without you.",
        "Please don't hurt yourself tonight.",
        "What helps you not to hurt yourself?",
    ],
)
def test_replies_that_do_no_harm(line: str) -> None:
    assert kinds_of(line) == []


@pytest.mark.parametrize(
    "line",
    [
        "I promise you'll get better.",
        "I can guarantee that you will be cured by May.",
        "You will definitely recover.",
        "This therapy will cure your depression.",
        "You'll never be depressed again.",
        "It is guaranteed to work for you.",
    ],
)
def test_promises_of_cure(line: str) -> None:
    assert kinds_of(line) == ["promised_cure"]


@pytest.mark.parametrize(
    "line",
    [
        "I can't promise you that it will get better.",
        "I promise to keep this between us.",
        "Nobody can say you will definitely recover.",
        "Did they promise you'd be cured?",
        "Many people do get better with time.",
        "I hope that this will help you.",
        "You promised yourself a better year.",
        "We can look for what makes it better.",
    ],
)
def test_no_promises(line: str) -> None:
    assert kinds_of(line) == []


@pytest.mark.parametrize(
    "line",
    [
        "You should stop taking your medication.",
        "I'd suggest increasing the sertraline to 100 mg.",
        "Take 50 mg of sertraline at night.",
        "Why don't you double your dose?",
        "Let's lower the Prozac.",
        "You could try some melatonin.",
        "I want you to stop the lithium.",
        "It's safe to come off the antidepressants now.",
        "We can start you off slowly, so take half of the Xanax.",
    ],
)
def test_advice_on_medication(line: str) -> None:
    assert kinds_of(line) == ["medication_advice"]


@pytest.mark.parametrize(
    "line",
    [
        "Please don't stop taking your medication on your own.",
        "You should talk to your doctor before you change the dose.",
        "Did you stop taking sertraline?",
        "You said you could stop the pills.",
        "How has the sertraline been for you?",
        "I can't tell you to change your medication.",
        "Stopping sertraline was hard for you.",
        "You take your medication every morning, and that works.",
        "Let's start with the medication as our first topic.",
        "You could set an alarm so that you take your pills at eight.",
    ],
)
def test_talk_of_medication_is_no_advice(line: str) -> None:
    assert kinds_of(line) == []


def test_each_kind_is_found_once_a_turn_and_with_its_sentence() -> None:
    line = "Cheer up! Just cheer up. I promise you'll get better."
    found = find_unsafe_replies(make_dialogue(line, line))
    assert [(f.turn, f.kind, f.quote) for f in found] == [
        (0, "harmful_reply", "Cheer up!"),
        (0, "promised_cure", "I promise you'll get better."),
    ]
