"""What a corpus gives away of the people behind it, and facts planted to find out."""

from sqpsych.assessment.privacy.canaries import Canary, find_canaries, make_canaries, plant
from sqpsych.assessment.privacy.overlap import OVERLAP
from sqpsych.assessment.privacy.pii import PII
from sqpsych.assessment.privacy.singling_out import SINGLING_OUT

__all__ = [
    "OVERLAP",
    "PII",
    "SINGLING_OUT",
    "Canary",
    "find_canaries",
    "make_canaries",
    "plant",
]
