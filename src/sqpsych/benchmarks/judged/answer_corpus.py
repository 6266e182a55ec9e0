"""Answers as a corpus that experts review: each a dialogue of two turns, a question and its answer.

The question's id stands for the person, so that two runs pair question by question, and the failure
that it was written to bring about is its group.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from sqpsych.benchmarks.answers.open_answers import OpenAnswer, OpenAnswers
from sqpsych.corpus.foreign import ImportOptions
from sqpsych.corpus.importing import ImportReport, import_dialogues
from sqpsych.records import HUMAN


def export_answers(answers: OpenAnswers, task: str, corpus: Path) -> ImportReport:
    """Write answers into a run directory, as dialogues made elsewhere are.

    The same answers exported again add nothing.

    Args:
        answers: of a run.
        task: name of the task.
        corpus: the run directory; made when missing.

    Raises:
        InputError: an id or the name of the model is too long for a corpus.
        StudyMismatchError: the run directory was made from other answers.
        CorpusError: the run directory cannot be written.
    """
    rows = [_make_row(answer, answers.model) for answer in answers.answers]
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{task}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return import_dialogues(file, corpus, ImportOptions("messages"))


def _make_row(answer: OpenAnswer, model: str) -> dict[str, object]:
    return {
        "id": answer.question.id,
        "condition": answer.question.failure,
        "client_model": HUMAN,
        "therapist_model": model,
        "messages": [
            {"role": "user", "content": answer.question.text},
            {"role": "assistant", "content": answer.text},
        ],
    }
