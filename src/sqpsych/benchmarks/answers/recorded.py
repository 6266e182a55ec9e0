"""Answers of a system, as a file of JSON lines: {"id": "...", "answer": "..."}.

`answer` is all that the system wrote. A line with `"finish_reason": "refused"` says that the server
refused the question: it holds no answer, and the question may stand in a later line again. Other
keys of a line are not looked at.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqpsych.benchmarks.published.reading import read_text
from sqpsych.errors import BenchmarkError
from sqpsych.intake.problems import quote_value, raise_if_any, suggest_nearest

REFUSED = "refused"
"""How an answer ended, and how a question fared, where the server refused the request."""
NOT_SAID = "it is not said why"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a file of answers holds."""

    answers: Mapping[str, str]
    """All that was written, by id of the question."""
    refused: Mapping[str, str]
    """Why the server refused a question, by its id; none of those with an answer."""


def read_recorded(path: Path, known: Collection[str]) -> Recorded:
    """Read recorded answers.

    Args:
        path: the file.
        known: ids of the questions.

    Raises:
        BenchmarkError: the file cannot be read, a line is no such object, or an id is unknown or
            there twice.
    """
    lines = read_text(path).split("\n")
    answers: dict[str, str] = {}
    refused: dict[str, str] = {}
    problems: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path} line {number}"
        try:
            record = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            problems.append(f"{where} is no JSON: {error}. Write one object a line.")
            continue
        found = list(_find_problems(where, record, known, answers))
        problems += found
        if found:
            continue
        if record.get("finish_reason") == REFUSED:
            refused[record["id"]] = str(record.get("error") or NOT_SAID)
        else:
            answers[record["id"]] = record["answer"]
    raise_if_any(problems, BenchmarkError, str(path))
    return Recorded(answers, {name: why for name, why in refused.items() if name not in answers})


def _find_problems(
    where: str, record: Any, known: Collection[str], answers: Mapping[str, str]
) -> Iterator[str]:
    expected = 'expected {"id": "...", "answer": "..."}'
    if not isinstance(record, dict):
        yield f"{where} is no object; {expected}. Correct it."
        return
    for key in ("id", "answer"):
        if key not in record:
            others = [name for name in record if name not in ("id", "answer")]
            yield f'{where} has no "{key}".{suggest_nearest(key, others)} Name it so; {expected}.'
        elif not isinstance(record[key], str):
            yield (
                f'{where}: "{key}" is no text; {expected}. Leave the line out where nothing was '
                "answered."
            )
    name = record.get("id")
    if not isinstance(name, str):
        return
    if name not in known:
        yield (
            f"{where}: no question has the id {quote_value(name)}.{suggest_nearest(name, known)} "
            "Correct it, or remove the line."
        )
    elif name in answers:
        yield f"{where}: the id {quote_value(name)} again. Keep one answer a question."
