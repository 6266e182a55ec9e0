"""How far a rater's scores go with the length of what is rated.

Judges that are language models tend to like length for its own sake (Zheng et al. 2023, Judging
LLM-as-a-Judge with MT-Bench and Chatbot Arena, NeurIPS). Longer dialogues may also be better ones:
what is left once people's own scores of the same dialogues are held fixed speaks of the rater.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sqpsych.assessment.language.diversity import split_words
from sqpsych.assessment.statistics.agreement import spearman
from sqpsych.assessment.statistics.intervals import DRAWS
from sqpsych.assessment.statistics.ratings import Agreement, conclude, pick_totals, tabulate_scores
from sqpsych.assessment.statistics.resampling import correlate_ranks, divide, draw_samples
from sqpsych.records import Dialogue, Score

Length = Literal["words", "turns"]
LENGTHS: tuple[Length, ...] = ("words", "turns")

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class LengthBias:
    """How far one rater's totals of one measure go with one kind of length."""

    measure: str
    rater: str
    length: Length
    rho: Agreement
    """Rank correlation of totals and lengths, over the dialogues the rater has a total of."""
    given_reference: Agreement
    """The same with the reference's totals held fixed: partial rank correlation."""


def measure_length_bias(
    scores: Sequence[Score],
    dialogues: Sequence[Dialogue],
    reference: Collection[str] = (),
    seed: int = 0,
    draws: int = DRAWS,
) -> tuple[LengthBias, ...]:
    """Correlate each rater's totals with the words and the turns of the dialogues.

    Args:
        scores: of any measures and raters; the total is that of `tabulate_scores`.
        dialogues: that were rated. Scores of others are left out.
        reference: raters whose mean total is held fixed, people for instance; without any, or for
            a rater among them, there is no partial correlation.
        seed: of the intervals of partial correlations.
        draws: samples they rest on.

    Returns:
        By measure and rater in the order of the scores, words before turns.

    Raises:
        InputError: a rater has two values for the same.

    Source: Spearman's correlation with Bonett and Wright's interval, see `spearman`; partial rank
        correlation, Kendall & Gibbons 1990, Rank Correlation Methods, with a bootstrap interval
        over dialogues.
    """
    sizes = {dialogue.id: _measure_lengths(dialogue) for dialogue in dialogues}
    biases = []
    for measure, table in pick_totals(tabulate_scores(scores)).items():
        known = {subject: row for subject, row in table.items() if subject in sizes}
        fixed = [_average(row, reference) for row in known.values()]
        for rater in dict.fromkeys(rater for row in table.values() for rater in row):
            own = [row.get(rater) for row in known.values()]
            for length in LENGTHS:
                long = [sizes[subject][length] for subject in known]
                partial = _explain_without(rater, reference) or _correlate_given(
                    own, long, fixed, seed, draws
                )
                rho = replace(spearman(own, long), raters=1)
                biases.append(LengthBias(measure, rater, length, rho, partial))
    return tuple(biases)


def _measure_lengths(dialogue: Dialogue) -> dict[Length, float]:
    words = sum(len(split_words(turn.text)) for turn in dialogue.turns)
    return {"words": float(words), "turns": float(len(dialogue.turns))}


def _average(row: Mapping[str, float | None], raters: Collection[str]) -> float | None:
    """Mean total of the reference; None where none of it has one."""
    values = [row.get(rater) for rater in sorted(raters)]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _explain_without(rater: str, reference: Collection[str]) -> Agreement | None:
    """Say why there is no partial correlation, where the reference cannot give one."""
    if reference and rater not in reference:
        return None
    note = "the rater is part of the reference" if reference else "no reference rater"
    return Agreement(None, None, None, 0, 1, note)


def _correlate_given(
    totals: Sequence[float | None],
    lengths: Sequence[float],
    fixed: Sequence[float | None],
    seed: int,
    draws: int,
) -> Agreement:
    columns = np.array([totals, lengths, fixed], dtype=np.float64)
    columns = columns[:, np.isfinite(columns).all(axis=0)]
    units = columns.shape[1]
    if units < 4:
        note = f"fewer than four dialogues with a total of the rater and of the reference: {units}"
        return Agreement(None, None, None, units, 1, note)
    counts = draw_samples(units, seed, draws)
    pairs = ((0, 1), (0, 2), (1, 2))
    own, of_totals, of_lengths = (correlate_ranks(columns[a], columns[b], counts) for a, b in pairs)
    left = np.sqrt((1 - of_totals**2) * (1 - of_lengths**2))
    left = np.where(left > _ROUNDING, left, 0)
    partial = divide(own - of_totals * of_lengths, left)
    why = "totals, lengths or the reference do not vary, or two of them go together fully"
    return conclude(np.clip(partial, -1, 1), units, 1, why=why)
