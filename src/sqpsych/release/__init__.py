"""Corpora as a dataset others can train on: splits by person, chat messages or pairs, a card."""

from sqpsych.release.dataset import ReleaseSettings, release_corpora
from sqpsych.release.figures import PairFigures, Released, ReleasedPairs, SplitFigures
from sqpsych.release.pairs import PairSettings, release_pairs
from sqpsych.release.splitting import SPLITS, Split, split_people

__all__ = [
    "SPLITS",
    "PairFigures",
    "PairSettings",
    "ReleaseSettings",
    "Released",
    "ReleasedPairs",
    "Split",
    "SplitFigures",
    "release_corpora",
    "release_pairs",
    "split_people",
]
