"""Scores of one person: published ranges, worked examples, missing answers."""

import pandas as pd
import pytest

from sqpsych.errors import InstrumentError
from sqpsych.instruments import load_instrument, score_answers
from sqpsych.instruments.scoring import round_half_up
from sqpsych.records import ScaleScore


def answer_all(name: str, values: list[int | None]) -> dict[str, int | None]:
    items = [item for item in load_instrument(name).items if item.scored]
    return {item.id: value for item, value in zip(items, values, strict=True)}


def score_total(name: str, values: list[int | None]) -> ScaleScore:
    return score_answers(load_instrument(name), answer_all(name, values))[0]


@pytest.mark.parametrize(
    ("name", "highest", "lowest_band", "highest_band"),
    [
        ("phq9", 27, "minimal", "severe"),
        ("phq8", 24, "no significant symptoms", "severe"),
        ("gad7", 21, "minimal", "severe"),
        ("hamd17", 52, "no depression", "severe"),
        ("hama14", 56, "no or minimal", "severe"),
        ("bdi21", 63, "minimal", "severe"),
    ],
)
def test_lowest_and_highest_totals(
    name: str, highest: int, lowest_band: str, highest_band: str
) -> None:
    instrument = load_instrument(name)
    least = {item.id: item.options[0].value for item in instrument.items}
    most = {item.id: item.options[-1].value for item in instrument.items}
    lowest_score, highest_score = (score_answers(instrument, one)[0] for one in (least, most))
    assert (lowest_score.value, lowest_score.band) == (0, lowest_band)
    assert (highest_score.value, highest_score.band) == (highest, highest_band)


@pytest.mark.parametrize(
    ("name", "values", "total", "band"),
    [
        ("phq9", [2, 2, 1, 3, 0, 2, 1, 0, 1], 12, "moderate"),
        ("phq8", [3, 3, 3, 3, 3, 2, 2, 1], 20, "severe"),
        ("gad7", [2, 2, 3, 1, 1, 0, 0], 9, "mild"),
        ("hamd17", [3, 2, 1, 2, 1, 2, 3, 1, 0, 2, 1, 1, 2, 1, 1, 0, 0], 23, "moderate"),
        ("hama14", [2, 2, 1, 2, 1, 1, 1, 0, 2, 1, 1, 0, 1, 1], 16, "moderate"),
        ("bdi21", [1, 1, 0, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 2, 2, 1, 0, 0, 1], 16, "mild"),
    ],
)
def test_worked_examples(name: str, values: list[int | None], total: int, band: str) -> None:
    score = score_total(name, values)
    assert (score.value, score.band) == (total, band)
    assert (score.answered, score.missing, score.prorated) == (len(values), 0, False)


def test_hama_subscales_add_up_to_the_total() -> None:
    answers = answer_all("hama14", [2, 2, 1, 2, 1, 1, 1, 0, 2, 1, 1, 0, 1, 1])
    total, psychic, somatic = score_answers(load_instrument("hama14"), answers)
    assert (total.value, psychic.value, somatic.value) == (16, 10, 6)
    assert (psychic.band, somatic.band) == (None, None)


def test_one_missing_phq9_item_is_prorated() -> None:
    score = score_total("phq9", [1, 1, 1, 1, 1, 1, 1, 1, None])
    assert (score.value, score.answered, score.missing, score.prorated) == (9, 8, 1, True)
    assert score.band == "mild"


@pytest.mark.parametrize(
    ("name", "values", "total"),
    [
        # 4 x 9 / 8 = 4.5 rounds up, and crosses into the next band
        ("phq9", [1, 1, 1, 1, 0, 0, 0, 0, None], 5),
        # 3 x 9 / 8 = 3.375
        ("phq9", [1, 1, 1, 0, 0, 0, 0, 0, None], 3),
        # 24 x 9 / 8 = 27
        ("phq9", [None, 3, 3, 3, 3, 3, 3, 3, 3], 27),
        # 10 x 8 / 7 = 11.43
        ("phq8", [2, 2, 2, 2, 2, 0, 0, None], 11),
        # 9 x 7 / 6 = 10.5
        ("gad7", [2, 2, 2, 1, 1, 1, None], 11),
    ],
)
def test_prorated_scores_round_half_up(name: str, values: list[int | None], total: int) -> None:
    assert score_total(name, values).value == total


@pytest.mark.parametrize(
    ("name", "missing"),
    [("phq9", 2), ("phq8", 2), ("gad7", 2), ("hamd17", 1), ("hama14", 1), ("bdi21", 1)],
)
def test_too_many_missing_gives_no_score(name: str, missing: int) -> None:
    scored = sum(item.scored for item in load_instrument(name).items)
    score = score_total(name, [None] * missing + [1] * (scored - missing))
    assert (score.value, score.band, score.prorated) == (None, None, False)
    assert (score.answered, score.missing) == (scored - missing, missing)


def test_items_left_out_are_missing() -> None:
    score = score_answers(load_instrument("phq9"), {})[0]
    assert (score.value, score.answered, score.missing) == (None, 0, 9)


def test_na_of_pandas_is_missing() -> None:
    answers = answer_all("phq9", [None, *[1] * 8])
    column = pd.array(list(answers.values()), dtype="Int64")
    assert column[0] is pd.NA
    given = dict(zip(answers, column, strict=True))
    phq9 = load_instrument("phq9")
    assert score_answers(phq9, given) == score_answers(phq9, answers)


def test_missing_item_of_one_subscale_leaves_the_other() -> None:
    answers = answer_all("hama14", [None, *[1] * 13])
    total, psychic, somatic = score_answers(load_instrument("hama14"), answers)
    assert (total.value, psychic.value, somatic.value) == (None, None, 7)


@pytest.mark.parametrize("intended", [0, 1, None])
def test_intended_weight_loss_does_not_change_the_bdi_total(intended: int | None) -> None:
    answers = answer_all("bdi21", [1] * 21) | {"bdi21_19a": intended}
    assert score_answers(load_instrument("bdi21"), answers)[0].value == 21


@pytest.mark.parametrize("value", [4, -1, 99, "2", 1.5, float("nan")])
def test_value_outside_the_options_is_refused(value: int) -> None:
    with pytest.raises(InstrumentError, match=r"phq9 item phq9_4 is .*expected one of 0, 1, 2, 3"):
        score_answers(load_instrument("phq9"), {"phq9_4": value})


def test_unknown_item_is_refused_with_the_nearest() -> None:
    with pytest.raises(InstrumentError, match=r"no item 'phq9_10'.*Did you mean 'phq9_1'"):
        score_answers(load_instrument("phq9"), {"phq9_10": 1})


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(9, 2, 5), (-9, 2, -4), (7, 3, 2), (8, 3, 3), (0, 5, 0)],
)
def test_halves_round_up(numerator: int, denominator: int, rounded: int) -> None:
    assert round_half_up(numerator, denominator) == rounded
