"""Asking a model the questions of a task, on Inspect."""

from sqpsych.benchmarks.asking.running import Exam, prepare_exam, run_exam

__all__ = ["Exam", "prepare_exam", "run_exam"]
