"""All measures that need no model, in the order in which they are taken and shown."""

from sqpsych.assessment.completion import COMPLETION, COST
from sqpsych.assessment.fidelity.measure import FIDELITY
from sqpsych.assessment.language.spread import SPREAD
from sqpsych.assessment.language.variety import VARIETY
from sqpsych.assessment.leakage.embedded import EMBEDDED_LEAKAGE
from sqpsych.assessment.leakage.measure import LEAKAGE
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.privacy.overlap import OVERLAP
from sqpsych.assessment.privacy.pii import PII
from sqpsych.assessment.privacy.singling_out import SINGLING_OUT
from sqpsych.assessment.rules.across import ACROSS
from sqpsych.assessment.rules.course import COURSE
from sqpsych.assessment.rules.faults import ARTEFACTS, REPETITION, TURN_TAKING
from sqpsych.assessment.rules.safety import SAFETY
from sqpsych.assessment.rules.style import STYLE

MEASURES: tuple[Measure, ...] = (
    COMPLETION,
    ARTEFACTS,
    REPETITION,
    TURN_TAKING,
    COURSE,
    SAFETY,
    FIDELITY,
    LEAKAGE,
    EMBEDDED_LEAKAGE,
    STYLE,
    VARIETY,
    SPREAD,
    ACROSS,
    OVERLAP,
    SINGLING_OUT,
    PII,
    COST,
)
"""Adding a measure is adding one here."""
STUDIED: tuple[Measure, ...] = (
    COMPLETION,
    ARTEFACTS,
    REPETITION,
    TURN_TAKING,
    FIDELITY,
    LEAKAGE,
    STYLE,
    VARIETY,
    COST,
)
"""What two protocols are compared by."""
