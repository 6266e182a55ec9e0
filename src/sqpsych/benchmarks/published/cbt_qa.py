"""CBT-Bench QA: questions of an exam in cognitive behaviour therapy, one choice of up to five.

Source: Zhang et al. 2024, CBT-Bench: Evaluating Large Language Models on Assisting Cognitive
    Behavior Therapy, arXiv:2410.13218; github.com/mianzhang/CBT-Bench,
    huggingface.co/datasets/CBT-LLM/CBT-Bench.
Terms: for research, CC BY-NC 4.0. The files, qa_test.json and qa_seed.json, are not shipped. They
    were not seen when this reader was written: its keys are those that the published code reads.

An example row, written here in that form:

    {
        "question": "Which of these is an automatic thought?",
        "a": "I will never get this right",
        "b": "Sadness",
        "c": "A knot in the stomach",
        "answer": "a"
    }

A choice that is not there, or blank, is none. The answer is a letter, in a list or alone. Where
rows have no id, they are called by their place, "qa/1".

No figures of it are published in arXiv:2510.25384.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqpsych.benchmarks.published.questions import ChoiceQuestion, ChoiceSet
from sqpsych.benchmarks.published.reading import read_cases, refuse_repeated_ids
from sqpsych.errors import BenchmarkError
from sqpsych.intake.problems import quote_value, raise_if_any

FILE = "qa_test.json"
SEED_FILE = "qa_seed.json"
QUESTIONS = 220
QUESTION = "question"
ANSWER = "answer"
LETTERS = "abcde"


def read_cbt_qa(path: Path) -> ChoiceSet:
    """Read the questions of CBT-Bench QA.

    Args:
        path: qa_test.json or qa_seed.json, as published.

    Raises:
        BenchmarkError: it is no such file (see `read_cases`), an id is there twice, there are fewer
            than two choices, or the answer is none of them.
    """
    cases = read_cases(path, (QUESTION, ANSWER))
    problems = [
        f"{path} case {place}: {problem}"
        for place, case in enumerate(cases, start=1)
        if (problem := _find_problem(case))
    ]
    raise_if_any(problems, BenchmarkError, str(path))
    ids = [str(case.get("id", f"qa/{place}")) for place, case in enumerate(cases, start=1)]
    refuse_repeated_ids(path, ids, range(1, len(cases) + 1))
    return ChoiceSet(
        tuple(
            ChoiceQuestion(
                id=name,
                parts={"Question": case[QUESTION]},
                choices=_list_choices(case),
                right=_read_answer(case) or "",
            )
            for name, case in zip(ids, cases, strict=True)
        )
    )


def _find_problem(case: Mapping[str, Any]) -> str | None:
    if not isinstance(case[QUESTION], str) or not case[QUESTION].strip():
        return f'"{QUESTION}" is no text. Take it from the published file.'
    choices = _list_choices(case)
    if len(choices) < 2:
        return f'{len(choices)} of the choices "a" to "e" have a text; expected two or more.'
    if _read_answer(case) not in choices:
        given = quote_value(str(case[ANSWER]))
        return f'"{ANSWER}" is {given}; expected one of {", ".join(choices).lower()}. Correct it.'
    return None


def _list_choices(case: Mapping[str, Any]) -> dict[str, str]:
    return {
        letter.upper(): case[letter].strip()
        for letter in LETTERS
        if isinstance(case.get(letter), str) and case[letter].strip()
    }


def _read_answer(case: Mapping[str, Any]) -> str | None:
    """The letter of the right choice; None where there is none, or several."""
    given = case[ANSWER]
    letters = given if isinstance(given, list) else [given]
    if len(letters) != 1 or not isinstance(letters[0], str):
        return None
    return letters[0].strip().upper()
