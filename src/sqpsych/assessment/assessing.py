"""Taking many measures of one corpus, each once."""

import hashlib
import json
from collections.abc import Callable, Sequence

from pydantic import TypeAdapter

from sqpsych.assessment.figures import Measured
from sqpsych.assessment.grouping import Grouping
from sqpsych.assessment.language.realism import ABOUT as REALISM
from sqpsych.assessment.language.realism import measure_realism
from sqpsych.assessment.means import hash_means
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.sample import Sample
from sqpsych.corpus import Corpus, ScoreStore

_MEASURED = TypeAdapter(Measured)


def read_sample(corpus: Corpus, grouping: Grouping, seed: int = 0) -> Sample:
    """Read the finished dialogues of a corpus, with their people and groups.

    Args:
        corpus: open.
        grouping: which of its people belong to which group.
        seed: of samples, splits and intervals.
    """
    dialogues = tuple(corpus.read_dialogues())
    profiles = {dialogue.id: corpus.read_profile(dialogue.id) for dialogue in dialogues}
    labels, groups = grouping.label(profiles)
    return Sample(
        name=corpus.path.resolve().name,
        dialogues=dialogues,
        profiles=profiles,
        labels=labels,
        groups=groups,
        read_rejected=corpus.read_rejected,
        seed=seed,
    )


def take_measures(
    sample: Sample,
    measures: Sequence[Measure],
    store: ScoreStore | None = None,
    watch: Callable[[Measure, bool], None] = lambda measure, recalled: None,
) -> dict[str, Measured]:
    """Take measures, or recall those that were taken from the same dialogues by the same means.

    Args:
        sample: what is measured.
        measures: in the order in which they are taken.
        store: where results are kept as soon as they are there.
        watch: told of each measure before it is taken, and whether it is only recalled.

    Returns:
        What each gave, by its name.
    """
    means, whole = hash_means(), fingerprint(sample)
    results = {}
    for measure in measures:
        mark = f"{means}:{measure.beside}:{whole}"
        kept = store.find_measured(measure.name, mark) if store else None
        watch(measure, kept is not None)
        if kept is not None:
            results[measure.name] = _MEASURED.validate_json(kept)
            continue
        results[measure.name] = measure.take(sample)
        if store:
            record = _MEASURED.dump_json(results[measure.name]).decode()
            store.keep_measured(measure.name, mark, record)
    return results


def fingerprint(sample: Sample) -> str:
    """Hash dialogues, people and groups; rejected attempts belong to a finished dialogue."""
    digest = hashlib.sha256()
    settings = (sample.language, sample.seed, sample.groups, sorted(sample.labels.items()))
    digest.update(json.dumps(settings).encode())
    for dialogue in sample.dialogues:
        digest.update(dialogue.model_dump_json().encode())
        digest.update(sample.profiles[dialogue.id].model_dump_json().encode())
    return digest.hexdigest()


def compare_with(reference: Sample) -> Measure:
    """Make the measure of the distance from a reference corpus of real sessions."""
    return Measure(
        name="realism",
        title=f"Distance from {reference.name}",
        about=REALISM,
        take=lambda sample: measure_realism(sample, reference),
        beside=fingerprint(reference),
    )
