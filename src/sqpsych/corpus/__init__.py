"""The run directory: journal, manifest, exports, results; dialogues made elsewhere."""

from sqpsych.corpus.exporting import EXPORT_FORMATS, export_corpus
from sqpsych.corpus.importing import ImportReport, import_dialogues
from sqpsych.corpus.journal import Journal
from sqpsych.corpus.run_directory import (
    Corpus,
    name_corpora,
    open_corpus,
    open_run,
    record_progress,
)
from sqpsych.corpus.score_store import ScoreStore, open_scores
from sqpsych.corpus.sessions import Counts, PlannedSession, SessionHeader

__all__ = [
    "EXPORT_FORMATS",
    "Corpus",
    "Counts",
    "ImportReport",
    "Journal",
    "PlannedSession",
    "ScoreStore",
    "SessionHeader",
    "export_corpus",
    "import_dialogues",
    "name_corpora",
    "open_corpus",
    "open_run",
    "open_scores",
    "record_progress",
]
