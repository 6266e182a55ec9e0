"""How far the dialogues of a corpus lie from each other in meaning."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.figures import Measured, Row, make_missing, make_row
from sqpsych.assessment.language.drawn_lines import (
    LINES,
    PEOPLE,
    draw_dialogues,
    embed_dialogues,
)
from sqpsych.assessment.language.embedding import explain_no_embedding
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.statistics.intervals import (
    Estimate,
    bootstrap_mean,
    draw_counts,
    find_percentiles,
)
from sqpsych.assessment.statistics.jackknife import Rows, jackknife
from sqpsych.records import SPEAKERS, Speaker

Table = NDArray[np.float64]


def measure_spread(sample: Sample) -> Measured:
    """Measure the spread of a corpus: distances between dialogues and their effective number.

    The distance to the nearest dialogue and the Vendi score depend on how many dialogues are taken,
    and all on how many lines, which the notes say: compare corpora of as many people.

    Args:
        sample: one closed dialogue of each of up to 100 people is measured, by four lines of each
            side.
    """
    dialogues = draw_dialogues(sample)
    why = explain_no_embedding(sample.language)
    if len(dialogues) < 2:
        why = f"needs dialogues of two people or more; there are {len(dialogues)}"
    rows: list[Row] = []
    for side in SPEAKERS:
        if why is not None:
            rows += [make_missing(name, why, "higher", len(dialogues)) for name in _name(side)]
        else:
            rows += _judge_side(*embed_dialogues(dialogues, side, sample.seed), side, sample.seed)
    return Measured(tuple(rows))


def score_vendi(embeddings: Table) -> float:
    """The Vendi score: how many wholly different texts would be as varied, 1 to their number.

    The exponential of the entropy of the eigenvalues of the cosines over their number.

    Args:
        embeddings: (texts, dimensions), each row of length 1; one row at least.

    Source: Friedman & Dieng 2023, The Vendi Score, Trans Mach Learn Res.
    """
    shares = np.linalg.svd(embeddings, compute_uv=False) ** 2 / len(embeddings)
    shares = shares[shares > 0]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def estimate_distance(distances: Table, seed: int = 0) -> Estimate:
    """Estimate the mean distance between two people, with an interval over people.

    Args:
        distances: (people, people), 0 along the diagonal; two people at least.
        seed: of the draws.
    """
    count = len(distances)
    value = float(distances.sum() / (count * (count - 1)))
    drawn = draw_counts(count, np.random.default_rng(seed))
    sums = ((drawn @ distances) * drawn).sum(axis=1)
    # Two copies of a person are no pair: their distance of 0 would pull the draws down.
    low, high = find_percentiles(sums, drawn.sum(axis=1) ** 2 - (drawn**2).sum(axis=1))
    return Estimate(value, low, high, count)


def _name(side: Speaker) -> tuple[str, str, str]:
    return (
        f"distance between dialogues, {side}",
        f"distance to the nearest dialogue, {side}",
        f"Vendi score of the dialogues, {side}",
    )


def _judge_side(
    embeddings: Table, people: Sequence[str], side: Speaker, seed: int
) -> Iterator[Row]:
    count, names = len(people), _name(side)
    if count < 2:
        why = f"needs two dialogues in which the {side} speaks; there are {count}"
        yield from (make_missing(name, why, "higher", count) for name in names)
        return
    distances: Table = np.maximum(1 - embeddings @ embeddings.T, 0)
    np.fill_diagonal(distances, 0)
    nearest = np.where(np.eye(count, dtype=bool), np.inf, distances).min(axis=1)

    def score(kept: Sequence[Rows]) -> float:
        return score_vendi(embeddings[kept[0]])

    taken = f"{count} dialogues, up to {LINES} lines of each"
    yield make_row(names[0], estimate_distance(distances, seed), "higher", taken)
    held = f"{taken}; falls with more dialogues; the interval takes the neighbours as given"
    yield make_row(names[1], bootstrap_mean(list(nearest), people, seed), "higher", held)
    vendi = jackknife(score, [people], seed, bounds=(1, count))
    left = f"{taken}; {count} at most; interval by leaving people out"
    yield make_row(names[2], vendi, "higher", left)


SPREAD = Measure(
    name="spread",
    title="Spread of the dialogues in meaning",
    about=(
        f"One dialogue of each of up to {PEOPLE} people drawn at random; of each side {LINES} "
        "lines, one from each quarter of the dialogue; their sentence embeddings "
        "(all-MiniLM-L6-v2; Reimers & Gurevych 2019, EMNLP) averaged and scaled to length 1. Mean "
        "cosine distance between dialogues, mean distance to the nearest one, and Vendi score, the "
        "effective number of different dialogues (Friedman & Dieng 2023, Trans Mach Learn Res). "
        "Intervals over people: bootstrap for the distances, jackknife for the Vendi score."
    ),
    take=measure_spread,
)
