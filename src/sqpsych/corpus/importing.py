"""Dialogues made elsewhere, read into a run directory as if they had been played.

A file is read whole before anything is written. What was said is kept as it stands: utterances of
one speaker in a row, empty ones and very long ones are for the assessment to find. Ids become
pseudonyms as they are; whoever shares a corpus sees to it that they name nobody.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqpsych import __version__
from sqpsych.corpus.foreign import ImportOptions, Reading, SourceDialogue, list_faults, read_foreign
from sqpsych.corpus.run_directory import (
    open_run,
    read_manifest,
    record_progress,
    write_manifest,
)
from sqpsych.corpus.sessions import FinishedSession, PlannedSession, SessionHeader
from sqpsych.errors import InputError
from sqpsych.records import ClientProfile, Turn

PROTOCOL = "imported"
SEVERAL_MODELS = "several"
NO_PROMPT_SHA256 = "0" * 64
IMPORTED_FLAG = "imported"
FILE_DIGITS = 8
"""Of a file's SHA-256, in the pseudonyms of its rows without an id."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import brought."""

    form: str
    """A key of FORMATS."""
    dialogues: int
    added: int
    """Of the dialogues, those that were not in the corpus before."""
    turns: int
    people: int
    unnamed: int
    """Dialogues without an id; each counts as a person of its own."""
    groups: dict[str | None, int]
    """Dialogues of each group; None: of no group."""
    left_out: tuple[str, ...]
    """What could not be read, one sentence a kind."""
    left_out_dialogues: int
    system_messages: int
    repeated_rows: int
    parted: str
    """How dialogues were told apart; empty where each has a row or an id."""


def import_dialogues(
    path: Path,
    corpus: Path,
    options: ImportOptions | None = None,
    *,
    skip_bad: bool = False,
    limit: int | None = None,
) -> ImportReport:
    """Read a file of dialogues made elsewhere into a run directory.

    Importing the same file again adds nothing, with a higher limit only what was not there yet.

    Args:
        path: the file.
        corpus: the run directory; made when missing.
        options: the format and what its columns and roles are called.
        skip_bad: leave dialogues out that cannot be read, instead of writing nothing.
        limit: how many dialogues at most, from the beginning of the file.

    Raises:
        InputError: the file, or without `skip_bad` any dialogue of it, cannot be read; nothing was
            written.
        StudyMismatchError: the run directory was made from something else.
        CorpusError: the run directory cannot be written.
    """
    options = options or ImportOptions()
    data = _read_bytes(path)
    form, reading = read_foreign(path, data, options)
    left_out = tuple(list_faults(reading.unit, reading.faults))
    _refuse_faults(path.name, reading, left_out, skip_bad)
    digest = hashlib.sha256(data).hexdigest()
    study = {"imported_from": path.name, "sha256": digest, "format": form, **options.describe()}
    chosen = reading.dialogues[:limit]
    sessions = [_make_session(dialogue, digest) for dialogue in chosen]
    with open_run(corpus, study, _make_header(reading.dialogues)) as journal:
        added = journal.add_finished(sessions)
        record_progress(corpus, journal.count(), {}, {})
        if left_out:
            write_manifest(corpus, read_manifest(corpus) | {"left_out": list(left_out)})
    return ImportReport(
        form=form,
        dialogues=len(sessions),
        added=added,
        turns=sum(len(session.turns) for session in sessions),
        people=len({session.planned.profile.pseudonym for session in sessions}),
        unnamed=sum(dialogue.person is None for dialogue in chosen),
        groups=dict(Counter(dialogue.condition for dialogue in chosen)),
        left_out=left_out,
        left_out_dialogues=reading.count_bad(),
        system_messages=sum(dialogue.system_messages for dialogue in chosen),
        repeated_rows=sum(dialogue.repeated_rows for dialogue in chosen),
        parted=reading.parted,
    )


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error


def _refuse_faults(name: str, reading: Reading, listed: Sequence[str], skip_bad: bool) -> None:
    """Stop at what cannot be read, unless it may be left out and something remains."""
    homeless = any(fault.dialogue is None for fault in reading.faults)
    if skip_bad and not homeless and reading.dialogues:
        return
    if not reading.faults and reading.dialogues:
        return
    if not reading.dialogues:
        remedy = "No dialogue is left, so nothing was written."
    elif homeless:
        remedy = (
            "Nothing was written. It cannot be told which dialogues these rows belong to, so they "
            "cannot be left out either: correct them."
        )
    else:
        remedy = "Nothing was written. Correct them, or leave these dialogues out with --skip-bad."
    bad = reading.count_bad()
    what = f"{name}: {bad} {'dialogue' if bad == 1 else 'dialogues'} cannot be read."
    raise InputError("\n  ".join([what, *listed]) + f"\n{remedy}")


def _make_header(dialogues: Sequence[SourceDialogue]) -> SessionHeader:
    """What the dialogues of a file share: a model's name where they have one."""

    def name_one(models: set[str]) -> str:
        return models.pop() if len(models) == 1 else SEVERAL_MODELS

    return SessionHeader(
        protocol=PROTOCOL,
        therapist_model=name_one({dialogue.therapist_model for dialogue in dialogues}),
        client_model=name_one({dialogue.client_model for dialogue in dialogues}),
        prompt_sha256=NO_PROMPT_SHA256,
        code_version=__version__,
    )


def _make_session(dialogue: SourceDialogue, file_sha256: str) -> FinishedSession:
    """Make the records of one dialogue; its id depends on file, person and place alone.

    A row without an id is nobody whom a row of another file could be, so the file is in its name.
    """
    place = f"row-{dialogue.number}"
    named = f"{file_sha256}/{dialogue.person or place}/{dialogue.number}"
    profile = ClientProfile(
        pseudonym=dialogue.person or f"{place}-{file_sha256[:FILE_DIGITS]}",
        condition=dialogue.condition,
        risk_flags=dialogue.risk_flags,
    )
    identifier = f"d{hashlib.sha256(named.encode()).hexdigest()[:12]}"
    rejected = dialogue.ending == "rejected"
    return FinishedSession(
        planned=PlannedSession(identifier, profile, seed=0),
        turns=_make_turns(dialogue),
        state=dialogue.ending,
        reason="rejected where it was made" if rejected else None,
    )


def _make_turns(dialogue: SourceDialogue) -> tuple[Turn, ...]:
    models = {"therapist": dialogue.therapist_model, "client": dialogue.client_model}
    return tuple(
        Turn(
            index=index,
            speaker=utterance.speaker,
            text=utterance.text,
            phase=utterance.phase,
            attempts=1,
            model=models[utterance.speaker],
            seed=0,
            prompt_tokens=0,
            cached_tokens=0,
            completion_tokens=0,
            seconds=0,
            flags=(IMPORTED_FLAG,),
        )
        for index, utterance in enumerate(dialogue.utterances)
    )
