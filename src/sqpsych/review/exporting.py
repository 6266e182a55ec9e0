"""What came of a study, in files: current ratings and the whole history, with where each is from.

ratings.csv, ratings.jsonl    the latest rating of each rater, item and criterion
tasks.csv, tasks.jsonl        each rater's list: how far, and why something was left out
wins.csv, wins.jsonl          how the corpora of a comparison fared; empty for ratings
history.csv, history.jsonl    every event, as it was saved
scores.jsonl                  finished ratings and what was settled, as `Score` records
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from sqpsych.errors import ReviewError
from sqpsych.records import Score
from sqpsych.review.agreement import (
    find_consensus,
    list_scores,
    make_score,
    read_notes,
    read_settled,
)
from sqpsych.review.answering import read_skips
from sqpsych.review.store import ReviewStore
from sqpsych.review.study import PREFERENCE, Event, Item, Origin, Task
from sqpsych.review.wins import list_wins
from sqpsych.whole_files import write_file

Row = dict[str, Any]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of a cell that a spreadsheet takes for a formula."""


def list_ratings(store: ReviewStore) -> list[Row]:
    """List the latest rating of each task and criterion, training and skipped tasks too."""
    items, origins = store.read_items(), store.read_origins()
    tasks, states = {task.id: task for task in store.read_tasks()}, store.read_states()
    settled = read_settled(store)
    rows = []
    for event in store.events.read_ratings() + store.events.read_choices():
        task = tasks[event.task or ""]
        item = items[task.item]
        score = make_score(store.study, event, item)
        said = json.loads(event.body)
        criterion = event.criterion or PREFERENCE
        decided = settled.get((item.id, criterion))
        rows.append(
            _describe(store, task, item, origins[item.id])
            | {
                "task_state": states[task.id],
                "measure": store.study.rubric.id if store.study.rubric else PREFERENCE,
                "criterion": criterion,
                "value": None if score is None or score.value is None else int(score.value),
                "not_assessable": bool(said.get("groundless", False)),
                "comment": said.get("comment", said.get("reason", "")),
                "evidence_turns": [turn + 1 for turn in said.get("evidence", [])],
                "settled": decided.value if decided else None,
                "settled_why": decided.reason if decided else "",
                "time": event.time,
                "event": event.id,
            }
        )
    rows.sort(key=lambda row: (row["rater"], row["number_on_list"]))
    return rows


def list_tasks(store: ReviewStore) -> list[Row]:
    """List what is on each rater's list, how far it is, and why something was left out."""
    items, origins = store.read_items(), store.read_origins()
    states, notes, skips = store.read_states(), read_notes(store), read_skips(store)
    rows = []
    for task in sorted(store.read_tasks(), key=lambda task: (task.person, task.position)):
        why = skips.get(task.id)
        rows.append(
            _describe(store, task, items[task.item], origins[task.item])
            | {
                "task_state": states[task.id],
                "skip_reason": why.reason if why else None,
                "skip_words": why.text if why else "",
                "note": notes.get(task.id, ""),
            }
        )
    return rows


def list_win_rates(store: ReviewStore) -> list[Row]:
    """List how the corpora of a comparison fared against each other; see `list_wins`."""
    return [
        {
            "study": store.study.id,
            "a": win.a,
            "b": win.b,
            "pairs": win.pairs,
            "choices_for_a": win.won,
            "choices_tied": win.tied,
            "choices_for_b": win.lost,
            "win_rate_of_a": win.rate.value,
            "win_rate_low": win.rate.low,
            "win_rate_high": win.rate.high,
        }
        for win in list_wins(store)
    ]


def list_history(store: ReviewStore) -> list[Row]:
    """List every event of the study, oldest first."""
    tasks = {task.id: task for task in store.read_tasks()}
    return [_describe_event(store, event, tasks) for event in store.events.read_all()]


def list_results(store: ReviewStore) -> tuple[tuple[Score, tuple[Origin, ...]], ...]:
    """List finished ratings, and what they settle on, by dialogue, with where each is from.

    A rater is named "rater-1@STUDY", so that raters of several studies stay apart. The subject of a
    comparison is "A+B", the ids of both dialogues, and 1 stands for the first.
    """
    origins = store.read_origins()
    scores = list_scores(store, finished_only=True)
    results = []
    for score in (*scores, *find_consensus(scores, read_settled(store))):
        own = origins[score.subject]
        update = {
            "subject": "+".join(origin.dialogue for origin in own),
            "rater": f"{score.rater}@{store.study.id}",
        }
        results.append((score.model_copy(update=update), own))
    return tuple(results)


def _describe(store: ReviewStore, task: Task, item: Item, origins: Sequence[Origin]) -> Row:
    def join(read: Callable[[Origin], str | None]) -> str | None:
        values = [read(origin) or "" for origin in origins]
        return "+".join(values) if any(values) else None

    return {
        "study": store.study.id,
        "rater": task.person,
        "task": task.id,
        "item": item.id,
        "number_on_list": task.position + 1,
        "training": item.training,
        "left": ("b" if task.swapped else "a") if len(item.texts) > 1 else None,
        "corpus": join(lambda origin: origin.corpus),
        "dialogue": join(lambda origin: origin.dialogue),
        "pseudonym": join(lambda origin: origin.pseudonym),
        "condition": join(lambda origin: origin.condition),
        "protocol": join(lambda origin: origin.protocol),
        "therapist_model": join(lambda origin: origin.therapist_model),
        "client_model": join(lambda origin: origin.client_model),
    }


def _describe_event(store: ReviewStore, event: Event, tasks: Mapping[str, Task]) -> Row:
    item = tasks[event.task].item if event.task else event.item
    return {
        "study": store.study.id,
        "number": event.number,
        "event": event.id,
        "time": event.time,
        "person": event.person,
        "kind": event.kind,
        "task": event.task,
        "item": item,
        "criterion": event.criterion,
        "body": json.loads(event.body),
    }


def write_csv(rows: Sequence[Row]) -> str:
    """Write rows as CSV for a spreadsheet.

    Lists and objects are JSON. What a spreadsheet would take for a formula gets an apostrophe in
    front: comments are other people's words.
    """
    file = io.StringIO()
    names = list(rows[0]) if rows else []
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([[_write_cell(row[name]) for name in names] for row in rows])
    return file.getvalue()


def write_jsonl(rows: Sequence[Row]) -> str:
    """Write rows as JSON, one a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _write_cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _write_scores(store: ReviewStore) -> str:
    return "".join(score.model_dump_json() + "\n" for score, _ in list_results(store))


ExportName = Literal[
    "ratings.csv",
    "ratings.jsonl",
    "tasks.csv",
    "tasks.jsonl",
    "wins.csv",
    "wins.jsonl",
    "history.csv",
    "history.jsonl",
    "scores.jsonl",
]
EXPORTS: Mapping[ExportName, Callable[[ReviewStore], str]] = {
    "ratings.csv": lambda store: write_csv(list_ratings(store)),
    "ratings.jsonl": lambda store: write_jsonl(list_ratings(store)),
    "tasks.csv": lambda store: write_csv(list_tasks(store)),
    "tasks.jsonl": lambda store: write_jsonl(list_tasks(store)),
    "wins.csv": lambda store: write_csv(list_win_rates(store)),
    "wins.jsonl": lambda store: write_jsonl(list_win_rates(store)),
    "history.csv": lambda store: write_csv(list_history(store)),
    "history.jsonl": lambda store: write_jsonl(list_history(store)),
    "scores.jsonl": _write_scores,
}
"""Name of each file, and how it is written."""


def export_study(store: ReviewStore, directory: Path) -> tuple[Path, ...]:
    """Write all files of a study into a directory; files of these names are replaced.

    Raises:
        ReviewError: they cannot be written.
    """
    paths = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, write in EXPORTS.items():
            write_file(directory / name, write(store))
            paths.append(directory / name)
    except OSError as error:
        raise ReviewError(f"{directory} cannot be written: {error.strerror}.") from error
    return tuple(paths)
