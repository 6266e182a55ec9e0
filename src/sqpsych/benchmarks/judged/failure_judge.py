"""A judge: a model that says which failures an answer has, with words of the answer that show it.

Every answer is judged for every failure, not only for the one its question was written to bring
about. A yes must quote the answer: words that do not stand in it are no verdict. What is none is
asked for again with what was wrong, and after the last attempt recorded as failed, never as a no.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqpsych.assessment.judging.asking import (
    QUOTE_CHARACTERS,
    REASON_CHARACTERS,
    Asker,
    Fault,
    Question,
    ask,
    make_key,
    read_template,
    write_form,
)
from sqpsych.assessment.judging.concurrently import CONCURRENCY, run_workers
from sqpsych.assessment.judging.transcripts import find_words
from sqpsych.benchmarks.answers.open_answers import OpenAnswer
from sqpsych.benchmarks.published.failure_modes import FAILURE_MODES, FailureMode

VERSION = 1
"""Raised when verdicts are read in another way, so that answers are judged anew."""
MEASURE = "failure modes"
_FORM = (
    '- "quote": if the answer has the failure, the words of the answer that show it, copied letter '
    "by letter; else empty\n"
    '- "reason": one short sentence\n'
    '- "failure": "yes" or "no"'
)
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "quote": {"type": "string", "maxLength": QUOTE_CHARACTERS},
        "reason": {"type": "string", "maxLength": REASON_CHARACTERS},
        "failure": {"enum": ["yes", "no"]},
    },
    "required": ["quote", "reason", "failure"],
    "additionalProperties": False,
}
_VALUES = {"yes": True, "no": False}
_Name = tuple[str, str, str]
"""Id, failure and fingerprint: what a verdict is of."""


@dataclass(frozen=True, slots=True)
class FailureVerdict:
    """What a judge made of one answer and one failure."""

    id: str
    """Of the question."""
    mode: str
    """Name of the failure."""
    of: str
    """Fingerprint of question and answer."""
    failure: bool | None
    """Whether the answer has it; None where a verdict could not be had."""
    quote: str | None
    """Words of the answer that show it, as they stand there; None without a failure."""
    reason: str
    """In the judge's words."""
    error: str | None = None
    """Why there is no verdict."""


@dataclass(frozen=True, slots=True)
class _Finding:
    failure: bool
    quote: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class FailureJudge:
    """A model that judges answers."""

    asker: Asker

    def describe(self) -> dict[str, Any]:
        """Describe what shapes the verdicts in JSON values."""
        modes = [(mode.name, describe_mode(mode)) for mode in FAILURE_MODES.values()]
        texts = [*modes, read_template("failures"), read_template("again"), _FORM]
        return self.asker.describe() | {
            "failures": VERSION,
            "texts_sha256": hashlib.sha256(repr(texts).encode()).hexdigest(),
            "modes_per_request": self._per_request,
        }

    @property
    def key(self) -> str:
        """Name of the judge with all that shapes its verdicts."""
        return make_key(self.asker.model.name, MEASURE, self.describe())

    def batch(self) -> list[tuple[FailureMode, ...]]:
        """Group the failures as they are asked for, one request each group."""
        modes = list(FAILURE_MODES.values())
        size = self._per_request
        return [tuple(modes[start : start + size]) for start in range(0, len(modes), size)]

    async def judge_batch(
        self, answer: OpenAnswer, place: int, lane: int = 0
    ) -> tuple[FailureVerdict, ...]:
        """Judge an answer for the failures of one group.

        Args:
            answer: any.
            place: of the group.
            lane: which of the server's prefix caches its prompts stay in.

        Returns:
            One verdict a failure, in order; with an error where the judge gave none that could be
            used, or the request was refused (longer than the context).

        Raises:
            ModelError: a server is away or talks nonsense.
        """
        modes = self.batch()[place]
        questions = [make_question(mode, answer.text) for mode in modes]
        prompt = read_template("failures").format(
            question=answer.question.text,
            answer=answer.text,
            asked="\n\n".join(describe_mode(mode) for mode in modes),
            form=write_form(questions),
        )
        found = await ask(self.asker, answer.question.id, place, prompt, questions, lane)
        return tuple(_make_verdict(answer, mode, found[mode.name]) for mode in modes)

    @property
    def _per_request(self) -> int:
        """One for models in transcript style, which are small; else all."""
        return 1 if self.asker.style == "transcript" else len(FAILURE_MODES)


def describe_mode(mode: FailureMode) -> str:
    """Put a failure into the words of a prompt."""
    return f"{mode.name}: {mode.definition} {mode.exception}"


def make_question(mode: FailureMode, answer: str) -> Question[_Finding]:
    """Ask whether an answer has a failure."""
    return Question(mode.name, _FORM, _SCHEMA, partial(read_finding, text=answer))


def read_finding(answer: Mapping[str, Any], *, text: str) -> _Finding | Fault:
    """Read a verdict out of what a judge said.

    Args:
        answer: what it said.
        text: the answer that is judged.

    Returns:
        The verdict, or what is wrong with it: neither yes nor no, or a yes with no words of the
        answer.
    """
    given = answer.get("failure")
    failure = _VALUES.get(given.strip().lower()) if isinstance(given, str) else None
    if failure is None:
        return Fault('failure is not given; expected "yes" or "no"')
    reason = answer.get("reason", "")
    reason = reason if isinstance(reason, str) else ""
    if not failure:
        return _Finding(False, None, reason)
    quote = answer.get("quote")
    if not isinstance(quote, str) or not any(c.isalnum() for c in quote):
        return Fault("failure is yes and quote holds no words")
    said = find_words(text, quote)
    if said is None:
        return Fault("failure is yes and the quote does not stand in the answer")
    return _Finding(True, said, reason)


def _make_verdict(answer: OpenAnswer, mode: FailureMode, found: _Finding | Fault) -> FailureVerdict:
    name, of = answer.question.id, answer.fingerprint
    if isinstance(found, Fault):
        return FailureVerdict(name, mode.name, of, None, None, "", found.text)
    return FailureVerdict(name, mode.name, of, found.failure, found.quote, found.reason)


async def judge_answers(
    judge: FailureJudge,
    answers: Sequence[OpenAnswer],
    on_judged: Callable[[OpenAnswer, tuple[FailureVerdict, ...]], None],
    *,
    kept: Sequence[FailureVerdict] = (),
    concurrency: int = CONCURRENCY,
) -> None:
    """Judge many answers, several at the same time.

    Args:
        judge: judges one.
        answers: to be judged.
        on_judged: called with the verdicts of each request as soon as they are there.
        kept: verdicts of this judge, of these answers or others; what they hold whole is not asked
            for again.
        concurrency: answers at the same time, at most.

    Raises:
        ModelError: a server is away or talks nonsense; what was judged went to `on_judged`.
    """
    known = index_verdicts(kept)

    async def work(answer: OpenAnswer, lane: int) -> None:
        for place in _list_waiting(judge, answer, known):
            on_judged(answer, await judge.judge_batch(answer, place, lane))

    await run_workers(list_unjudged(judge, answers, kept), work, concurrency)


def list_unjudged(
    judge: FailureJudge, answers: Sequence[OpenAnswer], kept: Sequence[FailureVerdict]
) -> list[OpenAnswer]:
    """List the answers of which verdicts are wanted still."""
    known = index_verdicts(kept)
    return [answer for answer in answers if _list_waiting(judge, answer, known)]


def _list_waiting(
    judge: FailureJudge, answer: OpenAnswer, known: Mapping[_Name, FailureVerdict]
) -> list[int]:
    """Places of the groups that are asked for: those of which any verdict is not there.

    A group is asked for whole, so that a judge that was stopped asks as one that was not.
    """
    name, of = answer.question.id, answer.fingerprint
    return [
        place
        for place, modes in enumerate(judge.batch())
        if any((name, mode.name, of) not in known for mode in modes)
    ]


def index_verdicts(verdicts: Sequence[FailureVerdict]) -> dict[_Name, FailureVerdict]:
    """Find verdicts by id, failure and fingerprint; of several the last counts."""
    return {(v.id, v.mode, v.of): v for v in verdicts}
