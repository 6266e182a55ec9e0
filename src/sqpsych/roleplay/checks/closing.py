"""Checks of the end: does the session go on when it should, and close as it should?"""

import re

from sqpsych.roleplay.checks.moment import Check, Moment, closes
from sqpsych.roleplay.replies import Candidate
from sqpsych.wording import content_words, phrases

_FAREWELL_WORDS = 40
_RECALLED = 2
"""Words of the client, of those that carry content, that a summary takes up."""


def is_early_farewell(reply: Candidate, moment: Moment) -> bool:
    """It says goodbye while the session is to go on."""
    return moment.closing == "too early" and (
        reply.ended or phrases.FAREWELLS.search(reply.text) is not None
    )


def is_not_closing(reply: Candidate, moment: Moment) -> bool:
    """The session is to be closed now, and this does not."""
    asked = moment.closing == "required" or (moment.closing == "wanted" and moment.insists)
    return asked and not closes(reply, moment)


def lacks_date(reply: Candidate, moment: Moment) -> bool:
    """It closes the session without a day for the next one."""
    return closes(reply, moment) and phrases.DATES.search(reply.text) is None


def has_other_date(reply: Candidate, moment: Moment) -> bool:
    """It closes the session with a day or time that is not the appointment's."""
    if not closes(reply, moment):
        return False
    agreed = moment.appointment.lower()
    days = [match.group().lower() for match in phrases.DATES.finditer(reply.text)]
    return any(day not in agreed for day in days) or re.search(r"\d", reply.text) is not None


def lacks_summary(reply: Candidate, moment: Moment) -> bool:
    """It sums up, or closes after no summary, without coming back to what the client said."""
    if moment.sums_up:
        summary = reply.text
    elif closes(reply, moment) and not moment.summed_up:
        summary = " ".join([*moment.lines_of("therapist")[-1:], reply.text])
    else:
        return False
    said = {word for line in moment.lines_of("client") for word in content_words(line)}
    return len(said & content_words(summary)) < _RECALLED


def reopens(reply: Candidate, moment: Moment) -> bool:
    """The client's farewell asks something, or goes on and on."""
    return moment.closing == "done" and (
        "?" in reply.text or len(reply.text.split()) > _FAREWELL_WORDS
    )


CLOSING = (
    Check("early_farewell", "go on with the session", is_early_farewell),
    Check("not_closing", "end with a goodbye", is_not_closing),
    Check("no_date", "name the day of the next session", lacks_date),
    Check("other_date", "name the day of the next session alone", has_other_date, strays=True),
    Check("no_summary", "name two things the client told", lacks_summary, strays=True),
    Check("reopened", "be a short goodbye", reopens),
)
"""For every protocol."""
