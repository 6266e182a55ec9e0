"""How much of the group label leaks through the therapist, told apart from its echo of the client.

Each figure is the AUC of a classifier that is given one dialogue of each group and tells from words
which is which: 0.5 is chance, 1 is certainty. They differ in the words it may go by:

raw      all words of the therapist. One who reflects well echoes the client, so that this mixes
         echo with leak.
before   the therapist's words before either client has claimed any symptom.
beyond   the therapist's words that neither client had used before, nor another of their stem.
client   all words of the client: how well the client shows the group.
both     all words.

In `before` and `beyond` a word counts for the therapist who says it first, and only until one of
the two clients closes the window, which closes for both dialogues at once; so does the end of the
shorter one. The two simpler ways measure something else:

- Cutting each dialogue at its own client's first claim leaves long texts of controls and short ones
  of patients, and length tells them apart. Cutting all at k turns does not help: patients who are
  k turns without a claim are those whose therapist's questions happened to bring none out, so that
  these questions differ from the controls' though they were put blindly.
- Taking each client's words from its own therapist leaves holes in the shape of the client. In
  simulations a therapist who says the same to everyone had an AUC of 0.65 to 0.80 by its holes.

With a common window, a therapist who chooses its words without regard to the group is as likely to
be first against a patient as against a control, at every turn, whatever the clients say; this is
the risk set of the log-rank test (Mantel 1966, Cancer Chemother Rep 50:163). `before` and `beyond`
each favour neither group in any word, and amount of text plays no part. What they still pick up is
what words do not show: complaints that the wording of symptoms does not know, and echo in other
words. One trace of the clients is left in `before`: pairs closed early show few words, and a
classifier free enough learns which openings close them; so its weights are held close to the
difference of the groups' means. (200 people, two openings put at random, one of which made all
patients claim a symptom at once: 0.53 with a free classifier, 0.50 with this one; about 0.75 by
comparison at k turns.)
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.fidelity.voicing import read_mentions
from sqpsych.assessment.language.diversity import split_words
from sqpsych.assessment.leakage.separation import (
    LOOSE,
    NEVER,
    TIGHT,
    Auc,
    FirstUses,
    learn_weights,
    separate,
)
from sqpsych.errors import InputError
from sqpsych.records import ClientProfile, Dialogue, Speaker

Pair = tuple[Dialogue, ClientProfile]
Label = Callable[[Dialogue, ClientProfile], int | None] | Sequence[int | None]
"""The group of each dialogue, 1 or 0; None leaves it out."""
Figure = Literal["raw", "before", "beyond", "client", "both"]

WORD_PEOPLE = 3
"""A word enters when the dialogues of so many people have it."""

_SPEAKERS: Mapping[Figure, tuple[Speaker, ...]] = {
    "raw": ("therapist",),
    "before": ("therapist",),
    "beyond": ("therapist",),
    "client": ("client",),
    "both": ("therapist", "client"),
}
_STEM_LETTERS = 3
_ENDINGS = re.compile(r"(?<=\w{3})(?:ness|ing|ed|ly|(?<!s)s)$")


@dataclass(frozen=True, slots=True)
class Leakage:
    """The figures of one corpus; the module says what each is."""

    raw: Auc
    before: Auc
    beyond: Auc
    client: Auc
    both: Auc


@dataclass(frozen=True, slots=True)
class TellingWord:
    """A word, and how much it speaks for a group."""

    word: str
    weight: float
    """Of the regression; above 0 for group 1, below for group 0."""
    dialogues: tuple[int, int]
    """How many dialogues of groups 0 and 1 have it among the words of the figure."""


def measure_leakage(pairs: Sequence[Pair], label: Label, seed: int = 0) -> Leakage:
    """Measure how well the words of each side tell two groups of people apart.

    Bag of words, lower case, one indicator a word form used in the dialogues of three people or
    more; see `sqpsych.assessment.leakage.separation` for classifier, cross-validation and interval.

    Args:
        pairs: dialogues with their profiles; a person may have several.
        label: the group of each dialogue, the same for all dialogues of a person.
        seed: of splits, training pairs and draws.

    Returns:
        The five figures; all None, with the reason, when a group has fewer than ten people.

    Raises:
        InputError: labels that are not 0 or 1, are not as many as the pairs, or differ between
            dialogues of a person; or scikit-learn is not installed.
    """
    kept, labels = resolve_labels(pairs, label)
    people = [profile.pseudonym for _, profile in kept]

    def measure(figure: Figure) -> Auc:
        uses = list_first_uses(kept, figure)
        return separate(uses, labels, people, seed, choose_freedom(figure))

    return Leakage(
        raw=measure("raw"),
        before=measure("before"),
        beyond=measure("beyond"),
        client=measure("client"),
        both=measure("both"),
    )


def find_telling_words(
    pairs: Sequence[Pair], label: Label, figure: Figure = "raw", count: int = 20, seed: int = 0
) -> tuple[tuple[TellingWord, ...], tuple[TellingWord, ...]]:
    """Find the words that a classifier of all dialogues goes by most.

    Args:
        pairs: dialogues with their profiles.
        label: the group of each dialogue.
        figure: which words it may go by.
        count: how many words for each group, at most.
        seed: of the training pairs.

    Returns:
        Those that speak for group 0 and those for group 1, strongest first. With few people most of
        them are chance: look at the interval of the figure first.

    Raises:
        InputError: as `measure_leakage`, or a group without dialogues.
    """
    kept, labels = resolve_labels(pairs, label)
    groups = np.asarray(labels)
    cases, controls = np.flatnonzero(groups == 1), np.flatnonzero(groups == 0)
    if not len(cases) or not len(controls):
        raise InputError(
            f"Telling words need dialogues of both groups; got {len(controls)} of group 0 and "
            f"{len(cases)} of group 1."
        )
    uses = list_first_uses(kept, figure)
    generator = np.random.default_rng(seed)
    weights = learn_weights(uses, cases, controls, generator, choose_freedom(figure))
    in_time = uses.said < uses.closed
    words = [
        TellingWord(
            word, float(weight), (int(in_time[controls, at].sum()), int(in_time[cases, at].sum()))
        )
        for at, (word, weight) in enumerate(zip(uses.words, weights, strict=True))
    ]
    words.sort(key=lambda telling: (telling.weight, telling.word))
    return (
        tuple(telling for telling in words[:count] if telling.weight < 0),
        tuple(telling for telling in words[::-1][:count] if telling.weight > 0),
    )


def resolve_labels(pairs: Sequence[Pair], label: Label) -> tuple[list[Pair], list[int]]:
    """Label the dialogues, and leave out those without a label.

    Raises:
        InputError: see `measure_leakage`.
    """
    labels = [label(*pair) for pair in pairs] if callable(label) else list(label)
    if len(labels) != len(pairs):
        raise InputError(f"Got {len(labels)} labels for {len(pairs)} dialogues; expected as many.")
    by_person: dict[str, int] = {}
    for (dialogue, profile), value in zip(pairs, labels, strict=True):
        if value is None:
            continue
        if value not in (0, 1):
            raise InputError(f"The label of dialogue {dialogue.id} is {value!r}; expected 0 or 1.")
        if by_person.setdefault(profile.pseudonym, value) != value:
            raise InputError(
                f"Dialogue {dialogue.id} has label {value}, another of the same person has "
                f"{1 - value}. Give all dialogues of a person one label."
            )
    kept = [(pair, y) for pair, y in zip(pairs, labels, strict=True) if y is not None]
    return [pair for pair, _ in kept], [int(y) for _, y in kept]


def list_first_uses(pairs: Sequence[Pair], figure: Figure) -> FirstUses:
    """List when each dialogue first has each word that a figure goes by, and until when it counts.

    In figures without a window all words are said at 0 and count.
    """
    said = [_find_first(dialogue, _SPEAKERS[figure]) for dialogue, _ in pairs]
    words = _choose_words(said, [profile.pseudonym for _, profile in pairs])
    table = _tabulate(said, words)
    if figure not in ("before", "beyond"):
        table[table < NEVER] = 0
        return FirstUses(words, table, np.ones((len(pairs), 1), dtype=np.int16))
    ends = np.array([[_find_end(dialogue, figure)] for dialogue, _ in pairs], dtype=np.int16)
    if figure == "before":
        return FirstUses(words, table, ends)
    heard = [_find_first(dialogue, ("client",), stems=True) for dialogue, _ in pairs]
    return FirstUses(words, table, np.minimum(_tabulate(heard, [*map(find_stem, words)]), ends))


def choose_freedom(figure: Figure) -> float:
    """How free the classifier of a figure is; the module says why `before` is held tight."""
    return TIGHT if figure == "before" else LOOSE


def find_stem(word: str) -> str:
    """Cut the commonest English endings off a word, so that its forms meet.

    What follows an apostrophe goes; then -ness, -ing, -ed, -ly and -s as long as three letters or
    more are left; a final e falls, a doubled consonant becomes single, a final y becomes i:
    "tired", "tiring" and "tiredness" are "tir", "worries" and "worried" are "worri". Irregular
    forms ("slept") keep a stem of their own. Two words that share a stem by mistake only lose a
    comparison.
    """
    stem = word.partition("'")[0]
    while (shorter := _ENDINGS.sub("", stem)) != stem:
        stem = shorter
    if len(stem) > _STEM_LETTERS:
        stem = re.sub(r"([^aeiou])\1$", r"\1", stem.removesuffix("e"))
    return stem[:-1] + "i" if stem.endswith("y") else stem


def _find_first(
    dialogue: Dialogue, speakers: Iterable[Speaker], *, stems: bool = False
) -> dict[str, int]:
    """Each word, or stem, of these speakers, and the position of the turn that has it first."""
    first: dict[str, int] = {}
    for position, turn in enumerate(dialogue.turns):
        if turn.speaker in speakers:
            for word in split_words(turn.text):
                first.setdefault(find_stem(word) if stems else word, position)
    return first


def _choose_words(said: Sequence[Mapping[str, int]], people: Sequence[str]) -> tuple[str, ...]:
    by_person: dict[str, set[str]] = {}
    for person, words in zip(people, said, strict=True):
        by_person.setdefault(person, set()).update(words)
    counts = Counter(word for words in by_person.values() for word in words)
    return tuple(sorted(word for word, count in counts.items() if count >= WORD_PEOPLE))


def _tabulate(first: Sequence[Mapping[str, int]], words: Sequence[str]) -> NDArray[np.int16]:
    """First uses as a table of (dialogues, words), NEVER where there is none."""
    table = np.full((len(first), len(words)), NEVER, dtype=np.int16)
    for row, uses in zip(table, first, strict=True):
        row[:] = [uses.get(word, NEVER) for word in words]
    return table


def _find_end(dialogue: Dialogue, figure: Figure) -> int:
    """Position of the client's first claim, where that closes the window, or of the end."""
    if figure == "before":
        for position, turn in enumerate(dialogue.turns):
            if turn.speaker == "client" and any(
                mention.kind == "claimed" for mention in read_mentions(turn.text, "client")
            ):
                return position
    return len(dialogue.turns)
