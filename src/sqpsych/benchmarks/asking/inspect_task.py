"""A task of ours as a task of Inspect, whose viewer then shows every question and answer."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from inspect_ai import Task as InspectTask
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    ModelOutput,
)
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from sqpsych.benchmarks.answers.kept_answers import Answer, KeptAnswers
from sqpsych.benchmarks.answers.recorded import REFUSED
from sqpsych.benchmarks.asking.prompts import write_prompt
from sqpsych.benchmarks.published.questions import (
    ChoiceQuestion,
    LabelQuestion,
    OpenQuestion,
    OpenSet,
    QuestionSet,
)
from sqpsych.benchmarks.scoring import score_case, score_choice
from sqpsych.benchmarks.tasks import Task, score_answers
from sqpsych.errors import ModelError, RequestRefusedError
from sqpsych.language_models.chat_model import Message

_MESSAGES: dict[str, Callable[..., ChatMessage]] = {
    "system": ChatMessageSystem,
    "user": ChatMessageUser,
    "assistant": ChatMessageAssistant,
}


def make_inspect_task(
    task: Task,
    questions: QuestionSet,
    examples: QuestionSet | None = None,
    kept: KeptAnswers | None = None,
    on_failure: Callable[[ModelError], None] = lambda _: None,
    on_kept: Callable[[], None] = lambda: None,
) -> InspectTask:
    """Make a task of Inspect.

    Args:
        task: ours.
        questions: of it.
        examples: shown before each question, with their right answers.
        kept: where answers are kept; a question that it has an answer to is not asked again.
        on_failure: told why a model could not be asked; Inspect keeps no more than its words.
        on_kept: told after an answer was kept.
    """
    samples = [
        Sample(
            id=question.id,
            input=[_convert(m) for m in write_prompt(task, questions, question, examples)],
            target=_name_right(question),
        )
        for question in questions.questions
    ]
    return InspectTask(
        name=task.name,
        dataset=MemoryDataset(samples, name=task.file),
        solver=_make_solver(kept, on_failure, on_kept),
        scorer=None if isinstance(questions, OpenSet) else _make_scorer(questions),
    )


def _convert(message: Message) -> ChatMessage:
    return _MESSAGES[message.role](content=message.content)


def _name_right(question: ChoiceQuestion | LabelQuestion | OpenQuestion) -> str | list[str]:
    """What a viewer of the log sees as the target."""
    if isinstance(question, OpenQuestion):
        return question.failure
    return question.right if isinstance(question, ChoiceQuestion) else sorted(question.right)


def _make_solver(
    kept: KeptAnswers | None,
    on_failure: Callable[[ModelError], None],
    on_kept: Callable[[], None],
) -> Solver:
    @solver(name="answer")
    def answer() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            before = kept.by_id.get(str(state.sample_id)) if kept else None
            if before is not None:
                state.output = ModelOutput.from_content(str(state.model), before.answer)
                state.messages.append(state.output.message)
                return state
            try:
                state = await generate(state)
            except RequestRefusedError as error:
                state.output = ModelOutput.from_content(str(state.model), "", error=str(error))
            except ModelError as error:
                on_failure(error)
                raise
            if kept:
                kept.keep(_record(state))
                if not state.output.error:
                    on_kept()
            return state

        return solve

    return answer()


def _record(state: TaskState) -> Answer:
    output = state.output
    name = str(state.sample_id)
    if output.error:
        return Answer(name, "", REFUSED, error=output.error)
    cached = (output.usage and output.usage.input_tokens_cache_read) or 0
    return Answer(
        id=name,
        answer=output.completion,
        finish_reason="stop" if output.stop_reason == "stop" else "length",
        prompt_tokens=cached + output.usage.input_tokens if output.usage else 0,
        cached_tokens=cached,
        completion_tokens=output.usage.output_tokens if output.usage else 0,
        seconds=output.time or 0.0,
    )


def _make_scorer(questions: Any) -> Scorer:
    """Read answers as `bench score` does, and sum them up in the same figures."""
    by_id = {question.id: question for question in questions.questions}

    @metric(name="figures")
    def figures() -> Metric:
        def compute(scores: list[SampleScore]) -> dict[str, float]:
            if not scores:
                return {}
            answers = {str(s.sample_id): (s.score.metadata or {})["answer"] for s in scores}
            asked = replace(questions, questions=tuple(by_id[name] for name in answers))
            score = score_answers(asked, answers, draws=0)
            return {
                name: math.nan if estimate.value is None else estimate.value
                for name, estimate in score.figures.items()
            }

        return compute

    @scorer(name="reading", metrics=[figures()])
    def reading() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:
            if state.output.error:
                return Score.unscored(explanation=state.output.error)
            question = by_id[str(state.sample_id)]
            text = state.output.completion
            if isinstance(question, ChoiceQuestion):
                read = score_choice(question, text)
            else:
                read = score_case(questions, question, text)
            return Score(
                value=float(read.is_right),
                answer=None if read.given is None else ", ".join(read.given),
                explanation=read.reason,
                metadata={"answer": text},
            )

        return score

    return reading()
