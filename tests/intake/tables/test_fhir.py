"""Questionnaire responses of FHIR: columns by link id, a row a person, nothing mixed up."""

import json
from pathlib import Path
from typing import Any

import pytest

from sqpsych.intake import build_profiles, list_columns, read_codebook
from sqpsych.intake.codebook import TableForm

from ..small_tables import KEY
from .test_kinds_of_files import read, refuse

ANSWERS = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")
"""LOINC's codes of the answers 0 to 3 of the PHQ-9."""
RECODED = ", ".join(f"{code} = {points}" for points, code in enumerate(ANSWERS))
CODEBOOK = f"""
[table]
id = "subject"
[instruments.phq9]
columns = {[f"PHQ.{number}" for number in range(1, 10)]}
recode = {{ {RECODED} }}
[demographics]
age = "patient.age"
sex = "patient.gender"
"""


def make_response(person: str, *points: int, form: str = "phq-9", **other: Any) -> dict[str, Any]:
    """Answers to the PHQ-9 as a server gives them, the items in a group."""
    items = [
        {
            "linkId": f"PHQ.{number}",
            "answer": [{"valueCoding": {"system": "http://loinc.org", "code": ANSWERS[value]}}],
        }
        for number, value in enumerate(points, start=1)
    ]
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"https://example.org/Questionnaire/{form}|1.0",
        "status": "completed",
        "subject": {"reference": person},
        "authored": "2026-03-01T12:00:00Z",
        "item": [{"linkId": "PHQ", "item": items}],
    } | other


def make_answer(link_id: str, **answer: Any) -> dict[str, Any]:
    """An item with one answer."""
    return {"linkId": link_id, "answer": [answer]}


def save(folder: Path, content: Any) -> Path:
    """Write JSON; give its path."""
    path = folder / "export.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def make_bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    """A bundle as a search gives it."""
    entries = [
        {"fullUrl": f"https://example.org/fhir/{number}", "resource": resource}
        for number, resource in enumerate(resources)
    ]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


ANNA = {"resourceType": "Patient", "id": "a", "gender": "female", "birthDate": "1986-03-02"}
BELA = {"resourceType": "Patient", "id": "b", "gender": "male", "birthDate": "1986"}
BOTH = (make_response("Patient/a", *[1] * 9), make_response("Patient/b", *[0] * 8, 3))


def test_a_bundle_becomes_profiles(tmp_path: Path) -> None:
    path = save(tmp_path, make_bundle(ANNA, *BOTH, BELA, {"resourceType": "Observation"}))
    table = read(path, CODEBOOK)
    anna, bela = build_profiles(table, read_codebook(tmp_path / "codebook.toml"), KEY).profiles
    assert [anna.scores[0].value, bela.scores[0].value] == [9, 3]
    # The day before a birthday; a year of birth alone tells no age.
    assert {fact.name: fact.value for fact in anna.demographics} == {"age": "39", "sex": "female"}
    assert {fact.name: fact.value for fact in bela.demographics} == {"sex": "male"}
    assert "Patient/a" not in anna.model_dump_json()


def test_columns_are_listed_with_the_texts_of_their_questions(tmp_path: Path) -> None:
    question = make_answer("S1", valueInteger=4) | {"text": "How did you sleep?"}
    path = save(tmp_path, make_response("Patient/a", form="sleep", item=[question]))
    assert list_columns(path, TableForm(id="subject")) == (
        ("subject", ""),
        ("patient.gender", ""),
        ("patient.age", ""),
        ("S1", "How did you sleep?"),
        ("sleep/S1", "How did you sleep?"),
    )


def test_lines_a_list_and_a_single_resource_are_read_alike(tmp_path: Path) -> None:
    lines = tmp_path / "export.ndjson"
    lines.write_text("".join(json.dumps(one) + "\n" for one in (*BOTH, ANNA)), encoding="utf-8")
    expected = read(save(tmp_path, make_bundle(*BOTH, ANNA)), CODEBOOK)
    assert read(lines, CODEBOOK).equals(expected)
    assert read(save(tmp_path, [*BOTH, ANNA]), CODEBOOK).equals(expected)
    assert len(read(save(tmp_path, BOTH[0]), CODEBOOK)) == 1


def test_a_patient_is_found_by_the_address_in_the_bundle(tmp_path: Path) -> None:
    response = make_response("urn:uuid:7", *[1] * 9)
    bundle = make_bundle(response)
    bundle["entry"].append({"fullUrl": "urn:uuid:7", "resource": ANNA})
    assert read(save(tmp_path, bundle), CODEBOOK)["patient.gender"].tolist() == ["female"]


def test_responses_to_several_questionnaires_make_one_row(tmp_path: Path) -> None:
    sleep = make_response("Patient/a", form="sleep", item=[make_answer("S1", valueInteger=4)])
    codebook = CODEBOOK + 'sleep = "S1"\n'
    table = read(save(tmp_path, [BOTH[0], BOTH[1], sleep]), codebook)
    assert table["S1"].tolist() == ["4", ""]
    assert table.index.tolist() == [1, 2]


def test_a_link_id_of_two_questionnaires_has_to_say_which(tmp_path: Path) -> None:
    other = make_response("Patient/b", *[2] * 9, form="phq-a")
    path = save(tmp_path, [BOTH[0], other])
    said = refuse(path, CODEBOOK)
    assert 'column "PHQ.1" is in 2 questionnaires' in said
    assert '"phq-9/PHQ.1" or "phq-a/PHQ.1"' in said
    exact = CODEBOOK.replace("'PHQ.", "'phq-a/PHQ.")
    assert read(path, exact)["phq-a/PHQ.9"].tolist() == ["", ANSWERS[2]]


def test_two_responses_of_a_person_to_one_questionnaire_are_refused(tmp_path: Path) -> None:
    said = refuse(save(tmp_path, [*BOTH, BOTH[0]]), CODEBOOK)
    assert 'response 3 is of the person of response 1, and both have column "PHQ.1"' in said
    assert "Patient" not in said


@pytest.mark.parametrize("status", ["in-progress", "entered-in-error", "stopped"])
def test_a_response_that_is_not_done_is_refused(status: str, tmp_path: Path) -> None:
    said = refuse(save(tmp_path, [BOTH[0], BOTH[1] | {"status": status}]), CODEBOOK)
    assert f'response 2 has the status "{status}"; expected completed or amended' in said


def test_a_response_of_nobody_is_refused(tmp_path: Path) -> None:
    assert "response 1 has no subject" in refuse(
        save(tmp_path, BOTH[0] | {"subject": {}}), CODEBOOK
    )


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"valueDecimal": 2.5}, "2.5"),
        ({"valueBoolean": True}, "true"),
        ({"valueString": "words"}, "words"),
        ({"valueDate": "1961-05-12"}, "1961-05-12"),
        ({"valueCoding": {"display": "sometimes"}}, "sometimes"),
        ({"valueQuantity": {"value": 7, "code": "{score}"}}, "7"),
        ({"extension": [{"url": "data-absent-reason"}]}, ""),
    ],
)
def test_values_are_written_as_text(answer: dict[str, Any], text: str, tmp_path: Path) -> None:
    response = BOTH[0] | {"item": [*BOTH[0]["item"], make_answer("other", **answer)]}
    assert read(save(tmp_path, response), CODEBOOK + 'other = "other"\n')["other"].item() == text


def test_a_question_under_an_answer_is_found(tmp_path: Path) -> None:
    deeper = make_answer("why", valueBoolean=False, item=[make_answer("since", valueInteger=3)])
    response = BOTH[0] | {"item": [*BOTH[0]["item"], deeper]}
    assert read(save(tmp_path, response), CODEBOOK + 'since = "since"\n')["since"].item() == "3"


def test_two_answers_to_a_question_are_refused_where_it_is_used(tmp_path: Path) -> None:
    twice = {"linkId": "both", "answer": [{"valueInteger": 1}, {"valueInteger": 2}]}
    path = save(tmp_path, BOTH[0] | {"item": [*BOTH[0]["item"], twice]})
    assert len(read(path, CODEBOOK)) == 1
    said = refuse(path, CODEBOOK + 'both = "both"\n')
    assert 'response 1 has two answers in column "both"; expected one' in said


def test_an_attachment_is_no_cell(tmp_path: Path) -> None:
    response = BOTH[0] | {"item": [*BOTH[0]["item"], make_answer("x", valueAttachment={})]}
    said = refuse(save(tmp_path, response), CODEBOOK + 'x = "x"\n')
    assert 'column "x" has a cell of type dict; expected a text' in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no QuestionnaireResponse"),
        ("[]", "holds no QuestionnaireResponse"),
        ("3", "holds no QuestionnaireResponse"),
        ('{"resourceType": "Bundle", "entry": [{}]}', "holds no QuestionnaireResponse"),
        ('{"a":\n 1,}', "line 2 is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ('{"resourceType": "QuestionnaireResponse"}', "response 1 is no FHIR: status: "),
        (
            '{"resourceType": "QuestionnaireResponse", "status": "completed", "item": [{}]}',
            "response 1 is no FHIR: item.0.linkId: ",
        ),
    ],
)
def test_what_is_no_fhir_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(text, encoding="utf-8")
    assert said in refuse(path, CODEBOOK)
