"""Small files in the form of the published ones."""

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqpsych.benchmarks.published.counselingbench import WANTED

COMPETENCIES = ("treatment planning", "ethics")


def make_row(number: int, right: str = "B", **cells: str) -> dict[str, str]:
    """A row of CounselingBench; the right answer is the text of a choice."""
    row = dict.fromkeys(WANTED, "")
    row |= {"Source": "exams.example", "Exam Name": "Exam 1", "Question #": str(number)}
    row |= {"Question": f"What comes first, in session {number}?"}
    row |= {f"Choice {letter}": f"Step {letter.lower()} of {number}" for letter in "ABCD"}
    row["Correct Answer"] = row[f"Choice {right}"]
    return row | {name.replace("_", " "): cell for name, cell in cells.items()}


def write_rows(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    """Write rows as a table of comma-separated values."""
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def make_case(name: str, *labels: str, key: str = "core_belief_major") -> dict[str, Any]:
    """A case of CBT-Bench."""
    return {
        "id": name,
        "ori_text": f"I missed the bus number {name} and cried.",
        "situation": "I missed the bus.",
        "thoughts": "Nothing ever works out for me.",
        key: list(labels),
    }


def write_json(path: Path, content: Any) -> Path:
    """Write JSON."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def write_answers(path: Path, answers: Mapping[str, str]) -> Path:
    """Write recorded answers."""
    lines = [json.dumps({"id": name, "answer": text}) for name, text in answers.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
