"""Dialogues made elsewhere: files of several forms, read into one."""

from sqpsych.corpus.foreign.files import list_faults
from sqpsych.corpus.foreign.formats import FORMATS, read_foreign
from sqpsych.corpus.foreign.rows import ImportOptions
from sqpsych.corpus.foreign.transcripts import Reading, SourceDialogue, Utterance

__all__ = [
    "FORMATS",
    "ImportOptions",
    "Reading",
    "SourceDialogue",
    "Utterance",
    "list_faults",
    "read_foreign",
]
