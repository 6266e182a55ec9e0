"""Leakage of the group through what each side means, whatever the words: on sentence embeddings."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.figures import Better, Measured, make_missing
from sqpsych.assessment.language.drawn_lines import (
    LINES,
    draw_dialogues,
    draw_lines,
    embed_dialogues,
)
from sqpsych.assessment.language.drawn_lines import PEOPLE as ALL_PEOPLE
from sqpsych.assessment.language.embedding import explain_no_embedding
from sqpsych.assessment.leakage.measure import draw_labelled, make_auc_row
from sqpsych.assessment.leakage.separation import FOLDS, REPEATS, Auc, estimate_auc
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.statistics.threads import use_one_thread
from sqpsych.errors import InputError
from sqpsych.records import Dialogue, Speaker

PEOPLE = ALL_PEOPLE // 2
"""People of each group that are measured, at most."""

_ROWS: tuple[tuple[str, Better, tuple[Speaker, ...]], ...] = (
    ("therapist AUC, embeddings", "lower", ("therapist",)),
    ("client AUC, embeddings", "none", ("client",)),
    ("both sides AUC, embeddings", "none", ("therapist", "client")),
)

Table = NDArray[np.float64]


def measure_embedded_leakage(sample: Sample) -> Measured:
    """Measure how well the meaning of each side's lines tells the groups apart.

    Args:
        sample: of its dialogues with a label, one a person is measured, of up to 50 people of
            each group, by four lines of each side; rejected ones too where few are closed.

    Returns:
        A row a side and one of both; without value, and with the reason, where there are no labels,
        one group only, fewer than ten people in a group, or no embeddings.
    """
    try:
        pairs, labels, whose = draw_labelled(sample, len(sample.dialogues))
        if (why := explain_no_embedding(sample.language)) is not None:
            raise InputError(f"leakage cannot be measured: {why}")
        label = {dialogue.id: y for (dialogue, _), y in zip(pairs, labels, strict=True)}
        everyone = draw_dialogues(sample, len(pairs), [dialogue for dialogue, _ in pairs])
        groups = [[d for d in everyone if label[d.id] == group] for group in (0, 1)]
        drawn = [dialogue for group in groups for dialogue in group[:PEOPLE]]
        note = "; ".join(filter(None, (whose, f"up to {LINES} lines of each side of a dialogue")))
        if len(drawn) < len(everyone):
            note += f"; drawn from {len(groups[1])} people against {len(groups[0])}"
        rows = [
            make_auc_row(name, _judge(drawn, label, sides, sample.seed), better, note)
            for name, better, sides in _ROWS
        ]
    except InputError as error:
        return Measured(tuple(make_missing(name, str(error), better) for name, better, _ in _ROWS))
    return Measured(tuple(rows))


def separate_embeddings(
    embeddings: Table, labels: Sequence[int], people: Sequence[str], seed: int
) -> Auc:
    """Estimate the AUC of telling group 1 from group 0 by embeddings, cross-validated by person.

    Logistic regression on standardised numbers; five folds by person, stratified by group, split
    anew five times; only pairs within a test fold are compared, and the interval is widened, both
    for the reasons that `sqpsych.assessment.leakage.separation` gives.

    Args:
        embeddings: one row a dialogue.
        labels: 0 or 1 of each.
        people: whose dialogue it is; a person has one label.
        seed: of the splits and draws.

    Returns:
        The share of compared pairs that are ordered rightly, ties for one half; None with the
        reason for groups of fewer than ten people.

    Raises:
        InputError: scikit-learn is not installed.
    """
    groups = np.asarray(labels, dtype=np.intp)
    generator = np.random.default_rng(seed)
    return estimate_auc(
        groups, people, generator, lambda: _cross_validate(embeddings, groups, people, generator)
    )


def _judge(
    drawn: Sequence[Dialogue],
    label: Mapping[str, int],
    sides: Sequence[Speaker],
    seed: int,
) -> Auc:
    """The AUC by these sides; dialogues in which one of them says nothing are left out."""
    heard = [d for d in drawn if all(draw_lines(d, side, seed) for side in sides)]
    parts = [embed_dialogues(heard, side, seed)[0] for side in sides]
    return separate_embeddings(
        np.hstack(parts), [label[d.id] for d in heard], [d.pseudonym for d in heard], seed
    )


def _cross_validate(
    embeddings: Table,
    groups: NDArray[np.intp],
    people: Sequence[str],
    generator: np.random.Generator,
) -> tuple[Table, Table]:
    """How often a case was taken for one beside a control, and how often the two were compared."""
    try:
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import StratifiedGroupKFold
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError as error:
        raise InputError(
            "Leakage needs scikit-learn, which is not installed. "
            "Run `pip install 'sqpsych[assess]'`."
        ) from error

    won, met = np.zeros((2, len(groups), len(groups)))
    for _ in range(REPEATS):
        folds = StratifiedGroupKFold(
            FOLDS, shuffle=True, random_state=int(generator.integers(2**31))
        )
        for train, test in folds.split(embeddings, groups, people):
            model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
            with use_one_thread():
                model.fit(embeddings[train], groups[train])
            scores = model.decision_function(embeddings[test])
            cases, controls = groups[test] == 1, groups[test] == 0
            place = np.ix_(test[cases], test[controls])
            won[place] += 0.5 + 0.5 * np.sign(scores[cases][:, None] - scores[controls][None])
            met[place] += 1
    return won, met


EMBEDDED_LEAKAGE = Measure(
    name="embedded_leakage",
    title="Leakage of the group through meaning",
    about=(
        "How well the meaning of a side's lines tells the two groups apart, as the area under the "
        "ROC curve: 0.5 is chance, 1 certainty. One dialogue of each of up to "
        f"{PEOPLE} people of each group; of each side {LINES} lines, one from each quarter of the "
        "dialogue, by the mean of their sentence embeddings (all-MiniLM-L6-v2; Reimers & Gurevych "
        "2019, EMNLP). Logistic regression, cross-validated by person as for the words. It sees "
        "less of a dialogue than the classifier of words, so that a low figure is no proof; and "
        "for the therapist it mixes echo of the client with leak. Intervals by bootstrap over "
        "people, widened by 1.5 (Nadeau & Bengio 2003, Machine Learning 52:239)."
    ),
    take=measure_embedded_leakage,
)
