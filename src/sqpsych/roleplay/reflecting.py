"""What a therapist takes up from a client's line: a sentence of it, said to the client.

What the client complains of is never said back. Whoever says it back tells the groups apart by the
therapist's words alone, however well meant it is.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from sqpsych.wording import content_words, cut_sentences, to_second_person

_TAKEN_UP = 24
"""Words of the client that the therapist takes up, at most."""
_FILLER = re.compile(
    r"^(?:(?:yes|no)[,.:] |"
    r"(?:well|but then|maybe|hello|hi|and|but|so|oh|um|hm|besides|honestly|to be honest|"
    r"frankly|i don['’]t know|i would say|i guess|i suppose|let me think|"
    r"since you ask|it is hard to say|how shall i put it|"
    r"i think(?= (?:i|it|that|the|my|he|she|they|we|nobody|there)\b)|"
    r"(?:and )?(?:on top of that|another thing|apart from that|while we are at it)|"
    r"let me see)[,.:]?(?: |$))+",
    re.IGNORECASE,
)
_IS_I = re.compile(r"I\b")
_FEWEST = 2
"""Words that carry content without which the start of a sentence does not stand for it."""


def take_up(
    line: str,
    lead_ins: Sequence[str] = (),
    claims: Sequence[str] = (),
    *,
    most: int = _TAKEN_UP,
) -> Iterator[str]:
    """Take up sentences of a client's line, said to the client; of a long one the start.

    Args:
        line: what the client said.
        lead_ins: words that only lead to what a sentence tells; they are left out.
        claims: clauses of the line that tell of a symptom; what comes from the first of them on
            is left out, a scene that goes with it too.
        most: words, at most.

    Yields:
        Sentences without capital and full stop, but for those that only pause; empty for one that
        is too long.
    """
    for sentence in cut_sentences(line):
        if any(claim in sentence for claim in claims):
            return
        taken = _strip(sentence, tuple(lead_ins))
        if not taken:
            continue
        spoken = to_second_person(taken if _IS_I.match(taken) else taken[:1].lower() + taken[1:])
        spoken = _shorten(spoken, most)
        yield spoken if len(spoken.split()) <= most else ""


def _strip(sentence: str, lead_ins: tuple[str, ...]) -> str:
    """Leave out what only leads to what is told, and the full stop."""
    bare = _FILLER.sub("", sentence)
    if lead_ins and (found := _any_of(lead_ins).match(bare)):
        bare = bare[found.end() :]
    return _FILLER.sub("", bare).rstrip(".!?…")


@lru_cache(maxsize=64)
def _any_of(lead_ins: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(lead_ins, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)


def _shorten(sentence: str, most: int) -> str:
    """Keep the start of a sentence that is too long, up to its last comma."""
    start = sentence.rpartition(",")[0]
    is_long = len(sentence.split()) > most
    tells = len(content_words(start, letters=3)) >= _FEWEST
    return start if is_long and tells and len(start.split()) > most // 4 else sentence
