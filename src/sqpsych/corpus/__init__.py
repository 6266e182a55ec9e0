"""The run directory: journal, manifest, exports."""

from sqpsych.corpus.exporting import EXPORT_FORMATS, export_corpus
from sqpsych.corpus.journal import Counts, Journal, PlannedSession, SessionHeader
from sqpsych.corpus.run_directory import Corpus, open_corpus, open_run, record_progress

__all__ = [
    "EXPORT_FORMATS",
    "Corpus",
    "Counts",
    "Journal",
    "PlannedSession",
    "SessionHeader",
    "export_corpus",
    "open_corpus",
    "open_run",
    "record_progress",
]
