"""How varied the language of a corpus is, and how much is said."""

import re
from collections.abc import Iterable, Sequence
from itertools import chain, islice

import numpy as np

from sqpsych.errors import InputError
from sqpsych.records import Dialogue, Speaker

DRAWS = 10
"""Samples that distinct-n is averaged over."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def split_words(text: str) -> list[str]:
    """Words, lower case, contractions whole; punctuation is left out."""
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


def distinct_n(
    texts: Iterable[str], n: int, *, sample_words: int | None = None, seed: int = 0
) -> float | None:
    """Measure distinct-n: different n-grams / all n-grams, 0-1; higher is more varied.

    N-grams do not reach from one text into the next. The share falls as a corpus grows, since what
    can be said anew runs out: two corpora compare only by samples of equal size. With
    `sample_words`, whole texts are drawn in random order until they hold so many words, the last
    one cut, ten times over, and the mean is given.

    Args:
        texts: one a dialogue, so that a sample keeps what is repeated within dialogues, or one a
            line.
        n: words an n-gram, 1 or more.
        sample_words: words a sample; None for all texts at once.
        seed: of the samples.

    Returns:
        None where there is no n-gram, or fewer words than a sample takes.

    Raises:
        InputError: n or sample_words is below 1.

    Source: Li et al. 2016, A Diversity-Promoting Objective Function for Neural Conversation Models,
        NAACL; its dependence on length, Liu et al. 2022, Rethinking and Refining the Distinct
        Metric, ACL.
    """
    if n < 1 or (sample_words is not None and sample_words < 1):
        raise InputError(f"distinct-n got n={n}, sample_words={sample_words}; expected 1 or more.")
    words = [split_words(text) for text in texts]
    if sample_words is None:
        return _share_of_distinct(words, n)
    if sum(map(len, words)) < sample_words:
        return None
    generator = np.random.default_rng(seed)
    shares = [
        _share_of_distinct(_cut([words[i] for i in generator.permutation(len(words))], limit), n)
        for limit in [sample_words] * DRAWS
    ]
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else None


def count_questions(dialogue: Dialogue, speaker: Speaker = "therapist") -> tuple[int, int]:
    """Count the questions a speaker asks, and the turns it takes."""
    texts = texts_of(dialogue, speaker)
    return sum(map(count_marks, texts)), len(texts)


def count_marks(text: str) -> int:
    """Count the questions in a line, by runs of question marks."""
    return len(re.findall(r"\?+", text))


def texts_of(dialogue: Dialogue, *speakers: Speaker) -> list[str]:
    """The lines of these speakers, in order."""
    return [turn.text for turn in dialogue.turns if turn.speaker in speakers]


def _share_of_distinct(texts: Sequence[Sequence[str]], n: int) -> float | None:
    grams = list(
        chain.from_iterable(
            zip(*(islice(words, start, None) for start in range(n)), strict=False)
            for words in texts
        )
    )
    return len(set(grams)) / len(grams) if grams else None


def _cut(texts: Iterable[Sequence[str]], limit: int) -> list[Sequence[str]]:
    """The first texts, up to so many words in all."""
    kept: list[Sequence[str]] = []
    for words in texts:
        kept.append(words[:limit])
        limit -= len(kept[-1])
        if not limit:
            break
    return kept
