"""CBT-Bench: what a thought shows, by ten distortions or by core beliefs; any number of labels.

    CD  146 cases, 10 cognitive distortions     distortions_test.json, distortions_seed.json
    PC  184 cases, 3 major core beliefs         core_major_test.json, core_major_seed.json
    FC  112 cases, 19 fine-grained core beliefs core_fine_test.json, core_fine_seed.json

The seed files hold 20 cases each, to be shown as examples.

Source: Zhang et al. 2024, CBT-Bench: Evaluating Large Language Models on Assisting Cognitive
    Behavior Therapy, arXiv:2410.13218; github.com/mianzhang/CBT-Bench,
    huggingface.co/datasets/CBT-LLM/CBT-Bench.
Terms: for research, CC BY-NC 4.0. The files are not shipped: download them.

An example row, written here in the form of the files:

    {
        "id": "12",
        "ori_text": "I forgot one line of my speech and now I want to quit the club. ...",
        "situation": "I forgot one line of my speech.",
        "thoughts": "I always ruin everything. They must all think that I am a fool.",
        "distortions": ["overgeneralization", "mind reading"]
    }

PC has "core_belief_major" in place of "distortions", FC "core_belief_fine_grained".

Published weighted F1 (arXiv:2510.25384):

                           CD     PC     FC
    MentaLLaMA           0.140  0.440  0.267
    CAMEL                0.325  0.624  0.392
    Psych8k              0.326  0.727  0.341
    SQPsychLLM-command   0.317  0.727  0.316
    SQPsychLLM-gemma     0.345  0.708  0.351
    SQPsychLLM-nemotron  0.249  0.737  0.318
    SQPsychLLM-qwq       0.310  0.707  0.348
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqpsych.benchmarks.published.questions import LabelQuestion, LabelSet, Published
from sqpsych.benchmarks.published.reading import read_cases, refuse_repeated_ids
from sqpsych.errors import BenchmarkError
from sqpsych.intake.problems import quote_value, raise_if_any, suggest_nearest

ID = "id"
SOURCE_TEXT = "ori_text"
PARTS = ("situation", "thoughts")
"""What a model is shown, as in the published evaluation."""


@dataclass(frozen=True, slots=True)
class CbtForm:
    """One of the three sets of cases."""

    name: str
    file: str
    seed_file: str
    cases: int
    """How many the published test file has."""
    key: str
    """Under which the labels stand."""
    asks: str
    """What a model is asked."""
    labels: tuple[str, ...]


CD = CbtForm(
    name="CD",
    file="distortions_test.json",
    seed_file="distortions_seed.json",
    cases=146,
    key="distortions",
    asks="Which of these cognitive distortions do the thoughts show?",
    labels=(
        "all-or-nothing thinking",
        "overgeneralization",
        "mental filter",
        "should statements",
        "labeling",
        "personalization",
        "magnification",
        "emotional reasoning",
        "mind reading",
        "fortune-telling",
    ),
)
PC = CbtForm(
    name="PC",
    file="core_major_test.json",
    seed_file="core_major_seed.json",
    cases=184,
    key="core_belief_major",
    asks="Which of these core beliefs do the thoughts show?",
    labels=("helpless", "unlovable", "worthless"),
)
FC = CbtForm(
    name="FC",
    file="core_fine_test.json",
    seed_file="core_fine_seed.json",
    cases=112,
    key="core_belief_fine_grained",
    asks="Which of these core beliefs do the thoughts show?",
    labels=(
        "I am incompetent",
        "I am helpless",
        "I am powerless, weak, vulnerable",
        "I am a victim",
        "I am needy",
        "I am trapped",
        "I am out of control",
        "I am a failure, loser",
        "I am defective",
        "I am unlovable",
        "I am unattractive",
        "I am undesirable, unwanted",
        "I am bound to be rejected",
        "I am bound to be abandoned",
        "I am bound to be alone",
        "I am worthless, waste",
        "I am immoral",
        "I am bad - dangerous, toxic, evil",
        "I don’t deserve to live",
    ),
)
FORMS = (CD, PC, FC)

_SOURCE = "arXiv:2510.25384"
PUBLISHED: Mapping[str, tuple[Published, ...]] = {
    form.name: tuple(
        Published(system, "weighted F1", "", values[place], _SOURCE)
        for system, *values in (
            ("MentaLLaMA", 0.140, 0.440, 0.267),
            ("CAMEL", 0.325, 0.624, 0.392),
            ("Psych8k", 0.326, 0.727, 0.341),
            ("SQPsychLLM-command", 0.317, 0.727, 0.316),
            ("SQPsychLLM-gemma", 0.345, 0.708, 0.351),
            ("SQPsychLLM-nemotron", 0.249, 0.737, 0.318),
            ("SQPsychLLM-qwq", 0.310, 0.707, 0.348),
        )
    )
    for place, form in enumerate(FORMS)
}


def read_cbt_bench(path: Path, form: CbtForm) -> LabelSet:
    """Read the cases of a test file or of a seed file.

    Args:
        path: the file, as it is published.
        form: which of the three sets it is of.

    Raises:
        BenchmarkError: it is no such file (see `read_cases`), an id is there twice, something is no
            text, or a label is none of the set's.
    """
    cases = read_cases(path, (ID, SOURCE_TEXT, *PARTS, form.key))
    problems = [
        problem
        for place, case in enumerate(cases, start=1)
        for problem in _find_case_problems(f"{path} case {place}", case, form)
    ]
    raise_if_any(problems, BenchmarkError, str(path))
    ids = [case[ID].strip() for case in cases]
    refuse_repeated_ids(path, ids, range(1, len(cases) + 1))
    return LabelSet(
        form.labels,
        tuple(
            LabelQuestion(
                id=name,
                parts={part: case[part] for part in PARTS if case[part].strip()},
                right=frozenset(case[form.key]),
                source_text=case[SOURCE_TEXT],
            )
            for name, case in zip(ids, cases, strict=True)
        ),
        allows_none=any(not case[form.key] for case in cases),
    )


def _find_case_problems(where: str, case: Mapping[str, Any], form: CbtForm) -> Iterator[str]:
    for key in (ID, SOURCE_TEXT, *PARTS):
        if not isinstance(case[key], str):
            yield f'{where}: "{key}" is no text. Take it from the published file.'
    if isinstance(case[ID], str) and not case[ID].strip():
        yield f'{where}: "{ID}" is blank. Take it from the published file.'
    labels = case[form.key]
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        yield f'{where}: "{form.key}" is no list of texts. Take it from the published file.'
        return
    for label in labels:
        if label not in form.labels:
            yield (
                f'{where}: "{form.key}" has {quote_value(label)}, none of the {len(form.labels)} '
                f"labels of {form.name}.{suggest_nearest(label, form.labels)} Correct it."
            )
