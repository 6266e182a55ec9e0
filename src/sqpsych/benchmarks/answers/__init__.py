"""What was answered: read without guessing, recorded elsewhere or kept as it comes."""

from sqpsych.benchmarks.answers.choice_answers import ChoiceReading, read_choice
from sqpsych.benchmarks.answers.kept_answers import Answer, KeptAnswers, open_answers
from sqpsych.benchmarks.answers.label_answers import LabelReading, read_labels
from sqpsych.benchmarks.answers.open_answers import (
    OpenAnswer,
    OpenAnswers,
    name_file,
    read_open_answers,
)
from sqpsych.benchmarks.answers.recorded import read_recorded

__all__ = [
    "Answer",
    "ChoiceReading",
    "KeptAnswers",
    "LabelReading",
    "OpenAnswer",
    "OpenAnswers",
    "name_file",
    "open_answers",
    "read_choice",
    "read_labels",
    "read_open_answers",
    "read_recorded",
]
