"""`sqpsych profiles`: what it writes, prints and refuses."""

import os
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from typer.testing import CliRunner, Result

from sqpsych.cli.profiles import app
from sqpsych.errors import InputError, TableError
from sqpsych.instruments import load_instrument
from sqpsych.intake import load_key, read_profiles

from .small_tables import CODEBOOK, HEADER, write_files, write_row

IDS = [f"patient-{number}" for number in range(4)]


def run(folder: Path, *more: str) -> Result:
    """Build from the files in a folder."""
    paths = [str(folder / name) for name in ("answers.csv", "codebook.toml", "profiles.jsonl")]
    options = ["--codebook", paths[1], "-o", paths[2], "--key-file", str(folder / "key")]
    return CliRunner().invoke(app, ["build", paths[0], *options, *more])


def test_build_writes_profiles_and_reports_who_was_left_out(tmp_path: Path) -> None:
    rows = [write_row(IDS[0], [1] * 9), write_row(IDS[1], ["", "", *[1] * 7])]
    write_files(tmp_path, rows)
    result = run(tmp_path)
    assert result.exit_code == 0
    assert "1 profiles written" in result.stdout
    assert "row 3: PHQ-9: 2 of 9 items missing" in result.stderr
    assert len(read_profiles(tmp_path / "profiles.jsonl")) == 1


def test_ids_reach_neither_file_nor_screen(tmp_path: Path) -> None:
    rows = [write_row(name, [1] * 9) + ",Mx Nobody" for name in IDS[:3]]
    gaps = write_row(IDS[3], [""] * 9) + ",Mx Nobody"
    write_files(tmp_path, [*rows, gaps], header=f"{HEADER},name")
    result = run(tmp_path)
    written = (tmp_path / "profiles.jsonl").read_text(encoding="utf-8")
    for text in (written, result.output):
        assert "patient" not in text
        assert "Nobody" not in text


def test_nothing_is_written_when_a_cell_is_wrong(tmp_path: Path) -> None:
    write_files(tmp_path, [write_row(IDS[0], [1] * 9), write_row(IDS[1], [7] * 9)])
    result = run(tmp_path)
    assert isinstance(result.exception, TableError)
    assert not (tmp_path / "profiles.jsonl").exists()


def test_existing_output_is_kept_unless_forced(tmp_path: Path) -> None:
    write_files(tmp_path, [write_row(IDS[0], [1] * 9)])
    (tmp_path / "profiles.jsonl").write_text("old", encoding="utf-8")
    refused = run(tmp_path)
    assert isinstance(refused.exception, InputError)
    assert "is there already" in str(refused.exception)
    assert (tmp_path / "profiles.jsonl").read_text(encoding="utf-8") == "old"
    assert run(tmp_path, "--force").exit_code == 0
    assert len(read_profiles(tmp_path / "profiles.jsonl")) == 1


@pytest.mark.parametrize("name", ["answers.csv", "codebook.toml", "key", "own.yaml", "link"])
def test_input_is_never_written_over(tmp_path: Path, name: str) -> None:
    own = load_instrument("phq9").model_copy(update={"id": "own"})
    (tmp_path / "own.yaml").write_text(own.model_dump_json(), encoding="utf-8")
    text = CODEBOOK.replace("[instruments.phq9]", '[instruments.own]\ndefinition = "own.yaml"')
    write_files(tmp_path, [write_row(IDS[0], [1] * 9)], text)
    load_key(tmp_path / "key")
    (tmp_path / "link").symlink_to("answers.csv")
    before = (tmp_path / name).read_bytes()
    refused = run(tmp_path, "-o", str(tmp_path / "x" / ".." / name), "--force")
    assert "is read by this command. Name another output." in str(refused.exception)
    assert (tmp_path / name).read_bytes() == before


def test_key_that_is_yet_to_be_made_is_no_output(tmp_path: Path) -> None:
    write_files(tmp_path, [write_row(IDS[0], [1] * 9)])
    assert isinstance(run(tmp_path, "-o", str(tmp_path / "key")).exception, InputError)
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("output", ["profiles.jsonl", "linked.jsonl"])
def test_profiles_are_not_planted_over_themselves(tmp_path: Path, output: str) -> None:
    write_files(tmp_path, [write_row(IDS[0], [1] * 9)])
    run(tmp_path)
    profiles = tmp_path / "profiles.jsonl"
    os.link(profiles, tmp_path / "linked.jsonl")
    before = profiles.read_bytes()
    options = ["--count", "1", "--force", "-o", str(tmp_path / output)]
    refused = CliRunner().invoke(app, ["plant", str(profiles), *options])
    assert "is read by this command" in str(refused.exception)
    assert profiles.read_bytes() == before


def test_sample_is_a_template_that_builds(tmp_path: Path) -> None:
    folder = tmp_path / "start"
    assert CliRunner().invoke(app, ["sample", str(folder)]).exit_code == 0
    (folder / "nhanes.csv").rename(folder / "answers.csv")
    assert "400 profiles written" in run(folder).stdout


def test_sample_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "codebook.toml").write_text("mine", encoding="utf-8")
    result = CliRunner().invoke(app, ["sample", str(tmp_path)])
    assert isinstance(result.exception, InputError)
    assert not (tmp_path / "nhanes.csv").exists()


@pytest.mark.parametrize("verb", ["build", "sample"])
def test_help_shows_an_example(verb: str) -> None:
    result = CliRunner().invoke(app, [verb, "--help"])
    assert f"sqpsych profiles {verb} " in result.stdout


def test_columns_are_listed_with_what_the_file_says_of_them_and_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "answers.sav"
    pyreadstat.write_sav(
        pd.DataFrame({"id": ["patient-1"], "q1": [3.0]}),
        path,
        column_labels={"q1": "Little interest"},
        variable_value_labels={"q1": {0: "not at all", 3: "nearly every day"}},
    )
    result = CliRunner().invoke(app, ["columns", str(path)])
    assert result.stdout == "id\nq1\tLittle interest (0 = not at all, 3 = nearly every day)\n"


def test_columns_of_text_are_told_apart_by_the_delimiter_given(tmp_path: Path) -> None:
    (tmp_path / "answers.txt").write_text("id;q1\n7;3\n", encoding="utf-8")
    given = ["columns", str(tmp_path / "answers.txt")]
    assert CliRunner().invoke(app, [*given, "--delimiter", ";"]).stdout == "id\nq1\n"
    refused = CliRunner().invoke(app, [*given, "--delimiter", "x"])
    assert isinstance(refused.exception, InputError)
    assert "--delimiter" in str(refused.exception)


def test_a_table_without_a_header_lists_no_columns(tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text("\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["columns", str(tmp_path / "answers.csv")])
    assert "begins without a header" in str(result.exception)
