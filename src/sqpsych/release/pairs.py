"""A dataset of preference pairs, written whole or not at all, in the form of one of dialogues.

DIR/README.md        the card, with the configuration `datasets` reads
DIR/data/*.parquet   one file a split, read by `datasets.load_dataset(DIR)`
DIR/jsonl/*.jsonl    the same rows, one a line
DIR/release.json     what it was made from, its figures and the hashes of its files
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqpsych import __version__
from sqpsych.corpus import Corpus, SessionHeader, name_corpora, open_corpus
from sqpsych.errors import ReleaseError
from sqpsych.release.attempts import read_attempts
from sqpsych.release.comparisons import Comparison, list_places, read_compared
from sqpsych.release.experts import read_experts
from sqpsych.release.figures import PairFigures, ReleasedPairs, Source
from sqpsych.release.judges import read_judges
from sqpsych.release.pair_card import write_pair_card
from sqpsych.release.preferences import Pair, Place
from sqpsych.release.reading import RiskChoice
from sqpsych.release.released import read_example
from sqpsych.release.splitting import SPLITS, Split, split_people
from sqpsych.release.writing import (
    SplitWriter,
    describe_messages,
    telling_of,
    write_release_record,
    write_whole,
)
from sqpsych.roleplay.prompts import open_by_user

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class PairSettings:
    """How a dataset of pairs is made."""

    per_turn: int = 1
    """Rejected attempts of a turn, at most; 0: none at all."""
    like: Path | None = None
    """A dataset whose splits are kept to; people who are not in it are left out."""
    seed: int = 0
    """Of the splits; it and the shares play no part beside `like`."""
    dev: float = 0.1
    """Share of the people in dev."""
    test: float = 0.1
    system: str | None = None
    """A line that stands before every prompt; None: that of `like`, where it has one."""
    risk: RiskChoice = "exclude"
    """What happens with dialogues that carry risk flags."""
    title: str = "Preferences between counselling replies"
    licence: str | None = None
    """Identifier as on the hub ("cc-by-4.0"); None while its owner has not chosen one."""
    language: str = "en"


def release_pairs(
    corpora: Sequence[Path],
    path: Path,
    settings: PairSettings,
    *,
    experts: Sequence[Path] = (),
    judges: Sequence[Path] = (),
) -> ReleasedPairs:
    """Make a dataset of preference pairs.

    Args:
        corpora: run directories. People of the same pseudonym are one person, also across them.
        path: the folder, which must not be there yet.
        settings: how.
        experts: exports of studies in which people compared dialogues of the corpora.
        judges: files of verdicts of models on pairs of dialogues of the corpora.

    Returns:
        Its figures.

    Raises:
        CorpusError: a corpus cannot be read, or is given twice.
        ReleaseError: there is no pair, what was given cannot be used, the folder is there already
            or cannot be written, or a split would be empty.
    """
    with write_whole(path) as folder, ExitStack() as stack:
        opened = [stack.enter_context(open_corpus(corpus)) for corpus in corpora]
        sources = dict(zip(name_corpora(corpora), opened, strict=True))
        example = read_example(settings.like) if settings.like else None
        if example is not None and settings.system is None:
            settings = replace(settings, system=example.system)
        reader = _Reader(sources, settings, experts, judges, example.splits if example else None)
        people, left_out = reader.list_people()
        if not people:
            raise ReleaseError(_say_that_there_is_none(left_out))
        splits = (
            {person: example.splits[person] for person in people}
            if example
            else split_people(people, settings.seed, dev=settings.dev, test=settings.test)
        )
        figures, by_source = _write_splits(folder, reader.read(Counter()), splits)
        described = tuple(
            Source(name, SessionHeader(**corpus.manifest["header"]), by_source[name])
            for name, corpus in sources.items()
        )
        released = ReleasedPairs(path, figures, described, dict(left_out))
        card = folder / "README.md"
        with telling_of(folder):
            write_pair_card(card, released, settings.title, settings.licence, settings.language)
        _write_record(folder, released, settings, example.train_sha256 if example else ())
        return released


class _Reader:
    """Reads the pairs of all origins, as often as it is asked to."""

    def __init__(
        self,
        sources: dict[str, Corpus],
        settings: PairSettings,
        experts: Sequence[Path],
        judges: Sequence[Path],
        known: dict[str, Split] | None,
    ) -> None:
        self._sources = sources
        self._settings = settings
        self._known = known
        self._like = settings.like.name if settings.like else None
        self._undecided: Counter[str] = Counter()
        places = list_places(sources) if experts or judges else {}
        self._comparisons: list[Comparison] = [
            *read_experts(experts, places, self._undecided),
            *read_judges(judges, places, self._undecided),
        ]

    def list_people(self) -> tuple[dict[str, str], Counter[str]]:
        """List the people there are pairs of, with their groups, and what makes no pair."""
        people: dict[str, str] = {}
        left_out: Counter[str] = Counter()
        for pair in self.read(left_out):
            people[pair.person] = max(people.get(pair.person, ""), pair.group)
        return people, left_out

    def read(self, left_out: Counter[str]) -> Iterator[Pair]:
        """Read all pairs, counting what makes none."""
        left_out.update(self._undecided)
        for pair in self._read_origins(left_out):
            if "user" in (pair.chosen[0]["role"], pair.rejected[0]["role"]):
                left_out[f"{pair.origin}: of dialogues that the client begins"] += 1
            elif self._known is not None and pair.person not in self._known:
                left_out[f"{pair.origin}: of people who are not in {self._like}"] += 1
            else:
                yield replace(pair, prompt=open_by_user(pair.prompt))

    def _read_origins(self, left_out: Counter[str]) -> Iterator[Pair]:
        sources, settings = self._sources, self._settings
        system, risk = settings.system, settings.risk
        if settings.per_turn > 0:
            yield from read_attempts(sources, settings.per_turn, system, risk, left_out)
        yield from read_compared(self._comparisons, sources, system, risk, left_out)


def _say_that_there_is_none(left_out: Counter[str]) -> str:
    counted = "".join(f"\n  {number} {why}" for why, number in sorted(left_out.items()))
    return (
        "There is no pair in what was given."
        + (f" Left out were:{counted}\n" if counted else " ")
        + "Give a corpus in which attempts failed, or comparisons with --experts or --judges."
    )


def _write_splits(
    folder: Path, pairs: Iterator[Pair], splits: dict[str, Split]
) -> tuple[dict[str, PairFigures], Counter[str]]:
    """Write all pairs.

    Returns:
        Figures by split, and how many dialogues of each corpus there are pairs of.
    """
    names = [name for name in SPLITS if name in splits.values()]
    figures: dict[str, PairFigures] = {name: PairFigures() for name in names}
    used: set[Place] = set()
    schema = _describe_rows()
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(closing(SplitWriter(folder, name, schema))) for name in names
        }
        for pair in pairs:
            split = splits[pair.person]
            writers[split].add(pair.make_row())
            figures[split].add(pair)
            used.update(pair.sources)
    return figures, Counter(place.corpus for place in used)


def _describe_rows() -> "pa.Schema":
    import pyarrow as pa

    texts = [(name, pa.string()) for name in ("id", "person", "origin", "reason")]
    messages = [(name, describe_messages()) for name in ("prompt", "chosen", "rejected")]
    return pa.schema([*texts, *messages])


def _write_record(
    folder: Path, released: ReleasedPairs, settings: PairSettings, like: Sequence[str]
) -> None:
    """Write what the dataset was made from."""
    described: dict[str, Any] = asdict(settings)
    record = {
        "sqpsych": __version__,
        "settings": described | {"like": settings.like.name if settings.like else None},
        "like_sha256": list(like),
        "sources": [asdict(source) for source in released.sources],
        "splits": {
            name: {
                "people": len(figures.people),
                "pairs": dict(figures.pairs),
                "words": dict(figures.words),
            }
            for name, figures in released.splits.items()
        },
        "left_out": released.left_out,
    }
    write_release_record(folder, record)
