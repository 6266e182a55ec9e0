"""What is taken off the edges of a reply, and that nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.language_models import FinishReason, Reply
from sqpsych.records import Speaker
from sqpsych.roleplay.replies import Candidate, clean_reply

END = "[END]"


def clean(text: str, speaker: Speaker = "client", finish: FinishReason = "stop") -> Candidate:
    """Clean a reply of this text."""
    return clean_reply(Reply(text, finish, 1, 0, 1, 0.0), speaker, END)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Client: I slept badly.", "I slept badly."),
        (" client : I slept badly.", "I slept badly."),
        ("**Client**: I slept badly.", "I slept badly."),
        ("Client:\nI slept badly.", "I slept badly."),
        ("**Client:** I slept badly.", "I slept badly."),
        ('Client: "No," she said. "Rest."', '"No," she said. "Rest."'),
    ],
)
def test_the_speakers_own_label_comes_off(text: str, expected: str) -> None:
    assert clean(text) == Candidate(expected, False, False, ("label_removed",))


@pytest.mark.parametrize("text", ['"I slept badly."', "“I slept badly.”"])
def test_quotation_marks_around_the_whole_come_off(text: str) -> None:
    assert clean(text) == Candidate("I slept badly.", False, False, ("quotes_removed",))


def test_the_end_marker_behind_comes_off_and_is_remembered() -> None:
    found = clean("Until Tuesday, goodbye. [END]\n", "therapist")
    assert found == Candidate("Until Tuesday, goodbye.", True, False, ("end_marker_removed",))


def test_quotes_and_marker_come_off_together() -> None:
    found = clean('"Until Tuesday, goodbye." [END]', "therapist")
    assert (found.text, found.ended) == ("Until Tuesday, goodbye.", True)
    assert set(found.flags) == {"quotes_removed", "end_marker_removed"}


@pytest.mark.parametrize(
    "text",
    [
        "I slept badly.",
        "I looked at the list of pros/END cons again.",
        "It felt like an empty box, [] if you know what I mean.",
        "I wrote [] on the page. []",
        "We made a list of pros/END cons",
        "It is the END.",
        "I said [END] and she laughed.",
        "[END] is what was on the sign.",
        "Therapist: how are you?",
        "My client: the one who never pays.",
        '"No," she said, and I said "fine."',
        "“No,” she said, and I said “fine.”",
        'She told me "go home"',
        "I have no words for it…",
        "<b>I slept badly.</b>",
        "I think, and think, and </thinks> is no tag.",
    ],
)
def test_what_is_not_at_the_edges_stays(text: str) -> None:
    assert clean(text) == Candidate(text, False, False, ())


def test_the_label_of_the_other_stays_for_the_checks() -> None:
    assert clean("Client: I slept badly.", "therapist").text == "Client: I slept badly."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>She is sad.\n\nSay it.</think>I slept badly.", "I slept badly."),
        ("<thinking>She is sad.</thinking>\n\nClient: I slept badly.", "I slept badly."),
        ("She is sad. So I say it.\n</think>\nI slept badly.", "I slept badly."),
        ("<think>She is sad, and so", ""),
        ("\n<think>\n", ""),
    ],
)
def test_reasoning_in_front_is_dropped(text: str, expected: str) -> None:
    found = clean(text)
    assert found.text == expected
    assert "reasoning_removed" in found.flags


def test_paragraphs_are_joined_and_none_is_dropped() -> None:
    found = clean("I slept badly.\n\n  Then I got up.\nIt was five.\t Still dark.")
    assert found.text == "I slept badly. Then I got up. It was five. Still dark."
    assert found.flags == ()


@pytest.mark.parametrize(("finish", "cut_off"), [("stop", False), ("length", True)])
def test_a_reply_at_the_token_limit_is_cut_off(finish: FinishReason, cut_off: bool) -> None:
    assert clean("I slept badly.", finish=finish).cut_off is cut_off


WORDS = st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), min_size=1, max_size=12)


@given(WORDS)
def test_every_word_of_plain_speech_is_kept(words: list[str]) -> None:
    text = " ".join(words) + "."
    assert clean(text, "therapist") == Candidate(text, False, False, ())
    assert clean("\n\n".join(words) + ".").text == text


@pytest.mark.parametrize("text", ["", " \n", '"', '""', "Client:", "[END]", "Client: [END]"])
def test_a_reply_without_words_does_not_fail(text: str) -> None:
    assert not any(letter.isdigit() for letter in clean(text).text)
