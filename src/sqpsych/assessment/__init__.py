"""What dialogues are worth: measures without a model, judges, comparison of corpora."""

from sqpsych.assessment.assessing import compare_with, read_sample, take_measures
from sqpsych.assessment.comparison import (
    ComparedRow,
    Summary,
    compare,
    render_markdown,
    render_text,
)
from sqpsych.assessment.figures import Finding, Measured, Row
from sqpsych.assessment.leakage.separation import require_classifier
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.measures import MEASURES, STUDIED
from sqpsych.assessment.sample import Sample

__all__ = [
    "MEASURES",
    "STUDIED",
    "ComparedRow",
    "Finding",
    "Measure",
    "Measured",
    "Row",
    "Sample",
    "Summary",
    "compare",
    "compare_with",
    "read_sample",
    "render_markdown",
    "render_text",
    "require_classifier",
    "take_measures",
]
