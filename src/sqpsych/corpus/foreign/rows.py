"""Rows that hold a dialogue each, as one string with labels or as a list of utterances."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqpsych.corpus.foreign.files import Fault, SourceTable, show_name
from sqpsych.corpus.foreign.transcripts import (
    LONGEST_LABEL,
    PHASE,
    UNKNOWN_MODEL,
    Labels,
    Reading,
    Role,
    SourceDialogue,
    Utterance,
    split_speakers,
)
from sqpsych.errors import InputError


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a user says about a file; None where the format says it."""

    form: str | None = None
    """A key of FORMATS."""
    condition_column: str | None = None
    """Column with the group of the client."""
    therapist_role: str | None = None
    """How the therapist is called; the client's name here swaps the two."""
    client_role: str | None = None

    def describe(self) -> dict[str, str]:
        """Describe what settles the dialogues, but for the format, in JSON values."""
        named = {
            "condition_column": self.condition_column,
            "therapist_role": self.therapist_role,
            "client_role": self.client_role,
        }
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True)
class ForeignFormat:
    """One form in which others keep dialogues."""

    title: str
    columns: tuple[str, ...]
    """Without these it is another form."""
    roles: Mapping[str, Role]
    """Who speaks, by the names the form has for them."""
    read: "Callable[[SourceTable, ForeignFormat, ImportOptions], Reading] | None" = None
    """Reads its rows; None for plain text."""
    person: str = "id"
    """Column of the person's pseudonym."""
    keys: tuple[str, str] = ("role", "content")
    """Who speaks and what is said, in each entry of a list of utterances."""
    ours: bool = False
    """Written by sqpsych: phases, endings and risk flags are kept."""


@dataclass(slots=True)
class RowReading:
    """One row that is one dialogue, with what is wrong in it."""

    number: int
    values: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)
    system_messages: int = 0

    def add_fault(self, what: str, remedy: str, detail: str = "") -> None:
        """Note what is wrong."""
        self.faults.append(Fault(self.number, what, remedy, detail, dialogue=self.number))

    def read_label(self, column: str, *, needed: bool = False) -> str | None:
        """Read a short name: an id, a group, a model. None where it is blank or not there."""
        value = self.values.get(column)
        if needed and column not in self.values:
            self.add_fault(f"no {show_name(column)}", "Add it, or name another column.")
        if isinstance(value, float):
            value = None if value != value else int(value) if value.is_integer() else value
        if value is None:
            return None
        text = " ".join(str(value).split())
        if isinstance(value, list | dict) or len(text) > LONGEST_LABEL:
            remedy = f"Expected a name of at most {LONGEST_LABEL} characters."
            self.add_fault(f"{show_name(column)} is no name", remedy, f"{len(text)} characters")
            return None
        return text or None


def adapt_roles(roles: Mapping[str, Role], options: ImportOptions) -> dict[str, Role]:
    """Name the speakers as the user does, casefolded; the other speaker's name swaps the two.

    Raises:
        InputError: both have the same name.
    """
    adapted = dict(roles)
    swapped: dict[Role, Role] = {"therapist": "client", "client": "therapist", "system": "system"}
    named: tuple[tuple[str | None, Role], ...] = (
        (options.therapist_role, "therapist"),
        (options.client_role, "client"),
    )
    for name, speaker in named:
        if name is None:
            continue
        key = name.strip().casefold()
        if adapted.get(key) == swapped[speaker]:
            adapted = {other: swapped[role] for other, role in adapted.items()}
        adapted[key] = speaker
    for name, speaker in named:
        if name is not None and adapted[name.strip().casefold()] != speaker:
            raise InputError(
                f"Therapist and client cannot both be {show_name(name)}. Give --therapist-role and "
                "--client-role two different names."
            )
    return adapted


def adapt_labels(roles: Mapping[str, Role], options: ImportOptions) -> dict[str, Role]:
    """Name the speakers as the user spells them: "Großmann" begins a line, "grossmann" does not.

    Raises:
        InputError: both have the same name.
    """
    given = [name.strip() for name in (options.therapist_role, options.client_role) if name]
    spelled = {name.casefold(): name for name in given}
    return {spelled.get(key, key): role for key, role in adapt_roles(roles, options).items()}


def _read_rows(
    table: SourceTable,
    form: ForeignFormat,
    options: ImportOptions,
    read_utterances: Callable[[RowReading], tuple[Utterance, ...]],
) -> Reading:
    """Read rows each of which is one dialogue."""
    reading = Reading(table.unit)
    reading.faults += [replace(fault, dialogue=fault.number) for fault in table.faults]
    for source in table.rows:
        row = RowReading(source.number, source.values)
        dialogue = _read_row(row, form, options, read_utterances(row))
        reading.faults += row.faults
        if not row.faults:
            reading.dialogues.append(dialogue)
    reading.faults.sort(key=lambda fault: fault.number)
    return reading


def _read_row(
    row: RowReading, form: ForeignFormat, options: ImportOptions, said: tuple[Utterance, ...]
) -> SourceDialogue:
    """Make a dialogue of a row; it counts only if the row has no fault."""
    if not said and not row.faults:
        row.add_fault("a dialogue without a line", "Take it out.")
    named = options.condition_column
    condition = row.read_label(named or "condition", needed=named is not None)
    kept = row.values if form.ours else {}
    return SourceDialogue(
        number=row.number,
        person=row.read_label(form.person),
        utterances=said,
        condition=condition,
        therapist_model=row.read_label("therapist_model") or UNKNOWN_MODEL,
        client_model=row.read_label("client_model") or UNKNOWN_MODEL,
        risk_flags=_read_risk_flags(row) if form.ours else (),
        ending="rejected" if kept.get("ending") == "rejected" else "closed",
        system_messages=row.system_messages,
    )


def _read_risk_flags(row: RowReading) -> tuple[str, ...]:
    """Read the flags; those that cannot be read must not pass for none."""
    value = row.values.get("risk_flags")
    if value is None or value != value or (isinstance(value, str) and not value.strip()):
        return ()
    flags = _parse_list(value)
    if flags is None or not all(isinstance(flag, str) for flag in flags):
        remedy = 'Expected a list such as ["suicidality"], or nothing.'
        row.add_fault('no list of names in "risk_flags"', remedy)
        return ()
    return tuple(flags)


def read_labelled(table: SourceTable, form: ForeignFormat, options: ImportOptions) -> Reading:
    """Read rows whose dialogue is one string with labels."""
    labels = Labels(adapt_labels(form.roles, options))
    (column,) = form.columns

    def read_utterances(row: RowReading) -> tuple[Utterance, ...]:
        text = row.values.get(column)
        if not isinstance(text, str):
            row.add_fault(f'no text in "{column}"', "Expected one string a dialogue.")
            return ()
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        said, orphans = split_speakers(lines, labels)
        for place, length in orphans:
            row.add_fault(
                "words before any speaker",
                'Begin each utterance with "Therapist:" or "Client:".',
                f"line {place + 1} of the dialogue, {length} characters",
            )
        return said

    return _read_rows(table, form, options, read_utterances)


def read_listed(table: SourceTable, form: ForeignFormat, options: ImportOptions) -> Reading:
    """Read rows whose dialogue is a list of utterances."""
    roles = adapt_roles(form.roles, options)
    (column,) = form.columns

    def read_utterances(row: RowReading) -> tuple[Utterance, ...]:
        entries = _parse_list(row.values.get(column))
        if entries is None:
            remedy = f"Expected a list of objects with {' and '.join(form.keys)}."
            row.add_fault(f'no list in "{column}"', remedy)
            return ()
        said = (
            _read_entry(row, f"utterance {place}", entry, form, roles)
            for place, entry in enumerate(entries, start=1)
        )
        return tuple(utterance for utterance in said if utterance is not None)

    return _read_rows(table, form, options, read_utterances)


def _parse_list(value: object) -> list[Any] | None:
    """Take a list, also one that a CSV file holds as JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, list) else None


def _read_entry(
    row: RowReading, at: str, entry: object, form: ForeignFormat, roles: Mapping[str, Role]
) -> Utterance | None:
    """Read one utterance; None for a system message, and for one that cannot be read."""
    keys = form.keys
    if not isinstance(entry, dict) or not set(keys) <= entry.keys():
        row.add_fault(f"an utterance without {' and '.join(keys)}", "Add what is missing.", at)
        return None
    name, text = (entry[key] for key in keys)
    role = roles.get(str(name).strip().casefold())
    if role is None:
        remedy = "Say who it is with --therapist-role or --client-role, or take it out."
        row.add_fault(f"an unknown speaker, {show_name(name)}", remedy, at)
    elif role == "system":
        row.system_messages += 1
    elif text is not None and not isinstance(text, str):
        remedy = f"Expected one string in {keys[1]}."
        row.add_fault(f"an utterance that is no text but a {type(text).__name__}", remedy, at)
    else:
        phase = entry.get("phase") if form.ours else None
        return Utterance(role, text or "", phase if isinstance(phase, str) else PHASE)
    return None
