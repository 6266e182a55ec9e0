"""Scores equal what is computed by hand, by scikit-learn, and by theory."""

import warnings
from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from sqpsych.benchmarks import score_choices, score_labels
from sqpsych.benchmarks.published import ChoiceQuestion, ChoiceSet, LabelQuestion, LabelSet

LETTERS = "ABCD"
BELIEFS = ("helpless", "unlovable", "worthless")
CHOICES = {letter: f"Do {letter * 3}" for letter in LETTERS}


def make_choices(rights: Sequence[str], competencies: Sequence[str | None] = ()) -> ChoiceSet:
    competencies = competencies or [None] * len(rights)
    return ChoiceSet(
        tuple(
            ChoiceQuestion(str(place), {"Question": "What now?"}, CHOICES, right, competency)
            for place, (right, competency) in enumerate(zip(rights, competencies, strict=True))
        )
    )


def make_labels(rights: Sequence[Sequence[str]]) -> LabelSet:
    return LabelSet(
        BELIEFS,
        tuple(LabelQuestion(str(n), {}, frozenset(right)) for n, right in enumerate(rights)),
        allows_none=not all(rights),
    )


def answer_letters(letters: Sequence[str]) -> dict[str, str]:
    return {str(place): f"Answer: {letter}" for place, letter in enumerate(letters)}


def test_choices_by_hand() -> None:
    """A: 2 right, 1 of 2 given; B: 1 right, 1 of 2 given; C: 1 right, none given; no D anywhere."""
    score = score_choices(make_choices("AABC"), answer_letters("ABBx") | {"3": "no idea"})
    values = {name: estimate.value for name, estimate in score.figures.items()}
    assert values["accuracy"] == pytest.approx(2 / 4)
    assert values["macro precision"] == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert values["macro recall"] == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert values["macro F1"] == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert values["in the asked format"] == pytest.approx(3 / 4)
    assert score.outcomes == {
        "asked": 3,
        "other": 0,
        "malformed": 0,
        "none": 1,
        "missing": 0,
        "refused": 0,
    }


def test_labels_by_hand() -> None:
    """helpless: 2 right, 1 hit of 1; unlovable: 1 right, 1 hit of 2; worthless: 1 right, 0 of 0."""
    rights = [["helpless", "unlovable"], ["helpless"], ["worthless"]]
    answers = {"0": '["helpless", "unlovable"]', "1": "Labels: unlovable", "2": "Labels: sad"}
    score = score_labels(make_labels(rights), answers)
    values = {name: estimate.value for name, estimate in score.figures.items()}
    assert values["weighted precision"] == pytest.approx((2 * 1 + 1 * 0.5 + 0) / 4)
    assert values["weighted recall"] == pytest.approx((2 * 0.5 + 1 * 1 + 0) / 4)
    assert values["weighted F1"] == pytest.approx((2 * 2 / 3 + 1 * 2 / 3 + 0) / 4)
    assert values["macro F1"] == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert score.outcomes["malformed"] == 1
    assert score.questions[2].unknown == ("sad",)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(LETTERS), st.sampled_from(LETTERS)), min_size=1))
def test_choices_score_as_in_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    right, said = zip(*pairs, strict=True)
    figures = score_choices(make_choices(right), answer_letters(said), draws=5).figures
    expected = precision_recall_fscore_support(right, said, average="macro", zero_division=0)
    names = ("macro precision", "macro recall", "macro F1")
    assert [figures[name].value for name in names] == pytest.approx(expected[:3])
    assert figures["accuracy"].value == pytest.approx(accuracy_score(right, said))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from(BELIEFS), min_size=1), st.sets(st.sampled_from(BELIEFS))),
        min_size=1,
    )
)
def test_labels_score_as_in_scikit_learn(pairs: list[tuple[set[str], set[str]]]) -> None:
    answers = {str(n): f"Labels: {', '.join(said)}" for n, (_, said) in enumerate(pairs)}
    figures = score_labels(make_labels([sorted(r) for r, _ in pairs]), answers, draws=5).figures
    right, said = (np.array([[b in pair[i] for b in BELIEFS] for pair in pairs]) for i in (0, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = precision_recall_fscore_support(right, said, average="weighted", zero_division=0)
    names = ("weighted precision", "weighted recall", "weighted F1")
    assert [figures[name].value for name in names] == pytest.approx(expected[:3])


def test_random_guessers_get_what_theory_says() -> None:
    """0.25, within the interval of about 95 of a hundred."""
    names = ("accuracy", "macro precision", "macro recall", "macro F1")
    held = dict.fromkeys(names, 0)
    for seed in range(40):
        draw = Random(seed)
        right = [draw.choice(LETTERS) for _ in range(500)]
        said = [draw.choice(LETTERS) for _ in right]
        figures = score_choices(make_choices(right), answer_letters(said), draws=300).figures
        for name in names:
            low, high = figures[name].low, figures[name].high
            assert low is not None
            assert high is not None
            assert 0.05 < high - low < 0.10
            held[name] += low <= 0.25 <= high
    assert min(held.values()) >= 34


def test_a_random_labeller_gets_what_theory_says() -> None:
    """Labels right with 0.3 and given with 0.5, apart: precision 0.3, recall 0.5, F1 0.375."""
    draw = Random(21)
    right = [[b for b in BELIEFS if draw.random() < 0.3] for _ in range(2000)]
    said = [[b for b in BELIEFS if draw.random() < 0.5] for _ in right]
    answers = {str(n): f"Labels: {', '.join(labels)}" for n, labels in enumerate(said)}
    figures = score_labels(make_labels(right), answers, draws=500).figures
    for name, theory in (("precision", 0.3), ("recall", 0.5), ("F1", 0.375)):
        estimate = figures[f"weighted {name}"]
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low <= theory <= estimate.high
    assert figures["in the asked format"].value == 1


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    held = 0
    for seed in range(60):
        draw = Random(seed)
        right = [draw.choice(LETTERS) for _ in range(150)]
        said = [r if draw.random() < 0.6 else "ABCDABC"["ABCD".index(r) + 1] for r in right]
        estimate = score_choices(make_choices(right), answer_letters(said), seed, 400).figures
        low, high = estimate["accuracy"].low, estimate["accuracy"].high
        held += low is not None and high is not None and low <= 0.6 <= high
    assert 51 <= held <= 60


def test_a_perfect_one_gets_one() -> None:
    right = "ABCDBCAA" * 5
    score = score_choices(make_choices(right, ["x", "y"] * 20), answer_letters(right), draws=50)
    for figures in (score.figures, *score.by_competency.values()):
        assert {(e.value, e.low, e.high) for e in figures.values()} == {(1.0, 1.0, 1.0)}
    rights = [["helpless"], ["unlovable", "worthless"], ["helpless", "worthless"]] * 4
    answers = {str(n): f"Labels: {', '.join(labels)}" for n, labels in enumerate(rights)}
    figures = score_labels(make_labels(rights), answers, draws=50).figures
    assert {(e.value, e.low, e.high) for e in figures.values()} == {(1.0, 1.0, 1.0)}


@pytest.mark.parametrize(("text", "outcome"), [("", "none"), (None, "missing")])
def test_a_silent_one_gets_nothing(text: str | None, outcome: str) -> None:
    benchmarks = make_choices("ABCD" * 5), make_labels([["helpless"], ["unlovable"]] * 10)
    answers = {} if text is None else {str(n): text for n in range(20)}
    scores = score_choices(benchmarks[0], answers), score_labels(benchmarks[1], answers)
    for score in scores:
        assert {estimate.value for estimate in score.figures.values()} == {0.0}
        assert score.outcomes[outcome] == 20
        assert all(question.given is None for question in score.questions)


def test_no_answer_is_wrong_where_nothing_is_right_too() -> None:
    """A case without labels is not won by silence."""
    score = score_labels(make_labels([[], []]), {"0": "[]", "1": "I do not know."})
    assert [question.given for question in score.questions] == [(), None]
    assert score.figures["macro F1"].value is None


def test_competencies_are_scored_apart() -> None:
    score = score_choices(
        make_choices("ABAB", ["ethics", "ethics", "intake", None]), answer_letters("ABBB")
    )
    by = {name: figures["accuracy"] for name, figures in score.by_competency.items()}
    assert {name: (e.value, e.n) for name, e in by.items()} == {
        "ethics": (1.0, 2),
        "intake": (0.0, 1),
    }
    assert by["intake"].low is None
