"""Leakage of the group through the words of each side, as a measure of a corpus."""

from collections.abc import Sequence

import numpy as np

from sqpsych.assessment.figures import Better, Cell, Measured, Row, make_missing
from sqpsych.assessment.leakage.separation import MIN_PEOPLE, Auc
from sqpsych.assessment.leakage.words import (
    Figure,
    Leakage,
    Pair,
    find_telling_words,
    measure_leakage,
    resolve_labels,
)
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.sample import Sample
from sqpsych.errors import InputError
from sqpsych.records import ClientProfile, Dialogue

PEOPLE = 200
"""People of each group that are measured, at most: the tables are people by people."""
TELLING_WORDS = 15
"""Of each side and group."""
NO_LABELS = "leakage cannot be measured: the groups of the dialogues are not known"

_ROWS: dict[Figure, tuple[str, Better]] = {
    "raw": ("therapist AUC, all words", "lower"),
    "before": ("therapist AUC, before any symptom is voiced", "lower"),
    "beyond": ("therapist AUC, beyond the client's words", "lower"),
    "client": ("client AUC", "none"),
    "both": ("both sides AUC", "none"),
}


def take_leakage(sample: Sample) -> Measured:
    """Measure how well the words of each side tell the groups apart.

    Args:
        sample: its closed dialogues with a label are measured.

    Returns:
        A row a figure, with the table "telling words"; without value, and with the reason, where
        there are no labels, one group only, fewer than ten people in a group, or no classifier.
    """
    try:
        pairs, labels, note = draw_labelled(sample)
        leakage = measure_leakage(pairs, labels, sample.seed)
        # With too few people for an AUC, the words would be chance.
        known = leakage.raw.value is not None
        table = _list_telling_words(pairs, labels, sample) if known else []
    except InputError as error:
        return Measured(tuple(make_missing(name, str(error), b) for name, b in _ROWS.values()))
    return Measured(_list_rows(leakage, note), tables={"telling words": table})


def draw_labelled(sample: Sample, people: int = PEOPLE) -> tuple[list[Pair], list[int], str]:
    """Draw the labelled dialogues of so many people of each group, at most.

    Closed ones; where a group has fewer than ten people with a closed one, rejected ones too.

    Returns:
        Pairs in the order of the corpus, the label of each, and a note on what was drawn, empty
        where all were taken.

    Raises:
        InputError: no labels, one group only, or labels that contradict each other.
    """
    chosen, whose = choose_dialogues(sample)
    pairs, labels = resolve_labels(
        [(d, sample.profiles.get(d.id) or ClientProfile(pseudonym=d.pseudonym)) for d in chosen],
        [sample.labels.get(d.id) for d in chosen],
    )
    groups = [
        list(dict.fromkeys(p.pseudonym for (_, p), y in zip(pairs, labels, strict=True) if y == g))
        for g in (0, 1)
    ]
    if not sample.labels or not labels:
        raise InputError(NO_LABELS)
    if not all(groups):
        only = sample.groups[labels[0]]
        raise InputError(f"leakage cannot be measured: all dialogues are of one group, {only}")
    generator = np.random.default_rng(sample.seed)
    drawn = {group[at] for group in groups for at in generator.permutation(len(group))[:people]}
    kept = [at for at, (_, profile) in enumerate(pairs) if profile.pseudonym in drawn]
    drawn_from = f"drawn from {len(groups[1])} against {len(groups[0])}"
    notes = [whose, "" if len(kept) == len(pairs) else drawn_from]
    note = "; ".join(part for part in notes if part)
    return [pairs[at] for at in kept], [labels[at] for at in kept], note


def choose_dialogues(sample: Sample) -> tuple[Sequence[Dialogue], str]:
    """Choose closed dialogues, or all where a group has too few people with a closed one.

    Returns:
        Dialogues, and a note that says so.
    """
    finished = {
        group: {d.pseudonym for d in sample.closed if sample.labels.get(d.id) == group}
        for group in (0, 1)
    }
    few = min(map(len, finished.values())) < MIN_PEOPLE
    if few and len(sample.closed) < len(sample.dialogues):
        return sample.dialogues, "rejected dialogues too"
    return sample.closed, ""


def make_auc_row(name: str, auc: Auc, better: Better, note: str = "") -> Row:
    """Make a row of an AUC, with what it rests on."""
    notes = "; ".join(part for part in (auc.note, note) if part)
    return Row(name, auc.value, auc.low, auc.high, auc.n, better, notes)


def _list_rows(leakage: Leakage, note: str) -> tuple[Row, ...]:
    return tuple(
        make_auc_row(name, getattr(leakage, figure), better, note)
        for figure, (name, better) in _ROWS.items()
    )


def _list_telling_words(
    pairs: Sequence[Pair], labels: Sequence[int], sample: Sample
) -> list[dict[str, Cell]]:
    figures: tuple[tuple[str, Figure], ...] = (("therapist", "raw"), ("client", "client"))
    return [
        {
            "side": side,
            "speaks for": sample.groups[group],
            "word": telling.word,
            "weight": telling.weight,
            "dialogues of group 0": telling.dialogues[0],
            "dialogues of group 1": telling.dialogues[1],
        }
        for side, figure in figures
        for group, words in enumerate(
            find_telling_words(pairs, labels, figure, TELLING_WORDS, sample.seed)
        )
        for telling in words
    ]


LEAKAGE = Measure(
    name="leakage",
    title="Leakage of the group through the words",
    about=(
        "How well a classifier that is given one dialogue of each group tells from the words of a "
        "side which is which, as the area under the ROC curve: 0.5 is chance, 1 certainty. All "
        "words of the therapist mix echo of the client with leak; the words before either client "
        "has claimed a symptom, and those that neither client had used before, do not. Logistic "
        "regression on words of three people or more, cross-validated by person (five folds, five "
        "times; only pairs of one test fold are compared: Airola et al. 2011, Comput Stat Data "
        "Anal 55:1828). Intervals by bootstrap over people, widened by 1.5 for the dependence of "
        "the folds (Nadeau & Bengio 2003, Machine Learning 52:239). Up to "
        f"{PEOPLE} people of each group, drawn at random."
    ),
    take=take_leakage,
)
