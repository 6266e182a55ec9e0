"""A measure: what it is called, and how it is taken."""

from collections.abc import Callable
from dataclasses import dataclass

from sqpsych.assessment.figures import Measured
from sqpsych.assessment.sample import Sample


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing to be measured in a corpus, without a model."""

    name: str
    """Short, unique ("repetition")."""
    title: str
    """Heading of its figures in the report."""
    about: str
    """What it measures and how, with its source: one paragraph for the methods of the report."""
    take: Callable[[Sample], Measured]
    """Takes it. What cannot be measured is a row without value whose note says why."""
    beside: str = ""
    """Fingerprint of what it looks at besides the corpus: stored figures are of that alone."""
