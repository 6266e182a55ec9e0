"""What a therapist takes up from a client's line: a sentence of it, said to the client."""

import re
from collections.abc import Sequence
from functools import lru_cache

from sqpsych.roleplay.telling import DEGREES
from sqpsych.wording import content_words, cut_sentences, to_second_person

_TAKEN_UP = 24
"""Words of the client that the therapist takes up, at most."""
_FILLER = re.compile(
    r"^(?:(?:yes|no)[,.:] |"
    r"(?:well|but then|maybe|hello|hi|and|but|so|oh|um|hm|besides|honestly|to be honest|"
    r"frankly|i don['’]t know|i would say|i guess|i suppose|let me think|"
    r"since you ask|it is hard to say|how shall i put it|"
    r"i think(?= (?:i|it|that|the|my|he|she|they|we|nobody|there)\b)|"
    r"(?:and )?(?:on top of that|another thing|apart from that|while we are at it))[,.:]? )+",
    re.IGNORECASE,
)
_IS_I = re.compile(r"I\b")
_FEWEST = 2
"""Words that carry content without which a sentence is not worth taking up behind another."""


def take_up(
    line: str,
    lead_ins: Sequence[str] = (),
    claims: Sequence[str] = (),
    *,
    further: bool = False,
    framed: bool = True,
    most: int = _TAKEN_UP,
) -> str:
    """Take up one sentence of a client's line, said to the client; of a long one the start.

    That is the last one that tells of a symptom, so that nobody who speaks of tears is asked about
    something else; without any, the first.

    Args:
        line: what the client said.
        lead_ins: words that only lead to what a sentence tells; they are left out.
        claims: clauses of the line that tell of a symptom.
        further: whether to take what stands behind a symptom, a scene that goes with it.
        framed: whether to keep words of how often or how much.
        most: words, at most.

    Returns:
        A sentence without capital and full stop; empty when there is nothing short enough.
    """
    sentences = cut_sentences(line)
    if not sentences:
        return ""
    telling = [i for i, said in enumerate(sentences) if any(claim in said for claim in claims)]
    place = telling[-1] if telling else 0
    behind = sentences[place + 1] if telling and place + 1 < len(sentences) else ""
    if further and len(content_words(behind, letters=3)) >= _FEWEST:
        place += 1
    taken = _strip(sentences[place], tuple(lead_ins))
    taken = taken if framed else _unframe(taken)
    spoken = to_second_person(taken if _IS_I.match(taken) else taken[:1].lower() + taken[1:])
    spoken = _shorten(spoken, most)
    return spoken if len(spoken.split()) <= most else ""


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
    tells = start.lower() not in DEGREES and len(content_words(start, letters=3)) >= _FEWEST
    return start if is_long and tells and len(start.split()) > most // 4 else sentence


def _unframe(sentence: str) -> str:
    """Leave out how often or how much, where it stands at the edge."""
    bare = _FRAME.sub("", sentence)
    return bare if len(bare.split()) > 1 else sentence


_DEGREE = "|".join(re.escape(degree) for degree in sorted(DEGREES, key=len, reverse=True))
_FRAME = re.compile(rf"^(?:{_DEGREE}),? |,? (?:{_DEGREE})$", re.IGNORECASE)
