"""Runs side by side: tests, tables, one page."""

from sqpsych.benchmarks.compared.comparison import PairedTest, TaskComparison, compare_runs
from sqpsych.benchmarks.compared.comparison_tables import (
    Section,
    lay_out,
    make_record,
    render_html,
    render_markdown,
)
from sqpsych.benchmarks.compared.score_files import RunScores, read_run

__all__ = [
    "PairedTest",
    "RunScores",
    "Section",
    "TaskComparison",
    "compare_runs",
    "lay_out",
    "make_record",
    "read_run",
    "render_html",
    "render_markdown",
]
