"""A dataset of dialogues, written whole or not at all.

DIR/README.md        the card, with the configuration `datasets` reads
DIR/data/*.parquet   one file a split, read by `datasets.load_dataset(DIR)`
DIR/jsonl/*.jsonl    the same rows, one a line
DIR/release.json     what it was made from, its figures and the hashes of its files
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqpsych import __version__
from sqpsych.corpus import Corpus, SessionHeader, name_corpora, open_corpus
from sqpsych.errors import ReleaseError
from sqpsych.release.card import write_card
from sqpsych.release.figures import Released, Source, SplitFigures
from sqpsych.release.messages import count_joined, make_row
from sqpsych.release.reading import RiskChoice, find_group, read_sources, say_why_left_out
from sqpsych.release.splitting import SPLITS, Split, split_people
from sqpsych.release.writing import (
    SplitWriter,
    describe_messages,
    telling_of,
    write_release_record,
    write_whole,
)

if TYPE_CHECKING:
    import pyarrow as pa


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
    with write_whole(path) as folder, ExitStack() as stack:
        opened = [stack.enter_context(open_corpus(corpus)) for corpus in corpora]
        sources = dict(zip(name_corpora(corpora), opened, strict=True))
        splits = split_people(
            _list_people(sources, settings), settings.seed, dev=settings.dev, test=settings.test
        )
        return _write(sources, folder, path, settings, splits)


def _list_people(sources: dict[str, Corpus], settings: ReleaseSettings) -> dict[str, str]:
    """List who is to be released, with the group, where it is known."""
    people: dict[str, str] = {}
    for _, corpus, dialogue in read_sources(sources):
        if say_why_left_out(dialogue, settings.risk) is None:
            group = find_group(corpus, dialogue)
            people[dialogue.pseudonym] = max(people.get(dialogue.pseudonym, ""), group)
    if not people:
        raise ReleaseError("There is no closed dialogue to release.")
    return people


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
    schema = _describe_rows()
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(closing(SplitWriter(folder, name, schema))) for name in names
        }
        for name, corpus, dialogue in read_sources(sources):
            if why := say_why_left_out(dialogue, settings.risk):
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
    card = folder / "README.md"
    with telling_of(folder):
        write_card(card, released, settings.title, settings.licence, settings.language)
    _write_record(folder, released, settings)
    return released


def _describe_rows() -> "pa.Schema":
    import pyarrow as pa

    text = pa.string()
    return pa.schema(
        [
            *((name, text) for name in ("id", "person", "corpus", "condition", "protocol")),
            *((name, text) for name in ("therapist_model", "client_model")),
            ("risk_flags", pa.list_(text)),
            ("messages", describe_messages()),
        ]
    )


def _write_record(folder: Path, released: Released, settings: ReleaseSettings) -> None:
    """Write what the dataset was made from."""
    record = {
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
    }
    write_release_record(folder, record)
