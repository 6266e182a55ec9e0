"""AnnoMI: one row an utterance, sessions by transcript_id.

Source: Wu et al. 2022, ICASSP, doi 10.1109/ICASSP43922.2022.9746035.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqpsych.corpus.foreign.files import Fault, SourceRow, SourceTable, show_name
from sqpsych.corpus.foreign.rows import ForeignFormat, ImportOptions, RowReading, adapt_roles
from sqpsych.corpus.foreign.transcripts import Reading, Role, SourceDialogue, Utterance


def read_utterance_rows(table: SourceTable, form: ForeignFormat, options: ImportOptions) -> Reading:
    """Read rows each of which is one utterance: AnnoMI's, by transcript_id and utterance_id."""
    roles = adapt_roles(form.roles, options)
    reading = Reading(table.unit)
    reading.faults += table.faults
    sessions: dict[str, list[SourceRow]] = {}
    for row in table.rows:
        named = RowReading(row.number, row.values)
        if session := named.read_label(form.person):
            sessions.setdefault(session, []).append(row)
            continue
        if not named.faults:
            remedy = "Fill it in; it cannot be told which dialogue the row belongs to."
            named.add_fault(f'no "{form.person}"', remedy)
        reading.faults += [replace(fault, dialogue=None) for fault in named.faults]
    for session, rows in sessions.items():
        _read_session(reading, session, rows, roles, options.condition_column)
    reading.faults.sort(key=lambda fault: fault.number)
    return reading


def _read_session(
    reading: Reading,
    session: str,
    rows: Sequence[SourceRow],
    roles: Mapping[str, Role],
    condition_column: str | None,
) -> None:
    """Put the utterances of one session in order, each once."""
    first = rows[0].number
    faults: list[Fault] = []
    said: dict[int, Utterance] = {}
    groups: set[str | None] = set()
    repeated = 0
    for source in rows:
        row = RowReading(source.number, source.values)
        place, utterance = _read_utterance(row, roles)
        if place in said and utterance is not None and said[place] != utterance:
            remedy = "Keep the one that was said."
            row.add_fault("an utterance_id that was there with other words", remedy)
        elif place in said:
            repeated += 1
        elif utterance is not None:
            said[place] = utterance
        if condition_column is not None:
            groups.add(row.read_label(condition_column, needed=True))
        faults += [replace(fault, dialogue=first) for fault in row.faults]
    if len(groups) > 1:
        what = f"more than one {show_name(condition_column)} in one dialogue"
        faults.append(Fault(first, what, "Give each dialogue one.", dialogue=first))
    reading.faults += faults
    if faults:
        return
    ordered = tuple(said[place] for place in sorted(said))
    reading.dialogues.append(
        SourceDialogue(
            number=first,
            person=session,
            utterances=ordered,
            condition=next(iter(groups), None),
            repeated_rows=repeated,
        )
    )


def _read_utterance(row: RowReading, roles: Mapping[str, Role]) -> tuple[int, Utterance | None]:
    """Read one row of a session: the utterance's place in it, and who said what."""
    number = row.read_label("utterance_id") or ""
    if not number.isdecimal():
        row.add_fault('no whole number in "utterance_id"', "Number the utterances from 0.")
    name = row.values.get("interlocutor")
    role = roles.get(str(name).strip().casefold())
    if role is None or role == "system":
        remedy = "Say who it is with --therapist-role or --client-role."
        row.add_fault(f"an unknown speaker, {show_name(name)}", remedy)
    text = row.values.get("utterance_text")
    if text is not None and not isinstance(text, str):
        row.add_fault("an utterance that is no text", 'Expected text in "utterance_text".')
    if row.faults or role is None or role == "system":
        return -1, None
    return int(number), Utterance(role, text or "")
