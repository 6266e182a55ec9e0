"""Making a study: dialogues are drawn and blinded, and each rater gets a list."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Literal

from sqpsych import __version__
from sqpsych.assessment.judging import BETTER_ANSWER, BETTER_SESSION, Rubric
from sqpsych.corpus import Corpus, name_corpora, open_corpus
from sqpsych.errors import ReviewError
from sqpsych.records import Turn
from sqpsych.review.assigning import assign
from sqpsych.review.database import open_database
from sqpsych.review.drawing import (
    SourceDialogue,
    draw_pairs,
    draw_sample,
    pair_people,
    pair_prompts,
)
from sqpsych.review.people import People
from sqpsych.review.store import write_study
from sqpsych.review.study import (
    CorpusReference,
    Item,
    Origin,
    Person,
    ReviewStudy,
    ShownText,
    ShownTurn,
    Task,
)
from sqpsych.review.training import read_training

OWNER = "owner"
USUAL_COUNT = 5
"""Dialogues of each corpus where nobody says how many."""
PairBy = Literal["person", "prompt"]
_Drawn = tuple[Item, tuple[Origin, ...]]


@dataclass(frozen=True, slots=True)
class StudySettings:
    """What a study is to be."""

    per_corpus: int | None = None
    """Dialogues of each corpus; pairs of every two corpora. None: five, or as many as all have."""
    raters: int = 3
    overlap: int | None = None
    """Raters of each item; None: all."""
    rubric: Rubric | None = None
    """What dialogues are rated by; None: they are compared."""
    pair_by: PairBy = "person"
    question: str | None = None
    """Asked of two texts; None: which session, or which answer, is better."""
    training: Path | None = None
    title: str = "Review of dialogues"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class CreatedStudy:
    """A study that was made, with the secrets that are shown once."""

    study: ReviewStudy
    items: int
    """Items that are rated, training ones not counted."""
    tasks: Mapping[str, int]
    """Tasks of each rater, training ones counted."""
    invitations: Mapping[str, str]
    """Secret part of the link of each person, the owner first."""


def create_study(corpora: Sequence[Path], directory: Path, settings: StudySettings) -> CreatedStudy:
    """Draw dialogues of corpora, blind them, and hand them out to raters.

    Args:
        corpora: run directories; closed dialogues of theirs are drawn.
        directory: of the study; made when missing.
        settings: what the study is to be.

    Raises:
        ReviewError: a corpus has too few dialogues, or settings do not fit each other.
        CorpusError: a corpus is given twice or cannot be read, or the study not be written.
    """
    rng = Random(settings.seed)  # noqa: S311 - draws a sample, guards nothing
    names = name_corpora(corpora)
    sources = {name: read_sources(path, name) for name, path in zip(names, corpora, strict=True)}
    for name, path in zip(names, corpora, strict=True):
        if not sources[name]:
            raise ReviewError(
                f"{path} holds no closed dialogue. Let `sqpsych generate` finish one, or leave the "
                "corpus out."
            )
    count, drawn = _draw_dialogues(sources, settings, rng)
    training = _make_training(settings)
    raters = [f"rater-{number}" for number in range(1, settings.raters + 1)]
    kinds = {item.id: "+".join(origin.corpus for origin in origins) for item, origins in drawn}
    overlap = settings.overlap or settings.raters
    tasks = assign(
        kinds,
        [item.id for item, _ in training],
        raters,
        overlap,
        sided=settings.rubric is None,
        rng=rng,
        make_id=_make_id,
    )
    study = ReviewStudy(
        id=secrets.token_hex(3),
        title=settings.title,
        kind="rating" if settings.rubric else "comparison",
        rubric=settings.rubric,
        question="" if settings.rubric else _choose_question(settings, drawn),
        corpora=tuple(
            CorpusReference(name=name, path=str(path.resolve()))
            for name, path in zip(names, corpora, strict=True)
        ),
        overlap=overlap,
        per_corpus=count,
        seed=settings.seed,
        code_version=__version__,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    people = [Person(name=OWNER, role="owner"), *(Person(name=r, role="rater") for r in raters)]
    invitations = _write(directory, study, [*training, *drawn], people, tasks)
    counts = {rater: sum(task.person == rater for task in tasks) for rater in raters}
    return CreatedStudy(study, len(drawn), counts, invitations)


def _write(
    directory: Path,
    study: ReviewStudy,
    items: Sequence[_Drawn],
    people: Sequence[Person],
    tasks: Sequence[Task],
) -> dict[str, str]:
    """Write a new study, and invite its people."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReviewError(f"{directory} cannot be made: {error.strerror}.") from error
    database = open_database(directory, new=True)
    try:
        write_study(database, study, items, people, tasks)
        invite = People(database).invite
        return {person.name: invite(person.name) for person in people}
    finally:
        database.close()


def read_sources(path: Path, name: str) -> list[SourceDialogue]:
    """Read the closed dialogues of a corpus.

    Raises:
        CorpusError: it is none.
    """
    with open_corpus(path) as corpus:
        return [
            SourceDialogue(name, dialogue, _read_condition(corpus, dialogue.id))
            for dialogue in corpus.read_dialogues()
            if dialogue.ending == "closed" and dialogue.turns
        ]


def _read_condition(corpus: Corpus, dialogue: str) -> str | None:
    return corpus.read_profile(dialogue).condition


def _draw_dialogues(
    sources: Mapping[str, Sequence[SourceDialogue]], settings: StudySettings, rng: Random
) -> tuple[int, list[_Drawn]]:
    """Draw and blind what is rated, in an order that says nothing; and say how many of each."""
    if settings.rubric is not None:
        count = settings.per_corpus or _count_usual(map(len, sources.values()))
        drawn = [
            _blind([one]) for some in sources.values() for one in draw_sample(some, count, rng)
        ]
    else:
        if len(sources) < 2:
            raise ReviewError("Pairs need two corpora or more; one was given. Give another.")
        pairs = (pair_people if settings.pair_by == "person" else pair_prompts)(sources)
        count = settings.per_corpus or _count_usual(map(len, pairs.values()))
        drawn = [_blind([one.a, one.b], one.shared) for one in draw_pairs(pairs, count, rng)]
    rng.shuffle(drawn)
    return count, drawn


def _count_usual(sizes: Iterable[int]) -> int:
    """How many of each are drawn where nobody says: at least one, so that none is an error."""
    return max(1, min(USUAL_COUNT, *sizes))


def _blind(sources: Sequence[SourceDialogue], shared: int = 0) -> _Drawn:
    """Keep what was said; where it is from goes apart."""
    origins = tuple(
        Origin(
            corpus=one.corpus,
            dialogue=one.dialogue.id,
            pseudonym=one.dialogue.pseudonym,
            condition=one.condition,
            protocol=one.dialogue.protocol,
            therapist_model=one.dialogue.therapist_model,
            client_model=one.dialogue.client_model,
        )
        for one in sources
    )
    texts = tuple(
        ShownText(turns=_show(one.dialogue.turns[shared:]), sensitive=bool(one.dialogue.risk_flags))
        for one in sources
    )
    prompt = _show(sources[0].dialogue.turns[:shared])
    return Item(id=_make_id(), prompt=prompt, texts=texts), origins


def _show(turns: Sequence[Turn]) -> tuple[ShownTurn, ...]:
    return tuple(ShownTurn(index=t.index, speaker=t.speaker, text=t.text) for t in turns)


def _make_training(settings: StudySettings) -> list[_Drawn]:
    if settings.training is None:
        return []
    if settings.rubric is None:
        raise ReviewError("Training dialogues are for ratings; leave --training or --pairwise out.")
    read = read_training(settings.training, settings.rubric)
    return [
        (Item(id=_make_id(), texts=(text,), references=references), ()) for text, references in read
    ]


def _choose_question(settings: StudySettings, drawn: Sequence[_Drawn]) -> str:
    """Ask for the better answer where each text is one, else for the better session."""
    if settings.question:
        return settings.question
    answers = all(item.prompt and all(len(t.turns) == 1 for t in item.texts) for item, _ in drawn)
    return BETTER_ANSWER if answers else BETTER_SESSION


def _make_id() -> str:
    return secrets.token_hex(8)
