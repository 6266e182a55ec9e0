"""Two whole dialogues of one person that were compared: the better one is chosen."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqpsych.corpus import Corpus
from sqpsych.errors import ReleaseError
from sqpsych.records import Dialogue
from sqpsych.release.messages import make_messages
from sqpsych.release.preferences import Origin, Pair, Place
from sqpsych.release.reading import RiskChoice, find_group, read_sources, say_why_left_out

Places = Mapping[str, Sequence[str]]
"""Names of the corpora that have a dialogue, by its id."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was made of two dialogues."""

    id: str
    origin: Origin
    reason: str
    a: Place
    b: Place
    value: float
    """From 1 for a to -1 for b; 0 for a tie."""


def list_places(sources: Mapping[str, Corpus]) -> Places:
    """List where each finished dialogue is."""
    places: dict[str, list[str]] = defaultdict(list)
    for name, corpus in sources.items():
        for dialogue, state in corpus.journal.list_sessions():
            if state != "waiting":
                places[dialogue].append(name)
    return places


def find_sides(
    dialogues: str, places: Places, where: str, corpora: str | None = None
) -> tuple[Place, Place]:
    """Find the two dialogues of a comparison.

    Args:
        dialogues: their ids, with a plus between them.
        places: see `list_places`.
        where: it is written so, for the error.
        corpora: names of their corpora, with a plus between them; None where that is not said.

    Raises:
        ReleaseError: the corpora do not have both, or it cannot be told which are meant.
    """
    parts = dialogues.split("+")
    ids = [("+".join(parts[:cut]), "+".join(parts[cut:])) for cut in range(1, len(parts))]
    found = [
        (Place(first, a), Place(second, b))
        for a, b in ids
        for first in places.get(a, ())
        for second in places.get(b, ())
        if corpora is None or f"{first}+{second}" == corpora
    ]
    if len(found) == 1:
        return found[0]
    of = "" if corpora is None else f" of {corpora}"
    if not found:
        raise ReleaseError(
            f"{where} compares the dialogues {dialogues}{of}; the corpora given do not have both. "
            "Give the corpora they were drawn from, under the same folder names."
        )
    raise ReleaseError(
        f"{where} compares the dialogues {dialogues}{of}; there are {len(found)} pairs that are "
        "called so in the corpora given. Leave out the corpus that is not meant."
    )


def read_compared(
    comparisons: Sequence[Comparison],
    sources: Mapping[str, Corpus],
    system: str | None,
    risk: RiskChoice,
    left_out: Counter[str],
) -> Iterator[Pair]:
    """Pair the dialogues of comparisons.

    Args:
        comparisons: what was made of them.
        sources: corpora by their names.
        system: a line that stands before all; None for none.
        risk: what happens with dialogues that carry risk flags.
        left_out: counts what makes no pair, by why.

    Yields:
        Pairs in the order of the comparisons.
    """
    wanted = {place for one in comparisons for place in (one.a, one.b)}
    found = _find_dialogues(wanted, sources) if wanted else {}
    for one in comparisons:
        (a, group), (b, _) = found[one.a], found[one.b]
        if why := _say_why_unfit(one, a, b, risk):
            left_out[f"{one.origin}: {why}"] += 1
            continue
        chosen, rejected = (a, b) if one.value > 0 else (b, a)
        yield Pair(
            id=one.id,
            person=a.pseudonym,
            group=group,
            origin=one.origin,
            reason=one.reason,
            prompt=make_messages((), system),
            chosen=make_messages(chosen.turns, None),
            rejected=make_messages(rejected.turns, None),
            sources=(one.a, one.b),
        )


def _find_dialogues(
    wanted: set[Place], sources: Mapping[str, Corpus]
) -> dict[Place, tuple[Dialogue, str]]:
    """Find dialogues, with the groups of their people."""
    return {
        place: (dialogue, find_group(corpus, dialogue))
        for name, corpus, dialogue in read_sources(sources)
        if (place := Place(name, dialogue.id)) in wanted
    }


def _say_why_unfit(one: Comparison, a: Dialogue, b: Dialogue, risk: RiskChoice) -> str | None:
    """Say why a comparison makes no pair; None when it does."""
    if one.value == 0:
        return "ties"
    if a.pseudonym != b.pseudonym:
        return "of two people"
    if why := say_why_left_out(a, risk) or say_why_left_out(b, risk):
        return f"of a dialogue left out ({why})"
    if make_messages(a.turns, None) == make_messages(b.turns, None):
        return "of dialogues that are the same"
    return None
