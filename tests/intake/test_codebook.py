"""What a codebook may say, and what it says when it is wrong."""

import unicodedata
from pathlib import Path
from typing import Literal

import pytest

from sqpsych.errors import CodebookError
from sqpsych.instruments import load_instrument
from sqpsych.intake import read_codebook

from .small_tables import CODEBOOK, HEADER, PHQ9_COLUMNS, QUESTIONS, build, write_row


def read(folder: Path, text: str) -> str:
    """Read a codebook that is wrong; give the message."""
    path = folder / "codebook.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CodebookError) as caught:
        read_codebook(path)
    return str(caught.value)


def write_own_instrument(folder: Path, instrument_id: str) -> None:
    """Write own.yaml: the PHQ-9 under another id."""
    own = load_instrument("phq9").model_copy(update={"id": instrument_id})
    (folder / "own.yaml").write_text(own.model_dump_json(), encoding="utf-8")


def test_misspelt_key_names_nearest_key(tmp_path: Path) -> None:
    said = read(tmp_path, CODEBOOK.replace("[table]", '[table]\ndelimeter = ","'))
    assert 'codebook.toml, table: unknown key "delimeter". Did you mean "delimiter"?' in said


def test_misspelt_section_names_nearest_section(tmp_path: Path) -> None:
    said = read(tmp_path, CODEBOOK.replace("[demographics]", "[demografics]"))
    assert 'unknown key "demografics". Did you mean "demographics"?' in said


def test_misspelt_instrument_names_nearest_instrument(tmp_path: Path) -> None:
    said = read(tmp_path, CODEBOOK.replace("phq9]", "phg9]"))
    assert "codebook.toml, instruments.phg9:" in said
    assert "'phq9'" in said


def test_toml_syntax_error_names_the_line(tmp_path: Path) -> None:
    said = read(tmp_path, '[table]\nid "id"\n')
    assert "codebook.toml is not valid TOML" in said
    assert "line 2" in said


def test_absent_codebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(CodebookError, match=r"nowhere\.toml cannot be read: No such file"):
        read_codebook(tmp_path / "nowhere.toml")


def test_codebook_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "codebook.toml"
    path.write_bytes("# für\n".encode("latin-1"))
    with pytest.raises(CodebookError, match="not UTF-8"):
        read_codebook(path)


def test_absent_section_is_named(tmp_path: Path) -> None:
    said = read(tmp_path, '[table]\nid = "id"\n')
    assert said == "codebook.toml, instruments: is needed and not there."


def test_item_without_column_is_named(tmp_path: Path) -> None:
    said = read(tmp_path, CODEBOOK.replace(PHQ9_COLUMNS, f"columns = {QUESTIONS[:8]}"))
    assert "instruments.phq9: no column for item 9; PHQ-9 needs one for each of its 9" in said


def test_item_that_is_not_there_is_named(tmp_path: Path) -> None:
    items = "\n".join(f'{n} = "q{n}"' for n in range(1, 10))
    text = CODEBOOK.replace(PHQ9_COLUMNS, f'[instruments.phq9.items]\n{items}\nphq9_10 = "age2"')
    said = read(tmp_path, text)
    assert 'there is no item "phq9_10"; expected 1 to 9, or phq9_1 to phq9_9.' in said
    assert 'Did you mean "phq9_1"?' in said


def test_items_of_the_bdi_are_counted_as_its_title_counts_them(tmp_path: Path) -> None:
    said = read(tmp_path, '[table]\nid = "id"\n[instruments.bdi21.items]\n22 = "b22"\n')
    assert 'there is no item "22"; expected 1 to 21, or bdi21_1 to bdi21_21.' in said


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    said = read(tmp_path, CODEBOOK.replace(PHQ9_COLUMNS, f"columns = {[*QUESTIONS, 'q10']}"))
    assert "column 10 of 10 has no item; PHQ-9 has 9 items" in said


def test_column_mapped_twice_is_refused_with_both_uses(tmp_path: Path) -> None:
    doubled = [*QUESTIONS[:8], "q1"]
    said = read(tmp_path, CODEBOOK.replace(PHQ9_COLUMNS, f"columns = {doubled}"))
    assert '"q1" is used for instruments.phq9 item 1 and for instruments.phq9 item 9' in said


def test_column_cannot_be_condition_and_history(tmp_path: Path) -> None:
    said = read(tmp_path, CODEBOOK + '[history]\ndx = "dx"\n[condition]\ncolumn = "dx"\n')
    assert 'column "dx" is used for history.dx and for condition.column' in said


def test_id_column_cannot_be_a_fact(tmp_path: Path) -> None:
    said = read(tmp_path, CODEBOOK + '[history]\nnumber = "id"\n')
    assert 'column "id" is used for table.id and for history.number' in said


def test_recode_to_a_value_no_item_takes_is_refused(tmp_path: Path) -> None:
    text = CODEBOOK.replace(PHQ9_COLUMNS, PHQ9_COLUMNS + "\nrecode = {never = 0, always = 4}")
    said = read(tmp_path, text)
    assert 'instruments.phq9.recode: "always" becomes 4; the items take 0-3. Correct it.' in said


def test_recode_of_one_item_is_checked_against_that_item(tmp_path: Path) -> None:
    items = "\n".join(f'{n} = "q{n}"' for n in range(1, 9))
    nine = '9 = { column = "q9", recode = { yes = 7 } }'
    text = CODEBOOK.replace(PHQ9_COLUMNS, f"[instruments.phq9.items]\n{items}\n{nine}")
    assert 'items.9.recode: "yes" becomes 7; the item takes 0-3' in read(tmp_path, text)


def test_recode_labels_that_are_the_same_cell_are_refused(tmp_path: Path) -> None:
    text = CODEBOOK.replace(PHQ9_COLUMNS, PHQ9_COLUMNS + '\nrecode = {"1" = 0, "1.0" = 1}')
    said = read(tmp_path, text)
    assert 'instruments.phq9.recode has "1" and "1.0", which are the same cell' in said


def test_recode_labels_that_are_the_same_with_a_decimal_comma_are_refused(tmp_path: Path) -> None:
    text = CODEBOOK.replace("1 =", '"1,0" = "female", 1 =')
    said = read(tmp_path, text.replace("[table]", '[table]\ndecimal = ","'))
    assert 'demographics.sex.recode has "1,0" and "1", which are the same cell' in said


@pytest.mark.parametrize("section", ["[history.job]", "[condition]"])
def test_recode_to_nothing_is_refused(tmp_path: Path, section: str) -> None:
    said = read(tmp_path, f'{CODEBOOK}{section}\ncolumn = "x"\nrecode = {{ 1 = " " }}\n')
    assert "recode.1: is ' '; expected at least one character." in said


def test_missing_code_that_is_an_answer_is_refused(tmp_path: Path) -> None:
    said = read(tmp_path, CODEBOOK.replace("[-99]", "[3]"))
    assert 'code "3" is also an answer to instruments.phq9 item 1, 2, 3' in said


def test_missing_code_that_is_a_label_of_a_fact_is_refused(tmp_path: Path) -> None:
    said = read(tmp_path, CODEBOOK.replace("[-99]", "[]\ncolumns = { sex = [2.0] }"))
    assert 'missing: code "2" is also a label of demographics.sex.recode. Take one' in said


def test_missing_code_that_is_a_label_of_a_group_is_refused(tmp_path: Path) -> None:
    group = '[condition]\ncolumn = "dx"\nrecode = { 1 = "mdd", 9 = "control" }\n'
    said = read(tmp_path, CODEBOOK.replace("[-99]", "[9]") + group)
    assert said == (
        'codebook.toml, missing: code "9" is also a label of condition.recode. '
        "Take one of the two out."
    )


def test_missing_codes_of_an_unmapped_column_are_refused(tmp_path: Path) -> None:
    said = read(tmp_path, CODEBOOK.replace("[-99]", "[]\ncolumns = { aeg = [999] }"))
    assert 'missing.columns: "aeg" is not mapped in this codebook. Did you mean "age"?' in said


def test_both_ways_to_name_columns_are_refused(tmp_path: Path) -> None:
    said = read(tmp_path, CODEBOOK.replace(PHQ9_COLUMNS, PHQ9_COLUMNS + "\nitems = {1 = 'a'}"))
    assert 'give either "columns"' in said


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('instrument = "gad7"', 'instrument "gad7" has no columns in this codebook'),
        ('instrument = "phq9", scale = "totl"', 'no scale "totl"; expected total.'),
    ],
)
def test_score_rule_must_fit_the_instruments(tmp_path: Path, rule: str, expected: str) -> None:
    text = f'[condition]\nfrom_score = {{{rule}, at_least = 10, then = "a", otherwise = "b"}}\n'
    assert expected in read(tmp_path, CODEBOOK + text)


@pytest.mark.parametrize("at_least", [-1, 0, 28, 100])
def test_score_rule_that_puts_everybody_in_one_group_is_refused(
    tmp_path: Path, at_least: int
) -> None:
    rule = f'{{instrument = "phq9", at_least = {at_least}, then = "a", otherwise = "b"}}'
    said = read(tmp_path, f"{CODEBOOK}[condition]\nfrom_score = {rule}\n")
    assert f"at_least is {at_least}, and PHQ-9 total is 0 to 27; expected 1 to 27" in said


@pytest.mark.parametrize("at_least", [1, 27])
def test_score_rule_at_the_ends_of_the_scale_is_taken(tmp_path: Path, at_least: int) -> None:
    rule = f'{{instrument = "phq9", at_least = {at_least}, then = "a", otherwise = "b"}}'
    text = f"{CODEBOOK}[condition]\nfrom_score = {rule}\n"
    rows = [write_row("r001", [0] * 9), write_row("r002", [3] * 9)]
    assert [profile.condition for profile in build(tmp_path, rows, text).profiles] == ["b", "a"]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ('then = "a", otherwise = " a"', '"then" and "otherwise" are both "a"; expected two'),
        ('then = "a", otherwise = ""', "otherwise: is ''; expected at least one character"),
    ],
)
def test_score_rule_needs_two_labels(tmp_path: Path, labels: str, expected: str) -> None:
    rule = f'{{instrument = "phq9", at_least = 10, {labels}}}'
    assert expected in read(tmp_path, f"{CODEBOOK}[condition]\nfrom_score = {rule}\n")


@pytest.mark.parametrize("section", ["demographics", "history"])
def test_age_takes_no_unit(tmp_path: Path, section: str) -> None:
    text = CODEBOOK.replace('age = "age"\n', "")
    if section == "history":
        text += "[history]\n"
    said = read(tmp_path, f'{text}age = {{ column = "age", unit = "years" }}\n')
    assert f"{section}.age: this fact takes no unit. Take it out." in said


def test_fact_name_must_be_plain(tmp_path: Path) -> None:
    said = read(tmp_path, CODEBOOK + '[history]\n"Age of onset" = "onset"\n')
    assert "lower-case letters" in said


def test_unknown_encoding_is_refused(tmp_path: Path) -> None:
    said = read(tmp_path, CODEBOOK.replace("[table]", '[table]\nencoding = "utf8x"'))
    assert 'encoding "utf8x" is not known; usual ones are utf-8, cp1252' in said


@pytest.mark.parametrize("name", ["base64", "rot13", "hex", "undefined"])
def test_encoding_that_is_not_of_text_is_refused(tmp_path: Path, name: str) -> None:
    said = read(tmp_path, CODEBOOK.replace("[table]", f'[table]\nencoding = "{name}"'))
    assert f'encoding "{name}" is not known; usual ones are utf-8' in said


def test_unknown_decimal_is_refused(tmp_path: Path) -> None:
    said = read(tmp_path, CODEBOOK.replace("[table]", '[table]\ndecimal = ":"'))
    assert said == "codebook.toml, table.decimal: is ':'; expected '.' or ','."


def test_wrong_kinds_of_value_are_told_in_plain_words(tmp_path: Path) -> None:
    text = CODEBOOK.replace("[-99]", '"NA"').replace(PHQ9_COLUMNS, 'columns = "q1"')
    said = read(tmp_path, text)
    assert "codebook.toml, missing.codes: is 'NA'; expected a list" in said
    assert "codebook.toml, instruments.phq9.columns: is 'q1'; expected a list" in said


def test_problems_are_listed_together(tmp_path: Path) -> None:
    text = CODEBOOK.replace(PHQ9_COLUMNS, f"columns = {['q1', *QUESTIONS[:7]]}")
    said = read(tmp_path, text.replace("[-99]", "[0]"))
    assert said.startswith("3 problems in codebook.toml:")


def test_items_may_be_named_by_number_or_id(tmp_path: Path) -> None:
    items = "\n".join(f'{n} = "q{n}"' for n in range(1, 9)) + '\nphq9_9 = "q9"'
    text = CODEBOOK.replace(PHQ9_COLUMNS, f"[instruments.phq9.items]\n{items}")
    rows = [write_row("r001", [0, 1, 2, 3, 0, 1, 2, 3, 0])]
    assert build(tmp_path, rows, text) == build(tmp_path, rows)


def test_bdi_numbers_skip_the_question_that_enters_no_scale(tmp_path: Path) -> None:
    columns = [f"b{number}" for number in range(1, 22)]
    codebook = f'[table]\nid = "id"\n[instruments.bdi21]\ncolumns = {columns}\n'
    answers = ["0"] * 19 + ["2", "1"]
    (profile,) = build(
        tmp_path, [",".join(["r001", *answers])], codebook, ",".join(["id", *columns])
    ).profiles
    points = {answer.item: answer.value for answer in profile.answers}
    assert points["bdi21_20"] == 2
    assert "bdi21_19a" not in points


def test_instrument_of_ones_own_is_found_beside_the_codebook(tmp_path: Path) -> None:
    write_own_instrument(tmp_path, "mine")
    text = CODEBOOK.replace("[instruments.phq9]", '[instruments.mine]\ndefinition = "own.yaml"')
    (profile,) = build(tmp_path, [write_row("r001", [1] * 9)], text).profiles
    assert profile.scores[0].instrument == "mine"


def test_section_is_called_as_the_id_of_its_instrument(tmp_path: Path) -> None:
    write_own_instrument(tmp_path, "mine")
    text = CODEBOOK.replace("[instruments.phq9]", '[instruments.own]\ndefinition = "own.yaml"')
    assert read(tmp_path, text) == (
        "codebook.toml, instruments.own: the file's id is mine. "
        "Name the section [instruments.mine]."
    )


def test_one_instrument_in_two_sections_is_refused(tmp_path: Path) -> None:
    write_own_instrument(tmp_path, "phq9")
    again = f'[instruments.after]\ndefinition = "own.yaml"\ncolumns = {list("abcdefghi")}\n'
    assert read(tmp_path, CODEBOOK + again) == (
        "codebook.toml, instruments.after: phq9 is what instruments.phq9 holds already; "
        "a profile has one set of answers to it. Take one out."
    )


def test_name_of_an_instrument_of_ones_own_is_its_id(tmp_path: Path) -> None:
    write_own_instrument(tmp_path, "mood_2024")
    section = '[instruments.mood_2024]\ndefinition = "own.yaml"'
    text = CODEBOOK.replace("[instruments.phq9]", section)
    report = build(tmp_path, [write_row("r001", [1] * 9), write_row("r002", [""] * 9)], text)
    assert report.left_out[0].reason.startswith("mood_2024: 9 of 9 items missing")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_columns_are_found_however_their_accents_are_written(
    tmp_path: Path, form: Literal["NFC", "NFD"]
) -> None:
    text = unicodedata.normalize(form, f'{CODEBOOK}[history]\njob = "Tätigkeit"\n')
    (profile,) = build(
        tmp_path, [write_row("r001", [1] * 9) + ",cook"], text, f"{HEADER},Tätigkeit"
    ).profiles
    assert profile.history[0].value == "cook"
