"""How dialogues ended, and what they cost."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqpsych.assessment.figures import Measured, Row, make_missing, make_row
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.statistics.intervals import bootstrap_mean, bootstrap_ratio
from sqpsych.records import Dialogue, RejectedAttempt, Turn


@dataclass(frozen=True, slots=True)
class Cost:
    """What one dialogue took, rejected attempts included."""

    turns: int
    attempts: int
    """Replies asked for."""
    tokens_in: int
    """Prompt tokens, cached ones included."""
    tokens_out: int
    seconds: float
    """Sum of the wall-clock times of all replies."""


def measure_completion(sample: Sample) -> Measured:
    """Count how the dialogues of a corpus ended."""
    people = [dialogue.pseudonym for dialogue in sample.dialogues]
    reasons = Counter(
        re.sub(r"^turn \d+: ", "", dialogue.reason or "no reason given")
        for dialogue in sample.dialogues
        if dialogue.ending == "rejected"
    )
    closed = [float(dialogue.ending == "closed") for dialogue in sample.dialogues]
    n = len(set(people))
    why = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    return Measured(
        (
            Row("dialogues", len(sample.dialogues), None, None, n, "none"),
            make_row("completed, share", bootstrap_mean(closed, people, sample.seed), "higher"),
            Row("rejected", reasons.total(), None, None, n, "lower", why),
        ),
        tables={"rejected for": [{"reason": r, "dialogues": c} for r, c in reasons.most_common()]},
    )


def measure_cost(sample: Sample) -> Measured:
    """Add up what the dialogues took, rejected ones and rejected attempts too."""
    costs = [count_cost(d, sample.read_rejected(d.id)) for d in sample.dialogues]
    if not any(cost.tokens_in for cost in costs):
        why = "these dialogues carry no token counts"
        return Measured(tuple(make_missing(name, why, "lower") for name in _COST_ROWS))
    return Measured(tuple(_list_costs(sample, costs)))


def count_cost(dialogue: Dialogue, rejected: Sequence[RejectedAttempt]) -> Cost:
    """Add up what one dialogue took."""
    replies: list[Turn | RejectedAttempt] = [*dialogue.turns, *rejected]
    return Cost(
        turns=len(dialogue.turns),
        attempts=len(replies) if rejected else sum(turn.attempts for turn in dialogue.turns),
        tokens_in=sum(reply.prompt_tokens for reply in replies),
        tokens_out=sum(reply.completion_tokens for reply in replies),
        seconds=sum(reply.seconds for reply in replies),
    )


_COST_ROWS = ("attempts a turn", "tokens a closed dialogue", "seconds a closed dialogue")


def _list_costs(sample: Sample, costs: Sequence[Cost]) -> Iterator[Row]:
    people = [dialogue.pseudonym for dialogue in sample.dialogues]
    closed = [float(dialogue.ending == "closed") for dialogue in sample.dialogues]
    n, (attempts, tokens, seconds) = len(set(people)), _COST_ROWS
    turns = [cost.turns for cost in costs]
    asked = bootstrap_ratio([cost.attempts for cost in costs], turns, people, sample.seed)
    yield make_row(attempts, asked, "lower", "" if any(turns) else "no turn")
    for name, total in (
        ("tokens in", sum(cost.tokens_in for cost in costs)),
        ("tokens out", sum(cost.tokens_out for cost in costs)),
    ):
        yield Row(name, total, None, None, n, "none")
    for name, values in (
        (tokens, [cost.tokens_in + cost.tokens_out for cost in costs]),
        (seconds, [cost.seconds for cost in costs]),
    ):
        estimate = bootstrap_ratio(values, closed, people, sample.seed)
        yield make_row(name, estimate, "lower", "" if any(closed) else "no closed dialogue")


COMPLETION = Measure(
    name="completion",
    title="How the dialogues ended",
    about="Share of dialogues that were closed by the therapist; the others were given up, because "
    "at some turn no reply passed the checks of the protocol or the end was not found.",
    take=measure_completion,
)
COST = Measure(
    name="cost",
    title="What they cost",
    about="Replies asked for, tokens and seconds, those of rejected attempts and dialogues "
    "included, divided by the dialogues that were closed. Seconds are the sum of the replies' "
    "times, queueing at the server included.",
    take=measure_cost,
)
