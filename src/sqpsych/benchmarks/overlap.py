"""How many questions of a benchmark a model may have been trained on: words in a row in common.

A question overlaps where any 13 words of it in a row stand in a text of the training data, in the
same order. Words are compared without case and punctuation; an apostrophe is dropped, what stands
before and after other marks is two words. The letters of choices, A to H, are left out wherever
they stand alone, so that choices are found with and without "A)" before them. A question is what a
model is asked: all its parts in order, then its choices, where it has any; before a case stands the
text it was taken from. One of fewer than 13 words cannot be checked so; it is counted apart, and is
not clean.

That nothing overlaps proves little: a question in other words is not found.

Source: Brown et al. 2020, Language Models are Few-Shot Learners, arXiv:2005.14165, appendix C;
    there shorter runs are looked for in benchmarks of short questions.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqpsych.benchmarks.published.questions import (
    ChoiceQuestion,
    LabelQuestion,
    OpenQuestion,
    QuestionSet,
)
from sqpsych.wording import normalise

WORDS = 13
"""So many words in a row are no chance."""
_LETTERS = frozenset("abcdefgh")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Which questions have words in a row in common with some texts."""

    ids: tuple[str, ...]
    """Questions that overlap, in the order of the benchmark."""
    too_short: tuple[str, ...]
    """Questions of fewer than 13 words, which were not looked for."""
    questions: int
    """All there are."""

    @property
    def share(self) -> float | None:
        """Of the questions that were looked for, the share that overlaps; None where none was."""
        checked = self.questions - len(self.too_short)
        return len(self.ids) / checked if checked else None


def find_overlap(questions: QuestionSet, texts: Iterable[str]) -> Overlap:
    """Find the questions that have 13 words in a row in common with any text.

    The texts are read one after the other and not kept: what is kept is a hash of every 13 words of
    the benchmark, and its questions.

    Args:
        questions: of a task.
        texts: of a corpus or a dataset; words at the end of one and the start of the next are not
            in a row.
    """
    worded = {
        question.id: leave_words(write_question(question)) for question in questions.questions
    }
    runs: dict[int, list[str]] = {}
    for name, plain in worded.items():
        for run in set(_list_runs(plain)):
            runs.setdefault(hash(run), []).append(name)
    found: set[str] = set()
    for text in texts:
        for run in _list_runs(leave_words(text)):
            for name in runs.get(hash(run), ()):
                # Two runs may have one hash.
                if name not in found and f" {' '.join(run)} " in f" {worded[name]} ":
                    found.add(name)
    return Overlap(
        ids=tuple(name for name in worded if name in found),
        too_short=tuple(name for name, plain in worded.items() if len(plain.split()) < WORDS),
        questions=len(worded),
    )


def find_same(some: QuestionSet, others: QuestionSet) -> list[str]:
    """Find the questions that stand among others in the same words; marks and case aside.

    Returns:
        Their ids.
    """
    known = {normalise(write_question(question)) for question in others.questions}
    return [q.id for q in some.questions if normalise(write_question(q)) in known]


def write_question(question: ChoiceQuestion | LabelQuestion | OpenQuestion) -> str:
    """Write what a model is asked, without instructions and without what is right."""
    match question:
        case ChoiceQuestion():
            return "\n".join((*question.parts.values(), *question.choices.values()))
        case LabelQuestion():
            return "\n".join((question.source_text, *question.parts.values()))
        case OpenQuestion():
            return question.text


def leave_words(text: str) -> str:
    """Normalise a text, and leave the letters of choices out."""
    return " ".join(word for word in normalise(text).split() if word not in _LETTERS)


def _list_runs(plain: str) -> Iterator[tuple[str, ...]]:
    """List all runs of 13 words of a text that `leave_words` made."""
    words = plain.split(" ") if plain else []
    return zip(*(words[start:] for start in range(WORDS)), strict=False)
