"""The classifier's comparisons and AUC against counting by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from sqpsych.assessment.leakage import separation
from sqpsych.assessment.leakage.separation import NEVER, FirstUses, separate

pytest.importorskip("sklearn")

POSITIONS = st.one_of(st.integers(0, 6), st.just(NEVER))


def make_uses(said: list[list[int]], closed: int = 1) -> FirstUses:
    """First uses with one end for all."""
    words = tuple(f"w{n}" for n in range(len(said[0])))
    ends = np.full((len(said), 1), closed, dtype=np.int16)
    return FirstUses(words, np.array(said, dtype=np.int16), ends)


@given(
    st_numpy.arrays(np.int16, (4, 3), elements=POSITIONS),
    st_numpy.arrays(np.int16, (4, 3), elements=st.integers(0, 7)),
)
def test_a_word_goes_to_who_says_it_first_in_time_for_both(
    said: "np.typing.NDArray[np.int16]", closed: "np.typing.NDArray[np.int16]"
) -> None:
    uses = FirstUses(("a", "b", "c"), said, closed)
    rows = np.arange(4)
    for left, right in itertools.product(rows, rows):
        (found,) = uses.differ(np.array([left]), np.array([right]))
        for word in range(3):
            one, other = int(said[left, word]), int(said[right, word])
            in_time = min(one, other) < min(closed[left, word], closed[right, word])
            expected = ((one < other) - (other < one)) if in_time else 0
            assert found[word] == expected


def test_the_auc_is_the_share_of_compared_pairs_won() -> None:
    generator = np.random.default_rng(2)
    said = np.where(generator.random((26, 9)) < 0.4, 0, NEVER).tolist()
    labels = [n % 2 for n in range(26)]
    people = [f"p{n % 24}" for n in range(26)]
    auc = separate(make_uses(said), labels, people, seed=7)
    won, met = separation.cross_validate(
        make_uses(said), np.array(labels), people, np.random.default_rng(7), separation.LOOSE
    )
    wins = pairs = 0.0
    for case, control in itertools.product(range(1, 26, 2), range(0, 26, 2)):
        wins += won[case, control]
        pairs += met[case, control]
        assert 0 <= won[case, control] <= met[case, control] <= separation.REPEATS
    assert auc.value == pytest.approx(wins / pairs)
    assert met.sum() == pairs
    assert auc.low is not None
    assert auc.high is not None
    assert 0 <= auc.low <= (auc.value or 0) <= auc.high <= 1


def test_dialogues_that_are_all_alike_are_at_chance() -> None:
    labels = [n % 2 for n in range(20)]
    auc = separate(make_uses([[0, NEVER]] * 20), labels, [str(n) for n in range(20)], seed=0)
    assert (auc.value, auc.low, auc.high) == (0.5, 0.5, 0.5)


def test_a_word_of_one_group_tells_it() -> None:
    labels = [n % 2 for n in range(20)]
    said = [[0 if y else NEVER, 0] for y in labels]
    auc = separate(make_uses(said), labels, [str(n) for n in range(20)], seed=0)
    assert (auc.value, auc.low, auc.high) == (1, 1, 1)


def test_the_estimate_without_signal_does_not_lean_below_chance() -> None:
    generator = np.random.default_rng(5)
    labels, people = [n % 2 for n in range(20)], [str(n) for n in range(20)]
    found = [
        separate(
            make_uses(np.where(generator.random((20, 30)) < 0.5, 0, NEVER).tolist()),
            labels,
            people,
            seed,
        )
        for seed in range(40)
    ]
    assert np.mean([auc.value or 0 for auc in found]) == pytest.approx(0.5, abs=0.06)
    assert sum((auc.low or 0) <= 0.5 <= (auc.high or 0) for auc in found) >= 33
