"""Who belongs to which of two groups."""

import pytest

from sqpsych.assessment.grouping import NO_GROUPS, Grouping, parse_grouping
from sqpsych.errors import InputError
from sqpsych.records import ClientProfile, ScaleScore


def make_person(condition: str | None = None, total: int | None = None) -> ClientProfile:
    """A person with a label and a PHQ-9 total."""
    score = ScaleScore(
        instrument="phq9", scale="total", value=total, answered=9, missing=0, prorated=False,
        band=None,
    )  # fmt: skip
    return ClientProfile(pseudonym="p", condition=condition, scores=(score,))


def test_labels_make_two_groups_in_the_order_of_the_alphabet() -> None:
    people = {"a": make_person("mdd"), "b": make_person("control"), "c": make_person()}
    assert Grouping().label(people) == ({"a": 1, "b": 0}, ("control", "mdd"))


@pytest.mark.parametrize("labels", [[None], ["mdd"], ["mdd", "control", "other"]])
def test_one_label_or_three_make_no_groups(labels: list[str | None]) -> None:
    people = {str(n): make_person(label) for n, label in enumerate(labels)}
    assert Grouping().label(people) == NO_GROUPS


def test_totals_make_groups_and_leave_out_those_between_and_without() -> None:
    totals = {"a": 15, "b": 2, "c": 3, "d": 27, "e": 0, "f": None}
    people = {name: make_person(total=total) for name, total in totals.items()}
    labels, names = parse_grouping("phq9:15:2").label(people)
    assert labels == {"a": 1, "b": 0, "d": 1, "e": 0}
    assert names == ("phq9 up to 2", "phq9 from 15")


def test_one_bound_leaves_nobody_between() -> None:
    people = {"a": make_person(total=10), "b": make_person(total=9)}
    assert parse_grouping("phq9:10").label(people)[0] == {"a": 1, "b": 0}


@pytest.mark.parametrize("given", ["", "phq9", "phq9:", "phq9:a", "phq9:2:15", "PHQ 9:3", "x:1:1"])
def test_other_groupings_are_refused_with_a_way_to_write_one(given: str) -> None:
    with pytest.raises(InputError, match="--group-by"):
        parse_grouping(given)
