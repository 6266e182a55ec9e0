"""Figures from the scores that a corpus holds: of each judge, and of judges together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqpsych.assessment.figures import Measured
from sqpsych.assessment.judging.answer_comparison import compare_answers, rate_answers
from sqpsych.assessment.judging.fidelity_judge import find_instruments
from sqpsych.assessment.judging.panel import list_categories, measure_panel
from sqpsych.assessment.judging.rubric import Rubric
from sqpsych.assessment.judging.rubric_files import list_rubrics, load_rubric
from sqpsych.assessment.judging.tallies import measure_scores
from sqpsych.assessment.sample import Sample
from sqpsych.records import Score


def measure_judged(sample: Sample, judged: Mapping[str, Sequence[Score]]) -> dict[str, Measured]:
    """Summarise what judges made of a corpus.

    Args:
        sample: whose closed dialogues were judged.
        judged: all scores of each judge, by its key.

    Returns:
        By judge: what it rated. Where several judges used one rubric, also how far they agree and
        go by length, by the name "panel RUBRIC". Scores by rubrics
        and instruments that are not shipped are passed over: their scales are not known here.
    """
    rubrics = {name: load_rubric(name) for name in list_rubrics()}
    results = {}
    by_rubric: dict[str, list[Score]] = {}
    raters: dict[str, set[str]] = {}
    for key, scores in judged.items():
        measure = scores[0].measure if scores else ""
        if measure in rubrics:
            people = {dialogue.id: dialogue.pseudonym for dialogue in sample.dialogues}
            results[key] = measure_scores(rubrics[measure], scores, people, sample.seed)
            by_rubric.setdefault(measure, []).extend(scores)
            raters.setdefault(measure, set()).update(score.rater for score in scores)
        elif answers := _rate_answers(sample, scores):
            results[key] = answers
    for name, scores in by_rubric.items():
        if len(raters[name]) > 1:
            results[f"panel {name}"] = _measure_panel(sample, rubrics[name], scores)
    return results


def _measure_panel(sample: Sample, rubric: Rubric, scores: Sequence[Score]) -> Measured:
    latest = {(s.rater, s.subject, s.criterion): s for s in scores}
    return measure_panel(
        list(latest.values()),
        sample.dialogues,
        categories=list_categories(rubric),
        seed=sample.seed,
    )


def _rate_answers(sample: Sample, scores: Iterable[Score]) -> Measured | None:
    by_dialogue: dict[str, list[Score]] = {}
    for score in scores:
        by_dialogue.setdefault(score.subject, []).append(score)
    items = {score.criterion for some in by_dialogue.values() for score in some}
    for instrument in find_instruments(sample.profiles.values()):
        if items <= {item.id for item in instrument.items}:
            return rate_answers(
                [
                    compare_answers(some, sample.profiles[dialogue], instrument)
                    for dialogue, some in by_dialogue.items()
                    if dialogue in sample.profiles
                ],
                instrument,
                sample.seed,
            )
    return None


def name_sections(results: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Name, title and text of the sections that judged results make in a report."""
    for key in results:
        if key.startswith("panel "):
            title = f"Judges together, {key.removeprefix('panel ')}"
            text = (
                "Krippendorff's alpha between judges (Krippendorff 2011), and the rank correlation "
                "of each judge's totals with the length of the dialogue: judges are known to "
                "reward length."
            )
        else:
            model, _, rest = key.partition("/")
            title = f"Judge {model}, {rest.rpartition('/')[0]}"
            text = (
                "A language model on the user's own machine rates the dialogue, quoting the words "
                "that show it; a verdict without words that were said counts as failed. No judge "
                "is validated against trained raters unless said so."
            )
        yield key, title, text
