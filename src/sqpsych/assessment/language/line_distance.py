"""How far the lines of two corpora lie from each other in meaning."""

from collections.abc import Iterator, Sequence
from math import inf

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.figures import Better, Row, make_missing, make_row
from sqpsych.assessment.language.drawn_lines import DrawnLine, spread_lines
from sqpsych.assessment.language.embedding import embed, explain_no_embedding
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.statistics.jackknife import Rows, jackknife
from sqpsych.records import SPEAKERS, Speaker

LINES = 400
"""Lines of a side of a corpus, at most."""
FEWEST_LINES = 200
"""Of fewer lines the Fréchet distance is mostly bias."""
NEIGHBOURS = 3
"""Kynkäänniemi et al. 2019."""
SPLITS = 3

_ROUNDING = 1e-9
_GROUPS = 10
"""Groups of people that are left out in turn, in each corpus."""

Table = NDArray[np.float64]


def compare_lines(sample: Sample, reference: Sample) -> Iterator[Row]:
    """Compare the lines of two corpora by their embeddings, each side apart.

    Equal samples of lines are compared: up to 400 a side.

    Args:
        sample: the corpus.
        reference: what it is compared with.
    """
    why = explain_no_embedding(sample.language) or explain_no_embedding(reference.language)
    for side in SPEAKERS:
        if why is not None:
            yield from _miss(side, why)
        else:
            yield from _judge_side(sample, reference, side)


def find_frechet(sample: Table, reference: Table) -> float:
    """The Fréchet distance of two sets of embeddings, each taken for normally distributed.

    The squared distance of the means plus that of the covariances. It grows as samples shrink, even
    between samples of one source: compare samples of equal size only.

    Args:
        sample: (texts, dimensions), two rows at least.
        reference: likewise.

    Source: Heusel et al. 2017, GANs Trained by a Two Time-Scale Update Rule, NeurIPS; on texts,
        Xiang et al. 2021, Assessing Dialogue Systems with Distribution Distances, Findings of ACL;
        its bias, Chong & Forsyth 2020, CVPR.
    """
    means = [table.mean(axis=0) for table in (sample, reference)]
    a, b = (
        (table - mean) / np.sqrt(len(table) - 1)
        for table, mean in zip((sample, reference), means, strict=True)
    )
    # The trace of the root of the product of both covariances is the sum of these singular values.
    shared = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return float(((means[0] - means[1]) ** 2).sum() + (a**2).sum() + (b**2).sum() - 2 * shared)


def find_precision(sample: Table, reference: Table, neighbours: int = NEIGHBOURS) -> float:
    """The share of a sample that lies within the reference's manifold; with both swapped, recall.

    A text lies within it when it is no farther from some text of the reference than that text's
    third nearest neighbour in the reference.

    Args:
        sample: (texts, dimensions).
        reference: likewise; more rows than neighbours.
        neighbours: which neighbour sets the radius.

    Source: Kynkäänniemi et al. 2019, Improved Precision and Recall Metric for Assessing Generative
        Models, NeurIPS.
    """
    radii = np.sort(_find_distances(reference, reference), axis=1)[:, neighbours]
    return float((_find_distances(sample, reference) <= radii + _ROUNDING).any(axis=1).mean())


def _judge_side(sample: Sample, reference: Sample, side: Speaker) -> Iterator[Row]:
    seed = sample.seed
    lines = [spread_lines(corpus, side, LINES) for corpus in (sample, reference)]
    fewest = min(map(len, lines))
    if fewest < FEWEST_LINES:
        counts = f"{len(lines[0])} against {len(lines[1])}"
        yield from _miss(side, f"needs {FEWEST_LINES} {side} lines of each corpus; got {counts}")
        return
    lines = [_cut(each, fewest, seed) for each in lines]
    tables = [embed([line.text for line in each]).astype(np.float64) for each in lines]
    owners = [[line.person for line in each] for each in lines]
    taken = f"{fewest} lines of {len(set(owners[0]))} people against {len(set(owners[1]))}"

    def frechet(kept: Sequence[Rows]) -> float:
        return find_frechet(tables[0][kept[0]], tables[1][kept[1]])

    def precision(kept: Sequence[Rows]) -> float:
        return find_precision(tables[0][kept[0]], tables[1][kept[1]])

    def recall(kept: Sequence[Rows]) -> float:
        return find_precision(tables[1][kept[1]], tables[0][kept[0]])

    floor = _find_floor(tables, owners, seed)
    biased = f"{taken}; random halves of both together are {floor:.3f} apart; compare equal samples"
    for (name, better), statistic, most, note in zip(
        _name(side), (frechet, precision, recall), (inf, 1, 1), (biased, taken, taken), strict=True
    ):
        estimate = jackknife(statistic, owners, seed, _GROUPS, (0, most))
        yield make_row(name, estimate, better, note)


def _find_floor(tables: Sequence[Table], owners: Sequence[Sequence[str]], seed: int) -> float:
    """The Fréchet distance of two sets with one half of the people of each corpus, at random."""
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(SPLITS):
        halves: tuple[list[Table], list[Table]] = ([], [])
        for table, own in zip(tables, owners, strict=True):
            people = list(dict.fromkeys(own))
            first = {people[at] for at in generator.permutation(len(people))[::2]}
            is_first = np.array([owner in first for owner in own])
            halves[0].append(table[is_first])
            halves[1].append(table[~is_first])
        found.append(find_frechet(*map(np.concatenate, halves)))
    return float(np.mean(found))


def _find_distances(left: Table, right: Table) -> Table:
    """Squared Euclidean distances; (left, right)."""
    squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)
    distances: Table = np.maximum(squares - 2 * left @ right.T, 0)
    return distances


def _cut(lines: Sequence[DrawnLine], count: int, seed: int) -> tuple[DrawnLine, ...]:
    kept = np.random.default_rng(seed).permutation(len(lines))[:count]
    return tuple(lines[at] for at in sorted(kept))


def _name(side: Speaker) -> tuple[tuple[str, Better], ...]:
    return (
        (f"Fréchet distance of the {side}'s lines", "lower"),
        (f"precision of the {side}'s lines", "higher"),
        (f"recall of the {side}'s lines", "higher"),
    )


def _miss(side: Speaker, why: str) -> Iterator[Row]:
    yield from (make_missing(name, why, better) for name, better in _name(side))
