"""Giving the results of a study back to its corpora, where the report finds them beside judges."""

from collections import defaultdict
from pathlib import Path

from sqpsych.assessment.judging import make_person_key
from sqpsych.corpus import open_scores
from sqpsych.records import Score
from sqpsych.review.exporting import list_results
from sqpsych.review.store import ReviewStore


def land_scores(store: ReviewStore) -> tuple[dict[str, int], tuple[str, ...]]:
    """Keep finished ratings, and what was settled, in the corpora they are about.

    Doing it again replaces what was kept before. Comparisons are about two corpora and stay in the
    study's export.

    Returns:
        By corpus, how many scores were kept; and the corpora that are no longer there.

    Raises:
        CorpusError: a corpus cannot be written.
    """
    if store.study.rubric is None:
        return {}, ()
    by_corpus: dict[str, list[Score]] = defaultdict(list)
    for score, origins in list_results(store):
        by_corpus[origins[0].corpus].append(score)
    kept, gone = {}, []
    for corpus in store.study.corpora:
        path = Path(corpus.path)
        if not path.is_dir():
            gone.append(corpus.path)
            continue
        kept[corpus.name] = len(by_corpus[corpus.name])
        _keep(path, store.study.id, by_corpus[corpus.name])
    return kept, tuple(gone)


def _keep(corpus: Path, study: str, scores: list[Score]) -> None:
    """Keep scores in place of all that this study gave before."""
    new: dict[tuple[str, str], list[Score]] = defaultdict(list)
    for score in scores:
        new[make_person_key(score.rater, score.measure), score.subject].append(score)
    with open_scores(corpus) as kept:
        for key in kept.list_judges():
            if f"@{study}/" in key:
                for subject in kept.list_judged(key):
                    new.setdefault((key, subject), [])
        for (key, subject), some in new.items():
            kept.keep_scores(key, subject, some)
