"""A judge: a model that rates dialogues by a rubric."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqpsych.assessment.judging.asking import (
    NOTHING_SHOWN,
    Asker,
    Fault,
    ask,
    make_key,
    read_template,
    write_form,
)
from sqpsych.assessment.judging.concurrently import CONCURRENCY, run_workers
from sqpsych.assessment.judging.rubric import Criterion, Part, Rubric, View
from sqpsych.assessment.judging.transcripts import choose_turns, name_shown, write_transcript
from sqpsych.assessment.judging.verdicts import Verdict, make_question, make_score
from sqpsych.errors import InputError
from sqpsych.records import Dialogue, Score, Turn

Observer = Callable[[Dialogue, tuple[Score, ...]], None]
"""Called with each dialogue and its scores as soon as they are there."""


class DialogueJudge(Protocol):
    """Whatever gives scores for a dialogue."""

    @property
    def key(self) -> str:
        """Name of the judge with all that shapes its scores, under which they are stored."""

    async def judge_dialogue(self, dialogue: Dialogue, lane: int = 0) -> tuple[Score, ...]:
        """Judge one dialogue; a verdict that cannot be had is a score without value.

        Raises:
            ModelError: a server is away or talks nonsense.
        """


@dataclass(frozen=True, slots=True)
class Judge:
    """A model and the rubric it rates by."""

    asker: Asker
    rubric: Rubric
    view: View | None = None
    """Whose lines are shown; None: those the rubric names."""
    criteria_per_request: int | None = None
    """None: one for models in transcript style, which are small; else all that share a view."""

    def __post_init__(self) -> None:
        """Refuse what cannot be judged.

        Raises:
            InputError: a request holds no criterion, or the view hides whom the rubric is about.
        """
        if self.criteria_per_request is not None and self.criteria_per_request < 1:
            raise InputError(f"{self.criteria_per_request} criteria a request; expected 1 or more.")
        hidden = {"client": "therapist", "therapist": "client"}.get(self.view or "")
        about = [c.id for c in self.rubric.criteria if c.about == hidden]
        if about:
            raise InputError(
                f"The rubric {self.rubric.id} rates the {hidden} ({about[0]}); a judge who sees "
                f"the {self.view}'s lines alone cannot. Leave the view to the rubric."
            )

    def describe(self) -> dict[str, Any]:
        """Describe what shapes the scores in JSON values, for a manifest."""
        texts = self.rubric.model_dump_json() + read_template("rubric") + read_template("again")
        return self.asker.describe() | {
            "rubric": self.rubric.id,
            "rubric_sha256": hashlib.sha256(texts.encode()).hexdigest(),
            "view": self.view,
            "criteria_per_request": self._per_request,
        }

    @property
    def key(self) -> str:
        """Name of the judge with all that shapes its scores, under which they are stored."""
        return make_key(self.asker.model.name, self.rubric.id, self.describe())

    async def judge_dialogue(self, dialogue: Dialogue, lane: int = 0) -> tuple[Score, ...]:
        """Rate a dialogue by every criterion of the rubric.

        Args:
            dialogue: any.
            lane: which of the server's prefix caches its prompts stay in.

        Returns:
            One score a criterion, in the order of the rubric. Without value, with an error: the
            judge gave no verdict that could be used, or the request was refused (longer than the
            context), or nothing was said that could be shown. Without value and error: the judge
            found no ground to judge.

        Raises:
            ModelError: a server is away or talks nonsense.
        """
        answers: dict[str, Verdict | Fault] = {}
        for place, batch in enumerate(self._batch()):
            turns = choose_turns(dialogue, self._see(batch[0]), batch[0].part)
            if not turns:
                answers |= {criterion.id: NOTHING_SHOWN for criterion in batch}
                continue
            answers |= await self._ask(dialogue, place, batch, turns, lane)
        return tuple(
            make_score(dialogue.id, self.rubric.id, c.id, self.asker.model.name, answers[c.id])
            for c in self.rubric.criteria
        )

    async def _ask(
        self,
        dialogue: Dialogue,
        place: int,
        batch: Sequence[Criterion],
        turns: Sequence[Turn],
        lane: int,
    ) -> dict[str, Verdict | Fault]:
        questions = [
            make_question(c.id, range(c.low, c.high + 1), turns, nullable=c.not_assessable)
            for c in batch
        ]
        prompt = read_template("rubric").format(
            shown=name_shown(self._see(batch[0]), batch[0].part),
            transcript=write_transcript(turns),
            asked="\n\n".join(describe_criterion(c) for c in batch),
            form=write_form(questions),
        )
        return await ask(self.asker, dialogue.id, place, prompt, questions, lane)

    def _see(self, criterion: Criterion) -> View:
        return self.view or criterion.view

    @property
    def _per_request(self) -> int:
        default = 1 if self.asker.style == "transcript" else len(self.rubric.criteria)
        return self.criteria_per_request or default

    def _batch(self) -> Iterator[tuple[Criterion, ...]]:
        """Group criteria by what is shown, so that requests with one prefix follow each other."""
        groups: dict[tuple[View, Part], list[Criterion]] = {}
        for criterion in self.rubric.criteria:
            groups.setdefault((self._see(criterion), criterion.part), []).append(criterion)
        size = self._per_request
        for group in groups.values():
            for start in range(0, len(group), size):
                yield tuple(group[start : start + size])


def describe_criterion(criterion: Criterion) -> str:
    """Put a criterion into the words of a prompt."""
    whom = "" if criterion.about == "whole" else f" (rate the {criterion.about})"
    anchors = "\n".join(f"{anchor.value}: {anchor.text}" for anchor in criterion.anchors)
    between = len(criterion.anchors) < criterion.high - criterion.low + 1
    rest = "\nThe values between lie between." if between else ""
    return f"{criterion.id}: {criterion.label}{whom}. {criterion.definition}\n{anchors}{rest}"


async def judge_corpus(
    judge: DialogueJudge,
    dialogues: Iterable[Dialogue],
    on_judged: Observer,
    *,
    judged: Collection[str] = (),
    concurrency: int = CONCURRENCY,
) -> tuple[Score, ...]:
    """Judge many dialogues, several at the same time.

    Args:
        judge: rates one.
        dialogues: to be judged.
        on_judged: called after each dialogue, so that its scores can be stored at once.
        judged: ids of dialogues that are not judged again.
        concurrency: dialogues at the same time, at most. Each worker keeps its lane, and with it
            the server's slot.

    Returns:
        The new scores, in the order of the dialogues.

    Raises:
        ModelError: a server is away or talks nonsense; what was judged until then went to
            `on_judged`.
    """

    async def work(dialogue: Dialogue, lane: int) -> tuple[Score, ...]:
        scores = await judge.judge_dialogue(dialogue, lane)
        on_judged(dialogue, scores)
        return scores

    waiting = [dialogue for dialogue in dialogues if dialogue.id not in judged]
    results = await run_workers(waiting, work, concurrency)
    return tuple(score for scores in results for score in scores)
