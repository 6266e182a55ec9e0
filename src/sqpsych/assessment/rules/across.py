"""Repetition across dialogues: lines of the therapist said to several people, near duplicates.

Both grow linearly with the corpus. Lines are compared word for word. Whole dialogues are compared
by their shingles, runs of five words: MinHash signatures (Broder 1997, On the resemblance and
containment of documents, SEQUENCES) and locality-sensitive hashing (Leskovec, Rajaraman & Ullman
2014, Mining of Massive Datasets, chapter 3) propose pairs, and the Jaccard similarity of their
shingles decides.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.figures import Cell, Finding, Measured, Row, make_missing
from sqpsych.assessment.language.diversity import split_words
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.statistics.rates import Found, join_found, keep_found, rate_ratio, rate_with
from sqpsych.errors import InputError
from sqpsych.records import Dialogue, Turn
from sqpsych.wording import normalise

LINE_WORDS = 5
"""A line of so many words is long enough to be noticed when others hear it too."""
SHINGLE_WORDS = 5
NEAR = 0.8
"""Jaccard similarity of shingles, 0-1, from which dialogues are near duplicates."""
PERMUTATIONS = 126
BANDS = (21, 6)
"""Bands and their rows: of pairs as similar as `NEAR`, 998 in 1,000 share a band."""
HOPELESS = 0.55
"""Pairs whose signatures agree less are not compared further: at `NEAR`, agreement has a standard
deviation of 0.036."""
TABLE_LINES = 30

Shingles = NDArray[np.uint64]

_FACTORS = np.random.default_rng(7).integers(1 << 63, size=SHINGLE_WORDS, dtype=np.uint64) * 2 + 1
_MIXER = np.uint64(0xBF58476D1CE4E5B9)
"""Odd factors, so that no bit of a word's number is lost."""


@dataclass(frozen=True, slots=True)
class SharedLine:
    """A line of the therapist that several people hear."""

    text: str
    """As it was said first."""
    people: int
    turns: int


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """A dialogue that nearly equals an earlier one."""

    dialogue: int
    """Position in the sample."""
    earlier: int
    similarity: float
    """Jaccard similarity of their shingles, 0-1."""


@dataclass(slots=True)
class _Uses:
    text: str
    people: set[str] = field(default_factory=set)
    turns: list[tuple[int, Turn]] = field(default_factory=list)
    """Position of the dialogue, and the turn."""


def find_shared_lines(
    dialogues: Sequence[Dialogue],
) -> tuple[list[tuple[Finding, ...]], list[SharedLine]]:
    """Find lines of the therapist that stand word for word in another person's dialogue.

    Lines of fewer than five words are left out; case, punctuation and apostrophes do not count.

    Returns:
        The findings of each dialogue, and the lines, those heard by the most people first.
    """
    found: list[list[Finding]] = [[] for _ in dialogues]
    shared = []
    for uses in _collect_lines(dialogues).values():
        if len(uses.people) < 2:
            continue
        shared.append(SharedLine(uses.text, len(uses.people), len(uses.turns)))
        for place, turn in uses.turns:
            found[place].append(Finding(turn.index, "copied_line", turn.text))
    shared.sort(key=lambda line: (-line.people, -line.turns, line.text))
    return [tuple(sorted(each, key=lambda finding: finding.turn)) for each in found], shared


def find_near_duplicates(dialogues: Sequence[Dialogue]) -> list[NearDuplicate]:
    """Find dialogues that share four in five or more of all their shingles with an earlier one.

    Each is compared with those before it that are no near duplicates themselves, so that a corpus
    of copies takes no longer than one of originals. Dialogues of fewer than five words are left
    out.

    Raises:
        InputError: datasketch is not installed.
    """
    sketch, index = _open_index()
    kept: dict[int, tuple[Shingles, Any]] = {}
    found = []
    for place, shingles in enumerate(_list_shingles(dialogues)):
        if not shingles.size:
            continue
        own = sketch(shingles)
        proposed = [n for n in sorted(index.query(own)) if own.jaccard(kept[n][1]) >= HOPELESS]
        nearest = _find_nearest(shingles, {n: kept[n][0] for n in proposed})
        if nearest is None:
            index.insert(place, own)
            kept[place] = shingles, own
        else:
            found.append(NearDuplicate(place, *nearest))
    return found


def measure_similarity(a: Shingles, b: Shingles) -> float:
    """Jaccard similarity of two sets of shingles, 0-1; neither may be empty."""
    common = np.intersect1d(a, b, assume_unique=True).size
    return float(common / (a.size + b.size - common))


def hash_shingles(words: NDArray[np.uint64]) -> Shingles:
    """Hash each run of five words, given as numbers; each shingle once, sorted."""
    if words.size < SHINGLE_WORDS:
        return np.empty(0, dtype=np.uint64)
    runs = np.lib.stride_tricks.sliding_window_view(words, SHINGLE_WORDS)
    mixed = (runs * _FACTORS).sum(axis=1, dtype=np.uint64)
    mixed ^= mixed >> np.uint64(32)
    mixed *= _MIXER
    return np.unique(mixed ^ (mixed >> np.uint64(29)))


def _list_shingles(dialogues: Sequence[Dialogue]) -> Iterator[Shingles]:
    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    for dialogue in dialogues:
        words = split_words("\n".join(turn.text for turn in dialogue.turns))
        yield hash_shingles(np.fromiter((numbers[word] for word in words), np.uint64, len(words)))


def _collect_lines(dialogues: Sequence[Dialogue]) -> dict[str, _Uses]:
    lines: dict[str, _Uses] = {}
    for place, dialogue in enumerate(dialogues):
        for turn in dialogue.turns:
            if turn.speaker != "therapist":
                continue
            words = normalise(turn.text).split()
            if len(words) >= LINE_WORDS:
                uses = lines.setdefault(" ".join(words), _Uses(turn.text))
                uses.people.add(dialogue.pseudonym)
                uses.turns.append((place, turn))
    return lines


def _find_nearest(
    shingles: Shingles, candidates: Mapping[int, Shingles]
) -> tuple[int, float] | None:
    """The most similar of the candidates, the first of them where several are, if near enough."""
    rated = [(measure_similarity(shingles, other), place) for place, other in candidates.items()]
    near = [(-similarity, place) for similarity, place in rated if similarity >= NEAR]
    return (min(near)[1], -min(near)[0]) if near else None


def _open_index() -> tuple[Callable[[Shingles], Any], Any]:
    """What makes signatures of shingles, and an empty index of signatures."""
    try:
        from datasketch import MinHash, MinHashLSH
    except ImportError as error:
        raise InputError(
            "Near duplicates are found with datasketch, which is not installed. "
            "Run `pip install 'sqpsych[assess]'`."
        ) from error
    permutations = MinHash(num_perm=PERMUTATIONS).permutations

    def sketch(shingles: Shingles) -> Any:
        signature = MinHash(
            num_perm=PERMUTATIONS, hashfunc=int, permutations=permutations, scheme="affine32"
        )
        signature.update_batch((shingles >> np.uint64(32)).tolist())
        return signature

    return sketch, MinHashLSH(num_perm=PERMUTATIONS, params=BANDS)


def measure_across(sample: Sample) -> Measured:
    """Measure what the dialogues of a sample have in common."""
    dialogues = sample.closed
    copied, shared = find_shared_lines(dialogues)
    duplicates = find_near_duplicates(dialogues)
    near = _name_duplicates(dialogues, duplicates)
    found = join_found(copied, near)
    tables: dict[str, list[dict[str, Cell]]] = {
        "lines said to several people": [
            {"line": line.text, "people": line.people, "turns": line.turns}
            for line in shared[:TABLE_LINES]
        ],
        "near duplicates": [
            {
                "dialogue": dialogues[pair.dialogue].id,
                "other": dialogues[pair.earlier].id,
                "similarity": pair.similarity,
            }
            for pair in duplicates
        ],
    }
    return Measured(_rate_across(sample, copied, near), keep_found(sample, found), tables)


def _rate_across(sample: Sample, copied: Found, near: Found) -> tuple[Row, ...]:
    name, several = "therapist lines said to several people, share", len(set(sample.people)) > 1
    lines = [(len(found), _count_lines(d)) for found, d in zip(copied, sample.closed, strict=True)]
    return (
        rate_ratio(sample, name, lines, "lower", why="no line of five words")
        if several
        else make_missing(name, "fewer than two people", "lower", len(set(sample.people))),
        rate_with(sample, "with a near duplicate, share", near)
        if len(sample.closed) > 1
        else make_missing("with a near duplicate, share", "fewer than two dialogues", "lower"),
    )


def _count_lines(dialogue: Dialogue) -> int:
    """Lines of the therapist that are long enough to be compared."""
    return sum(
        len(normalise(turn.text).split()) >= LINE_WORDS
        for turn in dialogue.turns
        if turn.speaker == "therapist"
    )


def _name_duplicates(
    dialogues: Sequence[Dialogue], pairs: Sequence[NearDuplicate]
) -> list[tuple[Finding, ...]]:
    """A finding for either side of each pair, the earlier one once."""
    others: dict[int, tuple[int, float]] = {}
    for pair in pairs:
        others[pair.dialogue] = pair.earlier, pair.similarity
        others.setdefault(pair.earlier, (pair.dialogue, pair.similarity))
    return [
        () if place not in others else (_name_other(dialogue, dialogues, *others[place]),)
        for place, dialogue in enumerate(dialogues)
    ]


def _name_other(
    dialogue: Dialogue, dialogues: Sequence[Dialogue], other: int, similarity: float
) -> Finding:
    quote = f"{dialogues[other].id}, {similarity:.0%} of the two in common"
    return Finding(dialogue.turns[0].index, "near_duplicate", quote)


ACROSS = Measure(
    name="across",
    title="Repetition across dialogues",
    about="Lines of the therapist, of five words or more, that stand word for word in the "
    "dialogue of another person; and dialogues whose sets of five-word shingles have a Jaccard "
    "similarity of 0.8 or more, proposed by MinHash and locality-sensitive hashing (Broder 1997, "
    "SEQUENCES; Leskovec, Rajaraman & Ullman 2014, Mining of Massive Datasets, chapter 3) and then "
    "counted.",
    take=measure_across,
)
