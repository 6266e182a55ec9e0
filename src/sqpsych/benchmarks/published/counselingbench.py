"""CounselingBench: 1,612 four-choice questions from practice exams for counsellors (NCMHCE).

Source: Nguyen et al. 2024, Do Large Language Models Align with Core Mental Health Counseling
    Competencies?, arXiv:2410.22446; github.com/cuongnguyenx/CounselingBench,
    huggingface.co/datasets/ckmjx/CounselingBench.
Terms: for research; the questions belong to the makers of the exams. The file is not shipped:
    download counselingbench.csv.

An example row, written here in the form of the file:

    Source               exams.example
    Exam Name            Practice Exam
    Question #           7
    Patient Demographic  Age: 41 Gender: Male
    Mental Status Exam   He is neat and slow to answer.
    Presenting Problem   He sleeps three hours a night since he lost his work.
    Other Contexts       (blank)
    Question             What do you ask about first?
    Choice A             His savings
    Choice B             Thoughts of ending his life
    Choice C             His former colleagues
    Choice D             His diet
    Correct Answer       Thoughts of ending his life

The right answer is given by its text. Question numbers begin anew with each exam, so that an id is
made of source, exam and number: "exams.example/Practice Exam/7". Some versions name the competency
that a question tests, in a column `question_category` or `label`.

Published F1, zero-shot, direct and with a chain of thought (arXiv:2510.25384):

    MentaLLaMA           0.418  0.321
    CAMEL                0.301  0.606
    Psych8k              0.455  0.557
    SQPsychLLM-command   0.439  0.558
    SQPsychLLM-gemma     0.484  0.568
    SQPsychLLM-nemotron  0.480  0.553
    SQPsychLLM-qwq       0.460  0.550
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from sqpsych.benchmarks.published.questions import ChoiceQuestion, ChoiceSet, Published
from sqpsych.benchmarks.published.reading import read_rows, refuse_repeated_ids
from sqpsych.errors import BenchmarkError
from sqpsych.intake.problems import quote_value, raise_if_any

FILE = "counselingbench.csv"
QUESTIONS = 1612
LETTERS = "ABCD"
ID_COLUMNS = ("Source", "Exam Name", "Question #")
CONTEXT_COLUMNS = (
    "Patient Demographic",
    "Mental Status Exam",
    "Presenting Problem",
    "Other Contexts",
)
QUESTION = "Question"
RIGHT = "Correct Answer"
COMPETENCY_COLUMNS = ("question_category", "label")
WANTED = (
    *ID_COLUMNS,
    *CONTEXT_COLUMNS,
    QUESTION,
    *(f"Choice {letter}" for letter in LETTERS),
    RIGHT,
)
FEWEST_CHARACTERS = 5
"""A question with fewer is none; the published evaluation leaves the same rows out."""

_SOURCE = "arXiv:2510.25384"
PUBLISHED = tuple(
    Published(system, "macro F1", way, value, _SOURCE)
    for system, direct, reasoned in (
        ("MentaLLaMA", 0.418, 0.321),
        ("CAMEL", 0.301, 0.606),
        ("Psych8k", 0.455, 0.557),
        ("SQPsychLLM-command", 0.439, 0.558),
        ("SQPsychLLM-gemma", 0.484, 0.568),
        ("SQPsychLLM-nemotron", 0.480, 0.553),
        ("SQPsychLLM-qwq", 0.460, 0.550),
    )
    for way, value in (("direct", direct), ("chain of thought", reasoned))
)


def read_counselingbench(path: Path) -> ChoiceSet:
    """Read the questions of CounselingBench.

    Args:
        path: counselingbench.csv, as it is published.

    Raises:
        BenchmarkError: it is no such table (see `read_rows`), an id is there twice, or a right
            answer is not exactly one of the choices.
    """
    columns, rows = read_rows(path, WANTED)
    competency = _choose_competency_column(path, columns)
    questions: list[ChoiceQuestion] = []
    numbers: list[int] = []
    left_out: list[str] = []
    problems: list[str] = []
    for number, cells in rows:
        row = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
        if len(row[QUESTION]) < FEWEST_CHARACTERS:
            left_out.append(f"{path.name} row {number} holds no question.")
            continue
        found = list(_find_row_problems(f"{path} row {number}", row))
        problems += found
        if not found:
            numbers.append(number)
            questions.append(_make_question(row, competency))
    raise_if_any(problems, BenchmarkError, str(path))
    refuse_repeated_ids(path, [question.id for question in questions], numbers)
    if not questions:
        raise BenchmarkError(f"{path} has no row with a question. Download it again.")
    return ChoiceSet(tuple(questions), tuple(left_out))


def _choose_competency_column(path: Path, columns: list[str]) -> str | None:
    present = [name for name in COMPETENCY_COLUMNS if name in columns]
    if len(present) > 1:
        raise BenchmarkError(
            f"{path} names competencies in two columns, {' and '.join(present)}. Remove one."
        )
    return present[0] if present else None


def _find_row_problems(where: str, row: Mapping[str, str]) -> Iterator[str]:
    blank = [name for name in (*ID_COLUMNS, RIGHT) if not row[name]]
    blank += [f"Choice {letter}" for letter in LETTERS if not row[f"Choice {letter}"]]
    if blank:
        yield f"{where}: {', '.join(blank)} blank. Take it from the published file."
        return
    matching = _find_right(row)
    if len(matching) != 1:
        told = "none of the choices" if not matching else f"choice {' and '.join(matching)} alike"
        yield (
            f"{where}: {RIGHT} is {quote_value(row[RIGHT])}, {told}; expected the text of one of "
            "them. Correct it."
        )


def _find_right(row: Mapping[str, str]) -> list[str]:
    """Letters of the choices whose text the right answer is, however it is spaced."""
    right = row[RIGHT].split()
    return [letter for letter in LETTERS if row[f"Choice {letter}"].split() == right]


def _make_question(row: Mapping[str, str], competency: str | None) -> ChoiceQuestion:
    return ChoiceQuestion(
        id="/".join(row[name] for name in ID_COLUMNS),
        parts={name: row[name] for name in (*CONTEXT_COLUMNS, QUESTION) if row[name]},
        choices={letter: row[f"Choice {letter}"] for letter in LETTERS},
        right=_find_right(row)[0],
        competency=(row[competency] or None) if competency else None,
    )
