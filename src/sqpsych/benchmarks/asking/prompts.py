"""How questions are put to a model: the case, what is asked, and the format of the answer.

The words are sqpsych's own; how the published figures were asked for is not known in all detail.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sqpsych.benchmarks.published.questions import (
    ChoiceQuestion,
    LabelQuestion,
    LabelSet,
    OpenQuestion,
    QuestionSet,
)
from sqpsych.benchmarks.tasks import Task
from sqpsych.errors import BenchmarkError
from sqpsych.language_models.chat_model import Message
from sqpsych.seeds import derive_seed

VERSION = 1
"""Raised when questions are put in other words, so that old and new answers are not mixed."""

_LETTER_DIRECT = 'Answer with one line and nothing else: "Answer: " and the letter of your choice.'
_LETTER_REASONED = (
    'Think it through first, step by step. Then end with a line of its own: "Answer: " and the '
    "letter of your choice."
)
_LABELS = "Answer with a JSON list of those that fit, spelled as above, and nothing else."
_ONE_FITS = "At least one fits."
_NONE_FITS = "Where none fits, the list is empty."
_COUNSELLOR = "You are a mental health counsellor. Answer the person who writes to you."


def write_prompt(
    task: Task,
    questions: QuestionSet,
    question: ChoiceQuestion | LabelQuestion | OpenQuestion,
    examples: QuestionSet | None = None,
) -> tuple[Message, ...]:
    """Put a question into messages.

    Args:
        task: what it belongs to.
        questions: all of the task.
        question: the one to be answered.
        examples: with their right answers, to be shown before.
    """
    if isinstance(question, OpenQuestion):
        return Message("system", _COUNSELLOR), Message("user", question.text)
    shown = [
        message
        for example in (examples.questions if examples else ())
        if not isinstance(example, OpenQuestion)
        for message in (
            Message("user", _write_question(task, questions, example)),
            Message("assistant", _write_right(example)),
        )
    ]
    return *shown, Message("user", _write_question(task, questions, question))


def choose_examples(task: Task, examples: QuestionSet, shots: int, seed: int) -> QuestionSet:
    """Choose examples out of the published ones.

    Args:
        task: what they are of.
        examples: all there are.
        shots: how many.
        seed: another one chooses others.

    Raises:
        BenchmarkError: there are fewer.
    """
    if shots > len(examples.questions):
        raise BenchmarkError(
            f"{shots} examples were asked for; {task.seed_file} has {len(examples.questions)}. "
            "Give fewer with --shots."
        )
    order = _shuffle(examples, seed, task.name, "examples")
    return _pick(examples, order[:shots])


def choose_questions(task: Task, questions: QuestionSet, limit: int, seed: int) -> QuestionSet:
    """Choose some of the questions, in the order of the file; more of them hold the fewer.

    Args:
        task: what they are of.
        questions: all there are.
        limit: how many, at most.
        seed: another one chooses others.
    """
    order = _shuffle(questions, seed, task.name, "questions")
    return _pick(questions, sorted(order[:limit]))


def _shuffle(questions: QuestionSet, seed: int, *named: str) -> list[int]:
    generator = np.random.default_rng(derive_seed(seed, *named))
    order: list[int] = generator.permutation(len(questions.questions)).tolist()
    return order


def _pick(questions: QuestionSet, places: Sequence[int]) -> QuestionSet:
    picked: Any = tuple(questions.questions[place] for place in places)
    return replace(questions, questions=picked)


def _write_question(
    task: Task, questions: QuestionSet, question: ChoiceQuestion | LabelQuestion
) -> str:
    parts = [f"{name}: {text}" for name, text in question.parts.items()]
    if isinstance(questions, LabelSet):
        listed = [task.asks, *(f"- {label}" for label in questions.labels)]
        asked = f"{_LABELS} {_NONE_FITS if questions.allows_none else _ONE_FITS}"
    elif isinstance(question, ChoiceQuestion):
        listed = [f"{letter}) {text}" for letter, text in question.choices.items()]
        asked = _LETTER_DIRECT if task.way == "direct" else _LETTER_REASONED
    return "\n\n".join([*parts, "\n".join(listed), asked])


def _write_right(question: ChoiceQuestion | LabelQuestion) -> str:
    """The right answer in the asked format."""
    if isinstance(question, ChoiceQuestion):
        return f"Answer: {question.right}"
    return json.dumps(sorted(question.right), ensure_ascii=False)
