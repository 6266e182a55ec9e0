"""Scales of a dialogue and means of a corpus."""

from sqpsych.assessment.judging import RubricScale, load_rubric, measure_scores, sum_scales

from .answering import make_criterion, make_rubric, rate

RUBRIC = make_rubric(
    make_criterion("warmth"),
    make_criterion("order"),
    scales=(
        RubricScale(id="total", label="Total", criteria=("warmth", "order")),
        RubricScale(id="change", label="Change", criteria=("order",), minus=("warmth",)),
    ),
)


def test_scales_add_up_and_a_change_takes_off() -> None:
    scores = [rate("d1", "warmth", 2), rate("d1", "order", 1)]
    assert sum_scales(RUBRIC, scores) == {"total": 3, "change": -1}


def test_a_scale_that_lacks_a_verdict_has_no_sum() -> None:
    failed = rate("d1", "order", None, error="prose")
    assert sum_scales(RUBRIC, [rate("d1", "warmth", 2), failed])["total"] is None
    assert sum_scales(RUBRIC, [rate("d1", "warmth", 2)])["total"] is None


def test_scores_of_other_rubrics_are_passed_over() -> None:
    other = rate("d1", "warmth", 2, measure="other")
    assert sum_scales(RUBRIC, [other])["total"] is None
    assert all(row.value is None for row in measure_scores(RUBRIC, [other], {"d1": "p"}).rows)


def test_means_rest_on_verdicts_given_and_say_how_many_failed() -> None:
    scores = [
        rate("d1", "warmth", 2),
        rate("d2", "warmth", 1),
        rate("d3", "warmth", None, error="prose"),
        rate("d4", "warmth", None),
    ]
    people = {f"d{n}": f"p{n}" for n in range(1, 5)}
    rows = {row.name: row for row in measure_scores(RUBRIC, scores, people).rows}
    warmth = rows["mine, Warmth (0-2)"]
    assert (warmth.value, warmth.n) == (1.5, 2)
    assert warmth.low is not None
    assert warmth.note == "1 of 4 verdicts failed, 1 of 4 not assessable"
    assert rows["mine, Total"].value is None
    assert rows["mine, Total"].note == "4 of 4 dialogues lack a verdict"


def test_nothing_judged_gives_rows_without_value() -> None:
    rows = measure_scores(RUBRIC, [], {}).rows
    assert rows
    assert {(row.value, row.note) for row in rows} == {(None, "nothing was judged")}


def test_feelings_are_neither_better_nor_worse_when_higher() -> None:
    rows = measure_scores(load_rubric("panas"), [], {}).rows
    assert {row.better for row in rows} == {"none"}
    assert len({row.name for row in rows}) == len(rows)
