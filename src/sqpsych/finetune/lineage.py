"""What weights were trained on before: whether people that a dataset holds out are new to them.

A split of people holds from one training to the next only where the next dataset is the same, or
keeps to the same splits (`sqpsych pairs --like`).
"""

from pathlib import Path

from sqpsych.errors import FinetuneError
from sqpsych.finetune.conversations import DataRecord
from sqpsych.finetune.run import MANIFEST, read_manifest

Earlier = tuple[frozenset[str], ...]
"""What weights were trained on, a set each dataset: SHA-256 of the train split's file, and of those
of datasets to whose splits it keeps."""


def name_splits(data: DataRecord) -> frozenset[str]:
    """Name the splits of a dataset by what they can be told by."""
    return frozenset((data.files["train"], *data.like))


def find_earlier(place: Path) -> Earlier | None:
    """Find what weights on this machine were trained on.

    Args:
        place: a run's folder, or weights in it.

    Returns:
        Their datasets, the first one first; None where that is not known: they are of no run of
        ours, or of one that began with such.
    """
    for run in (place, place.parent):
        if (run / MANIFEST).is_file():
            try:
                named = read_manifest(run).get("trained_on")
            except FinetuneError:
                continue
            return None if named is None else tuple(map(frozenset, named))
    return None


def knows_nobody(earlier: Earlier | None, data: DataRecord) -> bool:
    """Whether weights are known to have seen nobody whom a dataset holds out."""
    splits = name_splits(data)
    return earlier is not None and all(one & splits for one in earlier)


def write_doubt(base: str) -> str:
    """Say that people who are held out may be known to a base."""
    return (
        f"It is not known whether {base} was trained before on people of the dev and test split. "
        "Of those it was, the figures are not of people new to it."
    )
