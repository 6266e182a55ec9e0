"""What dialogues are worth: faults, fidelity to the profile, leakage, diversity, comparison."""

from sqpsych.assessment.comparison import (
    ComparedRow,
    Summary,
    compare,
    render_markdown,
    render_text,
    summarise,
)
from sqpsych.assessment.diversity import count_questions, count_words, distinct_n
from sqpsych.assessment.fidelity import Fidelity, Prescience, measure_fidelity, rate_fidelity
from sqpsych.assessment.figures import Finding, Measured, Row
from sqpsych.assessment.intervals import Estimate, bootstrap_mean, bootstrap_ratio
from sqpsych.assessment.leakage import (
    Label,
    Leakage,
    Pair,
    find_telling_words,
    measure_leakage,
)
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.rules import (
    find_alternation_faults,
    find_artefacts,
    find_repetitions,
)
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.separation import Auc, require_classifier

__all__ = [
    "Auc",
    "ComparedRow",
    "Estimate",
    "Fidelity",
    "Finding",
    "Label",
    "Leakage",
    "Measure",
    "Measured",
    "Pair",
    "Prescience",
    "Row",
    "Sample",
    "Summary",
    "bootstrap_mean",
    "bootstrap_ratio",
    "compare",
    "count_questions",
    "count_words",
    "distinct_n",
    "find_alternation_faults",
    "find_artefacts",
    "find_repetitions",
    "find_telling_words",
    "measure_fidelity",
    "measure_leakage",
    "rate_fidelity",
    "render_markdown",
    "render_text",
    "require_classifier",
    "summarise",
]
