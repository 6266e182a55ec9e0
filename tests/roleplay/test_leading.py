"""Models too small to keep to a direction get the first words of their line."""

import pytest

from sqpsych.language_models import Reply
from sqpsych.language_models.catalogue import SamplingDefaults
from sqpsych.roleplay.agent import Agent, Attempt, View
from sqpsych.roleplay.cues import Cue
from sqpsych.roleplay.replies import LED, clean_reply

from .puppets import Puppet

CUE = Cue(1, "client", "mood", "answers, like this: I lie awake most nights now.", "too early")
VIEW = View("d1", "Instructions.", (), {})


def make_agent(style: str = "transcript", lead_words: int = 3) -> Agent:
    """A client."""
    sampling = SamplingDefaults(temperature=0.7, top_p=0.9, max_tokens=50)
    return Agent("client", Puppet(), style, sampling, 0, lead_words)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("attempt", "lead"),
    [
        (1, "I lie awake"),
        (4, "I lie awake"),
        (5, "I lie awake most"),
        (12, "I lie awake most"),
    ],
)
def test_half_of_the_line_is_given_and_later_three_quarters_at_most(
    attempt: int, lead: str
) -> None:
    assert make_agent().find_lead(CUE, attempt) == lead


@pytest.mark.parametrize(
    ("attempt", "lead"), [(1, ""), (4, ""), (5, "I lie"), (6, "I lie awake most")]
)
def test_other_models_get_words_when_they_have_failed_for_a_while(attempt: int, lead: str) -> None:
    assert make_agent(lead_words=0).find_lead(CUE, attempt) == lead


def test_in_chat_style_no_words_are_given() -> None:
    assert make_agent("chat", lead_words=0).find_lead(CUE, 12) == ""


def test_the_prompt_ends_in_the_words_given() -> None:
    request = make_agent().make_request(VIEW, CUE, Attempt(1, 7))
    assert request.transcript is not None
    assert request.transcript.endswith("\nClient: I lie awake")


def test_other_models_get_none() -> None:
    agent = make_agent(lead_words=0)
    assert agent.find_lead(CUE, 1) == ""
    request = agent.make_request(VIEW, CUE, Attempt(1, 7))
    assert request.transcript is not None
    assert request.transcript.endswith("\nClient:")


def test_a_direction_without_words_gives_none() -> None:
    assert make_agent().find_lead(Cue(1, "client", "end", "says goodbye", "done"), 1) == ""


def test_the_line_holds_the_words_given_and_says_so() -> None:
    reply = Reply(" most of the night.", "stop", 1, 0, 5, 0.1)
    candidate = clean_reply(reply, "client", "[END]", "I lie awake")
    assert candidate.text == "I lie awake most of the night."
    assert candidate.flags == (LED,)


@pytest.mark.parametrize("added", ["", " ", ".", " ..."])
def test_a_model_that_adds_nothing_has_said_nothing(added: str) -> None:
    reply = Reply(added, "stop", 1, 0, 1, 0.1)
    assert not clean_reply(reply, "client", "[END]", "I lie awake.").text.strip(" .")
