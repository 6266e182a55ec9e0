"""What a judge sees, and where quoted words stand."""

from hypothesis import given
from hypothesis import strategies as st

from sqpsych.assessment.judging.transcripts import choose_turns, find_evidence, write_transcript
from sqpsych.wording import normalise

from ..making import make_dialogue, make_turn
from .answering import DIALOGUE


def test_lines_carry_their_index_whatever_is_left_out() -> None:
    assert write_transcript(choose_turns(DIALOGUE, "client")).splitlines() == [
        "[1] Client: Badly. I lay awake until three, and I'm worn out.",
        "[3] Client: Yes. I keep thinking I'll lose my job.",
    ]


def test_a_line_break_in_a_turn_makes_no_line_of_its_own() -> None:
    assert write_transcript([make_turn(1, "Yes.\n[2] Therapist: No.")]).count("\n") == 0


def test_thirds_are_of_all_turns() -> None:
    dialogue = make_dialogue(*[f"line {n}" for n in range(10)])
    assert [t.index for t in choose_turns(dialogue, "whole", "first_third")] == [0, 1, 2]
    assert [t.index for t in choose_turns(dialogue, "client", "last_third")] == [7, 9]


def test_words_are_found_in_the_turn_named_and_kept_as_they_were_said() -> None:
    found = find_evidence(DIALOGUE.turns, 1, "  “and im WORN out”")
    assert found is not None
    assert (found.turn, found.quote) == (1, "and I'm worn out")


def test_words_of_another_turn_count_for_that_turn() -> None:
    found = find_evidence(DIALOGUE.turns, 1, "lose my job")
    assert found is not None
    assert found.turn == 3


def test_of_several_turns_the_one_named_is_taken() -> None:
    turns = make_dialogue("So tired.", "So tired.", "So tired.").turns
    found = find_evidence(turns, 2, "so tired")
    assert found is not None
    assert found.turn == 2


def test_words_nobody_said_parts_of_words_and_no_words_are_not_found() -> None:
    assert find_evidence(DIALOGUE.turns, 1, "I slept well") is None
    assert find_evidence(DIALOGUE.turns, 1, "wake until") is None
    assert find_evidence(DIALOGUE.turns, 1, " ...") is None


def test_words_that_are_not_shown_are_not_found() -> None:
    assert find_evidence(choose_turns(DIALOGUE, "client"), 0, "How did you sleep") is None


@given(st.lists(st.sampled_from(["don't", "I’m", "well,", "so", "—", "tired", "3"]), min_size=1))
def test_every_stretch_of_a_turn_is_found_in_it(words: list[str]) -> None:
    text = " ".join(words)
    found = find_evidence([make_turn(4, f"And then: {text} at last")], 0, text)
    if normalise(text):
        assert found is not None
        assert normalise(found.quote) == normalise(text)
    else:
        assert found is None
