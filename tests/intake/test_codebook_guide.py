"""The guide to the codebook tells of every key, and its example works."""

from pathlib import Path

import pytest

from sqpsych.intake import read_codebook
from sqpsych.intake.codebook import (
    Codebook,
    CodebookPart,
    ConditionSource,
    FactColumn,
    InstrumentColumns,
    ItemColumn,
    MissingCodes,
    ScoreRule,
    TableForm,
)

GUIDE = Path(__file__).parents[2] / "docs" / "codebook.md"
PARTS: tuple[type[CodebookPart], ...] = (
    TableForm,
    MissingCodes,
    InstrumentColumns,
    ItemColumn,
    FactColumn,
    ConditionSource,
    ScoreRule,
)


def test_all_parts_are_looked_at() -> None:
    assert set(CodebookPart.__subclasses__()) == {*PARTS, Codebook}


@pytest.mark.parametrize(
    ("part", "key"), [(part.__name__, key) for part in PARTS for key in part.model_fields]
)
def test_every_key_is_in_the_guide(part: str, key: str) -> None:
    assert f"`{key}`" in GUIDE.read_text(encoding="utf-8"), part


@pytest.mark.parametrize("section", Codebook.model_fields)
def test_every_section_has_a_heading(section: str) -> None:
    headings = [line for line in GUIDE.read_text(encoding="utf-8").split("\n") if line[:3] == "###"]
    assert any(f"[{section}" in heading for heading in headings)


def test_example_of_the_guide_is_a_codebook(tmp_path: Path) -> None:
    example = GUIDE.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    path = tmp_path / "codebook.toml"
    path.write_text(example, encoding="utf-8")
    codebook = read_codebook(path)
    used = {part for part in Codebook.model_fields if part in codebook.model_fields_set}
    assert used == set(Codebook.model_fields)
