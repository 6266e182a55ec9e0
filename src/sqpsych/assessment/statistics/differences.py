"""Tests of difference between two corpora, with effect sizes and correction for many tests.

The people are what is compared, each with one value (`average_by_person`), since several dialogues
of one person are not independent. Corpora of the same people are compared within people.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.statistics.intervals import DRAWS, Estimate, bootstrap_mean, draw_counts
from sqpsych.assessment.statistics.resampling import (
    divide,
    draw_samples,
    find_ends,
    load_stats,
    rank_draws,
)
from sqpsych.errors import InputError

Values = Mapping[str, float | None]
"""A measure's value of each person, by pseudonym; None where there is none."""
Tested = Literal["ranks", "means"]
"""What is tested: whether ranks differ, or by permutation whether means do."""

PERMUTATIONS = 9999
"""Random permutations of a test; fewer where there are fewer, and the test is exact then."""
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Difference:
    """How one measure differs between two corpora, a and b."""

    name: str
    test: str
    """Name of the test."""
    n_a: int
    n_b: int
    """People compared; the same ones where the corpora are paired."""
    mean_a: float | None
    mean_b: float | None
    difference: Estimate
    """Mean of a less mean of b, in the measure's unit, with a bootstrap interval over people."""
    effect_name: str
    effect: Estimate
    """-1 to 1, above 0 where a is higher, with a bootstrap interval over people."""
    p: float | None
    """Two-sided; None where it cannot be tested, and then the note says why."""
    p_holm: float | None = None
    """Corrected for all tests made together; None until `correct`."""
    note: str = ""


def compare_measures(
    a: Mapping[str, Values],
    b: Mapping[str, Values],
    *,
    paired: bool,
    tested: Tested = "ranks",
    seed: int = 0,
) -> tuple[Difference, ...]:
    """Compare two corpora on all measures that either has, corrected for their number.

    Args:
        a: values by measure and person.
        b: those of the other corpus.
        paired: whether to compare within people; the people of both corpora are then used.
        tested: ranks or means.
        seed: of intervals and permutations.

    Raises:
        InputError: SciPy is not installed, or a value is not finite.
    """
    compare = compare_paired if paired else compare_unpaired
    return correct(
        [
            compare(name, a.get(name, {}), b.get(name, {}), tested=tested, seed=seed)
            for name in dict.fromkeys([*a, *b])
        ]
    )


def compare_paired(
    name: str, a: Values, b: Values, *, tested: Tested = "ranks", seed: int = 0
) -> Difference:
    """Compare two corpora of the same people, within people.

    Ranks are tested by Wilcoxon's signed-rank test, without the people who do not differ, as he
    had it; means by flipping the signs of the differences at random. The effect is the
    rank-biserial correlation of matched pairs: the share of the ranks of differences in favour of
    a, less the share of those in favour of b. The note counts who was left out and who does not
    differ: an effect of 1 may rest on few.

    Args:
        name: of the measure.
        a: a value a person.
        b: those of the other corpus; only people with a value in both are compared.
        tested: ranks or means.
        seed: of intervals and permutations.

    Raises:
        InputError: SciPy is not installed, or a value is not finite.

    Source: Wilcoxon 1945, Biometrics Bulletin 1:80; Fisher 1935, The Design of Experiments, section
        21; King, Rosopa & Minium 2011, Statistical Reasoning in the Behavioral Sciences; Kerby
        2014, Comprehensive Psychology 3:11.IT.3.1.
    """
    values_a, values_b = _read_known(name, a), _read_known(name, b)
    people = [person for person in values_a if person in values_b]
    first, second = (np.array([one[p] for p in people]) for one in (values_a, values_b))
    # Differences that are equal but for the last bits are ties.
    differences = np.round(first - second, _DIGITS)
    alike = int((differences == 0).sum())
    lost = len({*a, *b}) - len(people)
    notes = [f"{lost} people left out, without a value in both"] if lost else []
    notes += [f"{alike} of {len(people)} people do not differ"] if alike else []
    testable = len(people) > 1 and alike < len(people)
    if len(people) < 2:
        notes.insert(0, "fewer than two people with a value in both")
    return Difference(
        name=name,
        test="Wilcoxon signed-rank" if tested == "ranks" else "sign flips",
        n_a=len(people),
        n_b=len(people),
        mean_a=_average(first),
        mean_b=_average(second),
        difference=bootstrap_mean(differences.tolist(), people, seed),
        effect_name="matched-pairs rank-biserial",
        effect=estimate_rank_biserial(differences, seed),
        p=_test_pairs(differences, tested, seed) if testable else None,
        note="; ".join(notes),
    )


def compare_unpaired(
    name: str, a: Values, b: Values, *, tested: Tested = "ranks", seed: int = 0
) -> Difference:
    """Compare two corpora of different people.

    Ranks are tested by the test of Mann and Whitney; means by dealing out the people to the corpora
    at random. The effect is Cliff's delta: how often a person of a is above one of b, less how
    often below. People who are in both corpora are taken for different ones, and the note counts
    them.

    Args:
        name: of the measure.
        a: a value a person.
        b: those of the other corpus.
        tested: ranks or means.
        seed: of intervals and permutations.

    Raises:
        InputError: SciPy is not installed, or a value is not finite.

    Source: Mann & Whitney 1947, Annals of Mathematical Statistics 18:50; Pitman 1937, Supplement to
        the Journal of the Royal Statistical Society 4:119; Cliff 1993, Psychological Bulletin
        114:494.
    """
    values_a, values_b = _read_known(name, a), _read_known(name, b)
    first, second = (np.array([*one.values()]) for one in (values_a, values_b))
    lost, shared = (
        len(a) + len(b) - len(first) - len(second),
        len(values_a.keys() & values_b.keys()),
    )
    notes = [f"{lost} people left out, without a value"] if lost else []
    notes += [f"{shared} people in both corpora are taken for different ones"] if shared else []
    enough = min(len(first), len(second)) > 1
    testable = enough and len(np.unique([*first, *second])) > 1
    if not testable:
        notes.insert(0, "all values are alike" if enough else "fewer than two people in a corpus")
    return Difference(
        name=name,
        test="Mann-Whitney" if tested == "ranks" else "label permutation",
        n_a=len(first),
        n_b=len(second),
        mean_a=_average(first),
        mean_b=_average(second),
        difference=_estimate_difference(first, second, seed),
        effect_name="Cliff's delta",
        effect=estimate_cliffs_delta(first, second, seed),
        p=_test_groups(first, second, tested, seed) if testable else None,
        note="; ".join(notes),
    )


def correct(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """Correct the p-values of tests made together; see `adjust_holm`."""
    adjusted = adjust_holm([difference.p for difference in differences])
    return tuple(
        replace(difference, p_holm=p) for difference, p in zip(differences, adjusted, strict=True)
    )


def adjust_holm(ps: Sequence[float | None]) -> tuple[float | None, ...]:
    """Adjust p-values so that the chance of any false finding among them stays what it is for one.

    Args:
        ps: 0-1; None for a test that could not be made, which does not count.

    Returns:
        In the same order, at most 1.

    Source: Holm 1979, Scandinavian Journal of Statistics 6:65.
    """
    order = sorted((p, place) for place, p in enumerate(ps) if p is not None)
    adjusted: list[float | None] = [None] * len(ps)
    highest = 0.0
    for rank, (p, place) in enumerate(order):
        highest = max(highest, min(1.0, p * (len(order) - rank)))
        adjusted[place] = highest
    return tuple(adjusted)


def average_by_person(
    values: Mapping[str, float | None], people: Mapping[str, str]
) -> dict[str, float | None]:
    """Average the dialogues of each person.

    Args:
        values: by id of the dialogue; those without a value are left out.
        people: pseudonym by id of the dialogue.

    Returns:
        By pseudonym; None for a person without any value.
    """
    by_person: dict[str, list[float]] = {}
    for dialogue, value in values.items():
        own = by_person.setdefault(people[dialogue], [])
        own += [] if value is None else [value]
    return {person: sum(own) / len(own) if own else None for person, own in by_person.items()}


def estimate_rank_biserial(
    differences: NDArray[np.float64], seed: int = 0, draws: int = DRAWS
) -> Estimate:
    """Estimate the rank-biserial correlation of matched pairs; see `compare_paired`.

    Args:
        differences: one a person; those of 0 are not ranked.
        seed: of the interval.
        draws: samples the interval rests on.

    Returns:
        None for fewer than two people, or where none differs.
    """
    n = len(differences)
    counts = draw_samples(n, seed, draws)
    other = differences != 0
    if n < 2 or not other.any():
        return Estimate(None, None, None, n)
    counts, signs = counts[:, other], np.sign(differences[other])
    ranks = counts * rank_draws(np.abs(differences[other]), counts)
    drawn = divide(ranks @ signs, ranks.sum(axis=1))
    low, high = find_ends(drawn[1:])
    return Estimate(float(drawn[0]), low, high, n)


def estimate_cliffs_delta(
    a: NDArray[np.float64], b: NDArray[np.float64], seed: int = 0, draws: int = DRAWS
) -> Estimate:
    """Estimate Cliff's delta; see `compare_unpaired`.

    Args:
        a: one a person.
        b: those of the other corpus.
        seed: of the interval.
        draws: samples the interval rests on; people are drawn within each corpus.

    Returns:
        None for fewer than two people in a corpus.
    """
    n = len(a) + len(b)
    if min(len(a), len(b)) < 2:
        return Estimate(None, None, None, n)
    above = np.sign(a[:, None] - b[None, :])
    drawn_a, drawn_b = _draw_groups(len(a), len(b), seed, draws)
    drawn = ((drawn_a @ above) * drawn_b).sum(axis=1) / above.size
    low, high = find_ends(drawn)
    return Estimate(float(above.mean()), low, high, n)


def _estimate_difference(a: NDArray[np.float64], b: NDArray[np.float64], seed: int) -> Estimate:
    n = len(a) + len(b)
    if min(len(a), len(b)) < 2:
        return Estimate(None, None, None, n)
    drawn_a, drawn_b = _draw_groups(len(a), len(b), seed, DRAWS)
    drawn = drawn_a @ a / len(a) - drawn_b @ b / len(b)
    low, high = find_ends(drawn)
    return Estimate(float(a.mean() - b.mean()), low, high, n)


def _draw_groups(
    a: int, b: int, seed: int, draws: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    generator = np.random.default_rng(seed)
    return draw_counts(a, generator, draws), draw_counts(b, generator, draws)


def _test_pairs(differences: NDArray[np.float64], tested: Tested, seed: int) -> float:
    stats = load_stats()
    if tested == "ranks":
        return float(stats.wilcoxon(differences).pvalue)
    return _permute([differences], _mean, "samples", seed)


def _test_groups(
    a: NDArray[np.float64], b: NDArray[np.float64], tested: Tested, seed: int
) -> float:
    stats = load_stats()
    if tested == "ranks":
        return float(stats.mannwhitneyu(a, b).pvalue)
    return _permute([a, b], _subtract_means, "independent", seed)


def _permute(
    samples: list[NDArray[np.float64]],
    statistic: Callable[..., NDArray[np.float64]],
    kind: Literal["samples", "independent"],
    seed: int,
) -> float:
    """Two-sided p of a permutation test, the sample itself counted as one permutation."""
    tested = load_stats().permutation_test(
        samples,
        statistic,
        permutation_type=kind,
        vectorized=True,
        n_resamples=PERMUTATIONS,
        batch=1000,
        rng=np.random.default_rng(seed),
    )
    return float(tested.pvalue)


def _mean(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    means: NDArray[np.float64] = values.mean(axis=axis)
    return means


def _subtract_means(
    a: NDArray[np.float64], b: NDArray[np.float64], axis: int
) -> NDArray[np.float64]:
    return _mean(a, axis) - _mean(b, axis)


def _average(values: NDArray[np.float64]) -> float | None:
    return float(values.mean()) if len(values) else None


def _read_known(name: str, values: Values) -> dict[str, float]:
    known = {person: float(value) for person, value in values.items() if value is not None}
    for person, value in known.items():
        if not isfinite(value):
            raise InputError(
                f"{name} of {person} is {value}; expected a number, or None where there is none."
            )
    return known
