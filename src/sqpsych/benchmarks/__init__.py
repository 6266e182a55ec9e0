"""Benchmarks of counselling models: published questions, what was answered, scores."""

from sqpsych.benchmarks.cbt_bench import read_cbt_bench
from sqpsych.benchmarks.counselingbench import read_counselingbench

__all__ = ["read_cbt_bench", "read_counselingbench"]
