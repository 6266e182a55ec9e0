"""From cells to profiles, and from bad cells to errors that name rows."""

import unicodedata
from pathlib import Path

import pandas as pd
import pytest

from sqpsych.errors import CodebookError, TableError
from sqpsych.instruments import load_instrument, render_statements, score_answers
from sqpsych.intake import build_profiles, pseudonymise, read_codebook
from sqpsych.records import Fact

from .small_tables import CODEBOOK, HEADER, KEY, PHQ9_COLUMNS, QUESTIONS, build, write_row

ZEROS = ["0"] * 9


def refuse(folder: Path, rows: list[str], codebook: str = CODEBOOK, header: str = HEADER) -> str:
    """Build from a table that is wrong; give the message."""
    with pytest.raises(TableError) as caught:
        build(folder, rows, codebook, header)
    return str(caught.value)


def put(item: int, cell: str) -> list[str]:
    """Answers that are 0 but for one cell."""
    return [cell if number == item else "0" for number in range(1, 10)]


def test_profile_holds_what_the_codebook_maps(tmp_path: Path) -> None:
    answers = [0, 1, 2, 3, 0, 1, 2, 3, 1]
    report = build(tmp_path, [write_row("r001", answers, "62.0", "2")])
    (profile,) = report.profiles
    values = {f"phq9_{n}": value for n, value in enumerate(answers, start=1)}
    phq9 = load_instrument("phq9")
    assert report.left_out == ()
    assert profile.pseudonym == pseudonymise("r001", KEY)
    assert profile.demographics == (Fact(name="age", value="62"), Fact(name="sex", value="male"))
    assert {answer.item: answer.value for answer in profile.answers} == values
    assert profile.scores == score_answers(phq9, values)
    assert profile.statements == render_statements(phq9, values)
    assert profile.condition is None


def test_suicidality_is_flagged_when_endorsed_at_all(tmp_path: Path) -> None:
    rows = [write_row("r001", put(9, "1")), write_row("r002", put(8, "3"))]
    first, second = build(tmp_path, rows).profiles
    assert first.risk_flags == ("suicidality",)
    assert second.risk_flags == ()


def test_suicidality_left_open_is_flagged(tmp_path: Path) -> None:
    (profile,) = build(tmp_path, [write_row("r001", put(9, ""))]).profiles
    assert profile.risk_flags == ("suicidality_unanswered",)


@pytest.mark.parametrize("cell", ["3", "3.0", " 3 ", "3.", "+3", "3.0e0", "\u00a03"])
def test_ways_to_write_three(tmp_path: Path, cell: str) -> None:
    (profile,) = build(tmp_path, [write_row("r001", put(4, cell))]).profiles
    assert profile.answers[3].value == 3


def test_tiny_number_is_zero(tmp_path: Path) -> None:
    (profile,) = build(tmp_path, [write_row("r001", put(4, "5.39760534693402e-79"))]).profiles
    assert profile.answers[3].value == 0


def test_value_out_of_range_is_refused(tmp_path: Path) -> None:
    rows = [write_row(f"r{n:03}", ZEROS) for n in range(10)]
    said = refuse(tmp_path, [*rows, write_row("r010", put(4, "7"))])
    assert said == (
        "PHQ-9 item 4 is 7 in answers.csv row 12; expected 0-3. "
        "Correct it, or map it in the codebook."
    )


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("often", '"often"'), ("2.5", "2.5"), ("-1", "-1"), ("1e400", '"1e400"'), ("nan", '"nan"')],
)
def test_what_is_no_answer_is_refused(tmp_path: Path, cell: str, shown: str) -> None:
    said = refuse(tmp_path, [write_row("r001", put(4, cell))])
    assert said.startswith(f"PHQ-9 item 4 is {shown} in answers.csv row 2; expected 0-3.")


def test_decimal_comma_is_refused_with_remedy(tmp_path: Path) -> None:
    said = refuse(tmp_path, [write_row("r001", put(4, '"1,0"'))])
    assert '"1,0"' in said
    assert 'set decimal = ","' in said


def test_decimal_comma_is_read_when_named(tmp_path: Path) -> None:
    text = CODEBOOK.replace("[table]", '[table]\ndelimiter = ";"\ndecimal = ","')
    row = ";".join(["r001", *put(4, "1,0"), "40,0", "1,0"])
    (profile,) = build(tmp_path, [row], text, HEADER.replace(",", ";")).profiles
    assert profile.answers[3].value == 1
    assert [fact.value for fact in profile.demographics] == ["40", "female"]


def test_point_is_no_decimal_sign_beside_a_decimal_comma(tmp_path: Path) -> None:
    text = CODEBOOK.replace("[table]", '[table]\ndelimiter = ";"\ndecimal = ","')
    text += '[history]\ncigarettes = "n"\n'
    header = f"{HEADER},n".replace(",", ";")
    (profile,) = build(
        tmp_path, [";".join(["1", *ZEROS, "40", "1", "12.000"])], text, header
    ).profiles
    assert profile.history[0].value == "12.000"


def test_ids_and_labels_are_read_with_the_decimal_comma(tmp_path: Path) -> None:
    text = CODEBOOK.replace("[table]", '[table]\ndelimiter = ";"\ndecimal = ","')
    row = ";".join(["7,0", *ZEROS, "40", "1,0"])
    header = HEADER.replace(",", ";")
    (profile,) = build(tmp_path, [row], text.replace("1 =", '"1,0" ='), header).profiles
    assert profile.pseudonym == pseudonymise("7", KEY)
    assert profile.demographics[1].value == "female"
    assert "is the same" in refuse(tmp_path, [row, row.replace("7,0", "7")], text, header)


def test_same_ids_of_two_sources_get_pseudonyms_of_their_own(tmp_path: Path) -> None:
    text = CODEBOOK.replace("[table]", '[table]\nsource = "clinic-a"')
    (profile,) = build(tmp_path, [write_row("1", ZEROS)], text).profiles
    assert profile.pseudonym == pseudonymise("1", KEY, "clinic-a") != pseudonymise("1", KEY)


def test_same_wrong_value_is_told_once_with_its_rows(tmp_path: Path) -> None:
    rows = [write_row(f"r{n:03}", put(4, "7")) for n in range(30)]
    assert "answers.csv rows 2, 3, 4 and 27 more; expected" in refuse(tmp_path, rows)


def test_problems_are_listed_in_order_up_to_a_limit(tmp_path: Path) -> None:
    rows = [write_row(f"r{n:03}", put(1 + n % 9, str(100 + n))) for n in range(30)]
    lines = refuse(tmp_path, rows).splitlines()
    assert lines[0] == "30 problems in answers.csv:"
    assert [line.split("row ")[1].split(";")[0] for line in lines[1:21]] == [
        str(row) for row in range(2, 22)
    ]
    assert lines[21].strip() == "and 10 more like these."


def test_repeated_ids_are_refused_by_row(tmp_path: Path) -> None:
    said = refuse(tmp_path, [write_row(name, ZEROS) for name in ("r001", "r002", " r001")])
    assert 'the id (column "id") is the same in answers.csv rows 2 and 4;' in said
    assert "r001" not in said


def test_ids_that_differ_in_decimals_only_are_the_same(tmp_path: Path) -> None:
    said = refuse(tmp_path, [write_row(name, ZEROS) for name in ("12345", "12345.0")])
    assert "is the same" in said


def test_empty_id_is_refused(tmp_path: Path) -> None:
    said = refuse(tmp_path, [write_row("r001", ZEROS), write_row(" ", ZEROS)])
    assert 'the id (column "id") is empty in answers.csv row 3' in said


def test_person_with_too_many_gaps_is_left_out(tmp_path: Path) -> None:
    gaps = ["", "-99", "-99.0", *["1"] * 6]
    report = build(tmp_path, [write_row("r001", ZEROS), write_row("r002", gaps)])
    assert len(report.profiles) == 1
    (left,) = report.left_out
    assert left.row == 3
    assert left.reason == "PHQ-9: 3 of 9 items missing, at most 1 may be"


def test_allowed_gap_is_no_answer_and_no_statement(tmp_path: Path) -> None:
    (profile,) = build(tmp_path, [write_row("r001", put(4, ""))]).profiles
    assert profile.answers[3].value is None
    assert len(profile.statements) == 8
    assert profile.scores[0].missing == 1


def test_no_scorable_row_is_an_error(tmp_path: Path) -> None:
    said = refuse(tmp_path, [write_row("r001", [""] * 9)])
    assert "No row of answers.csv can be scored; row 2: PHQ-9: 9 of 9 items missing" in said


def test_labels_are_recoded(tmp_path: Path) -> None:
    recode = 'recode = { "Not at all" = 0, "Nearly every day" = 3 }'
    text = CODEBOOK.replace(PHQ9_COLUMNS, f"{PHQ9_COLUMNS}\n{recode}")
    cells = ["Not at all"] * 8 + ["Nearly every day"]
    (profile,) = build(tmp_path, [write_row("r001", cells)], text).profiles
    assert profile.scores[0].value == 3


def test_label_the_recode_lacks_names_the_nearest(tmp_path: Path) -> None:
    recode = 'recode = { "Not at all" = 0, "Nearly every day" = 3 }'
    text = CODEBOOK.replace(PHQ9_COLUMNS, f"{PHQ9_COLUMNS}\n{recode}")
    said = refuse(tmp_path, [write_row("r001", ["Not at all"] * 8 + ["nearly every day"])], text)
    assert 'PHQ-9 item 9 is "nearly every day" in answers.csv row 2' in said
    assert 'Did you mean "Nearly every day"?' in said


def test_answers_counted_from_one_do_not_slip_through(tmp_path: Path) -> None:
    text = CODEBOOK.replace(
        PHQ9_COLUMNS, f"{PHQ9_COLUMNS}\nrecode = {{ 1 = 0, 2 = 1, 3 = 2, 4 = 3 }}"
    )
    (profile,) = build(tmp_path, [write_row("r001", ["4.0"] * 9)], text).profiles
    assert profile.scores[0].value == 27
    assert "PHQ-9 item 4 is 0" in refuse(tmp_path, [write_row("r001", ZEROS)], text)


def test_condition_from_a_score(tmp_path: Path) -> None:
    rule = 'instrument = "phq9", at_least = 10, then = "positive", otherwise = "negative"'
    text = f"{CODEBOOK}[condition]\nfrom_score = {{ {rule} }}\n"
    rows = [write_row("r001", [2, 2, 2, 2, 2, 0, 0, 0, 0]), write_row("r002", [1] * 9)]
    report = build(tmp_path, rows, text)
    assert [profile.condition for profile in report.profiles] == ["positive", "negative"]


def test_condition_from_a_column(tmp_path: Path) -> None:
    text = f'{CODEBOOK}[condition]\ncolumn = "dx"\nrecode = {{ 1 = "mdd", 2 = "control" }}\n'
    rows = [write_row("r001", ZEROS) + ",1", write_row("r002", ZEROS) + ","]
    report = build(tmp_path, rows, text, f"{HEADER},dx")
    assert [profile.condition for profile in report.profiles] == ["mdd", None]


def test_facts_take_units_and_missing_ones_are_left_out(tmp_path: Path) -> None:
    text = f'{CODEBOOK}[history]\nepisodes = {{ column = "ep", unit = "episodes" }}\n'
    rows = [write_row("r001", ZEROS) + ",3.0", write_row("r002", ZEROS, age="-99") + ",-99"]
    first, second = build(tmp_path, rows, text, f"{HEADER},ep").profiles
    assert first.history == (Fact(name="episodes", value="3 episodes"),)
    assert second.history == ()
    assert second.demographics == (Fact(name="sex", value="female"),)


def test_instruments_stand_side_by_side(tmp_path: Path) -> None:
    columns = [f"g{number}" for number in range(1, 8)]
    text = f"{CODEBOOK}[instruments.gad7]\ncolumns = {columns}\n"
    row = ",".join([write_row("r001", ZEROS), *"1111111"])
    (profile,) = build(tmp_path, [row], text, ",".join([HEADER, *columns])).profiles
    assert [(score.instrument, score.value) for score in profile.scores] == [
        ("phq9", 0),
        ("gad7", 7),
    ]


@pytest.mark.parametrize(("age", "shown"), [("430", "430"), ("old", '"old"'), ("-1", "-1")])
def test_impossible_age_is_refused(tmp_path: Path, age: str, shown: str) -> None:
    said = refuse(tmp_path, [write_row("r001", ZEROS, age=age)])
    assert said.startswith(f"age is {shown} in answers.csv row 2; expected years, 0-120.")


def test_sex_must_be_female_or_male(tmp_path: Path) -> None:
    text = CODEBOOK.replace(', recode = { 1 = "female", 2 = "male" }', "")
    said = refuse(tmp_path, [write_row("r001", ZEROS, sex="F")], text)
    assert 'sex is "F" in answers.csv row 2; expected "female" or "male"' in said


def test_errors_never_hold_ids(tmp_path: Path) -> None:
    rows = [write_row("secret-1", put(4, "7"), age="430", sex="9"), write_row("secret-1", ZEROS)]
    assert "secret" not in refuse(tmp_path, [*rows, write_row("secret-2", put(1, "x"))])


def test_frame_of_ones_own_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "codebook.toml"
    path.write_text(CODEBOOK, encoding="utf-8")
    cells: dict[str, list[str | None]] = {question: ["1"] for question in QUESTIONS}
    frame = pd.DataFrame({"id": ["r001"], **cells, "age": [None], "sex": ["1"]}, dtype=str)
    report = build_profiles(frame, read_codebook(path), KEY)
    assert report.profiles[0].scores[0].value == 9
    accented = frame.rename(columns={"age": unicodedata.normalize("NFD", "Größe ")})
    path.write_text(CODEBOOK.replace('"age"', '"Größe"'), encoding="utf-8")
    assert build_profiles(accented, read_codebook(path), KEY) == report
    path.write_text(CODEBOOK, encoding="utf-8")
    with pytest.raises(TableError, match="expected text"):
        build_profiles(frame.assign(q4=1), read_codebook(path), KEY)
    with pytest.raises(CodebookError, match="is not in the table"):
        build_profiles(frame.drop(columns="q4"), read_codebook(path), KEY)
    with pytest.raises(TableError, match="no rows"):
        build_profiles(frame.iloc[:0], read_codebook(path), KEY)
