"""Reading FHIR QuestionnaireResponses: a row a person, a column a question.

Source: HL7 FHIR R4B, resources QuestionnaireResponse, Patient and Bundle.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sqpsych.errors import TableError, find_fault
from sqpsych.intake.cells import Decimal, tidy_cell
from sqpsych.intake.codebook import TableForm
from sqpsych.intake.problems import raise_if_any
from sqpsych.intake.tables.grid import Grid, write_cell

SUBJECT = "subject"
"""Column of the reference to the person, or of their identifier where there is none."""
GENDER = "patient.gender"
AGE = "patient.age"
"""Column of the age in whole years when the response was authored; blank unless both days are
known."""
DONE = ("completed", "amended")
"""Statuses of the responses that can be used."""


class _Element(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Identifier(_Element):
    value: str = ""


class _Reference(_Element):
    reference: str = ""
    identifier: _Identifier = _Identifier()


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")

    item: "tuple[_Item, ...]" = ()

    def write(self, decimal: Decimal) -> str:
        """Write the value: of a coding the code, or the display where there is no code."""
        given = (self.model_extra or {}).items()
        kind, value = next((one for one in given if one[0].startswith("value")), ("", None))
        if kind == "valueCoding" and isinstance(value, Mapping):
            value = value.get("code", value.get("display"))
        elif kind == "valueQuantity" and isinstance(value, Mapping):
            value = value.get("value")
        return write_cell(value, decimal)


class _Item(_Element):
    link_id: str = Field(alias="linkId")
    text: str = ""
    answer: tuple[_Answer, ...] = ()
    item: "tuple[_Item, ...]" = ()

    def list_questions(self) -> "Iterator[_Item]":
        """Give this item and all its parts, where they are answered."""
        if self.answer:
            yield self
        for part in (*self.item, *(part for answer in self.answer for part in answer.item)):
            yield from part.list_questions()


class _Response(_Element):
    status: str
    questionnaire: str = ""
    subject: _Reference = _Reference()
    authored: str = ""
    item: tuple[_Item, ...] = ()

    @property
    def person(self) -> str:
        """Whose answers these are; empty where it is not said."""
        return self.subject.reference or self.subject.identifier.value

    @property
    def form(self) -> str:
        """The end of the questionnaire's address, without its version."""
        return self.questionnaire.partition("|")[0].rpartition("/")[2]

    def list_questions(self) -> Iterator[tuple[str, _Item]]:
        """Give the answered items with the names of their columns, the link id alone and after the
        questionnaire."""
        for part in self.item:
            for question in part.list_questions():
                yield tidy_cell(question.link_id), question
                yield tidy_cell(f"{self.form}/{question.link_id}"), question


class _Patient(_Element):
    gender: str = ""
    birth_date: str = Field(default="", alias="birthDate")


class _Resource(NamedTuple):
    """A resource of a file."""

    address: str
    """What others in a bundle call it; empty elsewhere."""
    content: Mapping[str, Any]


class _Column(NamedTuple):
    """A column that answers are in."""

    text: str
    """Of the question, where a response gives it."""
    forms: dict[str, None]
    """The questionnaires it is in."""


class _Row(NamedTuple):
    """What the responses of one person say."""

    number: int
    cells: dict[str, tuple[int, str]]
    """The number of the response and the text, by column."""


def read_fhir(path: Path, form: TableForm, wanted: Collection[str]) -> Grid:
    """Read the responses of a Bundle, of a list, of one resource, or of one resource a line.

    A column is called as the link id ("PHQ.1"), and also as the end of the questionnaire's address
    with the link id ("phq-9/PHQ.1"), for questionnaires that share link ids. All responses of a
    person make one row, numbered as the first of them.

    Args:
        path: a .json or .ndjson file.
        form: says the decimal sign that numbers get.
        wanted: names of the columns that will be used.
    Raises:
        TableError: no FHIR, no response in it, responses that are not done or say no person, or
            two answers of a person in one column that is wanted.
    """
    resources = list(_list_resources(path))
    responses = [
        _parse(_Response, resource.content, f"{path} response {number}")
        for number, resource in enumerate(_pick(resources, "QuestionnaireResponse"), start=1)
    ]
    if not responses:
        raise TableError(f"{path} holds no QuestionnaireResponse; expected one or more.")
    _refuse_unfinished(path, responses)
    patients = _index_patients(path, resources)
    columns = _list_columns(responses)
    shared = [
        _tell_shared(path, name, columns[name].forms)
        for name in wanted
        if name in columns and len(columns[name].forms) > 1
    ]
    raise_if_any(shared, TableError, path.name)
    rows: dict[str, _Row] = {}
    problems: list[str] = []
    for number, response in enumerate(responses, start=1):
        if response.person not in rows:
            known = _describe(response, patients)
            rows[response.person] = _Row(number, {n: (number, t) for n, t in known.items()})
        row = rows[response.person]
        problems += (f"{path} {told}" for told in _fill(row, number, response, form, wanted))
    raise_if_any(list(dict.fromkeys(problems)), TableError, path.name)
    names = [SUBJECT, GENDER, AGE, *columns]
    labels = {name: column.text for name, column in columns.items()}
    return Grid(names, _lay_out(names, rows.values()), labels)


def _list_columns(responses: Sequence[_Response]) -> dict[str, _Column]:
    """List the columns that answers are in."""
    columns: dict[str, _Column] = {}
    for response in responses:
        for name, question in response.list_questions():
            columns.setdefault(name, _Column(question.text, {})).forms[response.form] = None
    return columns


def _fill(
    row: _Row, number: int, response: _Response, form: TableForm, wanted: Collection[str]
) -> Iterator[str]:
    """Put the answers of a response into the row of its person, and tell those that cannot be."""
    where = f"response {number}"
    for name, question in response.list_questions():
        if name not in wanted:
            continue
        if len(question.answer) > 1 or row.cells.get(name, (0, ""))[0] == number:
            yield f'{where} has two answers in column "{name}"; expected one. Map another column.'
        elif name in row.cells:
            yield (
                f"{where} is of the person of response {row.cells[name][0]}, and both have column "
                f'"{name}"; expected one response to a questionnaire. Leave out all but one.'
            )
        else:
            try:
                row.cells[name] = (number, question.answer[0].write(form.decimal))
            except TypeError as error:
                yield (
                    f'{where}: column "{name}" has {error}; expected a text, number, day, time or '
                    "coding."
                )


def _lay_out(names: Sequence[str], rows: Iterable[_Row]) -> Iterator[tuple[int, list[str]]]:
    for row in rows:
        yield row.number, [row.cells.get(name, (0, ""))[1] for name in names]


def _tell_shared(path: Path, name: str, forms: Collection[str]) -> str:
    named = [f'"{form}/{name}"' for form in forms]
    return (
        f'column "{name}" is in {len(forms)} questionnaires of {path}. Write in the codebook which '
        f"one is meant: {' or '.join(named)}."
    )


def _refuse_unfinished(path: Path, responses: Sequence[_Response]) -> None:
    """Refuse responses that are withdrawn or not done yet, and those of nobody."""
    problems = [
        f'{path} response {number} has the status "{response.status}"; expected '
        f"{' or '.join(DONE)}. Leave it out of the export (status={','.join(DONE)})."
        for number, response in enumerate(responses, start=1)
        if response.status not in DONE
    ]
    problems += [
        f"{path} response {number} has no subject; expected a reference or an identifier. "
        "Leave it out, or say whose answers these are."
        for number, response in enumerate(responses, start=1)
        if not response.person
    ]
    raise_if_any(problems, TableError, path.name)


def _describe(response: _Response, patients: Mapping[str, _Patient]) -> dict[str, str]:
    """Give the columns that are not answers."""
    patient = patients.get(response.person) or patients.get(
        "/".join(response.person.split("/")[-2:]), _Patient()
    )
    return {
        SUBJECT: response.person,
        GENDER: patient.gender,
        AGE: _measure_age(patient.birth_date, response.authored),
    }


def _measure_age(birth: str, authored: str) -> str:
    try:
        born, then = date.fromisoformat(birth), date.fromisoformat(authored[:10])
    except ValueError:
        return ""
    return str(then.year - born.year - ((then.month, then.day) < (born.month, born.day)))


def _index_patients(path: Path, resources: Sequence[_Resource]) -> dict[str, _Patient]:
    found: dict[str, _Patient] = {}
    for number, resource in enumerate(_pick(resources, "Patient"), start=1):
        patient = _parse(_Patient, resource.content, f"{path} patient {number}")
        found[resource.address] = found[f"Patient/{resource.content.get('id')}"] = patient
    return found


def _pick(resources: Sequence[_Resource], kind: str) -> Iterator[_Resource]:
    return (one for one in resources if one.content.get("resourceType") == kind)


_E = TypeVar("_E", bound=BaseModel)


def _parse(kind: type[_E], content: Mapping[str, Any], where: str) -> _E:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        place, message = find_fault(error)
        raise TableError(f"{where} is no FHIR: {place}: {message}.") from error


def _list_resources(path: Path) -> Iterator[_Resource]:
    """List all resources, those of a bundle with their addresses."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{path} is not UTF-8, which FHIR is written in.") from error
    in_lines = path.suffix.lower() == ".ndjson"
    for number, part in enumerate(text.split("\n") if in_lines else [text], start=1):
        if not part.strip():
            continue
        try:
            content = json.loads(part)
        except (ValueError, RecursionError) as error:
            line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
            raise TableError(
                f"{path} line {number + line - 1} is no JSON. Export it anew."
            ) from error
        yield from _open(content)


def _open(content: object) -> Iterator[_Resource]:
    if isinstance(content, list):
        for one in content:
            yield from _open(one)
    elif isinstance(content, Mapping) and content.get("resourceType") == "Bundle":
        for entry in content.get("entry") or []:
            if isinstance(entry, Mapping) and isinstance(entry.get("resource"), Mapping):
                yield _Resource(str(entry.get("fullUrl", "")), entry["resource"])
    elif isinstance(content, Mapping):
        yield _Resource("", content)
