"""What several judges say together, and how far they can be trusted."""

import pytest

from sqpsych.assessment.judging import list_categories, load_rubric, measure_panel, pool_scores

from .answering import make_rubric, name_dialogue, rate


def test_pooled_scores_are_means_of_those_who_gave_one() -> None:
    pooled = pool_scores(
        [
            rate("d1", "warmth", 2, "a"),
            rate("d1", "warmth", 1, "b"),
            rate("d1", "warmth", None, "c", "prose"),
        ]
    )
    (score,) = pooled
    assert (score.value, score.rater, score.error) == (1.5, "mean of a, b, c", None)
    assert [e.quote for e in score.evidence] == ["words of a", "words of b"]


def test_where_all_judges_fail_the_mean_has_their_errors_and_no_value() -> None:
    failed = [rate("d1", "warmth", None, "a", "prose"), rate("d1", "warmth", None, "b")]
    (score,) = pool_scores(failed, "panel")
    assert (score.value, score.error, score.rater) == (None, "a: prose", "panel")
    (groundless,) = pool_scores([failed[1]])
    assert (groundless.value, groundless.error) == (None, None)


def test_a_panel_tells_agreement_and_bias_of_length() -> None:
    pytest.importorskip("scipy")
    dialogues = [name_dialogue(f"d{n}", f"p{n}") for n in range(4)]
    scores = [
        rate(dialogue.id, criterion, (n + (rater == "b")) % 3, rater)
        for n, dialogue in enumerate(dialogues)
        for criterion in ("warmth", "order")
        for rater in ("a", "b")
    ]
    rows = measure_panel(scores, dialogues, categories=list_categories(make_rubric())).rows
    names = [row.name for row in rows]
    assert "mine, warmth: agreement (alpha)" in names
    assert "mine, a: correlation with words" in names
    agreed = next(row for row in rows if row.name == "mine, warmth: agreement (alpha)")
    assert agreed.value is not None
    assert agreed.value < 0.5


def test_categories_are_all_values_of_the_scale() -> None:
    assert list_categories(load_rubric("ctrs")) == {"ctrs": tuple(map(float, range(7)))}
