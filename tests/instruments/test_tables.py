"""Whole tables agree, row by row, with one person at a time."""

from typing import Literal, get_args

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.errors import InstrumentError
from sqpsych.instruments import (
    list_instruments,
    load_instrument,
    render_statements,
    render_table,
    score_answers,
    score_table,
)
from sqpsych.records import Instrument, Scale

Dtype = Literal["object", "float64", "Int64"]


@st.composite
def draw_people(draw: st.DrawFn) -> tuple[Instrument, list[dict[str, int | None]]]:
    instrument = draw(st.sampled_from(list_instruments()))
    few_missing = draw(st.booleans())
    row = st.fixed_dictionaries(
        {
            item.id: st.sampled_from([option.value for option in item.options])
            if few_missing
            else st.sampled_from([None, *(option.value for option in item.options)])
            for item in instrument.items
        }
    )
    people: list[dict[str, int | None]] = draw(st.lists(row, min_size=1, max_size=4))
    for person in people:
        for item_id in draw(st.lists(st.sampled_from(sorted(person)), max_size=2)):
            person[item_id] = None
    return instrument, people


def make_table(people: list[dict[str, int | None]], dtype: Dtype) -> pd.DataFrame:
    index = [f"person {number}" for number in range(len(people))]
    return pd.DataFrame(people, index=index, dtype="object").astype(dtype)


@given(draw_people(), st.sampled_from(get_args(Dtype)))
def test_scores_agree_with_one_person_at_a_time(
    drawn: tuple[Instrument, list[dict[str, int | None]]], dtype: Dtype
) -> None:
    instrument, people = drawn
    table = make_table(people, dtype)
    scored = score_table(instrument, table)
    assert scored.index.equals(table.index)
    for place, person in enumerate(people):
        for score in score_answers(instrument, person):
            row = scored.iloc[place]
            value, band = row[score.scale], row[f"{score.scale}_band"]
            assert (None if pd.isna(value) else value) == score.value
            assert (None if pd.isna(band) else band) == score.band
            assert row[f"{score.scale}_missing"] == score.missing
            assert row[f"{score.scale}_prorated"] == score.prorated


@given(draw_people(), st.sampled_from(get_args(Dtype)))
def test_statements_agree_with_one_person_at_a_time(
    drawn: tuple[Instrument, list[dict[str, int | None]]], dtype: Dtype
) -> None:
    instrument, people = drawn
    rendered = render_table(instrument, make_table(people, dtype))
    for place, person in enumerate(people):
        texts = {item: text for item, text in rendered.iloc[place].items() if pd.notna(text)}
        expected = {one.item: one.text for one in render_statements(instrument, person)}
        assert texts == expected


def test_columns_and_types_of_scores() -> None:
    table = pd.DataFrame({f"phq9_{n}": [1, 3] for n in range(1, 9)}, index=["a", "b"])
    scored = score_table(load_instrument("phq9"), table)
    assert list(scored.columns) == ["total", "total_band", "total_missing", "total_prorated"]
    assert scored["total"].dtype == "Int64"
    assert isinstance(scored["total_band"].dtype, pd.CategoricalDtype)
    assert scored["total_prorated"].dtype == bool
    assert scored["total"].tolist() == [9, 27]
    assert scored["total_missing"].tolist() == [1, 1]
    assert scored.index.tolist() == ["a", "b"]


def test_missing_counts_nothing_when_a_scale_says_so() -> None:
    phq9 = load_instrument("phq9")
    scale: Scale = phq9.scales[0].model_copy(update={"prorate": False, "max_missing": 9})
    lenient = phq9.model_copy(update={"scales": (scale,)})
    scored = score_table(lenient, pd.DataFrame({"phq9_1": [2.0, None]}))
    assert scored["total"].tolist() == [2, 0]
    assert score_answers(lenient, {"phq9_1": 2})[0].value == 2
    assert not scored["total_prorated"].any()


def test_rendered_table_has_a_column_an_item_in_published_order() -> None:
    instrument = load_instrument("bdi21")
    rendered = render_table(instrument, pd.DataFrame({"bdi21_2": [0], "bdi21_1": [3]}))
    assert list(rendered.columns) == [item.id for item in instrument.items]
    assert all(isinstance(dtype, pd.CategoricalDtype) for dtype in rendered.dtypes)
    assert rendered["bdi21_1"].tolist() == ["The client is overwhelmed by grief and despair."]
    assert rendered["bdi21_3"].isna().all()


def test_empty_table_gives_an_empty_table() -> None:
    empty = pd.DataFrame({"gad7_1": pd.Series(dtype="float64")})
    assert score_table(load_instrument("gad7"), empty).empty
    assert len(render_table(load_instrument("gad7"), empty)) == 0


@pytest.mark.parametrize("run", [score_table, render_table])
def test_wrong_value_names_item_row_and_allowed_values(run: object) -> None:
    assert callable(run)
    people = ["p-0001", "p-0002", "p-0003", "p-0004"]
    table = pd.DataFrame({"phq9_1": [0.0, 1.0, 7.0, 8.0]}, index=people)
    with pytest.raises(InstrumentError) as caught:
        run(load_instrument("phq9"), table)
    message = str(caught.value)
    assert "phq9 item phq9_1 is 7" in message
    assert "in row 3 of 4 and 1 more" in message
    assert "expected one of 0, 1, 2, 3" in message
    assert "p-000" not in message


@pytest.mark.parametrize("values", [["2", "1"], [1.5, 0.0], [-1, 0]])
def test_texts_and_fractions_are_refused(values: list[object]) -> None:
    with pytest.raises(InstrumentError, match="phq9 item phq9_1 is"):
        score_table(load_instrument("phq9"), pd.DataFrame({"phq9_1": values}))


def test_foreign_column_is_refused() -> None:
    with pytest.raises(InstrumentError, match="phq9 has no item 'age'"):
        score_table(load_instrument("phq9"), pd.DataFrame({"age": [40], "phq9_1": [0]}))


def test_repeated_column_is_refused() -> None:
    table = pd.DataFrame([[0, 1]], columns=["phq9_1", "phq9_1"])
    with pytest.raises(InstrumentError, match="'phq9_1' more than once"):
        score_table(load_instrument("phq9"), table)


def test_categorical_and_boolean_columns_are_read_as_their_values() -> None:
    table = pd.DataFrame(
        {
            "bdi21_1": pd.Categorical([3, 0]),
            "bdi21_19a": [True, False],
        }
    )
    rendered = render_table(load_instrument("bdi21"), table)
    assert rendered["bdi21_1"].tolist()[0] == "The client is overwhelmed by grief and despair."
    assert rendered["bdi21_19a"].tolist()[0].startswith("The client is eating less")
