"""Benchmarks of counselling models: tasks and scores; what these are made of is in the rooms."""

from sqpsych.benchmarks.item_scores import Items, estimate_items
from sqpsych.benchmarks.line_journal import LineJournal, open_journal
from sqpsych.benchmarks.live import LiveScore
from sqpsych.benchmarks.overlap import Overlap, find_overlap
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
from sqpsych.benchmarks.texts import read_texts

__all__ = [
    "TASKS",
    "BenchmarkScore",
    "Items",
    "LineJournal",
    "LiveScore",
    "Overlap",
    "QuestionScore",
    "Task",
    "estimate_items",
    "find_overlap",
    "find_task",
    "open_journal",
    "read_questions",
    "read_texts",
    "score_answers",
    "score_choices",
    "score_labels",
    "score_recorded",
    "write_scores",
]
