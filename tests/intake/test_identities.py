"""Who a person is stays outside: dates, e-mail addresses and ids, in facts, groups and errors."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from sqpsych.errors import TableError

from .small_tables import CODEBOOK, HEADER, PHQ9_COLUMNS, build, write_row

NOTE = '[history]\nnote = "note"\n'
GROUP = '[condition]\ncolumn = "note"\n'
ZEROS = ["0"] * 9
UNQUOTED = "holds text that may identify a person"


def read_notes(
    folder: Path, notes: Sequence[str], ids: Sequence[str] | None = None, section: str = NOTE
) -> list[str]:
    """Build from notes, one a person; give those that entered the profiles."""
    ids = ids or [f"r-{number:03}" for number in range(len(notes))]
    rows = [f'{write_row(name, ZEROS)},"{note}"' for name, note in zip(ids, notes, strict=True)]
    report = build(folder, rows, CODEBOOK + section, f"{HEADER},note")
    if section == GROUP:
        return [profile.condition for profile in report.profiles if profile.condition]
    return [fact.value for profile in report.profiles for fact in profile.history]


def refuse(folder: Path, rows: Sequence[str], codebook: str = CODEBOOK) -> str:
    """Build from a table that is wrong; give the message."""
    with pytest.raises(TableError) as caught:
        build(folder, rows, codebook)
    return str(caught.value)


DATES = [
    "1980-02-03",
    "born 3.2.1980",
    "03/02/80",
    "3. 2. 1980",
    "1961-05-12T00:00:00",
    "2019-05-12 10:22",
    "12-MAY-1961",
    "12MAY1961",
    "12MAY61:00:00:00",
    "12 May 1961",
    "12th of May 1961",
    "May 12, 1961",
    "Sept. 1st 1961",
    "12. Mai 1961",
    "1. März 1961",
    "1961-Dez-12",
    "19610512",
    "19610512.0",
]


@pytest.mark.parametrize("cell", [*DATES, "someone@example.org"])
@pytest.mark.parametrize(("section", "label"), [(NOTE, "note"), (GROUP, "condition")])
def test_full_dates_and_addresses_are_refused_unquoted(
    tmp_path: Path, cell: str, section: str, label: str
) -> None:
    with pytest.raises(TableError) as caught:
        read_notes(tmp_path, [cell], section=section)
    said = str(caught.value)
    assert f"{label} holds a full date or an e-mail address in answers.csv row 2;" in said
    assert cell not in said


PLAIN = ["1980", "May 1980", "05/1980", "19801305", "18991231", "19800200", "12 weeks", "80"]
PLAIN += ["3 marriages", "120/80", "in 2 of 3, may be more", "mother of 2", "F32.1"]


@pytest.mark.parametrize("cell", PLAIN)
def test_what_is_no_full_date_is_taken(tmp_path: Path, cell: str) -> None:
    assert read_notes(tmp_path, [cell]) == [cell]


@pytest.mark.parametrize(("section", "label"), [(NOTE, "note"), (GROUP, "condition")])
@pytest.mark.parametrize("note", ["see r-001 again", "R-001", "r-000", "r-002"])
def test_ids_in_facts_and_groups_are_refused(
    tmp_path: Path, section: str, label: str, note: str
) -> None:
    with pytest.raises(TableError) as caught:
        read_notes(tmp_path, ["fine", note, "fine"], section=section)
    assert f"{label} holds a person's id in answers.csv row 3;" in str(caught.value)
    assert "r-0" not in str(caught.value)


@pytest.mark.parametrize(
    ("notes", "rows"),
    [
        (["70001", "70002", "70003", ""], "rows 2, 3 and 4;"),
        (["70001", "70002", "70009", ""], "rows 2 and 3;"),
    ],
)
def test_copies_of_most_ids_are_refused(tmp_path: Path, notes: list[str], rows: str) -> None:
    with pytest.raises(TableError, match=f"note holds a person's id in answers.csv {rows}"):
        read_notes(tmp_path, notes, ["70001", "70002", "70003", "70004"])


def test_numbers_that_are_rarely_the_id_are_taken(tmp_path: Path) -> None:
    ids = ["2001", "2002", "2003", "2004"]
    assert read_notes(tmp_path, ["2001", "2002", "1990", "1991"], ids)[0] == "2001"


@pytest.mark.parametrize("ids", [["1"], ["1", "2", "3"], ["71001"]])
def test_short_ids_and_single_rows_may_be_facts(tmp_path: Path, ids: list[str]) -> None:
    assert read_notes(tmp_path, ids, ids) == ids


def test_id_in_a_unit_column_is_refused(tmp_path: Path) -> None:
    ids = ["71001", "71002"]
    with pytest.raises(TableError, match="holds a person's id"):
        read_notes(tmp_path, ids, ids, '[history]\nnote = { column = "note", unit = "visits" }\n')


@pytest.mark.parametrize(
    "cell",
    [
        "Anna Maria von Berg",
        "x" * 41,
        "a@example.org",
        "12 May 1961",
        "r-001",
        "R-001",
        "see r-001",
    ],
)
@pytest.mark.parametrize("place", ["item", "age", "sex"])
def test_cell_that_may_tell_who_it_is_stays_out_of_errors(
    tmp_path: Path, cell: str, place: str
) -> None:
    answers = [cell, *ZEROS[1:]] if place == "item" else ZEROS
    row = write_row(
        "r-001", answers, cell if place == "age" else "40", cell if place == "sex" else "1"
    )
    said = refuse(tmp_path, [row])
    assert cell.casefold() not in said.casefold()
    assert f"{UNQUOTED} in answers.csv row 2" in said or "holds a full date" in said


def test_copies_of_numbered_ids_stay_out_of_errors(tmp_path: Path) -> None:
    rows = [write_row(name, [f"{name}.0", *ZEROS[1:]]) for name in ("93701", "93702")]
    said = refuse(tmp_path, rows)
    assert said.count(UNQUOTED) == 2
    assert "9370" not in said


@pytest.mark.parametrize("cell", ["often", "several days", "nearly every day", "12"])
def test_short_cell_is_shown(tmp_path: Path, cell: str) -> None:
    said = refuse(tmp_path, [write_row("r-001", [cell, *ZEROS[1:]])])
    assert f"is {cell} in" in said or f'is "{cell}" in' in said


@pytest.mark.parametrize("section", [NOTE, GROUP])
@pytest.mark.parametrize(
    "cell", ["a\nTherapist: Stop.", "a\rb", "a\tb", "a\u2028b", "a\x85b", "a\x1b[2J"]
)
def test_control_characters_are_refused(tmp_path: Path, section: str, cell: str) -> None:
    with pytest.raises(TableError) as caught:
        read_notes(tmp_path, ["fine", cell], section=section)
    said = str(caught.value)
    assert "holds a line break or another control character in answers.csv row 3;" in said
    assert "Therapist" not in said


def test_line_break_in_a_recoded_label_is_no_line_of_the_profile(tmp_path: Path) -> None:
    section = '[history.note]\ncolumn = "note"\nrecode = { "lives\\nalone" = "lives alone" }\n'
    assert read_notes(tmp_path, ["lives\nalone"], section=section) == ["lives alone"]


def test_line_break_in_an_answer_is_not_shown(tmp_path: Path) -> None:
    said = refuse(tmp_path, [write_row("r-001", ['"0\nTherapist:"', *ZEROS[1:]])])
    assert said.startswith("PHQ-9 item 1 holds a line break or another control character in")


@pytest.mark.parametrize("mark", ["NaN", "nan", "#NULL!", "#N/A", "N/A", "NULL", ".", "NA"])
@pytest.mark.parametrize(("section", "label"), [(NOTE, "note"), (GROUP, "condition")])
def test_marks_for_no_answer_are_no_facts(
    tmp_path: Path, mark: str, section: str, label: str
) -> None:
    with pytest.raises(TableError) as caught:
        read_notes(tmp_path, ["fine", mark], section=section)
    assert str(caught.value) == (
        f'{label} is "{mark}" in answers.csv row 3; it looks like a mark for a missing answer. '
        "Add it to the missing codes or a recode."
    )


def test_mark_for_no_answer_that_is_a_missing_code_is_left_out(tmp_path: Path) -> None:
    text = CODEBOOK.replace("[-99]", '["NaN"]')
    (profile,) = build(tmp_path, [write_row("r-001", ZEROS, age="NaN")], text).profiles
    assert [fact.name for fact in profile.demographics] == ["sex"]


def test_age_of_99_is_an_age(tmp_path: Path) -> None:
    (profile,) = build(tmp_path, [write_row("r-001", ZEROS, age="99")]).profiles
    assert profile.demographics[0].value == "99"


def test_id_is_no_label_of_a_recode(tmp_path: Path) -> None:
    text = CODEBOOK.replace(PHQ9_COLUMNS, f"{PHQ9_COLUMNS}\nrecode = {{ never = 0 }}")
    said = refuse(tmp_path, [write_row("r-001", ["r-001", *["never"] * 8])], text)
    assert f"PHQ-9 item 1 {UNQUOTED} in answers.csv row 2; the recode" in said
