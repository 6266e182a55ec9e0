"""Rubrics: the shipped ones hold what is published, and a faulty one is told where it is wrong."""

from pathlib import Path

import pytest

from sqpsych.assessment.judging import list_rubrics, load_rubric
from sqpsych.errors import InputError

RUBRIC = """\
id = "mine"
title = "Mine"
source = "none"
licence = "none"
low = 0
high = 2

[anchors]
0 = "cold"
2 = "warm"

[[criteria]]
id = "warmth"
label = "Warmth"
definition = "How warm it is."

[[criteria]]
id = "order"
label = "Order"
definition = "How orderly it is."
high = 4
[criteria.anchors]
0 = "none"
4 = "full"

[[scales]]
id = "total"
label = "Total"
criteria = ["warmth", "order"]
"""


def write(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, "utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("name", "criteria", "low", "high", "most"),
    [("sqpsych36", 18, 0, 2, 36), ("ctrs", 11, 0, 6, 66), ("wai_sr", 12, 1, 5, 60)],
)
def test_shipped_rubrics_have_the_published_items_and_range(
    name: str, criteria: int, low: int, high: int, most: int
) -> None:
    rubric = load_rubric(name)
    assert len(rubric.criteria) == criteria
    assert {(c.low, c.high) for c in rubric.criteria} == {(low, high)}
    (total,) = (scale for scale in rubric.scales if scale.id == "total")
    assert set(total.criteria) == {c.id for c in rubric.criteria}
    assert sum(c.high for c in rubric.criteria) == most


def test_sqpsych36_has_nine_four_and_five_criteria() -> None:
    rubric = load_rubric("sqpsych36")
    assert [len(s.criteria) for s in rubric.scales] == [9, 4, 5, 18]
    about = {c.id: c.about for c in rubric.criteria}
    for scale, whom in zip(rubric.scales, ("therapist", "client", "whole"), strict=False):
        assert {about[c] for c in scale.criteria} == {whom}


def test_ctrs_has_anchors_at_every_other_value() -> None:
    anchors = {tuple(a.value for a in c.anchors) for c in load_rubric("ctrs").criteria}
    assert anchors == {(0, 2, 4, 6)}


def test_wai_has_four_statements_of_each_kind() -> None:
    assert [len(s.criteria) for s in load_rubric("wai_sr").scales] == [4, 4, 4, 12]


def test_panas_judges_ten_and_ten_feelings_before_and_after() -> None:
    rubric = load_rubric("panas")
    assert len(rubric.criteria) == 40
    assert {c.part for c in rubric.criteria} == {"first_third", "last_third"}
    assert all(c.view == "client" and c.not_assessable for c in rubric.criteria)
    change = next(s for s in rubric.scales if s.id == "negative_change")
    assert "afraid_after" in change.criteria
    assert "afraid_before" in change.minus


@pytest.mark.parametrize("name", list_rubrics())
def test_shipped_rubrics_name_source_and_whose_words_they_are(name: str) -> None:
    rubric = load_rubric(name)
    assert rubric.id == name
    assert rubric.source
    assert "own words" in rubric.licence
    texts = [a.text for c in rubric.criteria if c.part != "last_third" for a in c.anchors]
    assert all(texts)


def test_what_stands_at_the_top_holds_where_a_criterion_is_silent(tmp_path: Path) -> None:
    warmth, order = load_rubric(write(tmp_path, RUBRIC)).criteria
    assert (warmth.high, order.high) == (2, 4)
    assert (warmth.anchors[-1].text, order.anchors[-1].text) == ("warm", "full")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('label = "Order"\n', "", r"line 17, criteria order, label: Field required"),
        ("high = 4", 'high = "four"', r"line 21, criteria order, high: "),
        ("high = 4", "high = 0", r"line 17, criteria order: low is 0 and high is 0"),
        ('4 = "full"', '5 = "full"', r"line 17, criteria order: anchors lack one for 0 or for 4"),
        ('0 = "cold"', '-1 = "x"\n0 = "cold"', r"criteria warmth: an anchor lies outside 0 to 2"),
        ('id = "order"', 'id = "warmth"', r"line 18, criteria warmth, id: 'warmth' stands twice"),
        ('"order"]', '"ordre"]', r"line 29, scales total, criteria: .*Did you mean 'order'"),
        ('"order"]', '"warmth"]', r"line 29, scales total, criteria: 'warmth' stands twice"),
        ("low = 0", "low = 0\nlowest = 1", r"line 6, lowest: Extra inputs"),
        ("[[scales]]", "[[scales", r"is not valid TOML"),
        ('id = "order"', 'id = "Or der"', r"line 18, criteria Or der, id: String should match"),
    ],
)
def test_a_fault_names_file_line_and_criterion(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(InputError, match=rf"mine\.toml.*{message}"):
        load_rubric(write(tmp_path, RUBRIC.replace(old, new, 1)))


def test_a_fault_in_a_list_on_one_line_names_that_line(tmp_path: Path) -> None:
    top = RUBRIC.partition("[anchors]")[0]
    text = f'{top}criteria = [{{ id = "warmth", label = "Warmth" }}]\n'
    with pytest.raises(InputError, match=r"line 8, criteria warmth, definition: Field required"):
        load_rubric(write(tmp_path, text))


def test_a_missing_file_and_an_unknown_name_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.toml cannot be read"):
        load_rubric(str(tmp_path / "nowhere.toml"))
    with pytest.raises(InputError, match="Did you mean 'ctrs'"):
        load_rubric("crts")
