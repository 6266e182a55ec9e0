"""What is shown of a reply while it is written: whole words that pass, and nothing else."""

import pytest

from sqpsych.roleplay.live.listening import find_presentable
from sqpsych.roleplay.stage import Stage

from .talking import begin


def show(text: str, lead: str = "") -> str | None:
    """What is shown of the beginning of an answer to "How are your nights?"."""
    talk = begin()
    talk.live.say("How are your nights?")
    stage: Stage = talk.live.stage
    cue = talk.live._find_cue(talk.live.turns)
    assert cue is not None
    return find_presentable(text, stage.describe(cue, talk.live.turns), stage.protocol.checks, lead)


def test_whole_words_are_shown_but_the_last_few() -> None:
    assert show("I lie awake most nights") == "I"
    assert show("I lie awake most nights ") == "I lie"
    assert show("I lie") == ""


def test_an_unfinished_line_may_lack_what_the_whole_must_have() -> None:
    assert show("Hm. I do not know ") == "Hm. I"


@pytest.mark.parametrize(
    "text",
    [
        "I want to kill myself ",
        "As an AI language model ",
        "*sighs* I ",
        "I have no appetite at all ",
        "Client: yes. Therapist: ",
        "See you next week ",
    ],
)
def test_what_must_not_be_said_is_never_shown(text: str) -> None:
    assert show(text) is None


def test_labels_quotes_and_reasoning_are_not_shown() -> None:
    assert show("Client: I lie awake most nights ") == "I lie"
    assert show("<think>What would they say? ") == ""
    assert show("<think>Hm.</think> I lie awake most nights ") == "I lie"


def test_words_that_were_given_are_shown_with_the_others() -> None:
    assert show(" awake most nights ", lead="I lie") == "I lie"
