"""Splits by person: whole, in proportion, and the same whatever the order."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.errors import ReleaseError
from sqpsych.release import SPLITS, split_people

crowds = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=6),
    st.sampled_from(["case", "control", ""]),
    min_size=3,
)


@given(crowds, st.integers(0, 99))
def test_everyone_is_in_one_split_whatever_the_order(groups: dict[str, str], seed: int) -> None:
    splits = split_people(groups, seed, dev=0.1, test=0.1)
    assert splits.keys() == groups.keys()
    assert set(splits.values()) == set(SPLITS)
    backwards = dict(reversed(groups.items()))
    assert split_people(backwards, seed, dev=0.1, test=0.1) == splits


def test_groups_stand_in_each_split_in_proportion() -> None:
    groups = {f"p{number}": "case" if number % 4 == 0 else "control" for number in range(400)}
    splits = split_people(groups, 5, dev=0.1, test=0.2)
    assert Counter(splits.values()) == {"train": 280, "dev": 40, "test": 80}
    for split in SPLITS:
        cases = sum(groups[person] == "case" for person in groups if splits[person] == split)
        assert cases == pytest.approx(sum(s == split for s in splits.values()) / 4, abs=1)


def test_another_seed_gives_other_splits() -> None:
    groups = dict.fromkeys(map(str, range(40)), "")
    assert (
        len({tuple(split_people(groups, seed, dev=0.2, test=0.2).items()) for seed in range(3)})
        == 3
    )


def test_a_share_of_nought_leaves_the_split_out() -> None:
    assert set(split_people({"a": "", "b": ""}, 0, dev=0, test=0.5).values()) == {"train", "test"}


@pytest.mark.parametrize(
    ("people", "dev", "test", "said"),
    [
        (2, 0.1, 0.1, "There are 2 people, too few"),
        (9, 0.5, 0.5, "leave nothing to train on"),
        (9, -0.1, 0.1, "leave nothing to train on"),
        (9, 0.1, 1.0, "leave nothing to train on"),
    ],
)
def test_splits_that_cannot_be_are_refused(people: int, dev: float, test: float, said: str) -> None:
    with pytest.raises(ReleaseError, match=said):
        split_people(dict.fromkeys(map(str, range(people)), ""), 0, dev=dev, test=test)
