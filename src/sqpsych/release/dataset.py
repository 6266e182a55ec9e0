"""Writing a dataset, whole or not at all.

DIR/README.md        the card, with the configuration `datasets` reads
DIR/data/*.parquet   one file a split, read by `datasets.load_dataset(DIR)`
DIR/jsonl/*.jsonl    the same rows, one a line
DIR/release.json     what it was made from, its figures and the hashes of its files
"""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from sqpsych import __version__
from sqpsych.corpus import Corpus, SessionHeader, name_corpora, open_corpus
from sqpsych.errors import ReleaseError
from sqpsych.records import Dialogue
from sqpsych.release.card import write_card
from sqpsych.release.figures import Released, Source, SplitFigures
from sqpsych.release.messages import Row, count_joined, make_row
from sqpsych.release.splitting import SPLITS, Split, split_people

RiskChoice = Literal["exclude", "include"]

RELEASE = "release.json"
_AT_ONCE = 500
"""Rows of one row group."""
_NO_GROUP = ""


@dataclass(frozen=True, slots=True)
class ReleaseSettings:
    """How a dataset is made."""

    seed: int = 0
    """Of the splits."""
    dev: float = 0.1
    """Share of the people in dev."""
    test: float = 0.1
    system: str | None = None
    """A line that stands before every dialogue."""
    risk: RiskChoice = "exclude"
    """What happens with dialogues that carry risk flags."""
    title: str = "Synthetic counselling dialogues"
    licence: str | None = None
    """Identifier as on the hub ("cc-by-4.0"); None while its owner has not chosen one."""
    language: str = "en"


def release_corpora(corpora: Sequence[Path], path: Path, settings: ReleaseSettings) -> Released:
    """Make a dataset of the closed dialogues of some corpora.

    Args:
        corpora: run directories. People of the same pseudonym are one person, also across them.
        path: the folder, which must not be there yet.
        settings: how.

    Returns:
        Its figures.

    Raises:
        CorpusError: a corpus cannot be read, or is given twice.
        ReleaseError: the folder is there already or cannot be written, or a split would be empty.
    """
    if path.exists():
        raise ReleaseError(f"{path} is there already. Give another folder with -o.")
    partial = path.with_name(path.name + ".partial")
    with ExitStack() as stack:
        opened = [stack.enter_context(open_corpus(corpus)) for corpus in corpora]
        sources = dict(zip(name_corpora(corpora), opened, strict=True))
        splits = split_people(
            _list_people(sources, settings), settings.seed, dev=settings.dev, test=settings.test
        )
        try:
            shutil.rmtree(partial, ignore_errors=True)
            released = _write(sources, partial, path, settings, splits)
            partial.rename(path)
        except OSError as error:
            raise ReleaseError(f"{path} cannot be written: {error.strerror}.") from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return released


def _list_people(sources: dict[str, Corpus], settings: ReleaseSettings) -> dict[str, str]:
    """List who is to be released, with the group, where it is known."""
    people: dict[str, str] = {}
    for _, corpus, dialogue in _read(sources):
        if _why_left_out(dialogue, settings) is None:
            condition = corpus.read_profile(dialogue.id).condition or _NO_GROUP
            people[dialogue.pseudonym] = max(people.get(dialogue.pseudonym, ""), condition)
    if not people:
        raise ReleaseError("There is no closed dialogue to release.")
    return people


def _read(sources: dict[str, Corpus]) -> Iterator[tuple[str, Corpus, Dialogue]]:
    for name, corpus in sources.items():
        for dialogue in corpus.read_dialogues():
            yield name, corpus, dialogue


def _why_left_out(dialogue: Dialogue, settings: ReleaseSettings) -> str | None:
    """Say why a dialogue is not released; None when it is."""
    if dialogue.ending != "closed":
        return "rejected"
    if dialogue.risk_flags and settings.risk == "exclude":
        return "risk flags"
    if all(turn.speaker == "client" for turn in dialogue.turns):
        return "no therapist turn"
    return None


def _write(
    sources: dict[str, Corpus],
    folder: Path,
    path: Path,
    settings: ReleaseSettings,
    splits: dict[str, Split],
) -> Released:
    names = [name for name in SPLITS if name in splits.values()]
    figures: dict[str, SplitFigures] = {name: SplitFigures() for name in names}
    left_out: Counter[str] = Counter()
    by_source: Counter[str] = Counter()
    joined = flagged = 0
    with ExitStack() as stack:
        writers = {name: stack.enter_context(closing(_Writer(folder, name))) for name in names}
        for name, corpus, dialogue in _read(sources):
            if why := _why_left_out(dialogue, settings):
                left_out[why] += 1
                continue
            condition = corpus.read_profile(dialogue.id).condition
            row = make_row(dialogue, name, condition, settings.system)
            split = splits[dialogue.pseudonym]
            writers[split].add(row)
            figures[split].add(row)
            by_source[name] += 1
            joined += count_joined(dialogue)
            flagged += bool(dialogue.risk_flags)
    described = tuple(
        Source(name, SessionHeader(**corpus.manifest["header"]), by_source[name])
        for name, corpus in sources.items()
    )
    released = Released(path, figures, described, dict(left_out), joined, flagged)
    write_card(folder / "README.md", released, settings.title, settings.licence, settings.language)
    _write_record(folder, released, settings)
    return released


class _Writer:
    """Writes one split, as Parquet and as JSON lines."""

    def __init__(self, folder: Path, split: Split) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        text = pa.string()
        message = pa.struct([("role", text), ("content", text)])
        self._schema = pa.schema(
            [
                *((name, text) for name in ("id", "person", "corpus", "condition", "protocol")),
                *((name, text) for name in ("therapist_model", "client_model")),
                ("risk_flags", pa.list_(text)),
                ("messages", pa.list_(message)),
            ]
        )
        for name in ("data", "jsonl"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._parquet = pq.ParquetWriter(folder / "data" / f"{split}.parquet", self._schema)
        self._lines = (folder / "jsonl" / f"{split}.jsonl").open("w", encoding="utf-8")
        self._rows: list[Row] = []

    def add(self, row: Row) -> None:
        self._lines.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._rows.append(row)
        if len(self._rows) == _AT_ONCE:
            self._flush()

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._parquet.close()
        self._lines.close()

    def _flush(self) -> None:
        import pyarrow as pa

        self._parquet.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []


def _write_record(folder: Path, released: Released, settings: ReleaseSettings) -> None:
    """Write what the dataset was made from, and the hashes of its files."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    record: dict[str, Any] = {
        "sqpsych": __version__,
        "settings": asdict(settings),
        "sources": [asdict(source) for source in released.sources],
        "splits": {
            name: {
                "people": len(figures.people),
                "dialogues": figures.dialogues,
                "messages": figures.messages,
                "words": dict(figures.words),
            }
            for name, figures in released.splits.items()
        },
        "left_out": released.left_out,
        "joined_messages": released.joined,
        "with_risk_flags": released.flagged,
        "sha256": {
            file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in files
        },
    }
    text = json.dumps(record, indent=2, ensure_ascii=False)
    (folder / RELEASE).write_text(f"{text}\n", encoding="utf-8")
