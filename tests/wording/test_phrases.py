"""Phrases find what no one would say, and pass over plain speech that comes near it."""

import re

import pytest

from sqpsych.wording import phrases


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (phrases.END_MARKS, "End of session."),
        (phrases.END_MARKS, "That was heavy. End of the session"),
        (phrases.END_MARKS, "Goodbye!\nEnd of session"),
        (phrases.END_MARKS, "Goodbye END OF SESSION"),
        (phrases.END_MARKS, "[End of session]"),
        (phrases.END_MARKS, "Goodbye. /END"),
        (phrases.STAGE_DIRECTIONS, "That was heavy. End of session."),
        (phrases.STAGE_DIRECTIONS, "See http://example.org for it."),
        (phrases.STAGE_DIRECTIONS, "It was long / grey."),
        (phrases.STAGE_DIRECTIONS, "/sighs"),
        (phrases.NARRATION, "The line must say what was of use."),
        (phrases.NARRATION, "The next line is to be said by her."),
        (phrases.MACHINE, "According to the script, we close here."),
        (phrases.MACHINE, "The prompt asks for a farewell."),
        (phrases.PLACEHOLDERS, "I saw Dr. X in spring."),
    ],
)
def test_artefact_is_found(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (phrases.END_MARKS, "We are coming to the end of the session, so let me sum up."),
        (phrases.END_MARKS, "At the end of the session I felt lighter."),
        (phrases.END_MARKS, "How do you feel at the end of the session?"),
        (phrases.STAGE_DIRECTIONS, "We are coming to the end of the session, so let me sum up."),
        (phrases.STAGE_DIRECTIONS, "I'd say my mood is about 7/10 today."),
        (phrases.STAGE_DIRECTIONS, "I'd like a nurse and/or carer to come."),
        (phrases.NARRATION, "The line is always busy when I call."),
        (phrases.MACHINE, "We could write down the script for that talk."),
    ],
)
def test_plain_speech_is_passed_over(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text) is None
