"""Answers put into words."""

import pytest

from sqpsych.errors import InstrumentError
from sqpsych.instruments import load_instrument, render_statements
from sqpsych.instruments.statements import measure_severity
from sqpsych.records import Statement


def test_statements_come_in_published_order_and_only_for_answers() -> None:
    statements = render_statements(
        load_instrument("phq9"), {"phq9_9": 0, "phq9_3": 1, "phq9_2": None}
    )
    assert [statement.item for statement in statements] == ["phq9_3", "phq9_9"]
    sleep, death = statements
    assert sleep.instrument == "phq9"
    assert sleep.symptom == "insomnia"
    assert sleep.text == (
        "The client has slept badly or too much on several days in the last two weeks."
    )
    assert sleep.severity == pytest.approx(1 / 3)
    assert not sleep.sensitive
    assert (death.severity, death.sensitive) == (0, True)


def test_severity_is_the_share_of_the_items_own_range() -> None:
    statements = render_statements(load_instrument("hamd17"), {"hamd17_1": 1, "hamd17_4": 1})
    assert [statement.severity for statement in statements] == [0.25, 0.5]


def test_severity_of_a_reversed_item_falls_as_its_value_rises() -> None:
    item = load_instrument("phq9").items[0].model_copy(update={"reversed": True})
    severities = [measure_severity(item, option) for option in item.options]
    assert severities == pytest.approx([1, 2 / 3, 1 / 3, 0])


def test_unscored_items_are_put_into_words_too() -> None:
    statements = render_statements(load_instrument("bdi21"), {"bdi21_19a": 1})
    assert [statement.text for statement in statements] == [
        "The client is eating less on purpose to get slimmer."
    ]


def test_who_is_past_tears_neither_cries_nor_denies_it() -> None:
    strongest = {"bdi21_10": 3, "bdi21_11": 3, "bdi21_19a": 1}
    assert [s.grades for s in render_statements(load_instrument("bdi21"), strongest)] == [False] * 3
    milder = render_statements(load_instrument("bdi21"), {"bdi21_10": 2, "bdi21_11": 2})
    assert all(statement.grades for statement in milder)


def test_only_a_statement_that_grades_nothing_says_so_in_json() -> None:
    tears = render_statements(load_instrument("bdi21"), {"bdi21_10": 3, "bdi21_11": 1})
    written = [statement.model_dump_json() for statement in tears]
    assert ["grades" in line for line in written] == [True, False]
    assert tuple(map(Statement.model_validate_json, written)) == tears


def test_no_answers_give_no_statements() -> None:
    assert render_statements(load_instrument("gad7"), {}) == ()


def test_wrong_answers_are_refused() -> None:
    with pytest.raises(InstrumentError, match="gad7 item gad7_1 is 7"):
        render_statements(load_instrument("gad7"), {"gad7_1": 7})
