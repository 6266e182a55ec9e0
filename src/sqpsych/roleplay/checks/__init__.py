"""Checks every reply passes before it enters a dialogue, one small function each.

A check that fails a reply names itself in the journal, and its hint goes into the direction of the
next attempt. Nothing is corrected here: a reply passes as it is, or not at all. Some checks are for
every protocol, others for those that ask for them.
"""

from sqpsych.roleplay.checks.moment import Check, Moment, closes, find_symptoms, read_mentions
from sqpsych.roleplay.checks.registry import CHECKS, CHOSEN, COMMON, find_faults
from sqpsych.roleplay.checks.speech import measure_novelty

__all__ = [
    "CHECKS",
    "CHOSEN",
    "COMMON",
    "Check",
    "Moment",
    "closes",
    "find_faults",
    "find_symptoms",
    "measure_novelty",
    "read_mentions",
]
