"""Formats: told by their columns, read into the same dialogues, faults named by row."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sqpsych.corpus.foreign import FORMATS, ImportOptions, Reading, list_faults, read_foreign
from sqpsych.errors import InputError

SECRET = "Quetzalcoatlus"
SAID = [("therapist", "Good morning."), ("client", "Hm."), ("client", ""), ("therapist", "So?")]
CONV = {
    "file_id": "active7",
    "condition": "mdd",
    "client_model": "m-c",
    "therapist_model": "m-t",
    "dialogue": "Therapist: Good morning.\nClient: Hm.\nClient:\nTherapist: So?",
}
CHAT: list[dict[str, str | None]] = [
    {"role": "system", "content": "Be kind."},
    {"role": "assistant", "content": "Good morning."},
    {"role": "user", "content": "Hm."},
    {"role": "user", "content": None},
    {"role": "assistant", "content": "So?"},
]
SHARED = [
    {"from": "gpt", "value": "Good morning."},
    {"from": "human", "value": "Hm."},
    {"from": "human", "value": ""},
    {"from": "gpt", "value": "So?"},
]
TURNS = [{"speaker": speaker, "text": text, "phase": "agenda"} for speaker, text in SAID]
OURS = {
    "dialogue_id": "d1",
    "pseudonym": "p1",
    "condition": "mdd",
    "ending": "rejected",
    "risk_flags": ["suicidality"],
    "turns": TURNS,
}
UTTERANCES = [
    {
        "transcript_id": "4",
        "mi_quality": "high",
        "utterance_id": str(place),
        "interlocutor": speaker,
        "utterance_text": text,
    }
    for place, (speaker, text) in enumerate(SAID, start=9)
]


def read(rows: Sequence[Any], **options: str) -> tuple[str, Reading]:
    data = "\n".join(map(json.dumps, rows)).encode()
    return read_foreign(Path("t.jsonl"), data, ImportOptions(**options))


def write_csv(rows: Sequence[dict[str, Any]]) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def tell(reading: Reading) -> list[list[tuple[str, str]]]:
    return [[(said.speaker, said.text) for said in d.utterances] for d in reading.dialogues]


def list_told(reading: Reading) -> str:
    told = "\n".join(list_faults(reading.unit, reading.faults))
    assert SECRET not in told
    return told


@pytest.mark.parametrize(
    ("form", "rows"),
    [
        ("sqpsychconv", [CONV]),
        ("sharegpt", [{"conversations": SHARED}]),
        ("messages", [{"messages": CHAT}]),
        ("sqpsych", [OURS]),
        ("annomi", UTTERANCES),
    ],
)
def test_formats_are_told_by_their_columns_and_read_alike(
    form: str, rows: list[dict[str, Any]]
) -> None:
    found, reading = read(rows)
    assert (found, list_told(reading)) == (form, "")
    assert tell(reading) == [SAID]
    assert read(rows, form=form)[1] == reading


def test_lists_in_cells_of_csv_are_read() -> None:
    rows = [{"id": "x", "messages": json.dumps(CHAT)}]
    _, reading = read_foreign(Path("t.csv"), write_csv(rows), ImportOptions())
    assert tell(reading) == [SAID]


def test_a_row_gives_person_group_and_models() -> None:
    (dialogue,) = read([CONV])[1].dialogues
    assert (dialogue.person, dialogue.condition) == ("active7", "mdd")
    assert (dialogue.therapist_model, dialogue.client_model) == ("m-t", "m-c")
    (bare,) = read([{"messages": CHAT, "id": 3.0, "condition": " "}])[1].dialogues
    assert (bare.person, bare.condition, bare.therapist_model) == ("3", None, "unknown")
    assert (bare.system_messages, bare.utterances[0].phase) == (1, "imported")


def test_what_we_exported_keeps_phase_ending_and_risk() -> None:
    (dialogue,) = read([OURS])[1].dialogues
    assert {utterance.phase for utterance in dialogue.utterances} == {"agenda"}
    assert (dialogue.person, dialogue.ending) == ("p1", "rejected")
    assert dialogue.risk_flags == ("suicidality",)


def test_risk_flags_are_read_from_cells_of_csv_too() -> None:
    cells = ['["suicidality"]', "[]", "", " "]
    rows = [{"turns": json.dumps(TURNS), "risk_flags": cell} for cell in cells]
    _, reading = read_foreign(Path("t.csv"), write_csv(rows), ImportOptions())
    assert list_told(reading) == ""
    assert [d.risk_flags for d in reading.dialogues] == [("suicidality",), (), (), ()]


@pytest.mark.parametrize("flags", [SECRET, f'"{SECRET}"', f"['{SECRET}']", {SECRET: 1}, [3], 1])
def test_risk_flags_that_cannot_be_read_do_not_pass_for_none(flags: object) -> None:
    _, reading = read([OURS, OURS | {"risk_flags": flags}, OURS | {"risk_flags": None}])
    assert 'line 2: no list of names in "risk_flags"' in list_told(reading)
    assert [dialogue.number for dialogue in reading.dialogues] == [1, 3]


def test_the_roles_can_be_swapped_and_named() -> None:
    swapped = [({"therapist": "client"}.get(speaker, "therapist"), text) for speaker, text in SAID]
    assert tell(read([{"messages": CHAT}], therapist_role="User")[1]) == [swapped]
    assert tell(read([{"messages": CHAT}], client_role="assistant")[1]) == [swapped]
    named = json.loads(json.dumps(CHAT).replace("assistant", "coach"))
    assert tell(read([{"messages": named}], therapist_role="coach")[1]) == [SAID]
    assert tell(read([CONV], therapist_role="Client")[1]) == [swapped]
    with pytest.raises(InputError, match='cannot both be "x"'):
        read([CONV], therapist_role="x", client_role="X")


@pytest.mark.parametrize("name", ["Großmann", "İrem", "Interviewer"])
def test_a_role_is_found_as_it_is_spelled(name: str) -> None:
    text = f"{name}: Good morning.\nClient: Hm.\nClient:\n{name}: So?\n"
    options = ImportOptions(therapist_role=name)
    assert tell(read_foreign(Path("t.txt"), text.encode(), options)[1]) == [SAID]
    assert tell(read([CONV | {"dialogue": text}], therapist_role=name)[1]) == [SAID]
    messages = [{**said, "role": name if said["role"] == "assistant" else "user"} for said in CHAT]
    assert tell(read([{"messages": messages[1:]}], therapist_role=name)[1]) == [SAID]


def test_a_short_role_stays_short_however_it_is_spelled() -> None:
    text = b"Therapist: Good morning.\nT: what was thought\nClient: Hm.\n"
    _, reading = read_foreign(Path("t.txt"), text, ImportOptions(therapist_role="T"))
    assert [len(dialogue.utterances) for dialogue in reading.dialogues] == [2]


def test_a_plain_text_is_told_from_rows() -> None:
    text = b"T: Good morning.\nC: Hm.\nC:\nT: So?\n"
    for name in ("t.txt", "t.md", "t"):
        form, reading = read_foreign(Path(name), text, ImportOptions())
        assert (form, tell(reading)) == ("text", [SAID])
    named = text.replace(b"T:", b"Interviewer:")
    options = ImportOptions(therapist_role="interviewer")
    assert tell(read_foreign(Path("t.txt"), named, options)[1]) == [SAID]
    with pytest.raises(InputError, match="no columns"):
        read_foreign(Path("t.txt"), text, ImportOptions(condition_column="group"))


def test_utterances_are_put_in_order_and_repeats_left_out() -> None:
    other = [{**row, "transcript_id": "2"} for row in UTTERANCES]
    rows = [*reversed(UTTERANCES), *other, *UTTERANCES[:3]]
    _, reading = read(rows, condition_column="mi_quality")
    assert tell(reading) == [SAID, SAID]
    assert [(d.person, d.repeated_rows) for d in reading.dialogues] == [("4", 3), ("2", 0)]
    assert {dialogue.condition for dialogue in reading.dialogues} == {"high"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"utterance_text": SECRET, "utterance_id": "9"}, "row 3: an utterance_id that was there"),
        ({"utterance_id": "ten"}, 'row 3: no whole number in "utterance_id"'),
        ({"interlocutor": f"{SECRET} x"}, "row 3: an unknown speaker, a name of 16 characters"),
        ({"mi_quality": "low"}, 'row 2: more than one "mi_quality" in one dialogue'),
        ({"transcript_id": ""}, 'row 3: no "transcript_id"'),
        ({"transcript_id": SECRET * 9}, '(126 characters): "transcript_id" is no name'),
    ],
)
def test_an_utterance_that_cannot_be_placed_spoils_its_session_only(
    change: dict[str, str], told: str
) -> None:
    other = [{**row, "transcript_id": "2"} for row in UTTERANCES]
    rows = [UTTERANCES[0], {**UTTERANCES[1], **change}, *UTTERANCES[2:], *other]
    options = ImportOptions(condition_column="mi_quality")
    form, reading = read_foreign(Path("t.csv"), write_csv(rows), options)
    assert form == "annomi"
    assert told in list_told(reading)
    assert "2" in [dialogue.person for dialogue in reading.dialogues]
    homeless = "transcript_id" in change
    assert reading.faults[0].dialogue == (None if homeless else 2)
    assert len(reading.dialogues) == (2 if homeless else 1)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            CONV | {"dialogue": f"{SECRET}\n\nClient: Hm."},
            "line 2 (line 1 of the dialogue, 14 characters): words before any speaker",
        ),
        (CONV | {"dialogue": ""}, "line 2: a dialogue without a line"),
        (CONV | {"dialogue": None}, 'line 2: no text in "dialogue"'),
        (CONV | {"condition": SECRET * 9}, '(126 characters): "condition" is no name'),
        (CONV | {"file_id": [SECRET]}, '"file_id" is no name'),
    ],
)
def test_a_labelled_row_that_cannot_be_read_is_named(row: dict[str, Any], told: str) -> None:
    _, reading = read([CONV, row, CONV], form="sqpsychconv")
    assert told in list_told(reading)
    assert [dialogue.number for dialogue in reading.dialogues] == [1, 3]
    assert reading.count_bad() == 1


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ([], "line 2: a dialogue without a line"),
        (CHAT[:1], "line 2: a dialogue without a line"),
        (SECRET, 'line 2: no list in "messages"'),
        ([{"role": "tool", "content": SECRET}], 'line 2 (utterance 1): an unknown speaker, "tool"'),
        ([{"role": None, "content": SECRET}], "an unknown speaker"),
        ([{"role": f"{SECRET} spoke", "content": ""}], "speaker, a name of 20 characters"),
        ([{"content": SECRET}], "an utterance without role and content"),
        ([SECRET], "an utterance without role and content"),
        ([{"role": "user", "content": [SECRET]}], "no text but a list"),
    ],
)
def test_a_listed_row_that_cannot_be_read_is_named(messages: object, told: str) -> None:
    _, reading = read([{"messages": CHAT}, {"messages": messages}])
    assert told in list_told(reading)
    assert len(reading.dialogues) == 1


def test_a_named_group_must_stand_in_every_row() -> None:
    rows = [{"messages": CHAT, "arm": "a"}, {"messages": CHAT}]
    _, reading = read(rows, condition_column="arm")
    assert 'line 2: no "arm"' in list_told(reading)


@pytest.mark.parametrize(
    ("rows", "options", "told"),
    [
        ([{"text": SECRET}], {}, r'no format that is known here: it has the columns "text"'),
        ([{f"{SECRET} said so": "x"}], {}, "1 that are not shown here"),
        ([{"messages": CHAT, "turns": TURNS}], {}, "could be messages or sqpsych"),
        ([CONV], {"form": "messages"}, 'no column "messages".*format messages needs'),
        ([CONV], {"condition_column": "group"}, 'no column "group".*--condition-column'),
        ([], {}, "empty"),
    ],
)
def test_a_file_of_no_known_form_is_explained(
    rows: list[Any], options: dict[str, str], told: str
) -> None:
    with pytest.raises(InputError, match=told) as raised:
        read(rows, **options)
    assert SECRET not in str(raised.value)


def test_a_file_without_a_readable_row_lists_why() -> None:
    with pytest.raises(InputError, match=r"lines 1 \(1 characters\), 2 \(.*no valid JSON"):
        read_foreign(Path("t.jsonl"), b"{\n{ {\n", ImportOptions(form="messages"))


def test_the_command_offers_every_format() -> None:
    from sqpsych.cli.corpus import Format

    assert [str(form) for form in Format] == list(FORMATS)
