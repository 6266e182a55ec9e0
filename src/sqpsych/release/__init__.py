"""Corpora as a dataset others can train on: splits by person, chat messages, a card."""

from sqpsych.release.dataset import ReleaseSettings, release_corpora
from sqpsych.release.figures import Released, SplitFigures
from sqpsych.release.splitting import SPLITS, Split, split_people

__all__ = [
    "SPLITS",
    "ReleaseSettings",
    "Released",
    "Split",
    "SplitFigures",
    "release_corpora",
    "split_people",
]
