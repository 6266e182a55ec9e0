"""What a judge read out of a dialogue, beside the answers behind it."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqpsych.assessment.judging import AnswerComparison, compare_answers, rate_answers
from sqpsych.assessment.judging.answer_comparison import estimate_kappa
from sqpsych.instruments import load_instrument, score_answers
from sqpsych.records import Answer, ClientProfile, Evidence, Score

PHQ = load_instrument("phq9")
ITEMS = [item.id for item in PHQ.items]


def make_person(values: Mapping[str, int | None], person: str = "person") -> ClientProfile:
    answers = [Answer(instrument="phq9", item=item, value=value) for item, value in values.items()]
    return ClientProfile(
        pseudonym=person, answers=tuple(answers), scores=score_answers(PHQ, values)
    )


def read_as(values: Mapping[str, int | None], *, failed: tuple[str, ...] = ()) -> list[Score]:
    return [
        Score(
            subject="d1",
            measure="answers of phq9, client",
            criterion=item,
            value=value,
            rater="reader",
            error="prose" if item in failed else None,
            evidence=() if value is None else (Evidence(turn=1, quote="words"),),
        )
        for item, value in values.items()
    ]


def test_a_reading_is_compared_item_by_item() -> None:
    source = dict.fromkeys(ITEMS, 0) | {"phq9_1": 3, "phq9_2": 1}
    judged: dict[str, int | None] = {**source, "phq9_1": 1, "phq9_3": 2, "phq9_9": None}
    compared = compare_answers(read_as(judged), make_person(source), PHQ)
    pairs = {pair.item: pair for pair in compared.items}
    assert (compared.dialogue, compared.person) == ("d1", "person")
    assert pairs["phq9_3"].invented
    assert pairs["phq9_3"].evidence
    assert not pairs["phq9_1"].invented
    assert pairs["phq9_9"].judged is None
    assert compared.source_band == "minimal"
    # Four points on eight items are 4.5 on nine, rounded up to 5.
    assert sum(v for v in judged.values() if v) == 4
    assert compared.judged_band == "mild"


def test_items_the_person_left_open_are_not_compared() -> None:
    source = {**dict.fromkeys(ITEMS, 1), "phq9_1": None}
    compared = compare_answers(read_as(dict.fromkeys(ITEMS, 1)), make_person(source), PHQ)
    assert "phq9_1" not in [pair.item for pair in compared.items]
    assert len(compared.items) == 8


def rate(comparisons: list[AnswerComparison]) -> dict[str, tuple[float | None, str]]:
    rows = rate_answers(comparisons, PHQ).rows
    return {row.name.removeprefix("phq9, "): (row.value, row.note) for row in rows}


def test_figures_of_a_corpus() -> None:
    source = dict.fromkeys(ITEMS, 0) | {"phq9_1": 3, "phq9_2": 1}
    judged: dict[str, int | None] = {
        **source,
        "phq9_1": 1,
        "phq9_3": 2,
        "phq9_8": None,
        "phq9_9": None,
    }
    scores = read_as(judged, failed=("phq9_9",))
    rows = rate([compare_answers(scores, make_person(source), PHQ)])
    assert rows["items assessable, share"] == (7 / 8, "1 of 9 verdicts failed")
    assert rows["mean error of an item, points"][0] == pytest.approx(4 / 7)
    assert rows["symptoms invented, share of denied"][0] == pytest.approx(1 / 6)
    value, note = rows["band of the total agrees, share"]
    assert value is None
    assert note == "0 of 1 dialogues with a total"


def test_a_perfect_reading_and_an_empty_one() -> None:
    values = {item: n % 4 for n, item in enumerate(ITEMS)}
    perfect = rate([compare_answers(read_as(values), make_person(values), PHQ)])
    assert perfect["quadratic weighted kappa"][0] == 1
    assert perfect["mean error of an item, points"][0] == 0
    assert perfect["band of the total agrees, share"][0] == 1
    assert perfect["symptoms invented, share of denied"][0] == 0
    empty = rate([compare_answers(read_as(dict.fromkeys(ITEMS)), make_person(values), PHQ)])
    assert empty["items assessable, share"][0] == 0
    assert empty["mean error of an item, points"][0] is None
    assert empty["quadratic weighted kappa"] == (None, "no item was assessed")
    assert all(value is None for value, _ in rate([]).values())


def test_answers_that_are_all_alike_have_no_kappa() -> None:
    values = dict.fromkeys(ITEMS, 0)
    rows = rate([compare_answers(read_as(values), make_person(values), PHQ)])
    assert rows["quadratic weighted kappa"] == (None, "all answers alike")


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30).filter(
        lambda pairs: len({value for pair in pairs for value in pair}) > 1
    )
)
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    table = np.zeros((1, 4, 4))
    for a, b in pairs:
        table[0, a, b] += 1
    expected = metrics.cohen_kappa_score(
        [a for a, _ in pairs], [b for _, b in pairs], labels=range(4), weights="quadratic"
    )
    assert estimate_kappa(table, ["p"]).value == pytest.approx(expected)


def test_kappa_has_an_interval_over_people() -> None:
    tables = np.array([np.eye(3), np.eye(3)[::-1], np.eye(3)])
    estimate = estimate_kappa(tables, ["p", "q", "r"])
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.value is not None
    assert estimate.low < estimate.value < estimate.high == 1
    assert estimate_kappa(tables, ["p", "p", "p"]).low is None
