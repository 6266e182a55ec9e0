"""Agreement against published tables, and what must hold of any table."""

from collections.abc import Callable, Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from sqpsych.assessment.statistics.agreement import (
    Level,
    Weights,
    agree,
    krippendorff_alpha,
    spearman,
    weighted_kappa,
)
from sqpsych.assessment.statistics.intraclass import icc
from sqpsych.assessment.statistics.ratings import Agreement, Table
from sqpsych.errors import InputError
from sqpsych.records import Score

SHROUT_FLEISS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]
"""Shrout & Fleiss 1979, table 2: six targets, four judges."""
KRIPPENDORFF: list[list[float | None]] = [
    [1, 1, None, 1],
    [2, 2, 3, 2],
    [3, 3, 3, 3],
    [3, 3, 3, 3],
    [2, 2, 2, 2],
    [1, 2, 3, 4],
    [4, 4, 4, 4],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [None, 5, 5, 5],
    [None, None, 1, 1],
    [None, None, 3, None],
]
"""Krippendorff 2011, section C: twelve units, four observers, ratings missing."""
RADIOLOGISTS = [[21, 12, 0, 0], [4, 17, 1, 0], [3, 9, 15, 2], [0, 0, 0, 1]]
"""Altman 1991, Practical Statistics for Medical Research, p. 403: 85 xeromammograms."""
COHEN = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
"""Cohen 1968, table 1, as counts of 200."""

Statistic = Callable[[Table], Agreement]
STATISTICS: dict[str, Statistic] = {
    "icc(2,1)": lambda table: icc(table, "2,1"),
    "icc(2,k)": lambda table: icc(table, "2,k"),
    "nominal": lambda table: krippendorff_alpha(table, "nominal", draws=2),
    "ordinal": lambda table: krippendorff_alpha(table, "ordinal", draws=2),
    "interval": lambda table: krippendorff_alpha(table, "interval", draws=2),
}
tables = st.integers(2, 4).flatmap(
    lambda raters: st.integers(3, 8).flatmap(
        lambda units: arrays(np.float64, (units, raters), elements=st.integers(0, 4))
    )
)


def list_pairs(table: Sequence[Sequence[int]]) -> tuple[list[float], list[float]]:
    """Two raters' ratings from a table of counts."""
    pairs = [
        (float(i), float(j))
        for i, row in enumerate(table)
        for j, count in enumerate(row)
        for _ in range(count)
    ]
    return [first for first, _ in pairs], [second for _, second in pairs]


def make_score(
    subject: str,
    rater: str,
    value: float | None,
    criterion: str = "empathy",
    measure: str = "rubric",
) -> Score:
    """Make a score; one without a value failed."""
    error = "no JSON" if value is None else None
    return Score(
        subject=subject, measure=measure, criterion=criterion, value=value, rater=rater, error=error
    )


def test_icc_of_one_and_of_four_judges_is_the_published_one() -> None:
    one, four = icc(SHROUT_FLEISS, "2,1"), icc(SHROUT_FLEISS, "2,k")
    assert one.value == pytest.approx(0.29, abs=0.005)
    assert four.value == pytest.approx(0.62, abs=0.005)
    assert (one.units, one.raters, one.note) == (6, 4, "")


def test_intervals_of_icc_are_those_of_mcgraw_and_wong() -> None:
    """As the psych package of R gives them for this table."""
    one, four = icc(SHROUT_FLEISS, "2,1"), icc(SHROUT_FLEISS, "2,k")
    assert (one.low, one.high) == pytest.approx((0.019, 0.761), abs=0.0006)
    assert (four.low, four.high) == pytest.approx((0.071, 0.927), abs=0.0006)


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_with_ratings_missing_is_the_published_one(level: Level, published: float) -> None:
    alpha = krippendorff_alpha(KRIPPENDORFF, level)
    assert alpha.value == pytest.approx(published, abs=0.0005)
    assert (alpha.units, alpha.raters) == (11, 4)
    assert alpha.note == "1 of 12 units left out, fewer than two ratings"
    assert alpha.low is not None
    assert alpha.high is not None
    assert alpha.low < published < alpha.high <= 1


@pytest.mark.parametrize(
    ("table", "weights", "published"),
    [(RADIOLOGISTS, None, 0.473), (RADIOLOGISTS, "linear", 0.568), (COHEN, None, 0.492)],
)
def test_kappa_is_the_published_one(
    table: list[list[int]], weights: Weights, published: float
) -> None:
    kappa = weighted_kappa(*list_pairs(table), weights)
    assert kappa.value == pytest.approx(published, abs=0.0006)
    assert kappa.low is not None
    assert kappa.high is not None
    assert kappa.low < published < kappa.high


def test_the_interval_of_kappa_is_near_the_normal_one() -> None:
    """Cohen 1960: the error is sqrt(po (1 - po) / n) / (1 - pe); po = 54 / 85, pe = 0.308."""
    kappa = weighted_kappa(*list_pairs(RADIOLOGISTS), None)
    half = 1.96 * (54 * 31 / 85**3) ** 0.5 / (1 - 0.308)
    assert (kappa.low, kappa.high) == pytest.approx((0.473 - half, 0.473 + half), abs=0.02)


@given(tables, st.sampled_from([None, "linear", "quadratic"]))
def test_kappa_is_that_of_scikit_learn(table: NDArray[np.float64], weights: Weights) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    a, b = table[:, 0].tolist(), table[:, 1].tolist()
    assume(len({*a, *b}) > 1)
    kappa = weighted_kappa(a, b, weights, range(5), draws=2)
    expected = metrics.cohen_kappa_score(a, b, labels=[0, 1, 2, 3, 4], weights=weights)
    assert kappa.value == pytest.approx(expected)


@given(tables)
def test_spearman_is_that_of_scipy(table: NDArray[np.float64]) -> None:
    stats = pytest.importorskip("scipy.stats")
    a, b = table[:, 0].tolist(), table[:, 1].tolist()
    rho = spearman(a, b)
    if len(set(a)) == 1 or len(set(b)) == 1:
        assert (rho.value, rho.note) == (None, "a rater does not vary")
    else:
        assert rho.value == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-12)


def test_the_interval_of_spearman_is_bonett_and_wright_s() -> None:
    a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    rho = spearman(a, [2.0, 1.0, 4.0, 3.0, 6.0, 5.0, 8.0, 7.0])
    assert rho.value == pytest.approx(1 - 6 * 8 / (8 * 63))
    # z = ln(20) / 2 = 1.4979, and half = 1.95996 * sqrt((1 + 0.8186 / 2) / 5) = 1.0406
    assert (rho.low, rho.high) == pytest.approx((0.4279, 0.9876), abs=0.0001)


def test_categories_no_one_used_are_steps_too() -> None:
    a, b = [1.0, 1.0, 3.0, 10.0], [1.0, 3.0, 3.0, 10.0]
    near = weighted_kappa(a, b, "linear", [1, 3, 10])
    far = weighted_kappa(a, b, "linear", [1, 2, 3, 10])
    assert near.value != far.value
    assert weighted_kappa(a, b, "linear").value == weighted_kappa(a, b, "linear", range(11)).value


def test_a_rating_that_is_no_category_is_refused() -> None:
    with pytest.raises(InputError, match="A rating is 7; expected one of 0, 1, 2"):
        weighted_kappa([0, 7], [1, 2], categories=[0, 1, 2])


@given(tables)
def test_perfect_agreement_is_one(table: NDArray[np.float64]) -> None:
    same = np.repeat(table[:, :1], 3, axis=1).tolist()
    if len({row[0] for row in same}) == 1:
        assert all(take(same).value is None and take(same).note for take in STATISTICS.values())
        return
    for take in STATISTICS.values():
        assert take(same).value == pytest.approx(1)
    column = [row[0] for row in same]
    assert weighted_kappa(column, column, draws=2).value == 1
    assert spearman(column, column).value == pytest.approx(1)


@given(tables, st.randoms(use_true_random=False), st.sampled_from(sorted(STATISTICS)))
def test_the_order_of_units_and_raters_does_not_matter(
    table: NDArray[np.float64], random: Random, name: str
) -> None:
    rows, columns = list(range(len(table))), list(range(table.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    one, other = (
        STATISTICS[name](ratings.tolist()) for ratings in (table, table[np.ix_(rows, columns)])
    )
    assert one.value == pytest.approx(other.value)
    assert one.note == other.note
    if name.startswith("icc"):
        assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-6)


@given(tables)
def test_values_are_at_most_one_and_within_their_intervals(table: NDArray[np.float64]) -> None:
    one = icc(table.tolist())
    assert one.value is None or one.value <= 1 + 1e-9
    if one.value is not None and one.low is not None and one.high is not None:
        assert one.low - 1e-9 <= one.value <= one.high + 1e-9
    alpha = krippendorff_alpha(table.tolist(), draws=50)
    assert alpha.value is None or alpha.value <= 1 + 1e-9


@given(tables, st.integers(1, 5))
def test_a_constant_on_one_rater_lowers_icc_and_leaves_the_order(
    table: NDArray[np.float64], constant: int
) -> None:
    table = np.repeat(table[:, :1], 3, axis=1) + np.array([0, 0.01, -0.01]) * table[:, 1:2]
    assume(len(np.unique(table[:, 0])) > 1)
    # On top of raters whose means agree, so that the constant can only part them.
    table -= table.mean(axis=0) - table.mean()
    shifted = table + np.array([constant, 0, 0])
    before, after = icc(table.tolist()).value, icc(shifted.tolist()).value
    assert before is not None
    assert after is not None
    assert after < before
    a, b = table[:, 0].tolist(), table[:, 1].tolist()
    assert spearman(shifted[:, 0].tolist(), b).value == pytest.approx(spearman(a, b).value)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_of_ratings_by_chance_is_zero_on_average(level: Level) -> None:
    generator = np.random.default_rng(1)
    alphas = [
        krippendorff_alpha(generator.integers(0, 4, (20, 3)).tolist(), level, draws=2).value or 0.0
        for _ in range(300)
    ]
    assert np.mean(alphas) == pytest.approx(0, abs=0.02)


def test_intervals_of_alpha_cover_what_more_units_show() -> None:
    generator = np.random.default_rng(2)

    def rate(units: int) -> list[list[float]]:
        truth = generator.integers(0, 4, (units, 1))
        return np.clip(truth + generator.integers(-1, 2, (units, 3)), 0, 3).tolist()  # type: ignore[no-any-return]

    true = krippendorff_alpha(rate(20_000), draws=1).value or 0.0
    alphas = [krippendorff_alpha(rate(40), draws=400) for _ in range(200)]
    covered = [(alpha.low or 0) <= true <= (alpha.high or 0) for alpha in alphas]
    assert 0.88 < np.mean(covered) < 0.99


@pytest.mark.parametrize(
    ("result", "note"),
    [
        (icc([[1], [2]]), "fewer than two raters"),
        (icc([]), "fewer than two raters"),
        (
            icc([{"a": 1, "b": 2}, {"b": 2}]),
            "fewer than two units rated by all; 1 of 2 units left out",
        ),
        (icc([[3, 3], [3, 3], [3, 3]]), "units do not differ"),
        (icc([[3, 4], [3, 4], [3, 4]]), "units do not differ"),
        (icc([[0, 1], [1, 0]], "2,1"), "ratings vary within units only"),
        (krippendorff_alpha([{"a": 1}, {"b": 2}]), "fewer than two units rated twice"),
        (krippendorff_alpha([{"a": 1}, {"a": 2}]), "fewer than two raters"),
        (krippendorff_alpha([[2, 2], [2, 2]]), "ratings do not vary"),
        (weighted_kappa([1, 1], [1, 1]), "ratings do not vary"),
        (weighted_kappa([1, None], [None, 1]), "fewer than two rated by both; 2 of 2 units"),
        (weighted_kappa([], []), "fewer than two rated by both"),
        (spearman([1, 2, None], [1, None, 2]), "fewer than two rated by both"),
        (spearman([1, 2, 3], [1, 1, 1]), "a rater does not vary"),
    ],
)
def test_what_cannot_be_told_has_no_value_and_says_why(result: Agreement, note: str) -> None:
    assert (result.value, result.low, result.high) == (None, None, None)
    assert result.note.startswith(note)


def test_a_rater_without_any_rating_does_not_cost_the_others_their_units() -> None:
    table = [{"a": float(n), "b": float(n % 4), "silent": None} for n in range(6)]
    assert icc(table) == icc([[float(n), float(n % 4)] for n in range(6)])


def test_malformed_tables_are_refused() -> None:
    with pytest.raises(InputError, match="rows of 1 and of 2 ratings"):
        icc([[1, 2], [1]])
    with pytest.raises(InputError, match="infinite"):
        krippendorff_alpha([[1.0, float("inf")], [1.0, 2.0]])
    with pytest.raises(InputError, match="2 and 1 ratings"):
        spearman([1, 2], [1])


def test_scores_of_one_criterion_are_agreed_on_over_all_raters() -> None:
    scores = [
        make_score(f"d{unit}", f"judge{rater}", value)
        for unit, row in enumerate(SHROUT_FLEISS)
        for rater, value in enumerate(row)
    ]
    (found,) = agree(scores, draws=200)
    assert (found.measure, found.criterion, found.subjects) == ("rubric", "empathy", 6)
    assert found.raters == ("judge0", "judge1", "judge2", "judge3")
    assert found.icc_single == icc(SHROUT_FLEISS)
    assert found.icc_average == icc(SHROUT_FLEISS, "2,k")
    assert found.alpha == krippendorff_alpha(SHROUT_FLEISS, draws=200)
    columns = [[float(row[n]) for row in SHROUT_FLEISS] for n in range(4)]
    pairs = [(columns[i], columns[j]) for i in range(4) for j in range(i)]
    kappas = [weighted_kappa(*pair, draws=2).value or 0 for pair in pairs]
    assert found.kappa.value == pytest.approx(np.mean(kappas))
    rhos = [spearman(*pair).value or 0 for pair in pairs]
    assert found.rho.value == pytest.approx(np.mean(rhos))
    assert found.rho.note.startswith("mean of 6 of 6 pairs of raters, from ")
    assert (found.rho.low or 0) < (found.rho.value or 0) < (found.rho.high or 0)


def test_a_failed_rating_is_missing_and_counted_and_never_zero() -> None:
    rated = [make_score(f"d{n}", rater, n) for n in range(5) for rater in "abc"]
    failed = [make_score("d5", "a", None), make_score("d5", "b", 3), make_score("d5", "c", 3)]
    (found,) = agree([*rated, *failed], draws=50)
    assert found.unscored == 1
    assert found.alpha.value == pytest.approx(1)
    assert found.icc_single.note == "1 of 6 units left out, not rated by all"


def test_a_failed_rating_gives_way_to_one_with_a_value() -> None:
    rated = [make_score(f"d{n}", rater, n) for n in range(5) for rater in "ab"]
    again = [make_score("d0", "a", None)]
    assert agree([*rated, *again], draws=50) == agree([*again, *rated], draws=50)
    assert agree([*rated, *again], draws=50)[0].unscored == 0


def test_two_values_of_a_rater_for_the_same_are_refused() -> None:
    with pytest.raises(InputError, match="a has two values for rubric, empathy, in d1"):
        agree([make_score("d1", "a", 1), make_score("d1", "a", 2)])


def test_totals_add_up_all_criteria_and_are_missing_where_one_is() -> None:
    scores = [
        make_score(f"d{n}", rater, value, criterion)
        for n in range(6)
        for rater in "ab"
        # Criteria are disagreed on, sums are not.
        for criterion, value in (("warmth", 0.1 * (n if rater == "a" else 5 - n)), ("tact", None))
        for value in [value if value is not None else n - 0.1 * (n if rater == "a" else 5 - n)]
    ]
    scores.append(make_score("d6", "a", 4, "warmth"))
    warmth, _, total = agree(scores, draws=50)
    assert total.criterion == "total"
    assert total.alpha.value == pytest.approx(1)
    assert total.unscored == 1
    assert warmth.unscored == 0
    assert (warmth.alpha.value or 0) < 0


def test_one_rater_agrees_with_no_one() -> None:
    (found,) = agree([make_score(f"d{n}", "a", n) for n in range(3)])
    notes = (found.alpha.note, found.icc_single.note, found.kappa.note, found.rho.note)
    assert all(note.startswith("fewer than two raters") for note in notes)
    assert agree([]) == ()


def test_measures_are_kept_apart() -> None:
    scores = [
        make_score(f"d{n}", rater, n, measure=measure)
        for measure in ("rubric", "scale")
        for n in range(3)
        for rater in "ab"
    ]
    assert [found.measure for found in agree(scores, draws=10)] == ["rubric", "scale"]
