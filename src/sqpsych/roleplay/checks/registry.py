"""The list of all checks, and looking a reply over with them."""

from sqpsych.roleplay.checks.closing import CLOSING
from sqpsych.roleplay.checks.faith import (
    CONTRADICTION,
    CRISIS,
    NO_TIME_FRAME,
    TOO_SOON,
    UNTOLD,
    UNVOICED,
)
from sqpsych.roleplay.checks.moment import Check, Moment
from sqpsych.roleplay.checks.part import (
    APPRAISAL,
    ASKS_BACK,
    EARLY_ADVICE,
    MANY_QUESTIONS,
    NAMES_DIAGNOSIS,
    NO_QUESTION,
    PART,
    PRESCIENT,
    SAYS_BACK,
    SPEAKS_AS_CLIENT,
    UNREFLECTED,
)
from sqpsych.roleplay.checks.speech import (
    COPIED_STATEMENT,
    SAME_OPENING,
    SPEECH,
)
from sqpsych.roleplay.replies import Candidate

COMMON: tuple[Check, ...] = (*SPEECH, *PART, CRISIS, *CLOSING)
"""Checks of every protocol, in the order in which they are reported."""
CHOSEN: tuple[Check, ...] = (
    UNTOLD,
    UNVOICED,
    NO_TIME_FRAME,
    CONTRADICTION,
    TOO_SOON,
    COPIED_STATEMENT,
    NAMES_DIAGNOSIS,
    SPEAKS_AS_CLIENT,
    PRESCIENT,
    SAYS_BACK,
    UNREFLECTED,
    EARLY_ADVICE,
    APPRAISAL,
    MANY_QUESTIONS,
    NO_QUESTION,
    ASKS_BACK,
    SAME_OPENING,
)
"""Checks of the protocols that name them."""
CHECKS = {check.name: check for check in (*COMMON, *CHOSEN)}
"""All checks by name."""


def find_faults(
    reply: Candidate, moment: Moment, chosen: tuple[str, ...] = ()
) -> tuple[Check, ...]:
    """Find the checks a reply fails; an empty one is only empty.

    Args:
        reply: without what was at its edges.
        moment: where it was given.
        chosen: names of checks beside those of every protocol.
    """
    empty = CHECKS["empty"]
    if empty.fails(reply, moment):
        return (empty,)
    checks = (*COMMON, *(CHECKS[name] for name in chosen))
    return tuple(check for check in checks if check.fails(reply, moment))
