"""What a model answered freely to the questions of a task, as it stands in a run folder.

RUN/TASK/answers.jsonl   {"id": "...", "answer": "..."}, see `recorded`
RUN/TASK/settings.json   which model answered; written by `sqpsych bench run`
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqpsych.benchmarks.answers.choice_answers import leave_out_thoughts
from sqpsych.benchmarks.answers.recorded import read_recorded
from sqpsych.benchmarks.published.questions import OpenQuestion, OpenSet
from sqpsych.benchmarks.run_folder import ANSWERS, SETTINGS
from sqpsych.errors import BenchmarkError
from sqpsych.intake.problems import raise_if_any

NAME_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class OpenAnswer:
    """A question and what was answered."""

    question: OpenQuestion
    text: str
    """Without thoughts; never blank."""

    @property
    def fingerprint(self) -> str:
        """Hash of both, so that what was judged of another answer is not taken for this one's."""
        return take_fingerprint(self.question.text, self.text)


@dataclass(frozen=True, slots=True)
class OpenAnswers:
    """All answers of a run to the questions of a task."""

    run: Path
    folder: Path
    """Of the task, in the run."""
    model: str
    """Who answered."""
    named_by_folder: bool
    """Whether nothing says who answered, so that the name of the run's folder stands for it."""
    answers: tuple[OpenAnswer, ...]
    """In the order of the questions."""
    questions: int
    missing: int
    """Questions that have no line in the file."""
    blank: int
    """Questions to which nothing was said, thoughts apart."""
    refused: int = 0
    """Questions that the server refused."""


def read_open_answers(run: Path, task: str, questions: OpenSet) -> OpenAnswers:
    """Read the answers of a run.

    Args:
        run: the run folder.
        task: name of the task.
        questions: of the task.

    Raises:
        BenchmarkError: there are none, or a file cannot be read (see `read_recorded`).
    """
    folder = run / task
    path = folder / ANSWERS
    if not path.is_file():
        raise BenchmarkError(
            f"{path} is not there. Write it with `sqpsych bench run {task} -o {run}`, or give "
            "another run folder."
        )
    recorded = read_recorded(path, {question.id for question in questions.questions})
    raise_if_any(list(_find_halves(path, recorded.answers)), BenchmarkError, str(path))
    answers = tuple(
        OpenAnswer(question, said)
        for question in questions.questions
        if (said := _leave_words(recorded.answers.get(question.id)))
    )
    if not answers:
        raise BenchmarkError(f"{path} holds no answer with words in it. Answer the questions anew.")
    model = read_model_name(folder / SETTINGS)
    return OpenAnswers(
        run=run,
        folder=folder,
        model=model or run.resolve().name,
        named_by_folder=model is None,
        answers=answers,
        questions=len(questions.questions),
        missing=len(questions.questions) - len(recorded.answers) - len(recorded.refused),
        blank=len(recorded.answers) - len(answers),
        refused=len(recorded.refused),
    )


def read_model_name(path: Path) -> str | None:
    """Read who answered: "model" in the settings of a run, a name or an object with a "name".

    Returns:
        The name; None where there are no settings, as for answers from elsewhere.

    Raises:
        BenchmarkError: there are settings, and they do not say.
    """
    if not path.exists():
        return None
    try:
        settings: Any = json.loads(path.read_bytes())
        model = settings["model"]
        name = model["name"] if isinstance(model, dict) else model
        if not isinstance(name, str) or not name.strip():
            raise ValueError("the name of the model is no text")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BenchmarkError(
            f"{path} does not say which model answered ({type(error).__name__}); expected "
            '{"model": {"name": "..."}}. Correct it, or remove it where the answers are from '
            "elsewhere."
        ) from error
    return name


def take_fingerprint(*texts: str) -> str:
    """Hash texts in their order."""
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def name_file(*names: str) -> str:
    """Make names safe for a file: letters, digits, dots, dashes; the ends of long ones are kept.

    The last name should end in what tells it from others, as the key of a judge does.
    """
    safe = (re.sub(r"[^A-Za-z0-9._-]+", "_", name)[-NAME_CHARACTERS:] for name in names)
    return ".".join(part.strip("._") or "unnamed" for part in safe)


def count_answers(answers: OpenAnswers) -> Mapping[str, int]:
    """Count questions, by what became of them."""
    return {
        "questions": answers.questions,
        "answered": len(answers.answers),
        "missing": answers.missing,
        "blank": answers.blank,
        "refused": answers.refused,
    }


def _find_halves(path: Path, recorded: Mapping[str, str]) -> Iterator[str]:
    for name, text in recorded.items():
        try:
            text.encode()
        except UnicodeEncodeError:
            yield (
                f"{path}: the answer to {name} holds half a character (a lone surrogate such as "
                "\\ud83d). Write it again without."
            )


def _leave_words(text: str | None) -> str:
    """What was said, without thoughts; empty where that is nothing."""
    said = leave_out_thoughts(text or "")
    return (said or "").strip()
