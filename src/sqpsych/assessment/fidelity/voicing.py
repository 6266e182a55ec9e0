"""Whether the client voices the profile, and whether the therapist knows what it cannot know.

All of it is read from the words (`sqpsych.wording.find_mentions`), never from what the role-play
noted down, so that corpora made by others are measured alike. What the wording does not find is
missed: an answer of "yes, that too" voices nothing here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqpsych.assessment.statistics.intervals import Estimate, bootstrap_ratio
from sqpsych.records import ClientProfile, Dialogue, Mention, Speaker, Symptom
from sqpsych.wording import (
    find_denied,
    find_mentions,
    find_strongest,
    load_lexicon,
    to_second_person,
)


@dataclass(frozen=True, slots=True)
class Prescience:
    """A symptom the therapist speaks of before the client has."""

    turn: int
    """Index of the therapist's turn."""
    symptom: Symptom
    quote: str


@dataclass(frozen=True, slots=True)
class Fidelity:
    """How one dialogue keeps to its profile."""

    endorsed: frozenset[Symptom]
    """Symptoms whose strongest statement has a severity above 0."""
    voiced: frozenset[Symptom]
    """Those of them that the client claims somewhere."""
    denied: frozenset[Symptom]
    """Symptoms with statements of severity 0 only, no part of which is endorsed."""
    contradicted: frozenset[Symptom]
    """Those of them that the client claims somewhere."""
    prescience: tuple[Prescience, ...]
    """Symptoms that the therapist named ahead of the client, each once, in order."""


@dataclass(frozen=True, slots=True)
class FidelityRates:
    """Fidelity over a corpus, of the symptoms of all dialogues together."""

    voiced: Estimate
    """Endorsed symptoms voiced / endorsed symptoms, 0-1; higher is better."""
    contradicted: Estimate
    """Denied symptoms claimed / denied symptoms, 0-1; lower is better."""


def measure_fidelity(dialogue: Dialogue, profile: ClientProfile) -> Fidelity:
    """Compare what is said with the profile.

    A symptom is endorsed when its strongest statement has a severity above 0, and denied when it
    has statements, all of them 0, and no endorsed symptom is part of it. It is voiced when the
    client claims it in some turn. Prescience is of the symptoms that the therapist comes to before
    the client; see `find_prescience`. All symptoms count alike, suicidality too.

    Args:
        dialogue: any, of any corpus.
        profile: of its client.
    """
    strongest = find_strongest(profile.statements)
    endorsed = frozenset(symptom for symptom, one in strongest.items() if one.severity > 0)
    denied = find_denied(strongest)
    claimed = find_claims(dialogue)
    return Fidelity(
        endorsed=endorsed,
        voiced=endorsed & claimed,
        denied=denied,
        contradicted=denied & claimed,
        prescience=find_prescience(dialogue),
    )


def find_claims(dialogue: Dialogue) -> frozenset[Symptom]:
    """Find the symptoms the client claims to have."""
    return frozenset(
        mention.symptom
        for turn in dialogue.turns
        if turn.speaker == "client"
        for mention in read_mentions(turn.text, "client")
        if mention.kind == "claimed"
    )


def find_prescience(dialogue: Dialogue) -> tuple[Prescience, ...]:
    """Find the symptoms that the therapist names before the client has spoken of them.

    Each counts once, where it is first named. Not counted: what the client has claimed, denied or
    come to in an earlier turn, with what that symptom is part of (who speaks of waking early has
    spoken of sleep), and what was asked in this or an earlier turn as a screening question put to
    everyone alike (`Turn.screens`), since then it is the question that brought it up and no
    knowledge of this client. Corpora without `screens` are measured without that mercy.
    """
    known: set[Symptom] = set()
    unread: list[str] = []
    found = []
    for turn in dialogue.turns:
        mentions = read_mentions(turn.text, turn.speaker)
        if turn.speaker == "client":
            known |= _add_wholes(mentions)
            unread.append(turn.text)
            continue
        known.update(turn.screens)
        named = {mention.symptom: mention.quote for mention in mentions}
        if not named.keys() <= known:
            # What the client came to without a complaint is read only where it matters.
            for line in unread:
                known |= _add_wholes(read_mentions(to_second_person(line), "therapist"))
            unread.clear()
        found += [Prescience(turn.index, s, q) for s, q in named.items() if s not in known]
        known |= _add_wholes(mentions)
    return tuple(found)


def _add_wholes(mentions: Iterable[Mention]) -> set[Symptom]:
    """The symptoms spoken of, with those they are part of."""
    spoken = {mention.symptom for mention in mentions}
    return spoken | {whole for symptom in spoken for whole in load_lexicon()[symptom].part_of}


def rate_fidelity(
    fidelities: Sequence[Fidelity], people: Sequence[str], seed: int = 0
) -> FidelityRates:
    """Summarise the fidelity of a corpus, with intervals over people.

    Args:
        fidelities: one a dialogue.
        people: the pseudonym each belongs to.
        seed: of the intervals.
    """

    def share(some: str, of: str) -> Estimate:
        parts, wholes = ([len(getattr(f, name)) for f in fidelities] for name in (some, of))
        return bootstrap_ratio(parts, wholes, people, seed)

    return FidelityRates(share("voiced", "endorsed"), share("contradicted", "denied"))


@lru_cache(maxsize=1 << 17)
def read_mentions(text: str, speaker: Speaker) -> tuple[Mention, ...]:
    """Find the mentions of a turn, once."""
    return find_mentions(text, speaker)
