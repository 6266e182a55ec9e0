"""Tests of difference: published results, corrections, effects and what they rest on."""

from collections.abc import Iterable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqpsych.assessment.statistics.differences import (
    Difference,
    Tested,
    adjust_holm,
    average_by_person,
    compare_measures,
    compare_paired,
    compare_unpaired,
    estimate_cliffs_delta,
)
from sqpsych.errors import InputError

CROSSED = [23.5, 12.0, 21.0, 22.0, 19.1, 21.5, 22.1, 20.4, 18.3, 21.6, 23.3, 21.0, 22.1, 23.0, 12.0]
SELFED = [17.4, 20.4, 20.0, 20.0, 18.4, 18.6, 18.6, 15.3, 16.5, 18.0, 16.3, 18.0, 12.8, 15.5, 18.0]
"""Darwin's maize, heights in inches to the nearest tenth: Fisher 1935, section 17."""

small = st.lists(st.integers(-4, 4), min_size=2, max_size=8)
both_tests = pytest.mark.parametrize("tested", ["ranks", "means"])


def name_people(values: Iterable[float | None], prefix: str = "p") -> dict[str, float | None]:
    """Give each value to a person."""
    return {f"{prefix}{n}": value for n, value in enumerate(values)}


def test_flipping_signs_gives_fisher_s_result_for_darwin_s_maize() -> None:
    """Fisher counted 1,726 of 2^15 sums as far out, on differences in eighths of an inch."""
    eighths = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    found = compare_paired("height", name_people(eighths), name_people([0] * 15), tested="means")
    assert found.test == "sign flips"
    assert found.mean_a == pytest.approx(314 / 15)
    assert found.p == pytest.approx(1726 / 2**15, abs=0.006)


def test_wilcoxon_s_test_is_scipy_s_and_its_effect_the_difference_of_rank_sums() -> None:
    stats = pytest.importorskip("scipy.stats")
    found = compare_paired("height", name_people(CROSSED), name_people(SELFED))
    assert found.test == "Wilcoxon signed-rank"
    differences = np.round(np.subtract(CROSSED, SELFED), 9)
    assert found.p == pytest.approx(stats.wilcoxon(differences).pvalue)
    # Two of fifteen are negative, with ranks 14 and 11: (120 - 2 * 25) / 120.
    ranks = stats.rankdata(abs(differences))
    lower = ranks[differences < 0].sum()
    assert found.effect.value == pytest.approx((120 - 2 * lower) / 120)
    assert (found.effect.low or 0) < (found.effect.value or 0) < (found.effect.high or 0)


def test_cliff_s_delta_counts_who_is_above_whom() -> None:
    found = compare_unpaired("x", name_people([1, 2, 3, 9], "a"), name_people([2, 2, 0], "b"))
    # 1: above one, below two; 2: above one; 3 and 9: above three.
    assert found.effect.value == pytest.approx((1 - 2 + 1 + 3 + 3) / 12)
    assert (found.n_a, found.n_b, found.effect_name) == (4, 3, "Cliff's delta")


def test_groups_that_do_not_overlap_differ_by_the_exact_probability() -> None:
    low, high = name_people(range(4), "a"), name_people(range(10, 14), "b")
    for tested in ("ranks", "means"):
        found = compare_unpaired("x", low, high, tested="means" if tested == "means" else "ranks")
        assert found.p == pytest.approx(2 / 70)
        assert found.effect.value == -1
        assert found.difference.value == -10


def test_pairs_that_all_rise_differ_by_the_exact_probability() -> None:
    a, b = name_people([3, 5, 7, 9, 11, 13]), name_people([2, 3, 4, 5, 6, 7])
    assert compare_paired("x", a, b).p == pytest.approx(2 / 64)
    assert compare_paired("x", a, b, tested="means").p == pytest.approx(2 / 64)


@settings(max_examples=30, deadline=None)
@given(small, st.sampled_from(["ranks", "means"]))
def test_swapping_the_corpora_turns_effects_round_and_keeps_p(
    values: list[int], tested: Tested
) -> None:
    a, b = name_people(values), name_people(np.roll(values, 1).tolist())
    for compare in (compare_paired, compare_unpaired):
        one, other = compare("x", a, b, tested=tested), compare("x", b, a, tested=tested)
        assert one.p == pytest.approx(other.p)
        assert (one.effect.value is None) == (other.effect.value is None)
        if one.effect.value is not None:
            assert -1 <= one.effect.value <= 1
            assert one.effect.value == pytest.approx(-(other.effect.value or 0))


@settings(max_examples=30, deadline=None)
@given(small)
def test_sign_flips_are_all_counted_where_they_are_few(values: list[int]) -> None:
    found = compare_paired("x", name_people(values), name_people([0] * len(values)), tested="means")
    if not any(values):
        assert found.p is None
        return
    sums = [np.dot(signs, values) for signs in product([1, -1], repeat=len(values))]
    assert found.p == pytest.approx(np.mean([abs(total) >= abs(sum(values)) for total in sums]))


def test_without_a_difference_five_in_a_hundred_tests_find_one() -> None:
    generator = np.random.default_rng(5)
    found = [
        compare(
            "x",
            name_people(generator.normal(0, 1, 12).tolist(), names[0]),
            name_people(generator.normal(0, 1, 12).tolist(), names[1]),
        )
        for _ in range(100)
        for compare, names in ((compare_paired, "pp"), (compare_unpaired, "ab"))
    ]
    assert 0.02 < np.mean([(one.p or 0) < 0.05 for one in found]) < 0.08


def test_permutations_of_normal_values_come_near_the_t_tests() -> None:
    stats = pytest.importorskip("scipy.stats")
    generator = np.random.default_rng(7)
    for _ in range(10):
        a, b = generator.normal(0.4, 1, 40), generator.normal(0, 1, 40)
        people = name_people(a.tolist(), "p"), name_people(b.tolist(), "p")
        paired = compare_paired("x", *people, tested="means")
        unpaired = compare_unpaired("x", *people, tested="means")
        assert paired.p == pytest.approx(stats.ttest_rel(a, b).pvalue, abs=0.02)
        assert unpaired.p == pytest.approx(stats.ttest_ind(a, b).pvalue, abs=0.02)


def test_intervals_of_effects_cover_the_truth() -> None:
    generator = np.random.default_rng(6)
    covered = []
    for _ in range(200):
        found = estimate_cliffs_delta(
            generator.normal(0.5, 1, 30), generator.normal(0, 1, 30), draws=300
        )
        # Two normals half a deviation apart: 2 * Phi(0.5 / sqrt(2)) - 1.
        covered.append((found.low or 0) <= 0.2763 <= (found.high or 0))
    assert 0.88 < np.mean(covered) < 0.99


def test_only_people_with_both_values_are_paired_and_the_rest_is_counted() -> None:
    a: dict[str, float | None] = {"p": 1, "q": 5, "r": None, "s": 3}
    b: dict[str, float | None] = {"s": 3, "q": 2, "r": 4, "t": 8}
    found = compare_paired("x", a, b)
    assert (found.n_a, found.mean_a, found.mean_b) == (2, 4, 2.5)
    assert found.note == "3 people left out, without a value in both; 1 of 2 people do not differ"


def test_differences_equal_but_for_the_last_bits_are_ties() -> None:
    a, b = name_people([0.3, 0.2, 0.8]), name_people([0.2, 0.1, 0.9])
    found = compare_paired("x", a, b)
    assert found.effect.value == pytest.approx(1 / 3)


@both_tests
@pytest.mark.parametrize(
    ("a", "b", "paired", "note"),
    [
        ([], [], True, "fewer than two people with a value in both"),
        ([1], [2], True, "fewer than two people with a value in both"),
        ([1, 2, 3], [1, 2, 3], True, "3 of 3 people do not differ"),
        ([1, 2], [1], False, "fewer than two people in a corpus"),
        ([], [], False, "fewer than two people in a corpus"),
        ([4, 4], [4, 4, 4], False, "all values are alike"),
        ([None, 4], [4, 5], False, "fewer than two people in a corpus; 1 people left out"),
    ],
)
def test_what_cannot_be_tested_has_no_p_and_says_why(
    a: list[float], b: list[float], paired: bool, note: str, tested: Tested
) -> None:
    if paired:
        found = compare_paired("x", name_people(a), name_people(b), tested=tested)
    else:
        found = compare_unpaired("x", name_people(a, "a"), name_people(b, "b"), tested=tested)
    assert found.p is None
    assert found.note.startswith(note)


def test_people_in_both_corpora_are_named_where_they_are_taken_for_different_ones() -> None:
    found = compare_unpaired("x", name_people([1, 2, 3]), name_people([2, 4]))
    assert found.note == "2 people in both corpora are taken for different ones"


def test_a_value_that_is_no_number_is_refused() -> None:
    with pytest.raises(InputError, match="words of p1 is nan"):
        compare_paired("words", name_people([1, float("nan")]), name_people([1, 2]))


def test_holm_s_correction_is_that_of_a_worked_example() -> None:
    """Four tests at 0.01, 0.04, 0.03 and 0.005: times 4, 3, 2 and 1 from the smallest, rising."""
    adjusted = adjust_holm([0.01, 0.04, 0.03, 0.005])
    assert adjusted == pytest.approx((0.03, 0.06, 0.06, 0.02))


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=8))
def test_holm_s_correction_keeps_order_and_lies_between_p_and_bonferroni(
    ps: list[float | None],
) -> None:
    tests = sum(p is not None for p in ps)
    pairs = [(p, q) for p, q in zip(ps, adjust_holm(ps), strict=True) if p is not None]
    assert [p is None for p in ps] == [q is None for q in adjust_holm(ps)]
    assert all(q is not None and p <= q <= min(1, p * tests) + 1e-12 for p, q in pairs)
    rising = [q or 0.0 for _, q in sorted(pairs, key=lambda pair: pair[0])]
    assert rising == sorted(rising)


def test_all_measures_are_compared_and_corrected_together() -> None:
    a = {
        "words": name_people(range(8)),
        "turns": name_people([1] * 8),
        "only a": name_people([1, 2]),
    }
    b = {"words": name_people(range(3, 11)), "turns": name_people([2] * 7 + [0])}
    words, turns, only = compare_measures(a, b, paired=True)
    assert (words.p, words.p_holm) == pytest.approx((2 / 2**8, 4 / 2**8))
    assert turns.p is not None
    assert turns.p_holm == turns.p
    assert (only.p, only.p_holm, only.n_a) == (None, None, 0)
    assert {found.test for found in compare_measures(a, b, paired=False)} == {"Mann-Whitney"}


def test_a_person_counts_once_however_many_dialogues() -> None:
    values = {"d1": 1.0, "d2": 3.0, "d3": None, "d4": None, "d5": 5.0}
    people = {"d1": "p", "d2": "p", "d3": "p", "d4": "q", "d5": "r"}
    assert average_by_person(values, people) == {"p": 2.0, "q": None, "r": 5.0}


def test_the_seed_settles_everything() -> None:
    def compare_once() -> Difference:
        a, b = name_people(range(30), "a"), name_people(range(5, 25), "b")
        return compare_unpaired("x", a, b, tested="means", seed=3)

    assert compare_once() == compare_once()
