"""From scores to figures: scales of a dialogue, means of a corpus."""

from collections.abc import Iterable, Mapping, Sequence

from sqpsych.assessment.figures import Better, Cell, Measured, Row, make_missing, make_row
from sqpsych.assessment.judging.rubric import Rubric
from sqpsych.assessment.statistics.intervals import bootstrap_mean
from sqpsych.records import Score


def sum_scales(rubric: Rubric, scores: Iterable[Score]) -> dict[str, float | None]:
    """Add up the scores of one dialogue and one rater.

    Args:
        rubric: whose scales are wanted.
        scores: of that rubric; those of others are passed over.

    Returns:
        By id of the scale, in points; None where a criterion has no value: nothing is made up.
    """
    values = {score.criterion: score.value for score in scores if score.measure == rubric.id}
    sums: dict[str, float | None] = {}
    for scale in rubric.scales:
        signed = [(values.get(c), 1) for c in scale.criteria]
        signed += [(values.get(c), -1) for c in scale.minus]
        known = [value * sign for value, sign in signed if value is not None]
        sums[scale.id] = sum(known) if len(known) == len(signed) else None
    return sums


def measure_scores(
    rubric: Rubric, scores: Sequence[Score], people: Mapping[str, str], seed: int = 0
) -> Measured:
    """Summarise what one rater made of a corpus.

    Args:
        rubric: by which was rated.
        scores: of one rater, any number of dialogues; those of other rubrics are passed over.
        people: pseudonym of each dialogue, by its id.
        seed: of the intervals.

    Returns:
        Rows: the mean of each scale and criterion, in points, with an interval over people; the
        note says how many verdicts failed or found no ground. A table "scores of RUBRIC", one line
        a dialogue. No findings.
    """
    own = [score for score in scores if score.measure == rubric.id]
    by_dialogue: dict[str, list[Score]] = {}
    for score in own:
        by_dialogue.setdefault(score.subject, []).append(score)
    sums = {subject: sum_scales(rubric, some) for subject, some in by_dialogue.items()}
    rows: list[Row] = []
    for scale in rubric.scales:
        given = {subject: value[scale.id] for subject, value in sums.items()}
        lacking = sum(value is None for value in given.values())
        note = f"{lacking} of {len(given)} dialogues lack a verdict" if lacking else ""
        name = f"{rubric.id}, {scale.label}"
        rows.append(_average(name, given, people, rubric.better, note, seed))
    for criterion in rubric.criteria:
        some = [score for score in own if score.criterion == criterion.id]
        name = f"{rubric.id}, {criterion.label} ({criterion.low}-{criterion.high})"
        if criterion.part != "all":
            name = f"{name}, {criterion.part.replace('_', ' ')}"
        given = {score.subject: score.value for score in some}
        rows.append(_average(name, given, people, rubric.better, _note_gaps(some), seed))
    table = [_tabulate(subject, by_dialogue[subject], sums[subject]) for subject in by_dialogue]
    return Measured(rows=tuple(rows), tables={f"scores of {rubric.id}": table})


def _average(
    name: str,
    given: Mapping[str, float | None],
    people: Mapping[str, str],
    better: Better,
    note: str,
    seed: int,
) -> Row:
    known = [(value, people[subject]) for subject, value in given.items() if value is not None]
    if not known:
        return make_missing(name, note or "nothing was judged", better)
    estimate = bootstrap_mean([value for value, _ in known], [who for _, who in known], seed)
    return make_row(name, estimate, better, note)


def _note_gaps(scores: Sequence[Score]) -> str:
    failed = sum(score.error is not None for score in scores)
    groundless = sum(score.value is None and score.error is None for score in scores)
    notes = [f"{failed} of {len(scores)} verdicts failed"] if failed else []
    notes += [f"{groundless} of {len(scores)} not assessable"] if groundless else []
    return ", ".join(notes)


def _tabulate(
    subject: str, scores: Iterable[Score], sums: Mapping[str, float | None]
) -> dict[str, Cell]:
    values = {score.criterion: score.value for score in scores}
    return {
        "dialogue": subject,
        **{f"scale {name}": value for name, value in sums.items()},
        **values,
    }
