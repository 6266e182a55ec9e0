"""Asking a model the questions of a task, on Inspect."""

from sqpsych.benchmarks.asking.running import Exam, ExamResult, prepare_exam, run_exam

__all__ = ["Exam", "ExamResult", "prepare_exam", "run_exam"]
