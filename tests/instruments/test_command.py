"""The verb `sqpsych instruments`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sqpsych.cli.instruments import app
from sqpsych.errors import InstrumentError
from sqpsych.instruments import list_instruments, load_instrument
from sqpsych.records import Instrument


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_list_is_one_line_an_instrument_in_a_pipe() -> None:
    header, *lines = run("list").splitlines()
    assert header.split("\t") == ["id", "title", "items", "score", "rater"]
    assert [line.split("\t")[0] for line in lines] == [one.id for one in list_instruments()]
    assert "total 0-52" in run("list")


def test_list_counts_the_items_that_are_scored() -> None:
    cells = [line.split("\t") for line in run("list").splitlines()]
    counts = {name: count for name, _, count, *_ in cells}
    assert (counts["bdi21"], counts["hamd17"], counts["phq9"]) == ("21", "17", "9")


def test_show_has_licence_every_statement_and_bands() -> None:
    output = run("show", "phq9")
    instrument = load_instrument("phq9")
    assert instrument.licence in output
    assert all(o.statement in output for item in instrument.items for o in item.options)
    assert "15-19\tmoderately severe" in output
    assert "[suicidality, sensitive]" in output


def test_show_marks_unscored_items() -> None:
    assert "[weight_loss, not scored]" in run("show", "bdi21")


def test_show_json_is_the_whole_record() -> None:
    output = run("show", "hamd17", "--json")
    assert Instrument.model_validate(json.loads(output)) == load_instrument("hamd17")


@pytest.mark.parametrize("arguments", [["list"], ["show"]])
def test_help_shows_a_real_example(arguments: list[str]) -> None:
    assert f"sqpsych instruments {arguments[0]}" in run(*arguments, "--help")


def test_unknown_name_reaches_the_top_level_as_an_error_of_ours() -> None:
    with pytest.raises(InstrumentError, match="Did you mean 'phq9'"):
        run("show", "phq-9")


def test_every_instrument_is_documented() -> None:
    guide = Path(__file__).parents[2] / "docs" / "instruments.md"
    text = guide.read_text(encoding="utf-8")
    for instrument in list_instruments():
        assert f"`{instrument.id}`" in text
