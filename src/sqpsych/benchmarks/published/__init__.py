"""The published questions: one file a benchmark, read strictly, and how the files are got."""

from sqpsych.benchmarks.published.cbt_bench import read_cbt_bench
from sqpsych.benchmarks.published.counselbench_adv import read_counselbench_adv
from sqpsych.benchmarks.published.counselingbench import read_counselingbench
from sqpsych.benchmarks.published.failure_modes import FAILURE_MODES, FailureMode
from sqpsych.benchmarks.published.questions import (
    ChoiceQuestion,
    ChoiceSet,
    LabelQuestion,
    LabelSet,
    OpenQuestion,
    OpenSet,
    Published,
    QuestionSet,
)
from sqpsych.benchmarks.published.reading import describe_version

__all__ = [
    "FAILURE_MODES",
    "ChoiceQuestion",
    "ChoiceSet",
    "FailureMode",
    "LabelQuestion",
    "LabelSet",
    "OpenQuestion",
    "OpenSet",
    "Published",
    "QuestionSet",
    "describe_version",
    "read_cbt_bench",
    "read_counselbench_adv",
    "read_counselingbench",
]
