"""How varied the words of a corpus are: distinct-n, self-BLEU, MTLD, growth of the vocabulary."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import exp, inf, log

import numpy as np

from sqpsych.assessment.figures import Cell, Measured, Row, make_missing, make_row
from sqpsych.assessment.language.diversity import distinct_n, split_words, texts_of
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.statistics.intervals import bootstrap_mean
from sqpsych.records import Speaker

SAMPLE_WORDS = 5000
"""Words of the samples of distinct-n, the same for every corpus."""
BLEU_DIALOGUES = 100
"""Dialogues that self-BLEU is measured among, at most."""
BLEU_ORDER = 4
MTLD_THRESHOLD = 0.72
"""Share of different words at which a factor is full: McCarthy & Jarvis 2010."""
MTLD_WORDS = 100
"""Shorter texts have no stable MTLD: Koizumi 2012, Vocab Learn Instr 1:60."""

_SMOOTHED = 0.1
"""What counts for no match at all: method 1 of Chen & Cherry 2014, WMT, as in Texygen."""
_STEPS = (1, 2, 5)

Sides = Mapping[str, Sequence[str]]


def measure_variety(sample: Sample) -> Measured:
    """Measure the variety of the words of a corpus, of both sides together and of each.

    Args:
        sample: its closed dialogues are measured.
    """
    sides: Sides = {
        "": _join(sample, "therapist", "client"),
        ", therapist": _join(sample, "therapist"),
        ", client": _join(sample, "client"),
    }
    words = {side: [split_words(text) for text in texts] for side, texts in sides.items()}
    rows = [
        *_judge_distinct(sides, sample),
        *(
            row
            for side in list(sides)[1:]
            for row in (_judge_bleu(words[side], side, sample), _judge_mtld(words, side, sample))
        ),
    ]
    return Measured(tuple(rows), tables={"vocabulary growth": _tabulate_growth(words, sample.seed)})


def score_self_bleu(texts: Sequence[Sequence[str]]) -> list[float | None]:
    """Score each text by BLEU-4 against all others: how much of it is said elsewhere, 0-1.

    N-grams of one to four words, clipped at the most any other text has; an order above one without
    a match counts a tenth of a match; brevity penalty by the other text nearest in length, the
    shorter of two.

    Args:
        texts: words of each; two texts at least.

    Returns:
        One a text; None for a text of fewer than four words.

    Source: Zhu et al. 2018, Texygen, SIGIR; BLEU, Papineni et al. 2002, ACL.
    """
    lengths = [len(text) for text in texts]
    logs = np.zeros(len(texts))
    for order in range(1, BLEU_ORDER + 1):
        counts = [Counter(zip(*(text[n:] for n in range(order)), strict=False)) for text in texts]
        tops = _find_tops(counts)
        for at, own in enumerate(counts):
            if lengths[at] >= BLEU_ORDER:
                matched = sum(min(n, tops[gram].beside(at)) for gram, n in own.items())
                least = _SMOOTHED if order > 1 else 0
                logs[at] += _log(max(matched, least) / own.total()) / BLEU_ORDER
    return [
        exp(logs[at] + _penalise(length, lengths[:at] + lengths[at + 1 :]))
        if length >= BLEU_ORDER
        else None
        for at, length in enumerate(lengths)
    ]


def measure_mtld(words: Sequence[str]) -> float | None:
    """Measure MTLD: the mean length of stretches that keep their share of different words.

    A stretch ends where the share of different words falls below 0.72; what is left at the end
    counts as the part of a stretch that it has run through. The mean of reading forward and
    backward; higher is more varied.

    Args:
        words: of one text, in order.

    Returns:
        Words; None for no word, and where no word comes twice, so that no stretch ever ends.

    Source: McCarthy & Jarvis 2010, MTLD, vocd-D, and HD-D, Behav Res Methods 42:381.
    """
    factors = [_count_factors(words), _count_factors(words[::-1])]
    if not all(factors):
        return None
    return sum(len(words) / factor for factor in factors) / len(factors)


def count_types(texts: Sequence[Sequence[str]], sizes: Sequence[int]) -> list[int | None]:
    """Count the different words among the first ones, for each of these sizes, ascending.

    Returns:
        None for sizes that the texts do not reach.

    Source: Heaps 1978, Information Retrieval, section 7.5.
    """
    seen: set[str] = set()
    read, found = 0, []
    waiting = list(sizes)
    for text in texts:
        start = 0
        while waiting and read + len(text) - start >= waiting[0]:
            end = start + waiting[0] - read
            seen.update(text[start:end])
            found.append(len(seen))
            read, start = waiting.pop(0), end
        seen.update(text[start:])
        read += len(text) - start
    return [*found, *[None] * len(waiting)]


class _Top:
    """The most that any text has of an n-gram, and the most that any other has."""

    __slots__ = ("first", "owner", "second")

    def __init__(self) -> None:
        self.first = self.second = 0
        self.owner = -1

    def add(self, count: int, owner: int) -> None:
        if count > self.first:
            self.first, self.second, self.owner = count, self.first, owner
        elif count > self.second:
            self.second = count

    def beside(self, owner: int) -> int:
        """The most that a text other than this one has."""
        return self.second if owner == self.owner else self.first


def _find_tops(counts: Sequence[Counter[tuple[str, ...]]]) -> dict[tuple[str, ...], _Top]:
    tops: dict[tuple[str, ...], _Top] = {}
    for at, own in enumerate(counts):
        for gram, count in own.items():
            top = tops.get(gram)
            if top is None:
                top = tops[gram] = _Top()
            top.add(count, at)
    return tops


def _log(share: float) -> float:
    return log(share) if share else -inf


def _penalise(length: int, others: Sequence[int]) -> float:
    """Logarithm of the brevity penalty."""
    nearest = min(others, key=lambda other: (abs(other - length), other))
    return min(0.0, 1 - nearest / length)


def _count_factors(words: Sequence[str]) -> float:
    factors, read = 0.0, 0
    seen: set[str] = set()
    for word in words:
        read += 1
        seen.add(word)
        if len(seen) / read < MTLD_THRESHOLD:
            factors, read = factors + 1, 0
            seen.clear()
    if read:
        factors += (1 - len(seen) / read) / (1 - MTLD_THRESHOLD)
    return factors


def _join(sample: Sample, *sides: Speaker) -> list[str]:
    """The text of each closed dialogue."""
    return ["\n".join(texts_of(dialogue, *sides)) for dialogue in sample.closed]


def _judge_distinct(sides: Sides, sample: Sample) -> Iterator[Row]:
    people = len(set(sample.people))
    for side, texts in sides.items():
        for n in (1, 2, 3) if not side else (2,):
            name = f"distinct-{n} of {SAMPLE_WORDS:,} words{side}"
            share = distinct_n(texts, n, sample_words=SAMPLE_WORDS, seed=sample.seed)
            if share is None:
                yield make_missing(name, f"fewer than {SAMPLE_WORDS:,} words", "higher", people)
            else:
                note = "no interval: people drawn twice would lower it"
                yield Row(name, share, None, None, people, "higher", note)


def _judge_bleu(words: Sequence[Sequence[str]], side: str, sample: Sample) -> Row:
    order = np.random.default_rng(sample.seed).permutation(len(words))[:BLEU_DIALOGUES]
    drawn = [(words[at], sample.people[at]) for at in sorted(order) if len(words[at]) >= BLEU_ORDER]
    name, people = f"self-BLEU{side}", [person for _, person in drawn]
    if len(drawn) < 2:
        why = f"needs two dialogues with {BLEU_ORDER} words or more; there are {len(drawn)}"
        return make_missing(name, why, "lower", len(set(people)))
    scores = [score or 0.0 for score in score_self_bleu([text for text, _ in drawn])]
    note = f"{len(drawn)} dialogues; rises with more; the interval takes the others as given"
    return make_row(name, bootstrap_mean(scores, people, sample.seed), "lower", note)


def _judge_mtld(words: Mapping[str, Sequence[Sequence[str]]], side: str, sample: Sample) -> Row:
    scores = [
        (score, person)
        for text, person in zip(words[side], sample.people, strict=True)
        if len(text) >= MTLD_WORDS and (score := measure_mtld(text)) is not None
    ]
    if not scores:
        why = f"no dialogue with {MTLD_WORDS} words or more of this side"
        return make_missing(f"MTLD{side}", why, "higher")
    values, people = [score for score, _ in scores], [person for _, person in scores]
    kept = f"{len(scores)} of {len(words[side])} dialogues"
    short = f"{kept}; the others have fewer than {MTLD_WORDS} words"
    note = short if len(scores) < len(words[side]) else ""
    return make_row(f"MTLD{side}", bootstrap_mean(values, people, sample.seed), "higher", note)


def _tabulate_growth(
    words: Mapping[str, Sequence[Sequence[str]]], seed: int
) -> list[dict[str, Cell]]:
    longest = sum(map(len, words[""]))
    sizes = [
        step * 10**power
        for power in range(3, len(str(longest)))
        for step in _STEPS
        if step * 10**power <= longest
    ]
    columns = {}
    for side, texts in words.items():
        order = np.random.default_rng(seed).permutation(len(texts))
        columns[side.strip(", ") or "both"] = count_types([texts[at] for at in order], sizes)
    return [
        {"words": size, **{side: counts[at] for side, counts in columns.items()}}
        for at, size in enumerate(sizes)
    ]


VARIETY = Measure(
    name="variety",
    title="Variety of the words",
    about=(
        "Distinct-n, the share of different n-grams, on samples of "
        f"{SAMPLE_WORDS:,} words (Li et al. 2016, NAACL; equal samples, Liu et al. 2022, ACL). "
        f"Self-BLEU, the mean BLEU-4 of each of up to {BLEU_DIALOGUES} dialogues against the "
        "others (Zhu et al. 2018, SIGIR); lower is more varied. MTLD, the mean length of stretches "
        "whose share of different words stays at 0.72, read forward and backward (McCarthy & "
        "Jarvis 2010, Behav Res Methods 42:381), the mean of dialogues with "
        f"{MTLD_WORDS} words of the side or more (Koizumi 2012, Vocab Learn Instr 1:60). "
        "Vocabulary growth: different words among the first 1,000, 2,000, 5,000 and so on, "
        "dialogues in random order (Heaps 1978). Intervals by bootstrap over people."
    ),
    take=measure_variety,
)
