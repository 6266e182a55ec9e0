"""Dialogues made elsewhere: all of them or none, once, and then a corpus like any other."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from sqpsych.corpus import export_corpus, open_corpus
from sqpsych.corpus.foreign import ImportOptions
from sqpsych.corpus.importing import ImportReport, import_dialogues
from sqpsych.errors import InputError, StudyMismatchError
from sqpsych.records import Dialogue

LONG = "word " * 10_000


def make_row(number: int, **changes: str) -> dict[str, str]:
    row = {
        "file_id": f"active{number}",
        "condition": "mdd" if number % 2 else "control",
        "client_model": "m-c",
        "therapist_model": "m-t",
        "dialogue": f"Therapist: Hello {number}.\nClient: Hm.\nClient: {LONG}\nTherapist:",
    }
    return row | changes


def write(folder: Path, *rows: dict[str, Any], name: str = "t.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def read(corpus: Path) -> list[Dialogue]:
    with open_corpus(corpus) as opened:
        return list(opened.read_dialogues())


def test_an_imported_dialogue_is_a_record_like_any_other(tmp_path: Path) -> None:
    path = write(tmp_path, make_row(1), make_row(2))
    report = import_dialogues(path, tmp_path / "c")
    assert (report.form, report.dialogues, report.added, report.turns) == ("sqpsychconv", 2, 2, 8)
    assert (report.people, report.unnamed, report.left_out) == (2, 0, ())
    assert report.groups == {"mdd": 1, "control": 1}
    first, second = read(tmp_path / "c")
    assert [(t.speaker, t.text, t.model) for t in first.turns] == [
        ("therapist", "Hello 1.", "m-t"),
        ("client", "Hm.", "m-c"),
        ("client", LONG.strip(), "m-c"),
        ("therapist", "", "m-t"),
    ]
    assert {(t.phase, t.attempts, t.flags) for t in first.turns} == {("imported", 1, ("imported",))}
    assert (first.pseudonym, first.protocol, first.ending) == ("active1", "imported", "closed")
    assert (first.therapist_model, first.client_model) == ("m-t", "m-c")
    assert len(first.id) == 13
    assert first.id != second.id


def test_the_manifest_says_what_was_imported(tmp_path: Path) -> None:
    path = write(tmp_path, make_row(1), make_row(2, therapist_model="other"))
    import_dialogues(path, tmp_path / "c", ImportOptions(condition_column="client_model"))
    with open_corpus(tmp_path / "c") as corpus:
        study, counts = corpus.manifest["study"], corpus.manifest["counts"]
        assert corpus.manifest["header"]["therapist_model"] == "several"
        assert corpus.manifest["header"]["client_model"] == "m-c"
        assert corpus.read_profile(next(corpus.read_dialogues()).id).condition == "m-c"
    assert study["imported_from"] == "t.jsonl"
    assert (study["format"], study["condition_column"]) == ("sqpsychconv", "client_model")
    assert (counts["closed"], counts["turns"]) == (2, 8)
    assert str(tmp_path) not in json.dumps(study)


def test_importing_again_adds_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, make_row(1), make_row(1))
    import_dialogues(path, tmp_path / "c")
    before = read(tmp_path / "c")
    again = import_dialogues(path, tmp_path / "c")
    assert (again.dialogues, again.added, again.people) == (2, 0, 1)
    assert read(tmp_path / "c") == before


def test_a_higher_limit_adds_the_rest(tmp_path: Path) -> None:
    path = write(tmp_path, *(make_row(number) for number in range(5)))
    added = [import_dialogues(path, tmp_path / "c", limit=n).added for n in (2, 4, 3, None)]
    assert added == [2, 2, 0, 1]
    import_dialogues(path, tmp_path / "whole")
    assert read(tmp_path / "c") == read(tmp_path / "whole")


def test_another_file_or_other_options_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, make_row(1))
    import_dialogues(path, tmp_path / "c")
    with pytest.raises(StudyMismatchError, match="imported_from"):
        import_dialogues(write(tmp_path, make_row(2), name="u.jsonl"), tmp_path / "c")
    with pytest.raises(StudyMismatchError, match="therapist_role"):
        import_dialogues(path, tmp_path / "c", ImportOptions(therapist_role="client"))
    assert len(read(tmp_path / "c")) == 1


def test_nothing_is_written_while_anything_is_wrong(tmp_path: Path) -> None:
    path = write(tmp_path, make_row(1), make_row(2, dialogue="Oh."), make_row(3, dialogue=""))
    with pytest.raises(InputError, match="2 dialogues cannot be read") as raised:
        import_dialogues(path, tmp_path / "c")
    told = str(raised.value)
    assert "line 2 (line 1 of the dialogue, 3 characters): words before any speaker" in told
    assert "line 3: a dialogue without a line" in told
    assert "Oh." not in told
    assert "--skip-bad" in told
    assert not (tmp_path / "c").exists()


def skip_bad(path: Path, corpus: Path) -> ImportReport:
    return import_dialogues(path, corpus, skip_bad=True)


def test_bad_dialogues_can_be_left_out_and_stay_on_record(tmp_path: Path) -> None:
    path = write(tmp_path, make_row(1), make_row(2, dialogue="Oh."), make_row(3))
    report = skip_bad(path, tmp_path / "c")
    assert (report.dialogues, report.left_out_dialogues, len(report.left_out)) == (2, 1, 1)
    assert [dialogue.pseudonym for dialogue in read(tmp_path / "c")] == ["active1", "active3"]
    with open_corpus(tmp_path / "c") as corpus:
        assert corpus.manifest["left_out"] == list(report.left_out)
        assert corpus.manifest["counts"]["closed"] == 2


def test_what_has_no_dialogue_left_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"1 dialogue cannot be read(?s:.)*No dialogue is left"):
        skip_bad(write(tmp_path, make_row(2, dialogue="Oh.")), tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_rows_of_no_known_dialogue_are_not_left_out(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    head = "transcript_id,utterance_id,interlocutor,utterance_text\n1,0,therapist,Hello.\n"
    path.write_text(f"{head}1,1,client\n", encoding="utf-8")
    with pytest.raises(InputError, match="which dialogues these rows belong to"):
        skip_bad(path, tmp_path / "c")


@pytest.mark.parametrize("broken", ['{"transcript_id": "1"', '["1"]', '{"a": "\\ud83d"}'])
def test_a_broken_line_of_utterances_leaves_no_dialogue_with_a_gap(
    tmp_path: Path, broken: str
) -> None:
    speakers = ("therapist", "client")
    lines = [
        json.dumps(
            {
                "transcript_id": "1",
                "utterance_id": place,
                "interlocutor": speakers[place % 2],
                "utterance_text": "Hm.",
            }
        )
        for place in range(6)
    ]
    lines[2] = broken
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError, match=r"line 3.*(?s:.)*which dialogues these rows belong to"):
        skip_bad(path, tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_rows_without_an_id_are_people_of_their_own(tmp_path: Path) -> None:
    path = write(tmp_path, make_row(1, file_id=""), make_row(2, file_id=""))
    report = import_dialogues(path, tmp_path / "c")
    assert (report.people, report.unnamed) == (2, 2)
    digits = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    people = [dialogue.pseudonym for dialogue in read(tmp_path / "c")]
    assert people == [f"row-1-{digits}", f"row-2-{digits}"]


def test_rows_without_an_id_of_two_files_are_not_one_person(tmp_path: Path) -> None:
    for name in ("a", "b"):
        row = make_row(1, file_id="", therapist_model=name)
        import_dialogues(write(tmp_path, row, name=f"{name}.jsonl"), tmp_path / name)
    people = {dialogue.pseudonym for name in ("a", "b") for dialogue in read(tmp_path / name)}
    assert len(people) == 2


@pytest.mark.parametrize("form", ["jsonl", "parquet", "txt"])
def test_exports_come_back_as_they_were_said(tmp_path: Path, form: str) -> None:
    import_dialogues(write(tmp_path, make_row(1), make_row(2)), tmp_path / "c")
    with open_corpus(tmp_path / "c") as corpus:
        export_corpus(corpus, form, tmp_path / f"out.{form}")
    import_dialogues(tmp_path / f"out.{form}", tmp_path / "d")
    for before, after in zip(read(tmp_path / "c"), read(tmp_path / "d"), strict=True):
        said = [(turn.speaker, turn.text) for turn in before.turns]
        assert [(turn.speaker, turn.text) for turn in after.turns] == said
        assert after.pseudonym == (before.id if form == "txt" else before.pseudonym)


@pytest.mark.parametrize("form", ["jsonl", "parquet", "txt"])
def test_exports_come_back_with_who_is_a_person_and_what_was_rejected(
    tmp_path: Path, form: str
) -> None:
    turns = [{"speaker": speaker, "text": "Hm."} for speaker in ("therapist", "client")]
    chat = {"turns": turns, "therapist_model": "human", "client_model": "m-c"}
    import_dialogues(write(tmp_path, chat, chat | {"ending": "rejected"}), tmp_path / "c")
    with open_corpus(tmp_path / "c") as corpus:
        export_corpus(corpus, form, tmp_path / f"out.{form}", rejected=True)
    import_dialogues(tmp_path / f"out.{form}", tmp_path / "d")
    dialogues = read(tmp_path / "d")
    assert [dialogue.ending for dialogue in dialogues] == ["closed", "rejected"]
    assert {dialogue.therapist_model for dialogue in dialogues} == {"human"}


def test_a_rejected_dialogue_stays_rejected(tmp_path: Path) -> None:
    turns = [{"speaker": "therapist", "text": "Hello.", "phase": "agenda"}]
    import_dialogues(write(tmp_path, {"turns": turns, "ending": "rejected"}), tmp_path / "c")
    (dialogue,) = read(tmp_path / "c")
    assert (dialogue.ending, dialogue.reason) == ("rejected", "rejected where it was made")


def test_a_file_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv cannot be read: No such file"):
        import_dialogues(tmp_path / "none.csv", tmp_path / "c")
