"""A judge's reading of a client's answers beside the answers the client was given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.figures import Better, Measured, Row, make_missing, make_row
from sqpsych.assessment.statistics.intervals import (
    Estimate,
    bootstrap_ratio,
    draw_counts,
    find_percentiles,
    sum_by_person,
)
from sqpsych.instruments import score_answers
from sqpsych.instruments.statements import measure_severity
from sqpsych.records import ClientProfile, Evidence, Instrument, Item, Score


@dataclass(frozen=True, slots=True)
class ItemPair:
    """One item, as the client was given it and as the judge read it."""

    item: str
    source: int
    judged: int | None
    """None where it was not assessable, or the judge failed."""
    failed: bool
    """Whether the judge failed to give a verdict."""
    denied: bool
    """Whether the source answer is the one without the symptom."""
    invented: bool
    """Whether the source denies the symptom and the judge finds it."""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerComparison:
    """One instrument of one dialogue."""

    dialogue: str
    person: str
    instrument: str
    items: tuple[ItemPair, ...]
    """Items the person answered, in published order."""
    source_band: str | None
    judged_band: str | None
    """Band of the first scale; None where too many items are missing, or there are no bands."""


def compare_answers(
    judged: Sequence[Score], profile: ClientProfile, instrument: Instrument
) -> AnswerComparison:
    """Compare what a judge read out of a dialogue with the answers behind it.

    Args:
        judged: of one dialogue, one judge and this instrument, by item id; others' items are passed
            over. An item that is not there was not assessable.
        profile: of the client.
        instrument: whose answers are compared. Items the person left open are not.
    """
    source = {
        answer.item: answer.value
        for answer in profile.answers
        if answer.instrument == instrument.id
    }
    given = {score.criterion: score for score in judged}
    values = {
        item.id: None
        if (score := given.get(item.id)) is None or score.value is None
        else int(score.value)
        for item in instrument.items
    }
    pairs = [
        _pair(item, answer, given.get(item.id))
        for item in instrument.items
        if item.scored and (answer := source.get(item.id)) is not None
    ]
    own = {item.id: source.get(item.id) for item in instrument.items}
    return AnswerComparison(
        dialogue=judged[0].subject if judged else "",
        person=profile.pseudonym,
        instrument=instrument.id,
        items=tuple(pairs),
        source_band=_find_band(instrument, own),
        judged_band=_find_band(instrument, values),
    )


def rate_answers(
    comparisons: Sequence[AnswerComparison], instrument: Instrument, seed: int = 0
) -> Measured:
    """Summarise how well the answers of a corpus can be read out of its dialogues.

    Args:
        comparisons: of one judge and this instrument, one a dialogue.
        instrument: which was compared.
        seed: of the intervals.

    Returns:
        Rows with intervals over people: items assessable (of those the judge did not fail on), mean
        absolute error in points and quadratic weighted kappa of those assessed, bands of the total
        that agree (of dialogues with both), and symptoms invented (items found present, of items
        the source denies). A table with a line for each item.
    """
    rows = (
        _rate_coverage(comparisons, seed),
        _rate_error(comparisons, seed),
        _rate_kappa(comparisons, instrument, seed),
        _rate_bands(comparisons, seed),
        _rate_invented(comparisons, seed),
    )
    named = tuple(
        Row(f"{instrument.id}, {r.name}", r.value, r.low, r.high, r.n, r.better, r.note)
        for r in rows
    )
    table = [
        {"dialogue": c.dialogue, "item": p.item, "source": p.source, "judged": p.judged}
        for c in comparisons
        for p in c.items
    ]
    return Measured(rows=named, tables={f"answers of {instrument.id}, read": table})


def _pair(item: Item, source: int, score: Score | None) -> ItemPair:
    severities = {option.value: measure_severity(item, option) for option in item.options}
    judged = None if score is None or score.value is None else int(score.value)
    denied = severities[source] == 0
    return ItemPair(
        item=item.id,
        source=source,
        judged=judged,
        failed=score is not None and score.error is not None,
        denied=denied,
        invented=denied and judged is not None and severities[judged] > 0,
        evidence=score.evidence if score else (),
    )


def _find_band(instrument: Instrument, values: Mapping[str, int | None]) -> str | None:
    scores = score_answers(instrument, values)
    return scores[0].band if scores else None


def _rate_coverage(comparisons: Sequence[AnswerComparison], seed: int) -> Row:
    asked = [sum(not p.failed for p in c.items) for c in comparisons]
    read = [sum(p.judged is not None for p in c.items) for c in comparisons]
    failed = sum(p.failed for c in comparisons for p in c.items)
    total = sum(len(c.items) for c in comparisons)
    note = f"{failed} of {total} verdicts failed" if failed else ""
    return _share("items assessable, share", read, asked, comparisons, "higher", note, seed)


def _rate_error(comparisons: Sequence[AnswerComparison], seed: int) -> Row:
    off = [sum(abs(a - b) for a, b in _list_read(c)) for c in comparisons]
    read = [len(_list_read(c)) for c in comparisons]
    return _share("mean error of an item, points", off, read, comparisons, "lower", "", seed)


def _rate_invented(comparisons: Sequence[AnswerComparison], seed: int) -> Row:
    invented = [sum(p.invented for p in c.items) for c in comparisons]
    denied = [sum(p.denied and not p.failed for p in c.items) for c in comparisons]
    return _share(
        "symptoms invented, share of denied", invented, denied, comparisons, "lower", "", seed
    )


def _rate_bands(comparisons: Sequence[AnswerComparison], seed: int) -> Row:
    both = [int(c.source_band is not None and c.judged_band is not None) for c in comparisons]
    same = [
        k and int(c.source_band == c.judged_band) for k, c in zip(both, comparisons, strict=True)
    ]
    note = f"{sum(both)} of {len(both)} dialogues with a total" if sum(both) < len(both) else ""
    return _share("band of the total agrees, share", same, both, comparisons, "higher", note, seed)


def _share(
    name: str,
    numerators: Sequence[float],
    denominators: Sequence[float],
    comparisons: Sequence[AnswerComparison],
    better: Better,
    note: str,
    seed: int,
) -> Row:
    people = [c.person for c in comparisons]
    kept = [bool(d) for d in denominators]
    if not any(kept):
        return make_missing(name, note or "nothing to compare", better)
    estimate = bootstrap_ratio(
        list(compress(numerators, kept)),
        list(compress(denominators, kept)),
        list(compress(people, kept)),
        seed,
    )
    return make_row(name, estimate, better, note)


def _rate_kappa(comparisons: Sequence[AnswerComparison], instrument: Instrument, seed: int) -> Row:
    name = "quadratic weighted kappa"
    values = [option.value for item in instrument.items for option in item.options]
    low, size = min(values), max(values) - min(values) + 1
    kept = [c for c in comparisons if _list_read(c)]
    tables = np.zeros((len(kept), size, size))
    for table, comparison in zip(tables, kept, strict=True):
        for source, judged in _list_read(comparison):
            table[source - low, judged - low] += 1
    if not kept:
        return make_missing(name, "no item was assessed", "higher")
    estimate = estimate_kappa(tables, [c.person for c in kept], seed)
    note = "" if estimate.value is not None else "all answers alike"
    return make_row(name, estimate, "higher", note)


def estimate_kappa(tables: NDArray[np.float64], people: Sequence[str], seed: int = 0) -> Estimate:
    """Estimate quadratic weighted kappa over dialogues, with an interval over people.

    Args:
        tables: counts (dialogues, values, values): how often one rater gave the one value and the
            other the other.
        people: whose dialogue it is.
        seed: of the draws.

    Returns:
        1 for full agreement, 0 for that of chance; None where neither rater varies.

    Source: Cohen 1968, Psychol Bull 70:213.
    """
    size = tables.shape[1]
    sums = sum_by_person(tables.reshape(len(tables), -1), people)
    value, expected = _weigh(sums.sum(axis=0, keepdims=True), size)
    if not expected[0]:
        return Estimate(None, None, None, len(sums))
    kappa = float(value[0] / expected[0])
    if len(sums) < 2:
        return Estimate(kappa, None, None, len(sums))
    drawn = draw_counts(len(sums), np.random.default_rng(seed)) @ sums
    low, high = find_percentiles(*_weigh(drawn, size))
    return Estimate(kappa, low, high, len(sums))


def _weigh(
    counts: NDArray[np.float64], size: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Kappa as a fraction: disagreement expected less that observed, and that expected."""
    tables = counts.reshape(len(counts), size, size)
    totals = tables.sum(axis=(1, 2), keepdims=True)
    chance = tables.sum(axis=2, keepdims=True) * tables.sum(axis=1, keepdims=True) / totals
    steps = np.arange(size)
    weights = (steps[:, None] - steps[None, :]) ** 2
    observed = (tables * weights).sum(axis=(1, 2))
    expected = (chance * weights).sum(axis=(1, 2))
    return expected - observed, expected


def _list_read(comparison: AnswerComparison) -> list[tuple[int, int]]:
    return [(p.source, p.judged) for p in comparison.items if p.judged is not None]
