"""Which of two is better: two dialogues, or two answers to one prompt, asked in both orders."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqpsych.assessment.figures import Measured, Row, make_missing, make_row
from sqpsych.assessment.judging.asking import (
    REASON_CHARACTERS,
    Asker,
    Fault,
    Question,
    ask,
    read_template,
    write_form,
)
from sqpsych.assessment.judging.concurrently import CONCURRENCY, run_workers
from sqpsych.assessment.judging.transcripts import write_transcript
from sqpsych.assessment.statistics.intervals import bootstrap_mean
from sqpsych.records import Dialogue

BETTER_SESSION = "In which of the two sessions does the therapist serve the client better?"
BETTER_ANSWER = "Which of the two answers serves the person who asks better?"

Winner = Literal["a", "b", "tie"]
_SWAPPED: dict[Winner, Winner] = {"a": "b", "b": "a", "tie": "tie"}


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two texts to be compared."""

    id: str
    person: str
    """Whose they are: intervals draw people."""
    a: str
    b: str
    prompt: str = ""
    """What both answer; empty for dialogues."""
    question: str = BETTER_SESSION


@dataclass(frozen=True, slots=True)
class Preference:
    """What a judge made of a pairing."""

    pairing: str
    person: str
    rater: str
    winner: Winner | None
    """tie also where the two orders disagree; None where a verdict could not be had."""
    consistent: bool | None
    """Whether both orders gave the same winner; None without winner."""
    first: Winner | None = None
    """What was chosen where a stood first, in terms of a and b."""
    second: Winner | None = None
    """What was chosen where b stood first, in terms of a and b."""
    reasons: tuple[str, ...] = ()
    """The judge's words, in order of asking; A and B in them are places, not a and b."""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class _Choice:
    better: Winner
    reason: str


def pair_dialogues(a: Dialogue, b: Dialogue, question: str = BETTER_SESSION) -> Pairing:
    """Pair two dialogues, of one person for preference."""
    return Pairing(
        id=f"{a.id}+{b.id}",
        person=a.pseudonym,
        a=write_transcript(a.turns),
        b=write_transcript(b.turns),
        question=question,
    )


async def compare_pair(asker: Asker, pairing: Pairing, lane: int = 0) -> Preference:
    """Ask for the better one twice, with the places swapped.

    Raises:
        ModelError: a server is away or talks nonsense.
    """
    straight = await _ask(asker, pairing, 0, lane)
    swapped = await _ask(asker, pairing, 1, lane)
    faults = [answer.text for answer in (straight, swapped) if isinstance(answer, Fault)]
    if isinstance(straight, Fault) or isinstance(swapped, Fault):
        return Preference(pairing.id, pairing.person, asker.model.name, None, None, error=faults[0])
    first, second = straight.better, _SWAPPED[swapped.better]
    return Preference(
        pairing.id,
        pairing.person,
        asker.model.name,
        winner=first if first == second else "tie",
        consistent=first == second,
        first=first,
        second=second,
        reasons=(straight.reason, swapped.reason),
    )


async def compare_pairs(
    asker: Asker,
    pairings: Iterable[Pairing],
    on_compared: Callable[[Preference], None],
    *,
    compared: Collection[str] = (),
    concurrency: int = CONCURRENCY,
) -> tuple[Preference, ...]:
    """Compare many pairs, several at the same time.

    Args:
        asker: the judge.
        pairings: to be compared.
        on_compared: called with each result as soon as it is there.
        compared: ids of pairings that are not compared again.
        concurrency: pairs at the same time, at most.

    Returns:
        The new results, in the order of the pairings.

    Raises:
        ModelError: a server is away or talks nonsense; what was compared went to `on_compared`.
    """

    async def work(pairing: Pairing, lane: int) -> Preference:
        preference = await compare_pair(asker, pairing, lane)
        on_compared(preference)
        return preference

    waiting = [pairing for pairing in pairings if pairing.id not in compared]
    return await run_workers(waiting, work, concurrency)


def rate_preferences(
    preferences: Sequence[Preference], a: str = "A", b: str = "B", seed: int = 0
) -> Measured:
    """Summarise the comparisons of one judge.

    Args:
        preferences: of one judge.
        a: name of what stands as a.
        b: name of what stands as b.
        seed: of the intervals.

    Returns:
        Rows, all shares of the pairs with a verdict, with intervals over people: the win rate of a,
        in which a tie counts half; won by each; ties; orders that disagree, which are among the
        ties; and how often the text in first place was chosen among choices that were no tie, 0.5
        for a judge without bias of place. A table "preferences", one line a pair.
    """
    decided = [p for p in preferences if p.winner is not None]
    lost = len(preferences) - len(decided)
    note = f"{lost} of {len(preferences)} pairs without a verdict" if lost else ""
    people = [p.person for p in decided]

    def share(
        name: str, values: Sequence[float], better: Literal["higher", "lower", "none"]
    ) -> Row:
        if not values:
            return make_missing(name, note or "nothing was compared", better)
        return make_row(name, bootstrap_mean(values, people, seed), better, note)

    half: Mapping[Winner | None, float] = {"a": 1.0, "tie": 0.5, "b": 0.0}
    rows = (
        share(f"win rate of {a} against {b}", [half[p.winner] for p in decided], "higher"),
        share(f"won by {a}, share", [float(p.winner == "a") for p in decided], "higher"),
        share(f"won by {b}, share", [float(p.winner == "b") for p in decided], "lower"),
        share("tied, share", [float(p.winner == "tie") for p in decided], "none"),
        share("orders that disagree, share", [float(not p.consistent) for p in decided], "lower"),
        _measure_place_bias(decided, seed),
    )
    table = [
        {"pair": p.pairing, "winner": p.winner, "a first": p.first, "b first": p.second}
        for p in preferences
    ]
    return Measured(rows=rows, tables={"preferences": table})


def _measure_place_bias(decided: Sequence[Preference], seed: int) -> Row:
    """How often the text in first place was chosen, of the choices that were no tie."""
    name = "first place chosen, share"
    chosen = [(float(p.first == "a"), p.person) for p in decided if p.first != "tie"]
    chosen += [(float(p.second == "b"), p.person) for p in decided if p.second != "tie"]
    if not chosen:
        return make_missing(name, "no choice that was no tie")
    values, people = [value for value, _ in chosen], [who for _, who in chosen]
    return make_row(name, bootstrap_mean(values, people, seed), "none", "0.5 without bias of place")


async def _ask(asker: Asker, pairing: Pairing, place: int, lane: int) -> _Choice | Fault:
    question = _make_question()
    first, second = (pairing.b, pairing.a) if place else (pairing.a, pairing.b)
    prompt = read_template("pairwise").format(
        prompt=f"\nBoth answer this:\n{pairing.prompt}\n" if pairing.prompt else "",
        first=first,
        second=second,
        asked=pairing.question,
        form=write_form([question]),
    )
    answers = await ask(asker, pairing.id, place, prompt, [question], lane)
    return answers[question.key]


def _make_question() -> Question[_Choice]:
    properties: dict[str, Any] = {
        "reason": {"type": "string", "maxLength": REASON_CHARACTERS},
        "better": {"enum": ["A", "B", "tie"]},
    }
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    form = '- "reason": one short sentence\n- "better": "A", "B" or "tie"'
    return Question("comparison", form, schema, _read_choice)


def _read_choice(answer: Mapping[str, Any]) -> _Choice | Fault:
    named: dict[str, Winner] = {"a": "a", "b": "b", "tie": "tie"}
    given = answer.get("better")
    winner = named.get(given.strip().lower()) if isinstance(given, str) else None
    if winner is None:
        return Fault('better is not given; expected "A", "B" or "tie"')
    reason = answer.get("reason", "")
    return _Choice(winner, reason if isinstance(reason, str) else "")
