"""The guide to judges names every rubric and setting, and its example can be used."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from sqpsych.assessment.judging import Asker, FidelityJudge, Judge, list_rubrics, load_rubric

GUIDE = (Path(__file__).parents[3] / "docs/judges.md").read_text("utf-8")
GIVEN = {"asker", "rubric", "instrument"}


@pytest.mark.parametrize("name", list_rubrics())
def test_every_rubric_stands_in_the_guide(name: str) -> None:
    assert f"| `{name}` |" in GUIDE


@pytest.mark.parametrize("kind", [Asker, Judge, FidelityJudge])
def test_every_setting_stands_in_the_guide(kind: type) -> None:
    names = {field.name for field in fields(kind)} - GIVEN
    assert [name for name in sorted(names) if f"`{name}`" not in GUIDE] == []


def test_the_example_is_a_rubric(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    path = tmp_path / "mine.toml"
    path.write_text(example, "utf-8")
    (criterion,) = load_rubric(str(path)).criteria
    assert (criterion.about, criterion.high) == ("therapist", 2)
