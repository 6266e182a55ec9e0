"""Which people stand in which split: each in one, whoever played them and how often."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Literal, get_args

from sqpsych.errors import ReleaseError
from sqpsych.seeds import derive_seed

Split = Literal["train", "dev", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)


def split_people(
    groups: Mapping[str, str], seed: int, *, dev: float, test: float
) -> dict[str, Split]:
    """Give each person a split.

    Every group is in each split in about its proportion; the order of the mapping plays no part.

    Args:
        groups: the group of each person; people of no known group can share one of their own.
        seed: another gives other splits.
        dev: share of the people in dev, from 0 to below 1.
        test: share of the people in test, likewise; there is one person at least wherever a share
            is above 0.

    Returns:
        The split of each person.

    Raises:
        ReleaseError: the shares leave nothing to train on, or a split without people.
    """
    if not (0 <= dev < 1 and 0 <= test < 1 and dev + test < 1):
        raise ReleaseError(
            f"Shares of {dev} for dev and {test} for test leave nothing to train on. Give shares "
            "from 0 that add up to less than 1."
        )
    held_out = {"test": _count(len(groups), test), "dev": _count(len(groups), dev)}
    if sum(held_out.values()) >= len(groups):
        raise ReleaseError(
            f"There are {len(groups)} people, too few for a split of their own for each of train, "
            "dev and test. Release more people, or leave a split out with --dev 0 or --test 0."
        )
    splits: dict[str, Split] = {}
    for place, person in enumerate(_interleave(groups, seed)):
        if place < held_out["test"]:
            splits[person] = "test"
        elif place < held_out["test"] + held_out["dev"]:
            splits[person] = "dev"
        else:
            splits[person] = "train"
    return splits


def _count(people: int, share: float) -> int:
    return max(1, round(people * share)) if share > 0 else 0


def _interleave(groups: Mapping[str, str], seed: int) -> list[str]:
    """Order people by lot, so that every stretch of the order has the groups in proportion."""
    sizes, drawn = Counter(groups.values()), defaultdict[str, int](int)
    places: dict[str, float] = {}
    for person in sorted(groups, key=lambda name: (derive_seed(seed, "split", name), name)):
        group = groups[person]
        places[person] = (drawn[group] + 0.5) / sizes[group]
        drawn[group] += 1
    return sorted(groups, key=lambda name: (places[name], derive_seed(seed, "split", name), name))
