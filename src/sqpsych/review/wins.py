"""Which corpus won a comparison: win rates, over what raters chose and the owner settled."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from sqpsych.review.agreement import Adjudication, list_scores, read_settled
from sqpsych.review.store import ReviewStore
from sqpsych.review.study import PREFERENCE

if TYPE_CHECKING:
    from sqpsych.assessment.statistics import Estimate


@dataclass(frozen=True, slots=True)
class Win:
    """How one corpus fared against another."""

    a: str
    b: str
    pairs: int
    """Pairs that one rater or more finished."""
    won: int
    """Choices of finished tasks for a."""
    tied: int
    lost: int
    rate: "Estimate"
    """Share of the pairs won by a, a tie counting half: what was settled, else the mean of the
    raters. With an interval over people, where the texts of a pair are of one, else over pairs."""


def list_wins(store: ReviewStore) -> tuple[Win, ...]:
    """List how the corpora of a comparison fared; empty where dialogues are rated one by one."""
    from sqpsych.assessment.statistics import bootstrap_mean

    if store.study.kind != "comparison":
        return ()
    origins, settled = store.read_origins(), read_settled(store)
    chosen: dict[str, list[float]] = defaultdict(list)
    for score in list_scores(store, finished_only=True):
        if score.value is not None:
            chosen[score.subject].append(score.value)
    by_corpora: dict[tuple[str, str], list[str]] = defaultdict(list)
    for item in chosen:
        a, b = origins[item]
        by_corpora[a.corpus, b.corpus].append(item)
    wins = []
    for (one, other), items in sorted(by_corpora.items()):
        counts = Counter(value for item in items for value in chosen[item])
        rates, people = [], []
        for item in items:
            decided = settled.get((item, PREFERENCE), Adjudication()).value
            rates.append(((fmean(chosen[item]) if decided is None else decided) + 1) / 2)
            a, b = origins[item]
            people.append(a.pseudonym if a.pseudonym == b.pseudonym else item)
        rate = bootstrap_mean(rates, people, store.study.seed)
        wins.append(Win(one, other, len(items), counts[1.0], counts[0.0], counts[-1.0], rate))
    return tuple(wins)
