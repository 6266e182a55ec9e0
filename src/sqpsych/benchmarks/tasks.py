"""What can be scored: each task with its file, how it is read, and what was published."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqpsych.benchmarks import cbt_bench, counselingbench
from sqpsych.benchmarks.questions import ChoiceSet, LabelSet, Published
from sqpsych.benchmarks.recorded import read_recorded
from sqpsych.benchmarks.scoring import BenchmarkScore, score_choices, score_labels
from sqpsych.errors import BenchmarkError
from sqpsych.intake.problems import suggest_nearest


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
    form: cbt_bench.CbtForm | None = None
    """Which set of CBT-Bench it is."""


_COUNSELING_TASK = Task(
    name="counselingbench",
    title="CounselingBench",
    file=counselingbench.FILE,
    seed_file=None,
    where="github.com/cuongnguyenx/CounselingBench",
    questions=counselingbench.QUESTIONS,
    asked='last line "Answer: B"',
    published=counselingbench.PUBLISHED,
)
_CBT_TASKS = tuple(
    Task(
        name=f"cbt-{form.name.lower()}",
        title=f"CBT-Bench {form.name}",
        file=form.file,
        seed_file=form.seed_file,
        where="huggingface.co/datasets/CBT-LLM/CBT-Bench",
        questions=form.cases,
        asked='JSON list, or last line "Labels: a, b"',
        published=cbt_bench.PUBLISHED[form.name],
        form=form,
    )
    for form in cbt_bench.FORMS
)
TASKS: Mapping[str, Task] = {task.name: task for task in (_COUNSELING_TASK, *_CBT_TASKS)}


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


def read_questions(task: Task, data: Path) -> ChoiceSet | LabelSet:
    """Read the questions of a task from the folder of its files.

    Raises:
        BenchmarkError: the file is not there, or not what was published.
    """
    path = data / task.file
    if task.form is None:
        return counselingbench.read_counselingbench(path)
    return cbt_bench.read_cbt_bench(path, task.form)


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
    if isinstance(questions, ChoiceSet):
        return score_choices(questions, recorded, seed)
    return score_labels(questions, recorded, seed)
