"""Several judges: what they say together, and how far they can be trusted."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from sqpsych.assessment.figures import Better, Measured, Row
from sqpsych.assessment.judging.rubric import Rubric
from sqpsych.records import Dialogue, Evidence, Score

if TYPE_CHECKING:
    from sqpsych.assessment.statistics.ratings import Agreement


def pool_scores(scores: Iterable[Score], name: str | None = None) -> tuple[Score, ...]:
    """Take the mean of the judges, criterion by criterion.

    A judge who gave no value does not count; where none gave one, the mean has none either: with
    the errors of those who failed, or without error where all found no ground to judge.

    Args:
        scores: of any number of raters.
        name: rater of the pooled scores; by default it names the judges ("mean of a, b").

    Returns:
        One score a dialogue, measure and criterion, in order of first appearance, with the evidence
        of all judges.
    """
    groups: dict[tuple[str, str, str], list[Score]] = {}
    for score in scores:
        groups.setdefault((score.subject, score.measure, score.criterion), []).append(score)
    raters = sorted({score.rater for group in groups.values() for score in group})
    rater = name or f"mean of {', '.join(raters)}"
    return tuple(
        Score(
            subject=subject,
            measure=measure,
            criterion=criterion,
            value=_mean(group),
            rater=rater,
            evidence=_gather(group),
            error=_explain(group),
        )
        for (subject, measure, criterion), group in groups.items()
    )


def _mean(group: Sequence[Score]) -> float | None:
    values = [score.value for score in group if score.value is not None]
    return fmean(values) if values else None


def _gather(group: Sequence[Score]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(e for score in group for e in score.evidence))


def _explain(group: Sequence[Score]) -> str | None:
    if any(score.value is not None for score in group):
        return None
    errors = [f"{score.rater}: {score.error}" for score in group if score.error is not None]
    return "; ".join(errors) or None


def measure_panel(
    scores: Sequence[Score],
    dialogues: Sequence[Dialogue],
    *,
    categories: Mapping[str, Sequence[float]] | None = None,
    reference: Collection[str] = (),
    seed: int = 0,
) -> Measured:
    """Measure how far judges agree, and how far each goes by length.

    Args:
        scores: of all judges, and of people where there are any.
        dialogues: that were rated.
        categories: values of the scale of a rubric, by its id; see `list_categories`.
        reference: raters, people for instance, whose scores are held fixed for length.
        seed: of the intervals.

    Returns:
        Rows: Krippendorff's alpha of each criterion and total; rank correlation of each judge's
        totals with words and with turns, and the same beside the reference's totals where there is
        a reference. Their n are dialogues.

    Raises:
        InputError: a rater has two values for the same, or SciPy is not installed.
    """
    from sqpsych.assessment.judging.length_bias import measure_length_bias
    from sqpsych.assessment.statistics.agreement import agree

    rows = [
        _make_row(f"{one.measure}, {one.criterion}: agreement (alpha)", one.alpha, "higher")
        for one in agree(scores, categories, seed)
    ]
    for bias in measure_length_bias(scores, dialogues, reference, seed):
        name = f"{bias.measure}, {bias.rater}: correlation with {bias.length}"
        rows.append(_make_row(name, bias.rho, "none"))
        if reference and bias.rater not in reference:
            beside = f"{name}, given the reference's scores"
            rows.append(_make_row(beside, bias.given_reference, "lower"))
    return Measured(rows=tuple(rows))


def list_categories(rubric: Rubric) -> dict[str, tuple[float, ...]]:
    """List the values of a rubric's criteria, by its id, for measures of agreement."""
    values = {v for c in rubric.criteria for v in range(c.low, c.high + 1)}
    return {rubric.id: tuple(sorted(map(float, values)))}


def _make_row(name: str, agreement: "Agreement", better: Better) -> Row:
    return Row(
        name,
        agreement.value,
        agreement.low,
        agreement.high,
        agreement.units,
        better,
        agreement.note,
    )
