"""Reading a completion: what a server of the OpenAI protocol answers, made into replies."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqpsych.errors import ServerReplyError
from sqpsych.language_models.chat_model import Reply


def read_replies(
    completion: Any, candidates: int, seconds: float, base_url: str, stop: Sequence[str] = ()
) -> tuple[Reply, ...]:
    """Read a completion, of either kind, into one Reply a candidate.

    What the candidates took together, tokens and time, is shared out among them.

    Args:
        completion: the JSON of the server's answer.
        candidates: how many replies were asked for.
        seconds: how long the answer took.
        base_url: of the server, for errors.
        stop: texts before which a reply ends; some servers leave them at its end.

    Raises:
        ServerReplyError: it holds no text, or fewer candidates than were asked for.
    """
    try:
        choices = completion["choices"][:candidates]
        read = [(_read_text(choice), choice.get("finish_reason")) for choice in choices]
        usage = completion["usage"]
        details = usage.get("prompt_tokens_details") or {}
        prompt_tokens = int(usage["prompt_tokens"])
        completion_tokens = int(usage["completion_tokens"])
        cached_tokens = int(details.get("cached_tokens") or 0)
        if not read:
            raise LookupError("no choice")
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise ServerReplyError(
            f"The server at {base_url} answered with something that is no completion "
            f"({type(completion).__name__} without choices or token counts). Check that it speaks "
            "the OpenAI protocol."
        ) from error
    if len(read) < candidates:
        raise ServerReplyError(
            f"The server at {base_url} gave {len(read)} of {candidates} candidates. Ask for one "
            "with --candidates 1."
        )
    for text, _ in read:
        if not isinstance(text, str):
            raise ServerReplyError(
                f"The server at {base_url} gave a reply of type {type(text).__name__}, expected "
                "text."
            )
    return tuple(
        Reply(
            text=cut_at_stop(text, stop),
            finish_reason="length" if finish == "length" else "stop",
            prompt_tokens=_share(prompt_tokens, candidates, place),
            cached_tokens=_share(cached_tokens, candidates, place),
            completion_tokens=_share(completion_tokens, candidates, place),
            seconds=seconds / candidates,
        )
        for place, (text, finish) in enumerate(read)
    )


def _share(tokens: int, shares: int, place: int) -> int:
    """One of so many shares, as equal as whole numbers can be, which add up to all the tokens."""
    return tokens * (place + 1) // shares - tokens * place // shares


def _read_text(choice: Mapping[str, Any]) -> Any:
    if "text" in choice:
        return choice["text"]
    # Null when a reasoning model's tokens ran out before its answer began.
    said = choice["message"]["content"]
    return "" if said is None else said


def cut_at_stop(text: str, stop: Sequence[str]) -> str:
    """End a text before the first of the stop texts, as the protocol has it."""
    places = [place for place in map(text.find, stop) if place >= 0]
    return text[: min(places)] if places else text
