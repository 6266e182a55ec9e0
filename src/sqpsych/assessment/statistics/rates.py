"""What was found in each dialogue, as figures of a sample."""

from collections import Counter
from collections.abc import Sequence

from sqpsych.assessment.figures import Better, Finding, Row, make_missing, make_row
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.statistics.intervals import bootstrap_mean, bootstrap_ratio

Found = Sequence[Sequence[Finding]]
"""The findings of each closed dialogue of a sample, in its order."""

NO_DIALOGUE = "no closed dialogue"


def rate_mean(
    sample: Sample,
    name: str,
    values: Sequence[float | None],
    better: Better = "none",
    note: str = "",
    why: str = "no dialogue that could be measured",
) -> Row:
    """Make a figure of one value a dialogue.

    Args:
        sample: whose closed dialogues these are.
        name: of the figure.
        values: one a closed dialogue; None where it cannot be measured.
        better: which value is the better one.
        note: what the figure rests on.
        why: the note where no dialogue could be measured.
    """
    pairs = zip(values, sample.people, strict=True)
    kept = [(value, who) for value, who in pairs if value is not None]
    if not kept:
        return make_missing(name, why if values else NO_DIALOGUE, better)
    estimate = bootstrap_mean([v for v, _ in kept], [who for _, who in kept], sample.seed)
    return make_row(name, estimate, better, note)


def rate_ratio(
    sample: Sample,
    name: str,
    counts: Sequence[tuple[float, float]],
    better: Better = "none",
    note: str = "",
    why: str = "nothing to take a share of",
) -> Row:
    """Make a figure of what is counted in each dialogue, by how much there was to count in.

    Args:
        sample: whose closed dialogues these are.
        name: of the figure.
        counts: of each closed dialogue, how many and out of how many.
        better: which value is the better one.
        note: what the figure rests on.
        why: the note where there was nothing to count in.
    """
    if not any(whole for _, whole in counts):
        return make_missing(name, why if counts else NO_DIALOGUE, better)
    parts, wholes = zip(*counts, strict=True)
    return make_row(name, bootstrap_ratio(parts, wholes, sample.people, sample.seed), better, note)


def rate_findings(sample: Sample, name: str, found: Found, note: str = "") -> Row:
    """Make a figure of the findings a dialogue; fewer are better."""
    return rate_mean(sample, name, [len(findings) for findings in found], "lower", note)


def rate_with(sample: Sample, name: str, found: Found, *kinds: str) -> Row:
    """Make a figure of the share of dialogues with a finding of these kinds, or of any kind."""
    values = [any(not kinds or f.kind in kinds for f in findings) for findings in found]
    return rate_mean(sample, name, values, "lower")


def keep_found(sample: Sample, found: Found) -> dict[str, tuple[Finding, ...]]:
    """Put findings by the id of their dialogue."""
    pairs = zip(sample.closed, found, strict=True)
    return {dialogue.id: tuple(findings) for dialogue, findings in pairs if findings}


def join_found(*several: Found) -> list[tuple[Finding, ...]]:
    """Put the findings of several rules together, dialogue by dialogue, in order of turns."""
    joined = zip(*several, strict=True)
    return [
        tuple(sorted((f for findings in each for f in findings), key=lambda f: f.turn))
        for each in joined
    ]


def count_kinds(found: Found) -> str:
    """Say how many findings there are of each kind, the most frequent first."""
    kinds = Counter(finding.kind for findings in found for finding in findings)
    return ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())


def miss_english(sample: Sample, names: Sequence[str]) -> tuple[Row, ...]:
    """Make figures without value where the patterns, which are English, do not fit the sample."""
    why = f"measured in English only, and the sample is in {sample.language!r}"
    return tuple(make_missing(name, why) for name in names)
