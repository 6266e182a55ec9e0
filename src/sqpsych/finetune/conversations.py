"""Conversations of a dataset, as `sqpsych release` writes it: one list of messages a dialogue."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqpsych.errors import FinetuneError
from sqpsych.roleplay.prompts import open_by_user

Messages = list[dict[str, str]]
"""In order, each with `role` (system, user, assistant) and `content`."""

THERAPIST = "assistant"
_ROLES = frozenset({"system", "user", THERAPIST})


@dataclass(frozen=True, slots=True)
class Conversation:
    """One dialogue of a dataset."""

    id: str
    messages: Messages


def read_split(dataset: Path, split: str) -> tuple[Conversation, ...]:
    """Read the conversations of one split.

    A dialogue that the therapist begins gets a line of the user's before it, as in role-play in
    chat style: chat templates want the user to speak first.

    Args:
        dataset: a folder with data/SPLIT.parquet, whose columns `id` and `messages` are read.
        split: train, dev or test.

    Returns:
        Them in order; none where the split is not there.

    Raises:
        FinetuneError: the file cannot be read, or a dialogue in it is none with a therapist.
    """
    path = dataset / "data" / f"{split}.parquet"
    if not path.is_file():
        return ()
    return tuple(
        _read_row(row, path) for row in read_columns(path, ("id", "messages"), "sqpsych release")
    )


def check_dataset(dataset: Path) -> None:
    """Check that a folder is a dataset with something to train on.

    Raises:
        FinetuneError: it is not.
    """
    if not (dataset / "data" / "train.parquet").is_file():
        raise FinetuneError(
            f"{dataset} is no dataset: it has no data/train.parquet. Make one of your corpora with "
            "`sqpsych release CORPUS -o DATASET`."
        )


def read_columns(path: Path, columns: Sequence[str], maker: str) -> list[dict[str, Any]]:
    """Read the rows of a Parquet file.

    Args:
        path: the file.
        columns: those that are wanted.
        maker: the command that writes such files, for the error.

    Raises:
        FinetuneError: it cannot be read, or lacks a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows: list[dict[str, Any]] = pq.read_table(path, columns=list(columns)).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise FinetuneError(
            f"{path} cannot be read: {error}. It wants the columns {', '.join(columns)}, as "
            f"`{maker}` writes them."
        ) from error
    return rows


def _read_row(row: dict[str, Any], path: Path) -> Conversation:
    messages = row["messages"] or []
    where = f"{path}, dialogue {row['id']}"
    for message in messages:
        if message["role"] not in _ROLES or not (message["content"] or "").strip():
            raise FinetuneError(
                f"{where}: a message has the role {message['role']!r}"
                f"{'' if message['content'] else ' and no content'}; expected system, user or "
                "assistant, and text. Release the corpus again."
            )
    if all(message["role"] != THERAPIST for message in messages):
        raise FinetuneError(
            f"{where}: the therapist says nothing, so there is nothing to learn from it. Leave it "
            "out of the dataset."
        )
    return Conversation(row["id"], open_by_user(messages))
