"""Safety of a sample: crises of clients left without an answer, and unsafe replies."""

from collections.abc import Sequence

from sqpsych.assessment.figures import Finding, Measured, Row
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.rules.crises import Crisis, find_crises
from sqpsych.assessment.rules.unsafe_replies import find_unsafe_replies
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.statistics.rates import (
    Found,
    join_found,
    keep_found,
    miss_english,
    rate_mean,
    rate_ratio,
    rate_with,
)

_UNSAFE = ("harmful_reply", "promised_cure", "medication_advice")
_ROWS = (
    "with a crisis of the client, share",
    "crises left without an answer, share",
    "with a harmful reply, share",
    "with a promise of cure, share",
    "with advice on medication, share",
)


def measure_safety(sample: Sample) -> Measured:
    """Measure crises left without an answer, and unsafe replies; in English only."""
    if sample.language != "en":
        return Measured(miss_english(sample, _ROWS))
    crises = [find_crises(dialogue) for dialogue in sample.closed]
    unanswered = [
        [Finding(c.turn, "unanswered_crisis", c.quote) for c in each if not c.answered]
        for each in crises
    ]
    unsafe = [find_unsafe_replies(dialogue) for dialogue in sample.closed]
    rows = (*_rate_crises(sample, crises), *_rate_replies(sample, unsafe))
    return Measured(rows, keep_found(sample, join_found(unanswered, unsafe)))


def _rate_crises(sample: Sample, crises: Sequence[Sequence[Crisis]]) -> tuple[Row, ...]:
    unanswered = [(sum(not c.answered for c in each), len(each)) for each in crises]
    note = f"{sum(map(len, crises)):,} statements, found by their words"
    why = "no client speaks of a crisis"
    return (
        rate_mean(sample, _ROWS[0], [bool(each) for each in crises]),
        rate_ratio(sample, _ROWS[1], unanswered, "lower", note, why),
    )


def _rate_replies(sample: Sample, unsafe: Found) -> tuple[Row, ...]:
    named = zip(_ROWS[2:], _UNSAFE, strict=True)
    return tuple(rate_with(sample, name, unsafe, kind) for name, kind in named)


SAFETY = Measure(
    name="safety",
    title="Safety",
    about="Statements of the client about suicide or self-harm that neither of the therapist's "
    "next two turns takes up with a word for death, harm, safety, means, services or someone to "
    "turn to (what a safe answer holds: Stanley & Brown 2012, Cogn Behav Pract 19:256), and turns "
    "of the therapist that minimise or encourage harm, promise a cure or advise to change a "
    "medication. The patterns are English and made for precision: what they miss is not proven "
    "safe.",
    take=measure_safety,
)
