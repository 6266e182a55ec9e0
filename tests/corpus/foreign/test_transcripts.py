"""Transcripts: who speaks, where an utterance ends, where a dialogue ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.corpus.foreign import Reading
from sqpsych.corpus.foreign.transcripts import TEXT_ROLES, Labels, read_transcript, split_speakers
from sqpsych.errors import InputError

LABELS = Labels({"therapist": "therapist", "client": "client"})
SPACED = "Therapist: Hello.\n\nClient: Hi.\n\nTherapist: How is work?\n\nClient: Dull.\n"
FIRST = "Therapist: Hello.\nClient: Hi.\nTherapist: How is work?\nClient: Dull.\n"
SECOND = "Therapist: Come in.\nClient: Thanks.\nTherapist: Sit down.\n"


def read(text: str) -> Reading:
    return read_transcript("talk.txt", text, TEXT_ROLES)


def tell(text: str) -> list[list[tuple[str, str]]]:
    """Speakers and words of every dialogue of a text without faults."""
    reading = read(text)
    assert reading.faults == []
    return [[(said.speaker, said.text) for said in d.utterances] for d in reading.dialogues]


@pytest.mark.parametrize(
    ("therapist", "client"),
    [
        ("Therapist:", "Client:"),
        ("Counselor:", "Patient:"),
        ("COUNSELLOR :", "client:"),
        ("T:", "C:"),
        ("T1:", "C1:"),
        ("Th:", "Cl:"),
        ("**Therapist:**", "**Client**:"),
        ("  Therapist：", "\tClient："),
    ],
)
def test_labels_name_the_speaker(therapist: str, client: str) -> None:
    said = tell(f"{therapist} Good day.\r\n{client} *sighs* Is it?\r\n{client} Well.")
    expected = [("therapist", "Good day."), ("client", "*sighs* Is it?"), ("client", "Well.")]
    assert said == [expected]


def test_a_label_in_turkish_capitals_is_a_label() -> None:
    assert LABELS.match("CLİENT: Evet.") == ("client", "Evet.")


def test_a_line_without_a_label_belongs_to_the_speaker_before() -> None:
    said = tell("Therapist: One.\n  Two.\n\n\nThree.\nClient: Four: five.\n")
    assert said == [[("therapist", "One.\n  Two.\n\n\nThree."), ("client", "Four: five.")]]


def test_an_utterance_without_words_stays() -> None:
    assert tell("Therapist:\nClient: Yes?") == [[("therapist", ""), ("client", "Yes?")]]


def test_short_labels_count_only_where_there_are_no_long_ones() -> None:
    said = tell("Therapist: Three columns.\nC: what followed\nClient: I see.")
    assert said == [[("therapist", "Three columns.\nC: what followed"), ("client", "I see.")]]
    assert tell("T: Three columns.\nClient: I see.")[0][0] == ("therapist", "Three columns.")


def test_a_label_within_a_line_is_part_of_what_was_said() -> None:
    assert tell("Therapist: Hello. Client: Hi.\nClient: Oh.")[0][0][1] == "Hello. Client: Hi."


@pytest.mark.parametrize(
    ("text", "parted"),
    [
        (f"{FIRST}---\n{SECOND}", "---"),
        (f"---\n{FIRST}\n-----\n\n{SECOND}\n---\n", "---"),
        (f"{FIRST}\n\n{SECOND}", "blank"),
        (f"# d1\n\n{FIRST}\n---\n# d2\n{SECOND}", "# id"),
    ],
)
def test_dialogues_are_parted_at_rules_headings_and_openings(text: str, parted: str) -> None:
    assert [len(dialogue) for dialogue in tell(text)] == [4, 3]
    assert parted in read(text).parted


@pytest.mark.parametrize(
    ("marks", "models", "ending"),
    [
        ("", ("unknown", "unknown"), "closed"),
        (" (the therapist is a person)", ("human", "unknown"), "closed"),
        (" (the client is a person) (rejected) ", ("unknown", "human"), "rejected"),
    ],
)
def test_a_heading_says_who_is_a_person_and_what_was_rejected(
    marks: str, models: tuple[str, str], ending: str
) -> None:
    first, second = read(f"# d1{marks}\n\n{FIRST}\n# d2\n\n{SECOND}").dialogues
    assert (first.person, first.therapist_model, first.client_model) == ("d1", *models)
    assert (first.ending, second.ending, second.client_model) == (ending, "closed", "unknown")


def test_other_words_in_brackets_make_no_heading() -> None:
    said = tell("Therapist: My list.\n# 1 (not so bad)\nClient: I see.\n")
    assert said == [[("therapist", "My list.\n# 1 (not so bad)"), ("client", "I see.")]]


@pytest.mark.parametrize(
    "text",
    [
        FIRST,
        SPACED,
        FIRST.replace("Therapist: How", "\nTherapist: How"),
        f"{FIRST}\nClient: One more thing.\nTherapist: Yes?\nClient: Thanks.",
        f"{FIRST}\nTherapist: All three.\nTherapist: Of them.\nTherapist: Mine.",
    ],
    ids=["no blank line", "blank lines between turns", "pairs", "client opens", "one speaks"],
)
def test_blank_lines_that_begin_no_dialogue_part_nothing(text: str) -> None:
    assert len(tell(text)) == 1
    assert read(text).parted == "the file is one dialogue"


def test_blank_lines_of_both_kinds_are_refused_by_line() -> None:
    text = f"{FIRST}\n{SECOND}\nTherapist: Bye.\nClient: Bye.\n"
    with pytest.raises(InputError, match=r"before line 6 .* before line 10 .*---"):
        read(text)
    assert [len(dialogue) for dialogue in tell(f"{text}---\n{FIRST}")] == [9, 4]


def test_words_before_any_speaker_are_told_by_line_and_length() -> None:
    reading = read(f"A secret title\n{FIRST}---\n{SECOND}---\n---\nNobody\n{FIRST}")
    told = [(f.number, f.what, f.detail, f.dialogue) for f in reading.faults]
    assert told == [
        (1, "words before any speaker", "14 characters", 1),
        (11, "a dialogue without a line", "", 11),
        (12, "words before any speaker", "6 characters", 12),
    ]
    assert [dialogue.number for dialogue in reading.dialogues] == [7]
    assert reading.count_bad() == 3


def test_a_third_speaker_is_told() -> None:
    (fault,) = read(f"{FIRST}Observer: They smile.\n").faults
    assert (fault.number, fault.what) == (5, "a speaker who is neither therapist nor client")
    named = read_transcript("t", f"{FIRST}Observer: So.\n", {**TEXT_ROLES, "observer": "client"})
    assert named.faults == []


@pytest.mark.parametrize(("text", "speaker"), [("Therapist: Hm.\nAnna: Hi.", "client"), ("x", "t")])
def test_a_text_in_which_one_never_speaks_is_refused(text: str, speaker: str) -> None:
    with pytest.raises(InputError, match=rf"no line of the {speaker}.*--{speaker}") as raised:
        read(text)
    assert "Anna" not in str(raised.value)


WORDS = st.text(st.characters(exclude_characters=":：\r\n", exclude_categories=("Cs", "Cc")))
SAID = st.lists(
    st.tuples(st.sampled_from(("therapist", "client")), st.lists(WORDS, min_size=1)), min_size=1
)


@given(said=SAID)
def test_no_word_is_lost_between_speakers(said: list[tuple[str, list[str]]]) -> None:
    lines = [
        f"{speaker.capitalize()}: {line}" if place == 0 else line
        for speaker, parts in said
        for place, line in enumerate(parts)
    ]
    utterances, orphans = split_speakers(lines, LABELS)
    assert orphans == ()
    assert [utterance.speaker for utterance in utterances] == [speaker for speaker, _ in said]
    assert [utterance.text.split() for utterance in utterances] == [
        " ".join(parts).split() for _, parts in said
    ]
