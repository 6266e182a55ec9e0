"""What can be scored: each task with its file, how it is read, and what was published."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from sqpsych.assessment.statistics.intervals import DRAWS
from sqpsych.benchmarks.answers.recorded import read_recorded
from sqpsych.benchmarks.published import cbt_bench, cbt_qa, counselbench_adv, counselingbench
from sqpsych.benchmarks.published.questions import ChoiceSet, LabelSet, Published, QuestionSet
from sqpsych.benchmarks.scoring import NONE_REFUSED, BenchmarkScore, score_choices, score_labels
from sqpsych.errors import BenchmarkError
from sqpsych.intake.problems import suggest_nearest

Way = Literal["direct", "chain of thought"]
"""Whether a model answers at once, or thinks aloud before."""


@dataclass(frozen=True, slots=True)
class Task:
    """A benchmark, or one of its parts, that answers are scored on."""

    name: str
    title: str
    file: str
    """Its questions, in the folder of the data."""
    seed_file: str | None
    """Examples that a model may be shown."""
    where: str
    """Where the files are published."""
    questions: int
    """How many the published file has."""
    asked: str
    """The format answers are asked in."""
    published: tuple[Published, ...]
    read: Callable[[Path], QuestionSet]
    """Reads a file of questions, or of examples."""
    way: Way = "direct"
    asks: str = ""
    """What a model is asked of a case that does not ask itself."""


_WAYS: tuple[tuple[str, str, Way], ...] = (
    ("counselingbench", "CounselingBench", "direct"),
    ("counselingbench-cot", "CounselingBench, chain of thought", "chain of thought"),
)
_COUNSELING_TASKS = tuple(
    Task(
        name=name,
        title=title,
        file=counselingbench.FILE,
        seed_file=None,
        where="github.com/cuongnguyenx/CounselingBench",
        questions=counselingbench.QUESTIONS,
        asked='last line "Answer: B"',
        published=tuple(row for row in counselingbench.PUBLISHED if row.way == way),
        read=counselingbench.read_counselingbench,
        way=way,
    )
    for name, title, way in _WAYS
)
_CBT_WHERE = "huggingface.co/datasets/CBT-LLM/CBT-Bench"
_CBT_QA = Task(
    name="cbt-qa",
    title="CBT-Bench QA",
    file=cbt_qa.FILE,
    seed_file=cbt_qa.SEED_FILE,
    where=_CBT_WHERE,
    questions=cbt_qa.QUESTIONS,
    asked='last line "Answer: B"',
    published=(),
    read=cbt_qa.read_cbt_qa,
)
_CBT_TASKS = tuple(
    Task(
        name=f"cbt-{form.name.lower()}",
        title=f"CBT-Bench {form.name}",
        file=form.file,
        seed_file=form.seed_file,
        where=_CBT_WHERE,
        questions=form.cases,
        asked='JSON list, or last line "Labels: a, b"',
        published=cbt_bench.PUBLISHED[form.name],
        read=partial(cbt_bench.read_cbt_bench, form=form),
        asks=form.asks,
    )
    for form in cbt_bench.FORMS
)
_COUNSELBENCH_ADV = Task(
    name=counselbench_adv.TASK,
    title="CounselBench-Adv",
    file=counselbench_adv.FILE,
    seed_file=None,
    where="github.com/llm-eval-mental-health/CounselBench",
    questions=counselbench_adv.QUESTIONS,
    asked="freely",
    published=(),
    read=counselbench_adv.read_counselbench_adv,
)
TASKS: Mapping[str, Task] = {
    task.name: task for task in (*_COUNSELING_TASKS, _CBT_QA, *_CBT_TASKS, _COUNSELBENCH_ADV)
}


def find_task(name: str) -> Task:
    """Find a task by its name.

    Raises:
        BenchmarkError: there is none of this name.
    """
    if name not in TASKS:
        raise BenchmarkError(
            f"There is no task {name!r}.{suggest_nearest(name, TASKS)} "
            f"It can be {', '.join(TASKS)}."
        )
    return TASKS[name]


def read_questions(task: Task, data: Path) -> QuestionSet:
    """Read the questions of a task from the folder of its files.

    Raises:
        BenchmarkError: the file is not there, or not what was published.
    """
    return task.read(data / task.file)


def score_recorded(questions: ChoiceSet | LabelSet, answers: Path, seed: int = 0) -> BenchmarkScore:
    """Score a file of recorded answers.

    Args:
        questions: of the task.
        answers: see `read_recorded`.
        seed: of the intervals.

    Raises:
        BenchmarkError: see `read_recorded`.
    """
    recorded = read_recorded(answers, {question.id for question in questions.questions})
    return score_answers(questions, recorded.answers, seed, refused=recorded.refused)


def score_answers(
    questions: ChoiceSet | LabelSet,
    answers: Mapping[str, str],
    seed: int = 0,
    draws: int = DRAWS,
    refused: Mapping[str, str] = NONE_REFUSED,
) -> BenchmarkScore:
    """Score answers.

    Args:
        questions: of the task.
        answers: all that was written, by id of the question.
        seed: of the intervals.
        draws: samples an interval rests on; 0 for none.
        refused: why the server refused a question, by its id; these are counted and not scored.
    """
    if isinstance(questions, ChoiceSet):
        return score_choices(questions, answers, seed, draws, refused)
    return score_labels(questions, answers, seed, draws, refused)
