"""Small tables and codebooks in the form users bring, for the tests of intake."""

from collections.abc import Sequence
from pathlib import Path

from sqpsych.intake import IntakeReport, build_profiles, read_codebook, read_table

KEY = bytes(range(32))
QUESTIONS = [f"q{number}" for number in range(1, 10)]
HEADER = ",".join(["id", *QUESTIONS, "age", "sex"])
PHQ9_COLUMNS = f"columns = {QUESTIONS}"
CODEBOOK = f"""
[table]
id = "id"
[missing]
codes = [-99]
[instruments.phq9]
{PHQ9_COLUMNS}
[demographics]
age = "age"
sex = {{ column = "sex", recode = {{ 1 = "female", 2 = "male" }} }}
"""


def write_row(source_id: str, answers: Sequence[object], age: str = "40", sex: str = "1") -> str:
    """Write one record of a comma-separated table."""
    return ",".join([source_id, *map(str, answers), age, sex])


def write_files(
    folder: Path, rows: Sequence[str], codebook: str = CODEBOOK, header: str = HEADER
) -> tuple[Path, Path]:
    """Write answers.csv and codebook.toml; give their paths."""
    table, meaning = folder / "answers.csv", folder / "codebook.toml"
    table.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    meaning.write_text(codebook, encoding="utf-8")
    return table, meaning


def build(
    folder: Path, rows: Sequence[str], codebook: str = CODEBOOK, header: str = HEADER
) -> IntakeReport:
    """Take a table through the whole of intake."""
    table, meaning = write_files(folder, rows, codebook, header)
    read = read_codebook(meaning)
    return build_profiles(read_table(table, read), read, KEY)
