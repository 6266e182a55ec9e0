"""The language of a corpus: how varied it is, how it spreads, how near it is to real sessions."""

from sqpsych.assessment.language.embedding import embed
from sqpsych.assessment.language.realism import measure_realism
from sqpsych.assessment.language.spread import SPREAD
from sqpsych.assessment.language.variety import VARIETY

__all__ = ["SPREAD", "VARIETY", "embed", "measure_realism"]
