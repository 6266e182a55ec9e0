"""The forms in which others keep dialogues, and how they are told apart.

Source: SQPsychConv's columns, the "conversations" of ShareGPT, the "messages" of chat APIs, AnnoMI.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from sqpsych.corpus.foreign.annomi import read_utterance_rows
from sqpsych.corpus.foreign.files import (
    DELIMITED_SUFFIXES,
    decode,
    is_json,
    is_name,
    is_parquet,
    list_faults,
    read_table,
    show_name,
)
from sqpsych.corpus.foreign.rows import (
    ForeignFormat,
    ImportOptions,
    adapt_labels,
    read_labelled,
    read_listed,
)
from sqpsych.corpus.foreign.transcripts import TEXT_ROLES, Reading, Role, read_transcript
from sqpsych.errors import InputError

TEXT = "text"
COLUMNS_SHOWN = 12
CHAT_ROLES: Mapping[str, Role] = MappingProxyType(
    {
        **dict.fromkeys(("assistant", "gpt", "therapist"), "therapist"),
        **dict.fromkeys(("user", "human", "client"), "client"),
        "system": "system",
    }
)
SPEAKERS: Mapping[str, Role] = MappingProxyType({"therapist": "therapist", "client": "client"})


def read_foreign(path: Path, data: bytes, options: ImportOptions) -> tuple[str, Reading]:
    """Read a file of dialogues made elsewhere.

    Args:
        path: of the file, for its name.
        data: its bytes.
        options: what the user says about it.

    Returns:
        The key of its format, and what was found.

    Raises:
        InputError: no dialogue of it can be read.
    """
    if options.form == TEXT or (options.form is None and _is_text(path, data)):
        return TEXT, _read_text(path, data, options)
    table = read_table(path, data)
    if not table.rows:
        raise InputError("\n  ".join([f"{path.name}:", *list_faults(table.unit, table.faults)]))
    columns = table.list_columns()
    form = options.form or _detect(path.name, columns)
    chosen = FORMATS[form]
    _refuse_missing(path.name, columns, chosen.columns, f"the format {form} needs")
    if options.condition_column is not None:
        _refuse_missing(path.name, columns, [options.condition_column], "--condition-column names")
    if chosen.read is None:
        raise InputError(f"The format {form} has no rows.")
    return form, chosen.read(table, chosen, options)


def _is_text(path: Path, data: bytes) -> bool:
    """Whether a file is plain text, not rows."""
    if is_parquet(data) or path.suffix.lower() in DELIMITED_SUFFIXES:
        return False
    return not is_json(path, decode(data, path.name))


def _detect(name: str, columns: Sequence[str]) -> str:
    """Tell a format by the columns it needs."""
    fitting = [
        form
        for form, known in FORMATS.items()
        if known.read is not None and set(known.columns) <= set(columns)
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise InputError(f"{name} could be {' or '.join(fitting)}. Say which with --format.")
    expected = "; ".join(
        f"{known.title} ({form})" for form, known in FORMATS.items() if known.columns
    )
    raise InputError(
        f"{name} is in no format that is known here: it has {_list_names(columns)}; expected one "
        f"of: {expected}. Rename its columns, or save it as text with --format text."
    )


def _refuse_missing(name: str, columns: Sequence[str], needed: Sequence[str], why: str) -> None:
    missing = [show_name(column) for column in needed if column not in columns]
    if missing:
        raise InputError(
            f"{name} has no column {' and no '.join(missing)}, which {why}. It has "
            f"{_list_names(columns)}. Rename the column, or name what is there."
        )


def _list_names(columns: Sequence[str]) -> str:
    """List columns that look like names; a first row of words is not for a message."""
    shown = [show_name(column) for column in columns if is_name(column)][:COLUMNS_SHOWN]
    if len(shown) < len(columns):
        shown.append(f"{len(columns) - len(shown)} that are not shown here")
    return f"the columns {', '.join(shown)}"


def _read_text(path: Path, data: bytes, options: ImportOptions) -> Reading:
    if options.condition_column is not None:
        raise InputError("Plain text has no columns. Leave --condition-column out.")
    roles = adapt_labels(TEXT_ROLES, options)
    return read_transcript(path.name, decode(data, path.name), roles)


FORMATS: Mapping[str, ForeignFormat] = MappingProxyType(
    {
        "sqpsychconv": ForeignFormat(
            "rows with file_id, condition, client_model, therapist_model and dialogue",
            ("dialogue",),
            SPEAKERS,
            read_labelled,
            person="file_id",
        ),
        "sharegpt": ForeignFormat(
            'objects with "conversations": from, value',
            ("conversations",),
            CHAT_ROLES,
            read_listed,
            keys=("from", "value"),
        ),
        "messages": ForeignFormat(
            'objects with "messages": role, content', ("messages",), CHAT_ROLES, read_listed
        ),
        "sqpsych": ForeignFormat(
            "what `sqpsych export` writes as JSONL or Parquet",
            ("turns",),
            SPEAKERS,
            read_listed,
            person="pseudonym",
            keys=("speaker", "text"),
            ours=True,
        ),
        "annomi": ForeignFormat(
            "rows with transcript_id, utterance_id, interlocutor and utterance_text",
            ("transcript_id", "utterance_id", "interlocutor", "utterance_text"),
            SPEAKERS,
            read_utterance_rows,
            person="transcript_id",
        ),
        TEXT: ForeignFormat('lines "Therapist: ..." and "Client: ..."', (), TEXT_ROLES),
    }
)
"""Every format by name; telling them apart goes by their columns."""
