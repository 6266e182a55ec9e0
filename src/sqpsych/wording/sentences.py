"""Texts as words and sentences, and how near they come to each other."""

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz import fuzz, process

_OPENING_WORDS = 3
SENTENCE_WORDS = 5
"""A sentence of so many words is long enough to be noticed when it comes again."""
KEPT = 1 << 16
"""Lines of which a reading is kept, since checks ask for it again: those of 1,000 sessions."""


def _pair(pairs: dict[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(rf"\b{old}\b"), new) for old, new in pairs.items())


_FIRST_PERSON = _pair(
    {
        "they are": "I am",
        "they were": "I was",
        "they're": "I'm",
        "are they": "am I",
        "were they": "was I",
        "they": "I",
        "their": "my",
        "theirs": "mine",
        "them": "me",
        "themselves": "myself",
        "themself": "myself",
    }
)
_SECOND_PERSON = _pair(
    {
        "I am": "you are",
        "I was": "you were",
        "I['’]m": "you're",
        "am I": "are you",
        "was I": "were you",
        "I": "you",
        "(?:my|our)": "your",
        "(?:My|Our)": "Your",
        "(?:mine|ours)": "yours",
        "(?:me|us)": "you",
        "(?:we|We)": "you",
        "myself": "yourself",
        "ourselves": "yourselves",
    }
)

_COMMON = frozenset(
    """
    all and any are but can did for get got had has her him his how its let may not now one our out
    own say see she the too two was way who why yes you
    about after again also always another anything around back because been before being better
    come coming could does doing done down during each even ever every everything feel feeling
    feelings felt first from gave gets give glad goes going gone good great have hear hello help
    here into just keep kind know last less like look made make many maybe mean might more most
    much must need never next nothing okay only other over people really right said same says seem
    session should show since small some something sometimes still such sure take talk talked tell
    than thank thanks that their them then there these they thing things think thinking this those
    thought thoughts through today together told took under understand until used very want wants
    week weeks well went were what when where which while will with work would year your yourself
    """.split()
)


def plain(text: str) -> str:
    """Lower case, with plain apostrophes: what patterns of English phrases are made for."""
    return text.lower().replace("’", "'")


@lru_cache(maxsize=KEPT)
def normalise(text: str) -> str:
    """Lower case, words alone, without apostrophes."""
    return " ".join(re.findall(r"\w+", plain(text).replace("'", "")))


def cut_sentences(text: str) -> list[str]:
    """Cut a text into sentences, as they were written."""
    return [part for part in re.split(r"(?<=[.!?…])\s+", text.strip()) if part]


@lru_cache(maxsize=KEPT)
def split_sentences(text: str, words: int = SENTENCE_WORDS) -> tuple[str, ...]:
    """Normalised sentences of so many words or more."""
    sentences = map(normalise, cut_sentences(text))
    return tuple(sentence for sentence in sentences if len(sentence.split()) >= words)


def take_opening(text: str) -> str:
    """Take the first words of a line, by which two lines are known to begin alike."""
    return " ".join(normalise(text).split()[:_OPENING_WORDS])


def has_near(sentences: Sequence[str], earlier: Sequence[str], similarity: int) -> bool:
    """Whether one of the sentences comes so near to an earlier one.

    Args:
        sentences: normalised.
        earlier: normalised.
        similarity: 0-100, by edit distance.
    """
    return any(
        process.extractOne(sentence, earlier, scorer=fuzz.ratio, score_cutoff=similarity)
        for sentence in sentences
    )


@lru_cache(maxsize=8192)
def to_first_person(text: str) -> str:
    """Put a phrase about "they" into the mouth of that person ("they lost their key": "I lost my
    key"). Verbs keep their form, but for those of being."""
    for pattern, word in _FIRST_PERSON:
        text = pattern.sub(word, text)
    return text


@lru_cache(maxsize=KEPT)
def to_second_person(text: str) -> str:
    """Say to someone what that person said ("I lost my key": "you lost your key")."""
    for pattern, word in _SECOND_PERSON:
        text = pattern.sub(word, text)
    return text


def end_sentence(text: str) -> str:
    """Put a full stop behind a text that ends in no sign of its own."""
    return text if text[-1:] in ".?!…" else f"{text}."


def make_sentence(text: str) -> str:
    """Make a sentence of a phrase: a capital in front, a full stop behind where nothing is."""
    return f"{text[:1].upper()}{end_sentence(text[1:])}"


def content_words(text: str, letters: int = 4) -> set[str]:
    """Words of so many letters and more that carry content, lower case, without plural s."""
    words = re.findall(rf"[^\W\d_]{{{letters},}}", text.lower())
    return {word.removesuffix("s") for word in words if word not in _COMMON}
