"""Artefacts of every kind are found, clean lines are not."""

import pytest

from sqpsych.assessment.rules import find_alternation_faults, find_artefacts, find_repetitions

from ..making import make_dialogue, make_dialogue_of, make_turn

CLEAN = (
    "Hello, how was your week?",
    "Not too bad, I went to work on Monday and met my sister for a coffee.",
    "What would you like to talk about today?",
    "I can't sleep, and at work I keep losing the thread of what people say to me.",
)


def test_clean_lines_have_no_artefacts() -> None:
    assert find_artefacts(make_dialogue(*CLEAN)) == ()


@pytest.mark.parametrize(
    "line",
    [
        "We are coming to the end of the session, so let me sum up.",
        "I'd say my mood is about 7/10 today.",
        "Who could come, a nurse and/or carer?",
        "The line is always busy when I call.",
        "We could write down the script for that talk.",
        "Dr. Smith gave me pills.",
    ],
)
@pytest.mark.parametrize("turn", [0, 1])
def test_plain_speech_that_comes_near_a_trace_is_no_artefact(line: str, turn: int) -> None:
    lines = list(CLEAN)
    lines[turn] = line
    assert find_artefacts(make_dialogue(*lines)) == ()


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Goodbye then. [/END]", "end_marker"),
        ("Goodbye then. [END]", "end_marker"),
        ("Goodbye then. [END OF SESSION]", "end_marker"),
        ("Goodbye. End of the session", "end_marker"),
        ("That was heavy. End of session.", "end_marker"),
        ("Goodbye then END OF SESSION", "end_marker"),
        ("- End of the session -", "end_marker"),
        ("Well then.<|im_end|>", "template_token"),
        ("Well then.</s>", "template_token"),
        ("[INST] Well then.", "template_token"),
        ("I see. Client: I am tired.", "speaker_label"),
        ("Therapist: I see.", "speaker_label"),
        ("See you on [insert date].", "placeholder"),
        ("See you on {date}.", "placeholder"),
        ("Hello, my name is ____.", "placeholder"),
        ("Hello, I am Dr. X.", "placeholder"),
        ("[Keep silent]", "stage_direction"),
        ("(sighs) I don't know.", "stage_direction"),
        ("*nods slowly* I see.", "stage_direction"),
        ("I see. / nods", "stage_direction"),
        ("Next, the client tells of the week.", "prompt_leftover"),
        ("The line must be short.", "prompt_leftover"),
        ("As an AI language model I cannot feel.", "prompt_leftover"),
        ("我很累。", "other_script"),
        ("I am 累 today.", "other_script"),
        ("Ich habe in der letzten Woche leider sehr schlecht geschlafen.", "other_language"),
        ("...", "empty"),
    ],
)
@pytest.mark.parametrize("turn", [0, 1])
def test_an_artefact_is_found_once_and_named(line: str, kind: str, turn: int) -> None:
    lines = list(CLEAN)
    lines[turn] = line
    (finding,) = find_artefacts(make_dialogue(*lines))
    assert (finding.turn, finding.kind) == (turn, kind)
    assert finding.quote in line


def test_each_kind_counts_once_a_turn() -> None:
    found = find_artefacts(make_dialogue("(sighs) Well (pauses). See you on [insert date]. [/END]"))
    assert [finding.kind for finding in found] == ["end_marker", "stage_direction", "placeholder"]
    assert [finding.quote for finding in found] == ["[/END]", "(sighs)", "[insert date]"]


@pytest.mark.parametrize(
    "line",
    [
        "Let's try a role-play of that talk with your boss.",
        "Shall we role-play it? Roleplaying helps some people.",
    ],
)
def test_role_play_as_an_exercise_is_no_artefact(line: str) -> None:
    assert find_artefacts(make_dialogue(line)) == ()


@pytest.mark.parametrize(
    "line",
    [
        "I sell roofs and the client shouted.",
        "My last therapist, well, he was kind.",
        "And then she says, why don't you ever call.",
    ],
)
def test_a_client_may_tell_of_others(line: str) -> None:
    assert find_artefacts(make_dialogue("Hello.", line)) == ()
    assert find_artefacts(make_dialogue(line))


def test_a_client_who_says_therapist_to_the_therapist_reads_a_script() -> None:
    (finding,) = find_artefacts(make_dialogue("Goodbye.", "Thank you, therapist. Goodbye."))
    assert finding.kind == "prompt_leftover"


def test_short_lines_are_not_judged_by_language() -> None:
    assert find_artefacts(make_dialogue("Nada mal, gracias.")) == ()


def test_the_language_is_that_asked_for() -> None:
    line = "Ich habe in der letzten Woche leider sehr schlecht geschlafen."
    assert find_artefacts(make_dialogue(line), language="de") == ()


def test_repeated_lines_and_sentences_are_found_by_speaker() -> None:
    dialogue = make_dialogue(
        "What would help you most?",
        "I would like to sleep through the night. That is all.",
        "what would help you most",
        "There is one thing more than all others. I would like to sleep through the nights.",
        "I would like to sleep through the night. That is all.",
        "Something quite new and short.",
    )
    found = [(finding.turn, finding.kind) for finding in find_repetitions(dialogue)]
    assert found == [(2, "repeated_line"), (3, "repeated_sentence")]


def test_a_sentence_twice_in_one_line_is_a_repetition() -> None:
    line = "I do not know what to say. Maybe. I do not know what to say!"
    (finding,) = find_repetitions(make_dialogue("Hello.", line))
    assert (finding.turn, finding.kind) == (1, "repeated_sentence")


def test_what_the_other_side_said_may_be_said_again() -> None:
    assert find_repetitions(make_dialogue("It was a long week.", "It was a long week.")) == ()


def test_short_sentences_may_come_again() -> None:
    dialogue = make_dialogue("Hello.", "I see. We went home early.", "Why?", "I see. It rained.")
    assert find_repetitions(dialogue) == ()


def test_speakers_out_of_turn_are_found() -> None:
    turns = [
        make_turn(0, "Hello.", speaker="client"),
        make_turn(1, "Hello.", speaker="client"),
        make_turn(2, "Hello.", speaker="therapist"),
    ]
    found = [(f.turn, f.kind) for f in find_alternation_faults(make_dialogue_of(turns))]
    assert found == [(0, "opening"), (1, "alternation")]
    assert find_alternation_faults(make_dialogue(*CLEAN)) == ()
    assert find_alternation_faults(make_dialogue()) == ()
