"""What dialogues have in common: lines, and whole dialogues."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.assessment.rules.across import (
    ACROSS,
    NEAR,
    find_near_duplicates,
    find_shared_lines,
    hash_shingles,
    measure_similarity,
)
from sqpsych.assessment.sample import Sample
from sqpsych.errors import InputError
from sqpsych.records import Dialogue

from ..making import draw_line, make_dialogue, name_words

LINE = "If the wall had a door, where would it be?"


def draw_dialogue(seed: int, words: int = 400) -> list[str]:
    """Lines of eight words each, drawn at random."""
    generator = np.random.default_rng(seed)
    return [draw_line(generator, name_words("s", 100)) for _ in range(words // 8)]


def change_words(lines: list[str], every: int) -> list[str]:
    """Put another word in place of each so-many-th."""
    words = "\n".join(lines).split(" ")
    return " ".join("other" if n % every == 0 else w for n, w in enumerate(words)).split("\n")


def test_a_line_two_people_hear_is_found_in_both_whatever_its_case() -> None:
    first = make_dialogue("Hello.", "Hi.", LINE, "Well.", person="a")
    second = make_dialogue(LINE.upper().replace("?", "!"), "Well.", person="b")
    found, shared = find_shared_lines([first, second])
    assert [[(f.turn, f.kind) for f in each] for each in found] == [
        [(2, "copied_line")],
        [(0, "copied_line")],
    ]
    assert [(line.text, line.people, line.turns) for line in shared] == [(LINE, 2, 2)]


@pytest.mark.parametrize(
    "others",
    [
        make_dialogue("Hello.", LINE, person="b"),
        make_dialogue("Where would it be", "Well.", person="b"),
        make_dialogue(LINE, "Well.", person="a", name="again"),
    ],
    ids=["said by the client", "another line", "the same person"],
)
def test_lines_that_are_not_shared(others: Dialogue) -> None:
    assert find_shared_lines([make_dialogue(LINE, "Well.", person="a"), others])[1] == []


def test_short_lines_may_be_shared() -> None:
    dialogues = [make_dialogue("How have you been?", person=person) for person in "ab"]
    assert find_shared_lines(dialogues) == ([(), ()], [])


def test_near_duplicates_are_found_by_how_much_they_share() -> None:
    lines = draw_dialogue(0)
    dialogues = [
        make_dialogue(*lines, name="original"),
        make_dialogue(*draw_dialogue(1), name="other"),
        make_dialogue(*change_words(lines, 100), name="near"),
        make_dialogue(*change_words(lines, 8), name="far"),
        make_dialogue(*lines, name="copy"),
    ]
    found = [(pair.dialogue, pair.earlier) for pair in find_near_duplicates(dialogues)]
    assert found == [(2, 0), (4, 0)]
    similar = {pair.dialogue: pair.similarity for pair in find_near_duplicates(dialogues)}
    assert NEAR <= similar[2] < 1
    assert similar[4] == 1


def test_hashing_finds_what_comparing_all_pairs_finds() -> None:
    lines = draw_dialogue(2, 240)
    dialogues = [make_dialogue(*lines)]
    dialogues += [make_dialogue(*change_words(lines, every)) for every in range(20, 120, 4)]
    numbers = {word: n for n, word in enumerate({w for d in dialogues for w in split(d)})}
    sets = [hash_shingles(np.array([numbers[w] for w in split(d)], np.uint64)) for d in dialogues]
    kept, expected = [sets[0]], set()
    for place, shingles in enumerate(sets[1:], 1):
        if max(measure_similarity(shingles, other) for other in kept) >= NEAR:
            expected.add(place)
        else:
            kept.append(shingles)
    assert {pair.dialogue for pair in find_near_duplicates(dialogues)} == expected
    assert 0 < len(expected) < len(sets) - 1


def split(dialogue: Dialogue) -> list[str]:
    return " ".join(turn.text for turn in dialogue.turns).replace(".", "").split()


@given(st.lists(st.integers(0, 5), max_size=40))
def test_shingles_are_the_different_runs_of_five_words(words: list[int]) -> None:
    runs = {tuple(words[n : n + 5]) for n in range(len(words) - 4)}
    hashed = hash_shingles(np.array(words, dtype=np.uint64))
    assert hashed.size == len(runs)
    assert list(hashed) == sorted(set(hashed.tolist()))


def test_each_of_a_pair_names_the_other() -> None:
    lines = draw_dialogue(3)
    dialogues = tuple(make_dialogue(*lines, person=p, name=f"dialogue-{p}") for p in "abc")
    measured = ACROSS.take(Sample("any", dialogues, {}))
    named = {
        id_: next(f.quote for f in found if f.kind == "near_duplicate")
        for id_, found in measured.findings.items()
    }
    assert named["dialogue-a"].startswith("dialogue-b,")
    assert named["dialogue-b"].startswith("dialogue-a,")
    assert named["dialogue-c"].startswith("dialogue-a,")
    assert [row["other"] for row in measured.tables["near duplicates"]] == ["dialogue-a"] * 2
    values = {row.name: row.value for row in measured.rows}
    assert values["with a near duplicate, share"] == 1
    assert values["therapist lines said to several people, share"] == 1


def test_the_share_counts_long_lines_of_the_therapist() -> None:
    first = make_dialogue("Hello.", "Hi.", LINE, "So.", "What else is on your mind?", person="a")
    second = make_dialogue(LINE, "Well.", person="b")
    row, _ = ACROSS.take(Sample("any", (first, second), {})).rows
    assert row.value == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "dialogues",
    [(), (make_dialogue(LINE, "Well."),), (make_dialogue(), make_dialogue("", "..."))],
    ids=["none", "one", "empty"],
)
def test_what_cannot_be_compared_has_no_figure(dialogues: tuple[Dialogue, ...]) -> None:
    measured = ACROSS.take(Sample("any", dialogues, {}))
    assert measured.findings == {}
    assert measured.rows[0].value is None
    assert all(row.note for row in measured.rows if row.value is None)


def test_without_datasketch_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasketch", None)
    with pytest.raises(InputError, match=r"pip install 'sqpsych\[assess\]'"):
        find_near_duplicates([])
