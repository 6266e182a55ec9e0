"""Asking a model the questions of a task, by Inspect; what is answered is not asked again."""

import asyncio
import hashlib
import itertools
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqpsych.benchmarks.answers.kept_answers import Answer, KeptAnswers, open_answers
from sqpsych.benchmarks.asking import prompts
from sqpsych.benchmarks.overlap import Overlap, find_same
from sqpsych.benchmarks.published.questions import OpenSet, QuestionSet
from sqpsych.benchmarks.published.reading import read_bytes
from sqpsych.benchmarks.results import refuse_fewer, write_scores
from sqpsych.benchmarks.run_folder import LOGS, SCORES, describe_asking, keep_settings
from sqpsych.benchmarks.scoring import BenchmarkScore
from sqpsych.benchmarks.tasks import Task, read_questions, score_answers
from sqpsych.errors import BenchmarkError, ModelError, RequestRefusedError
from sqpsych.language_models.chat_model import ChatModel

MOST_TOKENS = {"direct": 256, "chain of thought": 1024}
"""Tokens of an answer, by the way a question is asked; one that goes on is cut off there."""
LOG_BUFFER = 200
"""Questions that Inspect writes to its log at once; the answers are in a file of ours before."""


@dataclass(frozen=True, slots=True)
class Exam:
    """A task as one model is asked it."""

    task: Task
    data: Path
    """Folder of the published files."""
    questions: QuestionSet
    examples: QuestionSet | None
    """Shown before each question, with their right answers."""
    seed: int
    max_tokens: int
    overlap: Overlap | None = None
    """Of its questions with what the model was trained on, where that was looked for."""

    def describe(self) -> dict[str, Any]:
        """Describe what shapes the answers, in JSON values."""
        digest = hashlib.sha256(read_bytes(self.data / self.task.file)).hexdigest()
        return {
            "task": self.task.name,
            "data_sha256": digest,
            "examples": [q.id for q in self.examples.questions] if self.examples else [],
            "prompts": prompts.VERSION,
            "max_tokens": self.max_tokens,
            "seed": self.seed,
            "temperature": 0.0,
        }


def prepare_exam(
    task: Task,
    data: Path,
    *,
    shots: int = 0,
    limit: int | None = None,
    seed: int = 0,
    max_tokens: int | None = None,
) -> Exam:
    """Read the files of a task and choose what is asked.

    Args:
        task: any.
        data: folder of the published files.
        shots: examples shown before each question.
        limit: questions, at most; None: all.
        seed: of the choice of examples and questions.
        max_tokens: of an answer; None: `MOST_TOKENS`.

    Raises:
        BenchmarkError: a file is not what was published, the task has no examples, there are fewer
            than wanted, or one of them is among the questions.
    """
    questions = read_questions(task, data)
    examples = _read_examples(task, data, questions, shots, seed) if shots else None
    if limit is not None:
        questions = prompts.choose_questions(task, questions, limit, seed)
    return Exam(task, data, questions, examples, seed, max_tokens or MOST_TOKENS[task.way])


def _read_examples(
    task: Task, data: Path, questions: QuestionSet, shots: int, seed: int
) -> QuestionSet:
    if task.seed_file is None:
        raise BenchmarkError(f"{task.name} has no published examples. Run it without --shots.")
    chosen = prompts.choose_examples(task, task.read(data / task.seed_file), shots, seed)
    if again := find_same(chosen, questions):
        raise BenchmarkError(
            f"{len(again)} of {shots} examples from {task.seed_file} are among the questions of "
            f"{task.file}: the model would be shown right answers. Take the published files as "
            "they are, or run without --shots."
        )
    return chosen


@dataclass(frozen=True, slots=True)
class ExamResult:
    """What came of an exam."""

    score: BenchmarkScore | None
    """None where there are no right answers."""
    refused: Mapping[str, str]
    """Why the server refused a question, by its id."""


async def run_exam(
    exam: Exam,
    model: ChatModel,
    folder: Path,
    described: Mapping[str, Any],
    *,
    concurrency: int,
    on_answer: Callable[[int], None],
) -> ExamResult:
    """Ask a model what it has not answered yet, and score all answers.

    What the server refuses is asked again the next time, and is in no figure until then.

    Args:
        exam: what is asked.
        model: open.
        folder: RUN/<task>; made, or gone on with.
        described: the model, in JSON values.
        concurrency: questions at the same time.
        on_answer: told how many questions are answered, each time.

    Returns:
        The scores, which are in the folder, too, and what was refused.

    Raises:
        BenchmarkError: the folder was begun otherwise, has scores of more questions, or another
            process writes to it.
        ModelError: the model is away, talks nonsense, or refuses all questions; answers until then
            are kept.
    """
    settings = exam.describe()
    refuse_fewer(folder / SCORES, len(exam.questions.questions))
    keep_settings(folder, settings | {"model": dict(described)})
    with open_answers(folder) as kept:
        on_answer(len(_list_answered(exam, kept)))
        await _ask(exam, model, folder, kept, concurrency, on_answer)
        answers = _list_answered(exam, kept)
        asked = {question.id for question in exam.questions.questions}
        refused = {name: why for name, why in kept.refused.items() if name in asked}
    _stop_if_all(exam, refused)
    if isinstance(exam.questions, OpenSet):
        return ExamResult(None, refused)
    texts = {name: answer.answer for name, answer in answers.items()}
    score = score_answers(exam.questions, texts, exam.seed, refused=refused)
    write_scores(
        folder / SCORES,
        exam.task,
        score,
        exam.data,
        exam.seed,
        system=model.name,
        overlap=exam.overlap,
        settings=describe_asking(settings),
    )
    return ExamResult(score, refused)


def _stop_if_all(exam: Exam, refused: Mapping[str, str]) -> None:
    """Stop where no question was taken: that says nothing of the model.

    Raises:
        RequestRefusedError: so it is.
    """
    if refused and len(refused) == len(exam.questions.questions):
        raise RequestRefusedError(
            f"All {len(refused)} questions of {exam.task.title} were refused, so that there are no "
            f"scores: {next(iter(refused.values()))} Mend that at the server and start the same "
            "command again, or give another --max-tokens or --shots and another folder with -o."
        )


def _list_answered(exam: Exam, kept: KeptAnswers) -> dict[str, Answer]:
    return {q.id: kept.by_id[q.id] for q in exam.questions.questions if q.id in kept.by_id}


async def _ask(
    exam: Exam,
    model: ChatModel,
    folder: Path,
    kept: KeptAnswers,
    concurrency: int,
    on_answer: Callable[[int], None],
) -> None:
    """Run the task on Inspect.

    Raises:
        ModelError: as the model raised it.
        BenchmarkError: Inspect itself failed, or is not installed.
    """
    logs = folder / LOGS
    logs.mkdir(exist_ok=True)
    os.environ["INSPECT_DISPLAY"] = "none"
    os.environ["INSPECT_TRACE_FILE"] = str(logs / "trace.log")
    try:
        from inspect_ai import eval_async
        from inspect_ai.util import display_type
    except ImportError as error:
        raise BenchmarkError(
            "Running benchmarks needs Inspect, which is not installed. Run "
            "`pip install 'sqpsych[bench]'`."
        ) from error

    from sqpsych.benchmarks.asking.inspect_model import wrap_model
    from sqpsych.benchmarks.asking.inspect_task import make_inspect_task

    display_type()  # Takes the setting above; without this it prints.
    answered = itertools.count(len(_list_answered(exam, kept)) + 1)
    failures: list[ModelError] = []
    task = make_inspect_task(
        exam.task,
        exam.questions,
        exam.examples,
        kept,
        on_failure=failures.append,
        on_kept=lambda: on_answer(next(answered)),
    )
    wrapped = wrap_model(model, max_tokens=exam.max_tokens, seed=exam.seed, concurrency=concurrency)
    written = await eval_async(
        task,
        model=wrapped,
        log_dir=str(logs),
        max_samples=concurrency,
        ctl_server=False,
        acp_server=False,
        log_realtime=False,
        score_display=False,
        log_buffer=LOG_BUFFER,
    )
    if failures:
        raise failures[0]
    # Inspect takes a cancellation for its own matter, and returns.
    if not written or written[0].status == "cancelled":
        raise asyncio.CancelledError
    (log,) = written
    if log.status != "success":
        why = log.error.message if log.error else log.status
        raise BenchmarkError(
            f"Inspect did not finish {exam.task.name}: {why}. Answers so far are kept; the same "
            "command goes on."
        )
