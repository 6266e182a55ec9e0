"""Conversations of a dataset, as `sqpsych release` writes it: one list of messages a dialogue."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqpsych.errors import FinetuneError
from sqpsych.language_models.weights import sha256_file
from sqpsych.roleplay.prompts import open_by_user

Messages = list[dict[str, str]]
"""In order, each with `role` (system, user, assistant) and `content`."""

THERAPIST = "assistant"
_ROLES = frozenset({"system", "user", THERAPIST})


@dataclass(frozen=True, slots=True)
class Conversation:
    """One dialogue of a dataset."""

    where: str
    """Names it in errors: its file and id."""
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


@dataclass(frozen=True, slots=True)
class DataRecord:
    """What a dataset is."""

    title: str | None
    licence: str | None
    """Where its owner chose one."""
    files: dict[str, str]
    """SHA-256 of each split's file."""
    like: tuple[str, ...] = ()
    """SHA-256 of the train splits of datasets to whose splits it keeps."""


def read_record(dataset: Path) -> DataRecord:
    """Read what a folder is a dataset of.

    Raises:
        FinetuneError: it is none, or its record is damaged.
    """
    if not (dataset / "data" / "train.parquet").is_file():
        raise FinetuneError(
            f"{dataset} is no dataset: it has no data/train.parquet. Make one of your corpora with "
            "`sqpsych release CORPUS -o DATASET`."
        )
    record = dataset / "release.json"
    try:
        known = json.loads(record.read_text("utf-8")) if record.is_file() else {"settings": {}}
        settings, like = known["settings"], tuple(map(str, known.get("like_sha256", ())))
        title, licence = settings.get("title"), settings.get("licence")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FinetuneError(
            f"{record} is damaged: {error!r}. Release the dataset again, or delete this file to "
            "train without its title and licence."
        ) from error
    files = sorted((dataset / "data").glob("*.parquet"))
    return DataRecord(title, licence, {file.stem: sha256_file(file) for file in files}, like)


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
        there = pq.read_schema(path).names
        if lacking := [name for name in columns if name not in there]:
            raise FinetuneError(
                f"{path} has no column {', '.join(lacking)}: {_guess_maker(there)} Expected are "
                f"{', '.join(columns)}, as `{maker}` writes them."
            )
        rows: list[dict[str, Any]] = pq.read_table(path, columns=list(columns)).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise FinetuneError(
            f"{path} cannot be read: {error}. It wants the columns {', '.join(columns)}, as "
            f"`{maker}` writes them."
        ) from error
    return rows


def _guess_maker(columns: Sequence[str]) -> str:
    """Say which command trains with a file of these columns."""
    if "chosen" in columns:
        return "it is of a folder of `sqpsych pairs`; use `sqpsych finetune-preferences`."
    if "messages" in columns:
        return "it is of a folder of `sqpsych release`; use `sqpsych finetune`."
    return f"it has {', '.join(columns)}."


def check_messages(messages: Any, where: str) -> Messages:
    """Check that what stands in a column is messages.

    Raises:
        FinetuneError: it is not; `where` names it.
    """
    if not isinstance(messages, list):
        raise FinetuneError(
            f"{where}: it holds {type(messages).__name__}; expected a list of role and content."
        )
    for message in messages:
        role, content = (
            (message.get("role"), message.get("content")) if isinstance(message, dict) else (0, 0)
        )
        if role not in _ROLES or not isinstance(content, str) or not content.strip():
            raise FinetuneError(
                f"{where}: a message has the role {role!r} and as content "
                f"{'nothing' if not content else type(content).__name__}; expected system, user or "
                "assistant, and text. Release the corpus again."
            )
    return messages


def _read_row(row: dict[str, Any], path: Path) -> Conversation:
    where = f"{path}, dialogue {row['id']}"
    messages = check_messages(row["messages"], where)
    if all(message["role"] != THERAPIST for message in messages):
        raise FinetuneError(
            f"{where}: the therapist says nothing, so there is nothing to learn from it. Leave it "
            "out of the dataset."
        )
    return Conversation(where, open_by_user(messages))
