"""Conversations as tokens and labels: the model's own chat template, loss on the therapist alone.

The template is asked to write the conversation up to each therapist's turn, and up to its end. What
lies between is the therapist's: its text and the token that ends a turn, so that a trained model
knows when to stop. A token that reaches into what is not the therapist's carries no loss.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqpsych.errors import FinetuneError
from sqpsych.finetune.conversations import THERAPIST, Conversation, Messages

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

NO_LOSS = -100
"""Label of a token that carries no loss, as torch has it."""

_EXAMPLE_TURNS = 3
_TRY_OUT: Messages = [
    {"role": "user", "content": "Good morning."},
    {"role": THERAPIST, "content": "How have you been?"},
    {"role": "user", "content": "Well enough."},
    {"role": THERAPIST, "content": "I am glad."},
]


@dataclass(frozen=True, slots=True)
class Sequenced:
    """A conversation as tokens."""

    input_ids: list[int]
    labels: list[int]
    """The token where it carries loss, else NO_LOSS; as many as there are tokens."""
    cut: bool
    """Whether it was longer than the context, and lost its end."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A split as tokens."""

    sequences: tuple[Sequenced, ...]
    cut: int
    """Conversations cut after a therapist's turn, to fit into the context."""
    too_long: int
    """Conversations left out, since not even the first therapist's turn fits."""
    example: str
    """The first one as it is written, with what is learned from in brackets."""

    def count(self) -> dict[str, int]:
        """Count what is in it, by name: dialogues, tokens, those learned from, those cut."""
        labels = (label for one in self.sequences for label in one.labels)
        return {
            "dialogues": len(self.sequences),
            "tokens": sum(len(one.input_ids) for one in self.sequences),
            "learned from": sum(label != NO_LOSS for label in labels),
            "cut": self.cut,
            "too long": self.too_long,
        }


@dataclass(frozen=True, slots=True)
class Written:
    """A conversation as the template writes it."""

    text: str
    turns: tuple[tuple[int, int], ...]
    """Where the therapist's turns begin and end in it, their end tokens included."""

    def mark(self) -> str:
        """Mark what is learned from with brackets, in the first turns."""
        pieces, last = [], 0
        for start, end in self.turns[:_EXAMPLE_TURNS]:
            pieces += [self.text[last:start], "⟦", self.text[start:end], "⟧"]
            last = end
        return "".join(pieces) + ("\n…\n" if len(self.turns) > _EXAMPLE_TURNS else "\n")


def choose_template(tokenizer: "PreTrainedTokenizerBase", own: str | None = None) -> str:
    """Choose the chat template to train with.

    Args:
        tokenizer: of the model.
        own: a template of the user's, in Jinja; None for the model's.

    Returns:
        The template; where the model's own writes earlier turns differently once others follow,
        the one that TRL has for training in its place.

    Raises:
        FinetuneError: there is none, or none that can be trained with.
    """
    template = own or tokenizer.chat_template
    if isinstance(template, dict):
        template = template.get("default")
    if not template:
        raise FinetuneError(
            "The model has no chat template, so nobody knows how it wants a conversation written; "
            "base models have none. Take an instruction-tuned model, or give a template with "
            "--chat-template FILE (Jinja, as in tokenizer_config.json)."
        )
    text = str(template)
    try:
        write(_TRY_OUT, tokenizer, text)
    except FinetuneError:
        replacement = None if own else _find_training_template(tokenizer)
        if replacement is None:
            raise
        write(_TRY_OUT, tokenizer, replacement)
        return replacement
    return text


def _find_training_template(tokenizer: "PreTrainedTokenizerBase") -> str | None:
    from trl.chat_template_utils import get_training_chat_template

    try:
        found: str | None = get_training_chat_template(tokenizer)
    except ValueError:
        return None
    return found


def write(messages: Messages, tokenizer: "PreTrainedTokenizerBase", template: str) -> Written:
    """Write a conversation by a chat template, and find the therapist's turns in it.

    Raises:
        FinetuneError: the template refuses the conversation, writes earlier turns differently once
            others follow, or does not end a turn with a token of its own.
    """
    text = _render(messages, tokenizer, template)
    if any(message["content"].strip() not in text for message in messages):
        raise FinetuneError(
            "The chat template leaves out what is said: it wants contents in another form, with "
            "pictures perhaps. Give one for text with --chat-template FILE."
        )
    turns = []
    for place, message in enumerate(messages):
        if message["role"] != THERAPIST:
            continue
        before = _render(messages[:place], tokenizer, template, begin=True)
        after = _render(messages[: place + 1], tokenizer, template)
        if not text.startswith(after):
            # Some templates end a whole conversation with one more token.
            after = after.removesuffix(str(tokenizer.eos_token))
        if not (text.startswith(after) and after.startswith(before)):
            raise FinetuneError(
                "The chat template writes a turn differently once others follow it, so what the "
                "model would learn is not what it is asked later. Give another one with "
                "--chat-template FILE."
            )
        end = len(after.rstrip())
        if text[len(before) : end].rstrip().endswith(message["content"].rstrip()):
            raise FinetuneError(
                "The chat template puts no token behind a therapist's turn, so the model would not "
                "learn to stop. Give one that does with --chat-template FILE."
            )
        turns.append((len(before), end))
    return Written(text, tuple(turns))


def _render(
    messages: Messages, tokenizer: "PreTrainedTokenizerBase", template: str, *, begin: bool = False
) -> str:
    from jinja2 import TemplateError

    try:
        text: str = tokenizer.apply_chat_template(
            messages, chat_template=template, tokenize=False, add_generation_prompt=begin
        )
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise FinetuneError(
            f"The chat template does not take a conversation of this kind: {error}. Where it knows "
            "no system line, release the corpus without --system; else give another template with "
            "--chat-template FILE."
        ) from error
    return text


def encode(
    conversations: Iterable[Conversation],
    tokenizer: "PreTrainedTokenizerBase",
    template: str,
    context_tokens: int,
    *,
    therapist_only: bool = True,
) -> Encoded:
    """Turn conversations into tokens and labels.

    Args:
        conversations: of a split.
        tokenizer: a fast one, which says which characters a token stands for.
        template: the chat template.
        context_tokens: most tokens of a sequence.
        therapist_only: loss on the therapist's turns alone; else on every token.

    Raises:
        FinetuneError: see `write`.
    """
    sequences: list[Sequenced] = []
    too_long, example = 0, ""
    for conversation in conversations:
        with naming(conversation.where):
            written = write(conversation.messages, tokenizer, template)
        one = sequence(written, tokenizer, context_tokens, therapist_only=therapist_only)
        if one is None:
            too_long += 1
        else:
            sequences.append(one)
            example = example or written.mark()
    return Encoded(tuple(sequences), sum(one.cut for one in sequences), too_long, example)


@contextmanager
def naming(where: str) -> Iterator[None]:
    """Name the dialogue that an error is about."""
    try:
        yield
    except FinetuneError as error:
        raise FinetuneError(f"{where}: {error}") from error


def sequence(
    written: Written, tokenizer: Any, context_tokens: int, *, therapist_only: bool = True
) -> Sequenced | None:
    """Tokenise a conversation, and cut it after the last therapist's turn that fits whole.

    Returns:
        The sequence; None where no such turn fits.
    """
    encoding = tokenizer(
        written.text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
    )
    ids, offsets = encoding["input_ids"], encoding["offset_mapping"]
    own = _mark(offsets, written.turns)
    length = len(ids)
    if cut := length > context_tokens:
        follow = [*own[1:], False]
        ends = [
            end for end, (now, then) in enumerate(zip(own, follow, strict=True), 1) if now > then
        ]
        length = max((end for end in ends if end <= context_tokens), default=0)
        if not length:
            return None
    labels = [
        token if trained or not therapist_only else NO_LOSS
        for token, trained in zip(ids[:length], own, strict=False)
    ]
    return Sequenced(ids[:length], labels, cut)


def _mark(offsets: Sequence[tuple[int, int]], turns: Sequence[tuple[int, int]]) -> list[bool]:
    """Say of each token whether it lies in a therapist's turn with all its characters."""
    marks, place = [], 0
    for number, (start, end) in enumerate(offsets):
        if start == end:
            # Some tokenizers give no place for spaces, which lie between their neighbours.
            start = offsets[number - 1][1] if number else 0
            end = offsets[number + 1][0] if number + 1 < len(offsets) else end
        while place < len(turns) and turns[place][1] <= start:
            place += 1
        marks.append(place < len(turns) and turns[place][0] <= start < end <= turns[place][1])
    return marks
