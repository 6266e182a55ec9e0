"""Sessions that open, close and break off well or badly."""

import pytest

from sqpsych.assessment.rules.course import (
    COURSE,
    asks,
    find_abrupt_end,
    find_closing_faults,
    find_one_speaker,
    find_opening_faults,
    greets,
)
from sqpsych.assessment.sample import Sample

from ..making import make_dialogue, make_dialogue_of, make_turn

GOOD = (
    "Hello, how was your week?",
    "Long, but I got through it.",
    "Let's meet again on Monday. Goodbye.",
    "Goodbye, see you then.",
)


@pytest.mark.parametrize(
    "line", ["Hi there.", "Good to see you.", "Thank you for coming in.", "Welcome back."]
)
def test_greetings(line: str) -> None:
    assert greets(line)


@pytest.mark.parametrize("line", ["This is what I think.", "Higher prices hurt.", "They hide."])
def test_no_greetings(line: str) -> None:
    assert not greets(line)


def test_an_invitation_asks_without_a_question_mark() -> None:
    assert asks("Tell me what brings you here.")
    assert not asks("We will go on with the plan.")


def test_the_first_line_of_the_therapist_counts_even_when_the_client_opens() -> None:
    turns = [
        make_turn(0, "Hello.", speaker="client"),
        make_turn(1, "Sit down.", speaker="therapist"),
    ]
    assert [f.turn for f in find_opening_faults(make_dialogue_of(turns))] == [1]
    assert find_opening_faults(make_dialogue(*GOOD)) == ()


@pytest.mark.parametrize(
    "line",
    [
        "Goodbye, see you on Tuesday.",
        "I'll see you in a month.",
        "All the best, until next week.",
        "We'll meet at the same time. Take care.",
        "See you on the 14th, have a restful evening.",
        "I look forward to our talk on 3 March.",
        "Until tomorrow at 10:30, then.",
        "Bye, and come back in two weeks' time.",
        "Thanks for today. Three o'clock on 12.05. it is.",
    ],
)
def test_a_farewell_with_a_date_closes(line: str) -> None:
    assert find_closing_faults(make_dialogue("Hello?", "Well.", line, "Okay.")) == ()


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Goodbye, and take care.", "no_next_date"),
        ("Thank you for today. Be kind to yourself.", "no_next_date"),
        ("What else would you like to say?", "no_closing"),
        ("You care for your mother a lot.", "no_closing"),
    ],
)
def test_what_is_missing_at_the_end_is_named(line: str, kind: str) -> None:
    (finding,) = find_closing_faults(make_dialogue("Hello?", "Well.", line, "Yes."))
    assert (finding.turn, finding.kind) == (3, kind)


def test_a_date_long_before_the_end_is_none_of_the_closing() -> None:
    lines = ["It was on Monday.", *["And then?", "Nothing."] * 3, "Goodbye.", "Goodbye."]
    assert [f.kind for f in find_closing_faults(make_dialogue(*lines))] == ["no_next_date"]


@pytest.mark.parametrize(
    "line",
    ["Goodbye, and then we", "We could look at,", "I was going to say that it-", "So that is the"],
)
def test_a_line_that_breaks_off_is_found(line: str) -> None:
    (finding,) = find_abrupt_end(make_dialogue("Hello.", "Well.", line))
    assert (finding.turn, finding.kind) == (2, "abrupt_end")


def test_a_word_cut_in_two_is_told_by_the_speakers_other_lines() -> None:
    lines = ["How was it?", "Fine.", "And then?", "I left.", "Why?", "I was late.", "I see."]
    cut = "We will look at the balc"
    (finding,) = find_abrupt_end(make_dialogue(*lines, "Well.", cut))
    assert finding.quote == cut
    loose = [line.rstrip(".?") for line in lines]
    assert find_abrupt_end(make_dialogue(*loose, "Well", cut)) == ()


@pytest.mark.parametrize(
    "line",
    ["Goodbye.", "Bye!", "See you on Monday", "Well…", "“Fine.”", "Thanks :)", "Thank you so much"],
)
def test_a_line_that_ends_is_not_found(line: str) -> None:
    dialogue = make_dialogue(
        "How was it?", "Fine.", "And?", "I left.", "Why?", "Late.", "Oh.", line
    )
    assert find_abrupt_end(dialogue) == ()


def test_one_speaker_is_found_whoever_it_is_and_silence_is_no_speech() -> None:
    (finding,) = find_one_speaker(make_dialogue("Hello.", "...", "Well?", ""))
    assert (finding.turn, finding.kind) == (0, "one_speaker")
    assert find_one_speaker(make_dialogue(*GOOD)) == ()
    assert find_one_speaker(make_dialogue()) == ()


def test_shares_are_over_dialogues() -> None:
    bad = make_dialogue("We go on now.", "Yes.", "Then we could", person="b")
    sample = Sample("any", (make_dialogue(*GOOD, person="a"), bad), {})
    measured = COURSE.take(sample)
    values = {row.name: row.value for row in measured.rows}
    assert values["opens with a greeting, share"] == 0.5
    assert values["closes with a farewell, share"] == 0.5
    assert values["closes with a next date, share"] == 0.5
    assert values["cut off at the end, share"] == 0.5
    assert values["turns a dialogue"] == 3.5
    assert values["two turns of one side in a row, share"] == 0
    kinds = [finding.kind for finding in measured.findings[bad.id]]
    assert kinds == ["no_opening", "no_closing", "abrupt_end"]


def test_another_language_is_not_measured_by_english_phrases() -> None:
    dialogue = make_dialogue("Guten Tag.", "Ja.", "Wir sehen uns und", "Nein.")
    measured = COURSE.take(Sample("any", (dialogue,), {}, language="de"))
    rows = {row.name: row for row in measured.rows}
    assert rows["closes with a farewell, share"].value is None
    assert "English only" in rows["closes with a farewell, share"].note
    assert rows["turns a dialogue"].value == 4
    assert measured.findings == {}


def test_nothing_to_measure_is_said() -> None:
    for dialogues in ((), (make_dialogue(),)):
        rows = {row.name: row for row in COURSE.take(Sample("any", dialogues, {})).rows}
        assert rows["closes with a farewell, share"].value is None
        assert rows["closes with a farewell, share"].note
        assert rows["two turns of one side in a row, share"].value is None
