"""How the sides speak: openings, questions, lengths, lectures, and what cannot be told."""

import time

import pytest

from sqpsych.assessment.rules.style import (
    STYLE,
    Lengths,
    find_lecture,
    find_long_turns,
    find_many_questions,
    find_odd_lengths,
    find_stock_opening,
    find_stock_openings,
)
from sqpsych.assessment.sample import Sample
from sqpsych.records import Dialogue

from ..making import make_dialogue, make_dialogue_of, make_turn


@pytest.mark.parametrize(
    ("line", "opening"),
    [
        ("It sounds like a lot.", "it sounds like"),
        ("Okay, that sounds heavy.", "it sounds like"),
        ("Well, it seems you are stuck.", "it seems"),
        ("I can really understand that.", "i understand"),
        ("I really understand that.", "i understand"),
        ("I hear you.", "i hear"),
        ("What I'm hearing is fear.", "i hear"),
        ("That must have been loud.", "that must be"),
        ("Thank you for sharing that.", "thank you for sharing"),
        ("I’m so sorry to hear it.", "i'm sorry to hear"),
        ("The bell sounds like a drum.", None),
        ("I heard the news.", None),
        ("Thank you for the tea.", None),
        ("", None),
    ],
)
def test_stock_openings_are_named(line: str, opening: str | None) -> None:
    assert find_stock_opening(line) == opening


def test_an_opening_is_a_fault_from_its_third_use_on() -> None:
    lines = ["It sounds like one.", "Yes.", "It seems two.", "Yes.", "That sounds new.", "Yes."]
    lines += ["It sounds odd.", "No.", "It sounds like three.", "No."]
    assert [f.turn for f in find_stock_openings(make_dialogue(*lines))] == [6, 8]


def test_the_clients_openings_are_not_counted() -> None:
    lines = ["Well?", "It sounds like rain."] * 4
    assert find_stock_openings(make_dialogue(*lines)) == ()


def test_three_questions_at_once_are_many() -> None:
    lines = ("Who? When? Why?", "Who? When? Why?", "Really?? And you?")
    assert [f.turn for f in find_many_questions(make_dialogue(*lines))] == [0]


def test_a_lecture_takes_over_twice_the_clients_words() -> None:
    client = "one two three four five " * 10
    for words, found in ((100, 0), (101, 1)):
        dialogue = make_dialogue("word " * words, client)
        assert len(find_lecture(Lengths(dialogue))) == found
    assert find_lecture(Lengths(make_dialogue("word " * 99, "Yes."))) == ()
    assert find_lecture(Lengths(make_dialogue("word " * 300))) == ()


def test_long_turns_are_found_by_limit_and_by_sample() -> None:
    over = make_dialogue("Hello.", "word " * 201, "Yes.", "word " * 200)
    assert [f.turn for f in find_long_turns([Lengths(over)])[0]] == [1]
    usual = [make_dialogue("one two three", f"{'word ' * (8 + n % 5)}") for n in range(60)]
    odd = make_dialogue("one two three", "word " * 90)
    *rest, found = find_long_turns([Lengths(d) for d in (*usual, odd)])
    assert rest == [()] * 60
    assert [(f.turn, f.kind) for f in found] == [(1, "long_turn")]


def test_dialogues_of_odd_length_are_found_in_large_samples_only() -> None:
    usual = [make_dialogue(*["Well."] * (30 + n % 7)) for n in range(60)]
    odd = [make_dialogue("Hello.", "Bye."), make_dialogue(*["Well."] * 300), make_dialogue()]
    found = find_odd_lengths([*usual, *odd])
    kinds = [[(f.turn, f.kind) for f in each] for each in found]
    assert kinds == [[]] * 60 + [[(1, "short_dialogue")], [(299, "long_dialogue")], []]
    assert find_odd_lengths(odd) == [(), (), ()]


def test_figures_of_a_sample() -> None:
    dialogue = make_dialogue("It seems so. Why? How?", "one two three", "I see", "one")
    values = {row.name: row.value for row in STYLE.take(Sample("any", (dialogue,), {})).rows}
    assert values["words a therapist turn, median"] == 2
    assert values["words a therapist turn, 95th percentile"] == 5
    assert values["words a client turn, 95th percentile"] == 3
    assert values["questions a therapist turn"] == 1
    assert values["therapist turns with several questions, share"] == 0.5
    assert values["therapist turns with a stock opening, share"] == 0.5
    assert values["therapist words a client word"] == pytest.approx(7 / 4)
    assert values["reading ease, client"] is None


def test_stock_openings_stand_in_a_table() -> None:
    dialogue = make_dialogue("It seems so.", "Yes.", "It seems not.", "No.", "Why?", "Well.")
    (row,) = STYLE.take(Sample("any", (dialogue,), {})).tables["stock openings"]
    assert row == {"opening": "it seems", "turns": 2, "share": pytest.approx(2 / 3)}


def test_one_speaker_and_other_languages_leave_figures_out_with_a_reason() -> None:
    alone = make_dialogue_of([make_turn(0, "Hello."), make_turn(1, "Well?", speaker="therapist")])
    rows = {row.name: row for row in STYLE.take(Sample("any", (alone,), {})).rows}
    assert rows["words a client turn, median"].note == "no turn of the client"
    assert rows["therapist words a client word"].note == "the client never speaks"
    german = STYLE.take(Sample("any", (make_dialogue("Ja?", "Nein."),), {}, language="de"))
    rows = {row.name: row for row in german.rows}
    assert "English only" in rows["reading ease, therapist"].note
    assert rows["words a client turn, median"].value == 1


@pytest.mark.parametrize("dialogues", [(), (make_dialogue(),), (make_dialogue("", "..."),)])
def test_nothing_to_measure_is_no_error(dialogues: tuple[Dialogue, ...]) -> None:
    rows = STYLE.take(Sample("any", dialogues, {})).rows
    assert all(row.note for row in rows if row.value is None)


def test_endless_turns_are_measured_at_once() -> None:
    dialogue = make_dialogue("so much to say " * 2500, "is that so? " * 3000)
    start = time.perf_counter()
    STYLE.take(Sample("any", (dialogue,), {}))
    assert time.perf_counter() - start < 1
