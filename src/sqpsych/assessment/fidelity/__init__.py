"""Whether what is said agrees with the questionnaire, and the therapist knows only what it may."""

from sqpsych.assessment.fidelity.measure import FIDELITY
from sqpsych.assessment.fidelity.voicing import (
    Fidelity,
    Prescience,
    measure_fidelity,
    rate_fidelity,
)

__all__ = ["FIDELITY", "Fidelity", "Prescience", "measure_fidelity", "rate_fidelity"]
