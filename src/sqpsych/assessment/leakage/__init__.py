"""How much of the group label leaks through the therapist, by words and by meaning."""

from sqpsych.assessment.leakage.embedded import EMBEDDED_LEAKAGE
from sqpsych.assessment.leakage.measure import LEAKAGE
from sqpsych.assessment.leakage.separation import Auc, require_classifier
from sqpsych.assessment.leakage.words import (
    Label,
    Leakage,
    Pair,
    find_telling_words,
    measure_leakage,
)

__all__ = [
    "EMBEDDED_LEAKAGE",
    "LEAKAGE",
    "Auc",
    "Label",
    "Leakage",
    "Pair",
    "find_telling_words",
    "measure_leakage",
    "require_classifier",
]
