"""Reading a dataset that was released before: who stands in which split of it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from sqpsych.errors import ReleaseError
from sqpsych.release.splitting import SPLITS, Split
from sqpsych.release.writing import RECORD


@dataclass(frozen=True, slots=True)
class Example:
    """A dataset whose splits another one keeps to."""

    splits: dict[str, Split]
    """The split of each person."""
    system: str | None
    """The line that stands before every conversation of it."""
    train_sha256: tuple[str, ...]
    """SHA-256 of its train split's file, and of those of datasets to whose splits it keeps."""


def read_example(dataset: Path) -> Example:
    """Read who stands in which split of a dataset.

    Args:
        dataset: a folder that `sqpsych release` or `sqpsych pairs` wrote.

    Raises:
        ReleaseError: it is none, or damaged; or a person stands in several of its splits.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        record = json.loads((dataset / RECORD).read_bytes())
        names = [name for name in SPLITS if name in record["splits"]]
        system = record["settings"]["system"]
        people: dict[Split, set[str]] = {}
        for name in names:
            table = pq.read_table(dataset / "data" / f"{name}.parquet", columns=["person"])
            people[name] = set(table.column("person").to_pylist())
        train = hashlib.sha256((dataset / "data" / "train.parquet").read_bytes()).hexdigest()
        like = tuple(map(str, record.get("like_sha256", ())))
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise ReleaseError(
            f"{dataset} is no dataset to keep to: its {RECORD} or a split of it cannot be read. "
            "Give a folder that `sqpsych release` wrote."
        ) from error
    splits: dict[str, Split] = {who: name for name in names for who in people[name]}
    if several := sum(map(len, people.values())) - len(splits):
        raise ReleaseError(
            f"{several} people of {dataset} stand in several of its splits, so that nobody of them "
            "is held out. Release the corpora again."
        )
    return Example(splits, system, (train, *like))
