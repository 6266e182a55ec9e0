"""What rules find: artefacts, repetition, the course of a session, style, safety, copies."""

from sqpsych.assessment.rules.across import ACROSS
from sqpsych.assessment.rules.course import COURSE
from sqpsych.assessment.rules.faults import ARTEFACTS, REPETITION, TURN_TAKING
from sqpsych.assessment.rules.lines import (
    find_alternation_faults,
    find_artefacts,
    find_repetitions,
)
from sqpsych.assessment.rules.safety import SAFETY
from sqpsych.assessment.rules.style import STYLE

__all__ = [
    "ACROSS",
    "ARTEFACTS",
    "COURSE",
    "REPETITION",
    "SAFETY",
    "STYLE",
    "TURN_TAKING",
    "find_alternation_faults",
    "find_artefacts",
    "find_repetitions",
]
