"""Telling two groups of dialogues apart by their words: pairs, classifier, cross-validated AUC.

A classifier is given one dialogue of each group and says which is which. Five folds by person,
stratified by group, split anew five times; only pairs within the same test fold are compared, so
that neither of the two is known to the classifier and the AUC without any signal is 0.5 exactly, in
expectation. Scores pooled over folds would lie below, as a dialogue left out moves the training
mean away from itself (Parker, Günter & Bedo 2007, BMC Bioinformatics 8:326; Forman & Scholz 2010,
SIGKDD Explorations 12:49; Airola et al. 2011, Comput Stat Data Anal 55:1828).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.statistics.intervals import (
    DRAWS,
    draw_counts,
    find_percentiles,
    sum_by_person,
)
from sqpsych.errors import InputError

MIN_PEOPLE = 10
"""People a group must have for an AUC to be given."""
FOLDS = 5
REPEATS = 5
PARTNERS = 5
"""Dialogues of the other group that each is paired with in training."""
WIDENING = sqrt(1 + FOLDS / (FOLDS - 1))
"""By how much the classifiers' dependence on each other's test data widens the interval, 1.5 for
five folds: Nadeau & Bengio 2003, Machine Learning 52:239."""
NEVER = int(np.iinfo(np.int16).max)
LOOSE = 2000.0
"""Freedom of the weights: inverse penalty, scikit-learn's C, times the pairs learned from. This is
about the usual C of 1."""
TIGHT = 15.0
"""Weights hardly beyond the difference of the groups' means, for windows that depend on what was
said: see `sqpsych.assessment.leakage.words`."""
_ROUNDING = 1e-9

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Auc:
    """Area under the ROC curve, with its interval."""

    value: float | None
    """0-1; None where it cannot be told, and then the note says why."""
    low: float | None
    high: float | None
    """Ends of the 95 % interval over people."""
    n: int
    """People in both groups."""
    note: str


@dataclass(frozen=True, slots=True)
class FirstUses:
    """When each dialogue has each word for the first time, and until when that counts."""

    words: tuple[str, ...]
    said: NDArray[np.int16]
    """(dialogues, words): position of the turn; NEVER for a word that is not said."""
    closed: NDArray[np.int16]
    """(dialogues, words), or (dialogues, 1) for all words alike: first position that does not
    count."""

    def differ(self, left: Rows, right: Rows) -> NDArray[np.int8]:
        """Compare pairs: 1 where left says a word first, -1 where right does, in time for both.

        Args:
            left: rows.
            right: rows; as many, unless one side has a single row for all of the other.

        Returns:
            (pairs, words); 0 where both say it in the same turn, or neither in time.
        """
        one, other = self.said[left], self.said[right]
        in_time = np.minimum(one, other) < np.minimum(self.closed[left], self.closed[right])
        first = (one < other).view(np.int8) - (other < one).view(np.int8)
        differences: NDArray[np.int8] = first * in_time.view(np.int8)
        return differences


def separate(
    uses: FirstUses,
    labels: Sequence[int],
    people: Sequence[str],
    seed: int,
    freedom: float = LOOSE,
) -> Auc:
    """Estimate the AUC of telling group 1 from group 0, cross-validated by person.

    The interval draws people with replacement within each group, 2,000 times, with all comparisons
    they took part in, and is that of the 2.5th to the 97.5th percentile, widened about the estimate
    by 1.5. Drawing alone takes the classifiers as given: it covered 0.5 in only 78 to 91 % of
    corpora without signal.

    Args:
        uses: one row a dialogue.
        labels: 0 or 1 of each.
        people: whose dialogue it is; a person has one label.
        seed: of the splits, pairs and draws.
        freedom: of the weights, LOOSE or TIGHT.

    Returns:
        The share of compared pairs that are ordered rightly, ties for one half; None with the
        reason for groups of fewer than ten people.

    Raises:
        InputError: scikit-learn is not installed.
    """
    groups = np.asarray(labels, dtype=np.intp)
    generator = np.random.default_rng(seed)
    return estimate_auc(
        groups, people, generator, lambda: cross_validate(uses, groups, people, generator, freedom)
    )


def estimate_auc(
    groups: NDArray[np.intp],
    people: Sequence[str],
    generator: np.random.Generator,
    compare: Callable[[], tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> Auc:
    """Estimate an AUC and its interval from comparisons of cases with controls; see `separate`.

    Args:
        groups: 0 or 1 of each dialogue.
        people: whose dialogue it is.
        generator: of the draws.
        compare: gives two (dialogues, dialogues) tables, cases in rows and controls in columns: how
            often the case was taken for one, and how often the two were compared. Not called for
            groups of fewer than ten people.
    """
    rows = {group: np.flatnonzero(groups == group) for group in (1, 0)}
    owners = {group: [people[int(row)] for row in rows[group]] for group in rows}
    sizes = {group: len(set(owners[group])) for group in rows}
    note = f"{sizes[1]} people against {sizes[0]}, {len(people)} dialogues"
    if min(sizes.values()) < MIN_PEOPLE:
        note = f"fewer than {MIN_PEOPLE} people in a group: {note}"
        return Auc(None, None, None, sizes[0] + sizes[1], note)
    won, met = (
        sum_by_person(sum_by_person(table[np.ix_(rows[1], rows[0])], owners[1]).T, owners[0]).T
        for table in compare()
    )
    drawn = {group: draw_counts(sizes[group], generator, DRAWS) for group in (1, 0)}
    value = float(won.sum() / met.sum())
    ends = find_percentiles(
        ((drawn[1] @ won) * drawn[0]).sum(axis=1), ((drawn[1] @ met) * drawn[0]).sum(axis=1)
    )
    low, high = (min(1.0, max(0.0, value + WIDENING * (end - value))) for end in ends)
    return Auc(value, low, high, sizes[0] + sizes[1], note)


def learn_weights(
    uses: FirstUses,
    cases: Rows,
    controls: Rows,
    generator: np.random.Generator,
    freedom: float = LOOSE,
) -> NDArray[np.float64]:
    """Learn how much each word speaks for the cases, from random pairs of a case and a control.

    Logistic regression with an L2 penalty and without intercept, on the differences of pairs scaled
    to a mean square length of 1; every second pair is turned round, so that both outcomes occur.

    Raises:
        InputError: scikit-learn is not installed.
    """
    try:
        from scipy.sparse import csr_matrix
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise _explain_missing() from error

    others = [
        generator.choice(rows, PARTNERS * len(partners), replace=True)
        for rows, partners in ((controls, cases), (cases, controls))
    ]
    left = np.concatenate([np.repeat(cases, PARTNERS), others[1]])
    right = np.concatenate([others[0], np.repeat(controls, PARTNERS)])
    outcomes = np.where(np.arange(len(left)) % 2, -1, 1).astype(np.int8)
    differences = csr_matrix(uses.differ(left, right) * outcomes[:, None], dtype=np.float64)
    length = sqrt(differences.multiply(differences).sum() / len(left))
    if not length:
        return np.zeros(len(uses.words))
    model = LogisticRegression(fit_intercept=False, C=freedom / len(left), max_iter=1000)
    weights: NDArray[np.float64] = model.fit(differences / length, outcomes).coef_[0]
    return weights


def cross_validate(
    uses: FirstUses,
    groups: NDArray[np.intp],
    people: Sequence[str],
    generator: np.random.Generator,
    freedom: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compare the cases and controls of each test fold; see `separate`.

    Returns:
        Two (dialogues, dialogues) tables, cases in rows and controls in columns: how often the case
        was taken for one, and how often the two were compared.
    """
    try:
        from sklearn.model_selection import StratifiedGroupKFold
    except ImportError as error:
        raise _explain_missing() from error

    won, met = np.zeros((2, len(groups), len(groups)))
    for _ in range(REPEATS):
        folds = StratifiedGroupKFold(
            FOLDS, shuffle=True, random_state=int(generator.integers(2**31))
        )
        for train, test in folds.split(groups, groups, people):
            cases, controls = train[groups[train] == 1], train[groups[train] == 0]
            weights = learn_weights(uses, cases, controls, generator, freedom)
            rivals = test[groups[test] == 0]
            for case in test[groups[test] == 1]:
                scores = uses.differ(np.array([case]), rivals) @ weights
                won[case, rivals] += 0.5 + 0.5 * np.sign(
                    np.where(abs(scores) > _ROUNDING, scores, 0)
                )
                met[case, rivals] += 1
    return won, met


def require_classifier() -> None:
    """Make sure that leakage can be measured, before hours go into what it is to be measured on.

    Raises:
        InputError: scikit-learn is not installed.
    """
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise _explain_missing() from error


def _explain_missing() -> InputError:
    return InputError(
        "Leakage needs scikit-learn, which is not installed. Run `pip install 'sqpsych[assess]'`."
    )
