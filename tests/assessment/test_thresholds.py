"""Figures held to bounds."""

from pathlib import Path

import pytest

from sqpsych.assessment.figures import Row
from sqpsych.assessment.thresholds import Threshold, hold, parse_thresholds, read_thresholds
from sqpsych.errors import InputError


def make_figure(
    value: float | None, low: float | None = None, high: float | None = None, name: str = "figure"
) -> Row:
    """A figure."""
    return Row(name, value, low, high, 9, "lower")


@pytest.mark.parametrize(
    ("bounds", "row", "verdict"),
    [
        ({"at_most": 0.5}, make_figure(0.5), "met"),
        ({"at_most": 0.5}, make_figure(0.51), "missed"),
        ({"at_least": 0.5}, make_figure(0.5), "met"),
        ({"at_least": 0.5}, make_figure(0.49), "missed"),
        ({"at_least": 0.2, "at_most": 0.4}, make_figure(0.3), "met"),
        ({"at_least": 0.2, "at_most": 0.4}, make_figure(0.5), "missed"),
        ({"includes": 0.5}, make_figure(0.6, 0.45, 0.75), "met"),
        ({"includes": 0.5}, make_figure(0.6, 0.51, 0.75), "missed"),
        ({"includes": 0.5}, make_figure(0.6), "not measured"),
        ({"at_most": 0}, make_figure(None), "not measured"),
        ({"at_most": 0}, None, "not measured"),
    ],
)
def test_verdicts(bounds: dict[str, float], row: Row | None, verdict: str) -> None:
    assert Threshold(row="figure", **bounds).judge(row) == verdict


def test_figures_are_found_by_name_in_the_order_of_the_thresholds() -> None:
    thresholds = parse_thresholds(
        '[[threshold]]\nrow = "b"\nat_most = 1\n[[threshold]]\nrow = "a"\nat_least = 1', "x"
    )
    held = hold(thresholds, [make_figure(2, name="a"), make_figure(2, name="b")])
    assert [(one.threshold.row, one.verdict) for one in held] == [("b", "missed"), ("a", "met")]
    assert [one.threshold.bound for one in held] == ["at most 1", "at least 1"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "threshold = 3",
        "[[threshold]]\nat_most = 1",
        '[[threshold]]\nrow = "a"',
        '[[threshold]]\nrow = "a"\nat_moist = 1',
        '[[threshold]]\nrow = "a"\nat_most = "little"',
        "no toml",
    ],
)
def test_a_file_that_cannot_be_understood_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bounds.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"bounds\.toml"):
        read_thresholds(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="away"):
        read_thresholds(tmp_path / "away.toml")


def test_other_tables_of_a_study_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('name = "x"\n[sizes.small]\npeople = 2\n[[threshold]]\nrow = "a"\nat_most = 1')
    assert [one.row for one in read_thresholds(path)] == ["a"]
