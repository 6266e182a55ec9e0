"""Figures from the scores that a corpus holds: of each judge and person, and of several together.

Scores of people stand under keys of their own, so that they are told apart from those of models.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqpsych.assessment.figures import Measured
from sqpsych.assessment.judging.answer_comparison import compare_answers, rate_answers
from sqpsych.assessment.judging.fidelity_judge import find_instruments
from sqpsych.assessment.judging.panel import list_categories, measure_panel
from sqpsych.assessment.judging.rubric import Rubric
from sqpsych.assessment.judging.rubric_files import list_rubrics, load_rubric
from sqpsych.assessment.judging.tallies import measure_scores
from sqpsych.assessment.sample import Sample
from sqpsych.records import Score

PERSON = "person:"
"""Begins the key of a person's scores; no model is called so."""
CONSENSUS = "consensus"
"""Begins the name of the rater that stands for what people settled between them."""


def make_person_key(rater: str, measure: str) -> str:
    """Name a person's scores by one rubric, as a corpus keeps them."""
    return f"{PERSON}{rater}/{measure}"


def measure_judged(sample: Sample, judged: Mapping[str, Sequence[Score]]) -> dict[str, Measured]:
    """Summarise what judges and people made of a corpus.

    Args:
        sample: whose closed dialogues were judged.
        judged: all scores of each judge or person, by its key.

    Returns:
        By key: what it rated. Where several people used one rubric, also how far they agree and go
        by length, by the name "people RUBRIC"; where models did, beside each other or beside
        people, by the name "panel RUBRIC", and there people's totals are held fixed for length.
        What people settled between them is no rater of its own. Scores by rubrics and instruments
        that are not shipped are passed over: their scales are not known here.
    """
    rubrics = {name: load_rubric(name) for name in list_rubrics()}
    results = {}
    people: dict[str, list[Score]] = {}
    models: dict[str, list[Score]] = {}
    for key, scores in judged.items():
        measure = scores[0].measure if scores else ""
        if measure in rubrics:
            who = {dialogue.id: dialogue.pseudonym for dialogue in sample.dialogues}
            results[key] = measure_scores(rubrics[measure], scores, who, sample.seed)
            if not key.startswith(f"{PERSON}{CONSENSUS}"):
                group = people if key.startswith(PERSON) else models
                group.setdefault(measure, []).extend(scores)
        elif scores and (answers := _rate_answers(sample, scores)):
            results[key] = answers
    for name, rubric in rubrics.items():
        own, theirs = people.get(name, []), models.get(name, [])
        if len(_list_raters(own)) > 1:
            results[f"people {name}"] = _measure_panel(sample, rubric, own)
        if theirs and len(_list_raters(own + theirs)) > 1:
            known = _list_raters(own)
            results[f"panel {name}"] = _measure_panel(sample, rubric, own + theirs, known)
    return results


def _list_raters(scores: Iterable[Score]) -> set[str]:
    return {score.rater for score in scores}


def _measure_panel(
    sample: Sample, rubric: Rubric, scores: Sequence[Score], reference: Collection[str] = ()
) -> Measured:
    latest = {(s.rater, s.subject, s.criterion): s for s in scores}
    return measure_panel(
        list(latest.values()),
        sample.dialogues,
        categories=list_categories(rubric),
        reference=reference,
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
        kind, _, rubric = key.partition(" ")
        if kind in _TOGETHER:
            title, text = _TOGETHER[kind]
            yield key, f"{title}, {rubric}", text
            continue
        name, _, rest = key.partition("/")
        if key.startswith(PERSON):
            rater = name.removeprefix(PERSON)
            settled = rater.startswith(CONSENSUS)
            title = f"What raters settled on, {rest}" if settled else f"Rater {rater}, {rest}"
            yield key, title, _SETTLED if settled else _PERSON
        else:
            yield key, f"Judge {name}, {rest.rpartition('/')[0]}", _JUDGE


_TOGETHER = {
    "panel": (
        "Judges together",
        "Krippendorff's alpha between judges (Krippendorff 2011), people among them where people "
        "rated too, and the rank correlation of each judge's totals with the length of the "
        "dialogue: judges are known to reward length.",
    ),
    "people": (
        "Raters together",
        "Krippendorff's alpha between people (Krippendorff 2011), and the rank correlation of each "
        "one's totals with the length of the dialogue.",
    ),
}
_JUDGE = (
    "A language model on the user's own machine rates the dialogue, quoting the words "
    "that show it; a verdict without words that were said counts as failed. No judge "
    "is validated against trained raters unless said so."
)
_PERSON = (
    "A person rated a sample of the dialogues in the browser, without knowing corpus, model or "
    "group; only finished dialogues count."
)
_SETTLED = (
    "What holds of the ratings of several people: the value all of them gave, or what the study's "
    "owner settled where they differed. What was not settled is left out."
)
