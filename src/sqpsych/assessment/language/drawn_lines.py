"""Lines drawn for embedding: the same number of each side of each dialogue, one dialogue a person.

Embedding takes about ten milliseconds a line, so that a corpus is embedded in part. The part does
not grow with the corpus, and its lines come from all parts of a session alike; every measure draws
by the same rule, so that a line is embedded once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.language.diversity import texts_of
from sqpsych.assessment.language.embedding import embed
from sqpsych.assessment.sample import Sample
from sqpsych.records import SPEAKERS, Dialogue, Speaker

PEOPLE = 100
LINES = 4
"""Lines of each side of a dialogue."""


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A line, and whose dialogue it is from."""

    person: str
    text: str


def draw_dialogues(
    sample: Sample, people: int = PEOPLE, among: Iterable[Dialogue] | None = None
) -> tuple[Dialogue, ...]:
    """Draw dialogues, one a person.

    Args:
        sample: its closed dialogues are drawn from, in an order that its seed settles.
        people: how many at most.
        among: draw from these only.
    """
    closed = list(sample.closed if among is None else among)
    generator = np.random.default_rng(sample.seed)
    by_person: dict[str, Dialogue] = {}
    for at in generator.permutation(len(closed)):
        by_person.setdefault(closed[at].pseudonym, closed[at])
    return tuple(by_person.values())[:people]


def draw_lines(dialogue: Dialogue, side: Speaker, seed: int, count: int = LINES) -> tuple[str, ...]:
    """Draw lines of a side, one of each of as many stretches of the dialogue.

    Args:
        dialogue: what its lines are drawn from; lines without a letter or digit are left out.
        side: whose lines.
        seed: of the draw, together with the id of the dialogue.
        count: how many; all there are where these are fewer.
    """
    lines = [text for text in texts_of(dialogue, side) if any(map(str.isalnum, text))]
    if len(lines) <= count:
        return tuple(lines)
    generator = np.random.default_rng([seed, crc32(dialogue.id.encode()), SPEAKERS.index(side)])
    stretches = np.array_split(np.arange(len(lines)), count)
    return tuple(lines[int(generator.choice(stretch))] for stretch in stretches)


def spread_lines(sample: Sample, side: Speaker, count: int) -> tuple[DrawnLine, ...]:
    """Draw about as many lines of a side, from as many people as can be.

    Four lines of each of up to 100 people; more a dialogue where there are fewer people.
    """
    dialogues = draw_dialogues(sample)
    each = max(LINES, -(-count // max(1, len(dialogues))))
    lines = [
        DrawnLine(dialogue.pseudonym, text)
        for dialogue in dialogues
        for text in draw_lines(dialogue, side, sample.seed, each)
    ]
    if len(lines) <= count:
        return tuple(lines)
    kept = np.random.default_rng(sample.seed).permutation(len(lines))[:count]
    return tuple(lines[at] for at in sorted(kept))


def embed_dialogues(
    dialogues: Sequence[Dialogue], side: Speaker, seed: int
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Embed dialogues by a side: the mean of its drawn lines' embeddings, scaled to length 1.

    Dialogues in which the side says nothing are left out.

    Returns:
        (dialogues, 384), and whose each is.

    Raises:
        InputError: see `embed`.
    """
    drawn = [(d.pseudonym, draw_lines(d, side, seed)) for d in dialogues]
    spoken = [(person, lines) for person, lines in drawn if lines]
    found = embed([line for _, lines in spoken for line in lines]).astype(np.float64)
    ends = np.cumsum([len(lines) for _, lines in spoken])[:-1]
    means = [part.mean(axis=0) for part in np.split(found, ends)] if spoken else []
    rows = np.array(means).reshape(len(means), found.shape[1])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True), tuple(who for who, _ in spoken)
