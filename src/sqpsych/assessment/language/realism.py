"""How far a corpus lies from real sessions: lengths, ways of speaking, and meaning of the lines.

Two corpora differ for many reasons that have nothing to do with being made: clients, problems,
therapies, transcription. The figures say how far, not why.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.figures import Better, Measured, Row, make_missing, make_row
from sqpsych.assessment.language.diversity import count_questions, split_words, texts_of
from sqpsych.assessment.language.function_words import FUNCTION_WORDS
from sqpsych.assessment.language.line_distance import compare_lines
from sqpsych.assessment.leakage.words import find_stem
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.statistics.intervals import (
    LEVEL,
    Estimate,
    draw_counts,
    find_percentiles,
    sum_by_person,
)
from sqpsych.records import SPEAKERS, Dialogue, Speaker

SHORT_TURN_WORDS = 5
ABOUT = (
    "Distance from real sessions: median words a turn, questions, reflections (by a heuristic: "
    "turns without a question that take up a content word of the client's last line), hesitations "
    "and short turns, each as a difference from the reference; Wasserstein distance of the words a "
    "turn (Vallender 1974, Theory Probab Appl 18:784). Of equal samples of lines by their sentence "
    "embeddings (all-MiniLM-L6-v2; Reimers & Gurevych 2019, EMNLP): Fréchet distance (Heusel et "
    "al. 2017, NeurIPS; on texts, Xiang et al. 2021, Findings of ACL), which is biased upwards in "
    "small samples (Chong & Forsyth 2020, CVPR), and precision and recall (Kynkäänniemi et al. "
    "2019, NeurIPS). Intervals over the people of both: bootstrap, and jackknife for what rests on "
    "embeddings, since people drawn twice would shrink the spread of the lines."
)
"""What `measure_realism` gives and how: one paragraph for the methods of the report."""

_HESITATION = re.compile(
    r"\b(?:u+m+|u+h+|e+r+m*|h+m+|i (?:do not|don['’]?t) know|i mean|you know)\b|\.{2,}|…",
    re.IGNORECASE,
)
_HEURISTIC = "a heuristic: turns without a question that take up a content word of the client's"

Table = NDArray[np.float64]
Count = tuple[float, float]
"""Something counted in a dialogue, and the turns it was counted in."""


@dataclass(frozen=True, slots=True)
class _Rate:
    """Something counted a turn."""

    name: str
    count: Callable[[Dialogue], Count]
    is_english: bool = False
    note: str = ""


def measure_realism(sample: Sample, reference: Sample) -> Measured:
    """Measure how far a corpus lies from a reference of real sessions.

    Args:
        sample: the corpus; its closed dialogues are measured.
        reference: the real sessions, of which the closed ones are measured.

    Returns:
        Differences (corpus minus reference), distances between distributions of words a turn, and
        distances between the lines in meaning. Intervals draw the people of both.
    """
    empty = [corpus.name for corpus in (sample, reference) if not corpus.closed]
    why = f"no closed dialogue in {' and '.join(empty)}" if empty else ""
    rows: list[Row] = []
    for side in SPEAKERS:
        rows += _judge_lengths(sample, reference, side, why)
    rows += [_judge_rate(sample, reference, rate, why) for rate in _RATES]
    return Measured((*rows, *compare_lines(sample, reference)))


def count_hesitations(dialogue: Dialogue) -> Count:
    """Count the client's hesitations, and its turns.

    "Um", "uh", "er" and "hmm", "I don't know", "I mean", "you know", and dots that trail off.
    """
    texts = texts_of(dialogue, "client")
    return sum(len(_HESITATION.findall(text)) for text in texts), len(texts)


def count_reflections(dialogue: Dialogue) -> Count:
    """Count the therapist's turns that take up what the client has just said, and all its turns.

    A heuristic, no coding of reflections: a turn without a question mark, right after the client's,
    that has a word of the same stem as one of the client's, other than function words.
    """
    turns = dialogue.turns
    found = sum(
        1
        for before, turn in pairwise(turns)
        if (before.speaker, turn.speaker) == ("client", "therapist")
        and "?" not in turn.text
        and _find_content(before.text) & _find_content(turn.text)
    )
    return found, sum(turn.speaker == "therapist" for turn in turns)


def count_short_turns(dialogue: Dialogue) -> Count:
    """Count the client's turns of fewer than five words, and its turns."""
    texts = texts_of(dialogue, "client")
    return sum(len(split_words(text)) < SHORT_TURN_WORDS for text in texts), len(texts)


def compare_lengths(
    sample: Sequence[tuple[str, int]], reference: Sequence[tuple[str, int]], seed: int = 0
) -> tuple[Estimate, Estimate]:
    """Compare two distributions of lengths, with intervals over the people of both.

    Args:
        sample: whose turn, and its words; one turn at least.
        reference: likewise.
        seed: of the draws.

    Returns:
        The difference of the medians, sample minus reference, and the Wasserstein distance, the
        words that the lengths of one have to be moved by on average to become those of the other.
        Draws of people put some distance between corpora that have none, so that its interval never
        reaches 0.

    Source: Wasserstein distance in one dimension, Vallender 1974, Theory Probab Appl 18:784.
    """
    levels = np.unique([words for _, words in (*sample, *reference)])
    tables = [_count_levels(turns, levels) for turns in (sample, reference)]
    people = sum(len(table) for table in tables)
    whole = [table.sum(axis=0)[None] for table in tables]
    median = float((_find_medians(whole[0], levels) - _find_medians(whole[1], levels))[0])
    distance = float(_find_wasserstein(whole[0], whole[1], levels)[0])
    if min(map(len, tables)) < 2:
        return Estimate(median, None, None, people), Estimate(distance, None, None, people)
    generator = np.random.default_rng(seed)
    drawn = [draw_counts(len(table), generator) @ table for table in tables]
    medians = _find_medians(drawn[0], levels) - _find_medians(drawn[1], levels)
    return (
        Estimate(median, *_find_ends(medians), people),
        Estimate(distance, *_find_ends(_find_wasserstein(drawn[0], drawn[1], levels)), people),
    )


def compare_rates(
    sample: Sequence[Count],
    reference: Sequence[Count],
    people: tuple[Sequence[str], Sequence[str]],
    seed: int = 0,
) -> Estimate:
    """Compare two ratios, sample minus reference, with an interval over the people of both.

    Args:
        sample: what was counted in each dialogue, and in how many turns.
        reference: likewise.
        people: whose the dialogues of each are.
        seed: of the draws.

    Returns:
        The difference; no value where one of them has no turn.
    """
    sums = [
        sum_by_person(np.array(counts, dtype=np.float64).reshape(-1, 2), owners)
        for counts, owners in zip((sample, reference), people, strict=True)
    ]
    number = sum(map(len, sums))
    totals = [table.sum(axis=0) for table in sums]
    if not all(total[1] for total in totals):
        return Estimate(None, None, None, number)
    value = float(totals[0][0] / totals[0][1] - totals[1][0] / totals[1][1])
    if min(map(len, sums)) < 2:
        return Estimate(value, None, None, number)
    generator = np.random.default_rng(seed)
    (a, m), (b, n) = ((draw_counts(len(table), generator) @ table).T for table in sums)
    return Estimate(value, *find_percentiles(a * n - b * m, m * n), number)


def _judge_lengths(sample: Sample, reference: Sample, side: Speaker, why: str) -> Iterator[Row]:
    names: tuple[tuple[str, Better], tuple[str, Better]] = (
        (f"median words a {side} turn, minus the reference's", "none"),
        (f"Wasserstein distance of words a {side} turn", "lower"),
    )
    turns = [_list_lengths(corpus, side) for corpus in (sample, reference)]
    if not all(turns):
        why = why or f"the {side} does not speak in both corpora"
        yield from (make_missing(name, why, better) for name, better in names)
        return
    estimates = compare_lengths(turns[0], turns[1], sample.seed)
    note = f"{len(turns[0]):,} turns against {len(turns[1]):,}"
    for (name, better), estimate in zip(names, estimates, strict=True):
        yield make_row(name, estimate, better, note)


def _judge_rate(sample: Sample, reference: Sample, rate: _Rate, why: str) -> Row:
    name = f"{rate.name}, minus the reference's"
    foreign = [c.name for c in (sample, reference) if c.language != "en"]
    if rate.is_english and foreign:
        why = why or f"measured in English only; {' and '.join(foreign)} is in another language"
    if why:
        return make_missing(name, why)
    counts = [[rate.count(dialogue) for dialogue in c.closed] for c in (sample, reference)]
    people = (sample.people, reference.people)
    estimate = compare_rates(counts[0], counts[1], people, sample.seed)
    if estimate.value is None:
        return make_missing(name, "one of the two has no such turn", n=estimate.n)
    shares = [sum(a for a, _ in each) / sum(b for _, b in each) for each in counts]
    note = f"{shares[0]:.2f} against {shares[1]:.2f}"
    return make_row(name, estimate, "none", "; ".join(part for part in (note, rate.note) if part))


_RATES = (
    _Rate("questions a therapist turn", count_questions),
    _Rate("reflections a therapist turn", count_reflections, True, _HEURISTIC),
    _Rate("hesitations a client turn", count_hesitations, True),
    _Rate(f"client turns of fewer than {SHORT_TURN_WORDS} words, share", count_short_turns),
)


def _find_content(text: str) -> set[str]:
    return {find_stem(word) for word in split_words(text) if word not in FUNCTION_WORDS}


def _list_lengths(corpus: Sample, side: Speaker) -> list[tuple[str, int]]:
    return [
        (dialogue.pseudonym, len(split_words(text)))
        for dialogue in corpus.closed
        for text in texts_of(dialogue, side)
    ]


def _count_levels(turns: Sequence[tuple[str, int]], levels: NDArray[np.intp]) -> Table:
    """How many turns of each length each person has; (people, levels)."""
    places = {person: place for place, person in enumerate(dict.fromkeys(p for p, _ in turns))}
    table = np.zeros((len(places), len(levels)))
    columns = np.searchsorted(levels, [words for _, words in turns])
    np.add.at(table, (np.array([places[person] for person, _ in turns]), columns), 1)
    return table


def _find_medians(counts: Table, levels: NDArray[np.intp]) -> Table:
    """The median of each row of counts, the mean of the two in the middle where there are two."""
    reached = counts.cumsum(axis=1)
    half = reached[:, -1:] / 2
    low, high = (reached >= half).argmax(axis=1), (reached > half).argmax(axis=1)
    medians: Table = (levels[low] + levels[high]) / 2
    return medians


def _find_wasserstein(sample: Table, reference: Table, levels: NDArray[np.intp]) -> Table:
    a, b = (counts.cumsum(axis=1) / counts.sum(axis=1)[:, None] for counts in (sample, reference))
    distances: Table = abs(a - b)[:, :-1] @ np.diff(levels).astype(np.float64)
    return distances


def _find_ends(values: Table) -> tuple[float, float]:
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)
