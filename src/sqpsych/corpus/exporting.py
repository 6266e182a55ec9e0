"""Finished dialogues as JSONL, Parquet or plain text; rejected ones only when asked for.

A row of JSONL or Parquet carries `dialogue_id`, `pseudonym`, `condition` (the group label),
`protocol`, `therapist_model`, `client_model`, `ending`, `risk_flags`, and `turns`, a list of
{speaker, text, phase}. Where a person typed one side, that side's model is "human". Plain text has
what was said under a heading: the dialogue's id, which of the two is a person, and "rejected".

No statement and no answer is written, but the `risk_flags` of JSONL and Parquet give one away:
`suicidality` that the person affirmed, to whatever degree, a question about thoughts of death,
`suicidality_unanswered` that they left one open. They stay so that such dialogues are handled with
care wherever the file goes.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqpsych.corpus.foreign.headings import Heading
from sqpsych.corpus.run_directory import Corpus
from sqpsych.errors import CorpusError
from sqpsych.records import HUMAN, SPEAKERS, Dialogue
from sqpsych.whole_files import replace_file

Row = dict[str, Any]


def export_corpus(
    corpus: Corpus, form: str, path: Path, *, rejected: bool = False, overwrite: bool = False
) -> int:
    """Write the finished dialogues to one file, whole or not at all.

    Args:
        corpus: an open corpus.
        form: a key of EXPORT_FORMATS.
        path: the file.
        rejected: write rejected dialogues too.
        overwrite: replace the file if it is there.

    Returns:
        The number of dialogues written.

    Raises:
        CorpusError: the file is there already or cannot be written, or there is nothing to write.
    """
    if path.exists() and not overwrite:
        raise CorpusError(f"{path} is there already. Give another name, or add --force.")
    rows = list(list_rows(corpus, rejected=rejected))
    if not rows:
        raise CorpusError(f"{corpus.path} has no finished dialogue to export yet.")
    try:
        with replace_file(path) as partial:
            EXPORT_FORMATS[form](rows, partial)
    except OSError as error:
        raise CorpusError(f"{path} cannot be written: {error.strerror}.") from error
    return len(rows)


def list_rows(corpus: Corpus, *, rejected: bool) -> Iterator[Row]:
    """Make one row for each finished dialogue, in order."""
    for dialogue in corpus.read_dialogues():
        if dialogue.ending == "closed" or rejected:
            yield _make_row(dialogue, corpus.read_profile(dialogue.id).condition)


def _make_row(dialogue: Dialogue, condition: str | None) -> Row:
    return {
        "dialogue_id": dialogue.id,
        "pseudonym": dialogue.pseudonym,
        "condition": condition,
        "protocol": dialogue.protocol,
        "therapist_model": dialogue.therapist_model,
        "client_model": dialogue.client_model,
        "ending": dialogue.ending,
        "risk_flags": list(dialogue.risk_flags),
        "turns": [
            {"speaker": turn.speaker, "text": turn.text, "phase": turn.phase}
            for turn in dialogue.turns
        ],
    }


def _write_jsonl(rows: list[Row], path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _write_parquet(rows: list[Row], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = pa.string()
    turn = pa.struct([("speaker", text), ("text", text), ("phase", text)])
    lists = {"risk_flags": pa.list_(text), "turns": pa.list_(turn)}
    schema = pa.schema([(name, lists.get(name, text)) for name in rows[0]])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)


def _write_text(rows: list[Row], path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            people = tuple(part for part in SPEAKERS if row[f"{part}_model"] == HUMAN)
            file.write(f"{Heading(row['dialogue_id'], people, row['ending'])}\n\n")
            for turn in row["turns"]:
                file.write(f"{turn['speaker'].capitalize()}: {turn['text']}\n")
            file.write("\n")


EXPORT_FORMATS: dict[str, Callable[[list[Row], Path], None]] = {
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
    "txt": _write_text,
}
"""How each format is written."""
