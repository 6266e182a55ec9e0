"""Questionnaires as data: definitions, scoring, and answers put into words."""

from sqpsych.instruments.catalogue import list_instruments, load_instrument
from sqpsych.instruments.scoring import score_answers
from sqpsych.instruments.statements import render_statements
from sqpsych.instruments.tables import render_table, score_table

__all__ = [
    "list_instruments",
    "load_instrument",
    "render_statements",
    "render_table",
    "score_answers",
    "score_table",
]
