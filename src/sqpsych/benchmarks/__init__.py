"""Benchmarks of counselling models: published questions, what was answered, scores."""

from sqpsych.benchmarks.answers import ChoiceReading, read_choice
from sqpsych.benchmarks.cbt_bench import read_cbt_bench
from sqpsych.benchmarks.counselingbench import read_counselingbench
from sqpsych.benchmarks.item_scores import Items, estimate_items
from sqpsych.benchmarks.label_answers import LabelReading, read_labels
from sqpsych.benchmarks.questions import (
    ChoiceQuestion,
    ChoiceSet,
    LabelQuestion,
    LabelSet,
    OpenQuestion,
    OpenSet,
    Published,
    QuestionSet,
)
from sqpsych.benchmarks.reading import describe_version
from sqpsych.benchmarks.recorded import read_recorded
from sqpsych.benchmarks.results import write_scores
from sqpsych.benchmarks.scoring import BenchmarkScore, QuestionScore, score_choices, score_labels
from sqpsych.benchmarks.tasks import (
    TASKS,
    Task,
    find_task,
    read_questions,
    score_answers,
    score_recorded,
)

__all__ = [
    "TASKS",
    "BenchmarkScore",
    "ChoiceQuestion",
    "ChoiceReading",
    "ChoiceSet",
    "Items",
    "LabelQuestion",
    "LabelReading",
    "LabelSet",
    "OpenQuestion",
    "OpenSet",
    "Published",
    "QuestionScore",
    "QuestionSet",
    "Task",
    "describe_version",
    "estimate_items",
    "find_task",
    "read_cbt_bench",
    "read_choice",
    "read_counselingbench",
    "read_labels",
    "read_questions",
    "read_recorded",
    "score_answers",
    "score_choices",
    "score_labels",
    "score_recorded",
    "write_scores",
]
