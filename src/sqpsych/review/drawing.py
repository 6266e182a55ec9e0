"""Which dialogues are rated: a sample spread evenly over groups and lengths."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, zip_longest
from random import Random

from sqpsych.errors import ReviewError
from sqpsych.records import Dialogue

LENGTHS = 3
"""Classes of length that a sample is spread over."""


@dataclass(frozen=True, slots=True)
class SourceDialogue:
    """A dialogue of a corpus, with what is known of it."""

    corpus: str
    dialogue: Dialogue
    condition: str | None

    @property
    def words(self) -> int:
        """How long it is."""
        return sum(len(turn.text.split()) for turn in self.dialogue.turns)


@dataclass(frozen=True, slots=True)
class SourcePair:
    """Two texts to be compared, of different corpora."""

    a: SourceDialogue
    b: SourceDialogue
    shared: int
    """Turns with which both begin, word for word."""


def draw_sample(sources: Sequence[SourceDialogue], count: int, rng: Random) -> list[SourceDialogue]:
    """Draw dialogues of one corpus, each stratum in proportion to its size.

    Strata are the groups, and within them short, middling and long dialogues. Everyone comes once
    before anyone comes twice, and so on.

    Args:
        sources: closed dialogues of the corpus.
        count: how many.
        rng: decides.

    Raises:
        ReviewError: there are fewer.
    """
    if len(sources) < count:
        name = sources[0].corpus if sources else "A corpus"
        raise ReviewError(
            f"{name} has {len(sources)} closed dialogues; {count} were asked for. Give fewer with "
            "--per-corpus."
        )
    drawn: list[SourceDialogue] = []
    for some in _make_rounds(sources, rng):
        drawn += _draw_evenly(some, min(count - len(drawn), len(some)), rng)
    return drawn


def pair_people(corpora: Mapping[str, Sequence[SourceDialogue]]) -> dict[str, list[SourcePair]]:
    """Pair dialogues of the same person across corpora.

    Returns:
        By the names of the two corpora; one pair a person.
    """
    return _pair(corpora, lambda one: one.dialogue.pseudonym)


def pair_prompts(corpora: Mapping[str, Sequence[SourceDialogue]]) -> dict[str, list[SourcePair]]:
    """Pair dialogues of different corpora that begin with the same words."""
    return _pair(corpora, lambda one: one.dialogue.turns[0].text.strip())


def draw_pairs(
    pairs: Mapping[str, Sequence[SourcePair]], count: int, rng: Random
) -> list[SourcePair]:
    """Draw pairs of every two corpora.

    Raises:
        ReviewError: two corpora have fewer in common.
    """
    drawn = []
    for names, some in pairs.items():
        if len(some) < count:
            raise ReviewError(
                f"{names} have {len(some)} pairs in common; {count} were asked for. Give fewer "
                "with --per-corpus, or pair otherwise: --pair-by person, or --pair-by prompt."
            )
        drawn += rng.sample(list(some), count)
    return drawn


def _pair(
    corpora: Mapping[str, Sequence[SourceDialogue]], read_key: Callable[[SourceDialogue], str]
) -> dict[str, list[SourcePair]]:
    pairs: dict[str, list[SourcePair]] = {}
    for first, second in combinations(corpora, 2):
        others = {read_key(one): one for one in reversed(corpora[second])}
        own = {read_key(one): one for one in reversed(corpora[first])}
        pairs[f"{first} and {second}"] = [
            SourcePair(own[key], others[key], count_shared(own[key].dialogue, others[key].dialogue))
            for key in sorted(own.keys() & others.keys())
        ]
    return pairs


def count_shared(a: Dialogue, b: Dialogue) -> int:
    """Count the turns with which two dialogues begin alike; both keep at least one of their own."""
    most = min(len(a.turns), len(b.turns)) - 1
    for place in range(most):
        one, other = a.turns[place], b.turns[place]
        if (one.speaker, one.text.strip()) != (other.speaker, other.text.strip()):
            return place
    return max(most, 0)


def _make_rounds(sources: Sequence[SourceDialogue], rng: Random) -> list[list[SourceDialogue]]:
    """One dialogue of everyone, then another of all who have two, and so on."""
    by_person: dict[str, list[SourceDialogue]] = defaultdict(list)
    for one in sources:
        by_person[one.dialogue.pseudonym].append(one)
    shuffled = [rng.sample(some, len(some)) for some in by_person.values()]
    return [[one for one in some if one is not None] for some in zip_longest(*shuffled)]


def _draw_evenly(
    sources: Sequence[SourceDialogue], count: int, rng: Random
) -> list[SourceDialogue]:
    """Draw from each stratum in proportion to its size."""
    strata = _stratify(sources)
    shares = _share_out({key: len(members) for key, members in strata.items()}, count, rng)
    return [one for key, members in strata.items() for one in rng.sample(members, shares[key])]


def _stratify(
    sources: Sequence[SourceDialogue],
) -> dict[tuple[str, int], list[SourceDialogue]]:
    ranked = sorted(sources, key=lambda one: (one.words, one.dialogue.id))
    strata: dict[tuple[str, int], list[SourceDialogue]] = defaultdict(list)
    for place, one in enumerate(ranked):
        strata[one.condition or "", place * LENGTHS // len(ranked)].append(one)
    return dict(sorted(strata.items()))


def _share_out(
    sizes: Mapping[tuple[str, int], int], count: int, rng: Random
) -> dict[tuple[str, int], int]:
    """Share a number out in proportion; what is left goes to the largest remainders."""
    total = sum(sizes.values())
    shares = {key: count * size // total for key, size in sizes.items()}
    lots = {key: rng.random() for key in sizes}
    ranked = sorted(sizes, key=lambda key: (-(count * sizes[key] % total), lots[key]))
    for key in ranked[: count - sum(shares.values())]:
        shares[key] += 1
    return shares
