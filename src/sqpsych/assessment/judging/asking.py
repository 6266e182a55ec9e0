"""Asking a model for JSON until it can be used, or the attempts are spent.

A request holds one question or several. What can be used of an answer is kept; the rest is asked
for again, with what was wrong. The conversation only grows at its end, so that the server's prefix
cache keeps the dialogue.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqpsych.errors import InputError, RequestRefusedError
from sqpsych.language_models.catalogue import PromptStyle
from sqpsych.language_models.chat_model import ChatModel, Message, Reply, Request
from sqpsych.seeds import derive_seed

if TYPE_CHECKING:
    from sqpsych.language_models.opening import ModelSpec

VERSION = 1
"""Raised when judges are asked or read in another way, so that dialogues are judged anew."""
ATTEMPTS = 3
ANSWER_TOKENS = 260
"""Room for one answer: a quote, a sentence and a value."""
QUOTE_CHARACTERS = 240
REASON_CHARACTERS = 300
RETRY_TEMPERATURE = 0.7
"""Of the second attempt and later ones; the first is drawn at 0, as the most likely answer."""

RETRY_TOP_P = 0.9

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an answer cannot be used, in words that the model is told and the score keeps."""

    text: str


NOTHING_SHOWN = Fault("nothing is said in what the judge is shown")


@dataclass(frozen=True, slots=True)
class Question(Generic[V]):
    """One thing asked, and how its answer is read."""

    key: str
    """Unique within the request; names the answer where several are asked for."""
    form: str
    """The keys of the answer and what they hold, a line each, for the prompt."""
    schema: Mapping[str, Any]
    """JSON schema of the answer."""
    read: Callable[[Mapping[str, Any]], V | Fault]
    """Makes a value of an answer, or says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A model and how it is asked."""

    model: ChatModel
    style: PromptStyle = "chat"
    attempts: int = ATTEMPTS
    """How often one question is asked before it is given up, the first time included."""
    seed: int = 0
    thinking_tokens: int = 0
    """Room for a reasoning model's thoughts, on top of the answer."""
    extra: Mapping[str, float | int] = field(default_factory=dict)
    """Further sampling settings for the server; penalties on repetition spoil quotes."""

    def __post_init__(self) -> None:
        """Refuse to ask less than once.

        Raises:
            InputError: there is no attempt.
        """
        if self.attempts < 1:
            raise InputError(f"A judge was given {self.attempts} attempts; expected 1 or more.")

    def describe(self) -> dict[str, Any]:
        """Describe it in JSON values, for a manifest."""
        return {
            "version": VERSION,
            "model": self.model.name,
            "style": self.style,
            "attempts": self.attempts,
            "seed": self.seed,
            "thinking_tokens": self.thinking_tokens,
            "extra": dict(self.extra),
        }


def make_asker(
    spec: "ModelSpec", model: ChatModel, *, attempts: int = ATTEMPTS, seed: int = 0
) -> Asker:
    """Make an asker of a model that was opened from a spec, with the style of the catalogue."""
    thinks = spec.entry is not None and spec.entry.reasoning
    return Asker(model, spec.style, attempts, seed, spec.sampling.max_tokens if thinks else 0)


async def ask(
    asker: Asker,
    subject: str,
    place: int,
    prompt: str,
    questions: Sequence[Question[V]],
    lane: int = 0,
) -> dict[str, V | Fault]:
    """Ask questions in one request, and again what cannot be used.

    Args:
        asker: the model.
        subject: id of what is asked about; servers keep its requests together.
        place: number of the request within the subject, from 0.
        prompt: ends with what is asked; the form of the answer stands in it.
        questions: one or more.
        lane: which of the server's prefix caches the prompt stays in.

    Returns:
        By key: the value, or what was wrong with the last answer.

    Raises:
        ModelError: a server is away or talks nonsense. A refusal of this one request is a fault.
    """
    answers: dict[str, V | Fault] = {}
    said = [prompt]
    waiting = list(questions)
    for attempt in range(1, asker.attempts + 1):
        tag = f"{subject.replace('/', '_')}/judge/{2 * place}/{attempt}"
        try:
            reply = await asker.model.reply(_write(asker, tag, said, waiting, lane))
        except RequestRefusedError as error:
            refused = {question.key: Fault(str(error)) for question in waiting}
            return {question.key: (answers | refused)[question.key] for question in questions}
        read: dict[str, V | Fault] = _read(reply, waiting)
        answers |= read
        waiting = [q for q in waiting if isinstance(answers[q.key], Fault)]
        if not waiting:
            break
        said += [reply.text.strip(), _ask_again(waiting, answers)]
    return {question.key: answers[question.key] for question in questions}


def write_form(questions: Sequence[Question[Any]]) -> str:
    """Say in which form the answer is wanted.

    It is described, not shown: small models give back an example as it stands.
    """
    opening = "Answer with one JSON object and nothing else."
    if len(questions) == 1:
        return f"{opening} Its keys:\n{questions[0].form}"
    groups: dict[str, list[str]] = {}
    for question in questions:
        groups.setdefault(question.form, []).append(f'"{question.key}"')
    parts = [
        f"Under each of {', '.join(keys)} it has an object with these keys:\n{form}"
        for form, keys in groups.items()
    ]
    return "\n".join([opening, *parts])


@cache
def read_template(name: str) -> str:
    """Read a prompt's text."""
    file = resources.files("sqpsych.assessment.judging").joinpath("prompts", f"{name}.txt")
    return file.read_text("utf-8").rstrip("\n")


def make_key(model: str, measure: str, description: Mapping[str, Any]) -> str:
    """Name a judge: model, what it measures, and a hash of all that shapes its scores."""
    whole = json.dumps(description, sort_keys=True)
    return f"{model}/{measure}/{hashlib.sha256(whole.encode()).hexdigest()[:12]}"


def find_object(text: str) -> dict[str, Any] | None:
    """Find the first JSON object in a text, whatever stands around it."""
    decoder = json.JSONDecoder()
    rest = text.rpartition("</think>")[2]
    for start in _find_braces(rest):
        try:
            found, _ = decoder.raw_decode(rest, start)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return None


def _find_braces(text: str, most: int = 20) -> Iterator[int]:
    start = text.find("{")
    while start >= 0 and most:
        yield start
        start, most = text.find("{", start + 1), most - 1


def _write(
    asker: Asker, tag: str, said: Sequence[str], waiting: Sequence[Question[Any]], lane: int
) -> Request:
    in_chat = asker.style == "chat"
    messages = (
        Message("assistant" if place % 2 else "user", text) for place, text in enumerate(said)
    )
    attempt = 1 + len(said) // 2
    return Request(
        tag=tag,
        seed=derive_seed(asker.seed, tag),
        max_tokens=ANSWER_TOKENS * len(waiting) + asker.thinking_tokens,
        messages=tuple(messages) if in_chat else (),
        transcript=None if in_chat else _write_plain(said),
        temperature=0.0 if attempt == 1 else RETRY_TEMPERATURE,
        top_p=1.0 if attempt == 1 else RETRY_TOP_P,
        extra=asker.extra,
        schema=_describe(waiting),
        lane=lane,
    )


def _write_plain(said: Sequence[str]) -> str:
    """The prompt and what was wrong last, as text to be continued, which ends in "JSON:".

    The failed answer itself is left out: small models would only give it again.
    """
    return "\n\n".join([said[0], *said[2:][-1:]]) + "\nJSON:"


def _describe(waiting: Sequence[Question[Any]]) -> dict[str, Any]:
    """The JSON schema of the answer to these questions."""
    if len(waiting) == 1:
        return dict(waiting[0].schema)
    return {
        "type": "object",
        "properties": {question.key: dict(question.schema) for question in waiting},
        "required": [question.key for question in waiting],
        "additionalProperties": False,
    }


def _read(reply: Reply, waiting: Sequence[Question[V]]) -> dict[str, V | Fault]:
    """Read an answer to each question."""
    found = find_object(reply.text)
    if found is None:
        cut = reply.finish_reason == "length"
        fault = Fault(
            "the JSON breaks off, it is too long" if cut else "it holds no complete JSON object"
        )
        return {question.key: fault for question in waiting}
    answers: dict[str, V | Fault] = {}
    for question in waiting:
        one = found.get(question.key)
        if not isinstance(one, dict) and len(waiting) == 1:
            # A single answer is taken with or without its name around it.
            one = found
        if isinstance(one, dict):
            answers[question.key] = question.read(one)
        else:
            answers[question.key] = Fault(f"the object {question.key!r} is missing")
    return answers


def _ask_again(waiting: Sequence[Question[V]], answers: Mapping[str, V | Fault]) -> str:
    faults = [
        f"- {question.key}: {fault.text}."
        for question in waiting
        if isinstance(fault := answers[question.key], Fault)
    ]
    return read_template("again").format(faults="\n".join(faults), form=write_form(waiting))
