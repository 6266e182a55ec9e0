"""Preferences that generation left behind: a line that passed its checks, and one that did not.

The prompt is the conversation before the therapist's turn, without the private direction the
model had. Both lines are as they stand, or would have stood, in the dialogue.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from sqpsych.corpus import Corpus
from sqpsych.language_models import Reply
from sqpsych.records import Dialogue, RejectedAttempt, Turn
from sqpsych.release.messages import ROLES, make_messages
from sqpsych.release.preferences import Pair, Place
from sqpsych.release.reading import RiskChoice, find_group, read_sources, say_why_left_out
from sqpsych.roleplay.cues import CLOSING
from sqpsych.roleplay.drawing import NOT_CHOSEN, REDRAWN
from sqpsych.roleplay.live.session import TAKEN_BACK
from sqpsych.roleplay.replies import LED, clean_reply

_PASSED = {
    (NOT_CHOSEN,): "attempts: passed over, they had failed nothing",
    (REDRAWN,): "attempts: written a second time, they had failed nothing",
}
_NOT_CLOSING = "not_closing"
"""The one check of the therapist that is given up after some attempts, at a turn that may close."""
_END_MARKER = "[END]"
"""That of both shipped protocols, which made all attempts that are kept only as they were given."""


def read_attempts(
    sources: Mapping[str, Corpus],
    per_turn: int,
    system: str | None,
    risk: RiskChoice,
    left_out: Counter[str],
) -> Iterator[Pair]:
    """Pair the therapist's lines with rejected attempts at them.

    Args:
        sources: corpora by their names.
        per_turn: attempts of a turn, at most, the first ones.
        system: a line that stands before every prompt; None for none.
        risk: what happens with dialogues that carry risk flags.
        left_out: counts what makes no pair, by why.

    Yields:
        Pairs of closed dialogues, in order.
    """
    for name, corpus, dialogue in read_sources(sources):
        if why := say_why_left_out(dialogue, risk):
            left_out[f"dialogues: {why}"] += 1
            continue
        rejected = corpus.read_rejected(dialogue.id)
        for turn, attempt, words in _choose_attempts(dialogue, rejected, per_turn, left_out):
            role = ROLES[turn.speaker]
            yield Pair(
                id=f"{name}/{dialogue.id}/{turn.index}/{attempt.number}",
                person=dialogue.pseudonym,
                group=find_group(corpus, dialogue),
                origin="attempts",
                reason=", ".join(_list_reasons(attempt, turn)),
                prompt=make_messages(dialogue.turns[: turn.index], system),
                chosen=[{"role": role, "content": turn.text}],
                rejected=[{"role": role, "content": words}],
                sources=(Place(name, dialogue.id),),
            )


def _choose_attempts(
    dialogue: Dialogue,
    rejected: Sequence[RejectedAttempt],
    per_turn: int,
    left_out: Counter[str],
) -> Iterator[tuple[Turn, RejectedAttempt, str]]:
    """Choose attempts at the therapist's turns, with their words."""
    own = [attempt for attempt in rejected if attempt.speaker == "therapist"]
    taken_back = [attempt.turn for attempt in rejected if attempt.reasons == (TAKEN_BACK,)]
    unsure = min(taken_back, default=len(dialogue.turns))
    for index, attempts in groupby(own, key=lambda attempt: attempt.turn):
        # What stood before the attempts at such a turn may have been something else.
        if index >= unsure:
            unfit = "taken back, or after a turn that was" if taken_back else "at a turn never said"
            left_out[f"attempts: {unfit}"] += len(list(attempts))
            continue
        turn = dialogue.turns[index]
        seen = {turn.text: "equal to the accepted line"}
        for attempt in attempts:
            words = _find_words(attempt, turn)
            if why := _say_why_unfit(attempt, words, seen):
                left_out[why] += 1
            elif not _list_reasons(attempt, turn):
                left_out["attempts: not closing, nor does the accepted line"] += 1
            elif len(seen) > per_turn:
                left_out[f"attempts: beyond {per_turn} of a turn"] += 1
            elif words is not None:
                seen[words] = "equal to another"
                yield turn, attempt, words


def _say_why_unfit(
    attempt: RejectedAttempt, words: str | None, seen: Mapping[str, str]
) -> str | None:
    """Say why an attempt is no side of a pair; None when it is."""
    if attempt.reasons in _PASSED:
        return _PASSED[attempt.reasons]
    if words is None:
        return "attempts: first words given to the model, not kept"
    if not re.search(r"\w", words):
        return "attempts: without text"
    if words in seen:
        return f"attempts: {seen[words]}"
    return None


def _list_reasons(attempt: RejectedAttempt, turn: Turn) -> tuple[str, ...]:
    """List the checks that an attempt failed and the accepted line passed."""
    closes = CLOSING in turn.flags
    return tuple(reason for reason in attempt.reasons if closes or reason != _NOT_CLOSING)


def _find_words(attempt: RejectedAttempt, turn: Turn) -> str | None:
    """Find the line an attempt would have been; None where its first words were not kept.

    Where the line itself was not kept, it is made of the reply as that of the turn was made. The
    model gets more of a line with each attempt: where the accepted one had no words given, those
    before it had none.
    """
    if attempt.said is not None:
        return attempt.said
    if LED in turn.flags:
        return None
    reply = Reply(
        attempt.text,
        "stop",
        attempt.prompt_tokens,
        attempt.cached_tokens,
        attempt.completion_tokens,
        attempt.seconds,
    )
    return clean_reply(reply, turn.speaker, _END_MARKER).text
