"""Two runs head to head: which of two answers to one question serves the person better.

Each pair is asked about twice, with the places swapped; see `assessment.judging.pairwise`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sqpsych import __version__
from sqpsych.assessment.judging import (
    BETTER_ANSWER,
    Asker,
    Pairing,
    Preference,
    compare_pairs,
    rate_preferences,
)
from sqpsych.assessment.judging.asking import make_key, read_template
from sqpsych.assessment.judging.concurrently import CONCURRENCY
from sqpsych.assessment.judging.pairwise import Winner
from sqpsych.benchmarks.answers.open_answers import OpenAnswers, take_fingerprint
from sqpsych.benchmarks.json_files import write_record
from sqpsych.benchmarks.published.reading import describe_version
from sqpsych.benchmarks.tasks import Task
from sqpsych.errors import BenchmarkError

MEASURE = "better answer"


@dataclass(frozen=True, slots=True)
class KeptPreference:
    """What a judge made of a pair of answers."""

    of: str
    """Fingerprint of the question and both answers, in their order."""
    preference: Preference


@dataclass(frozen=True, slots=True)
class Duel:
    """The answers of two runs to the same questions."""

    a: OpenAnswers
    b: OpenAnswers
    pairings: tuple[Pairing, ...]
    """One for each question that both answered, by its id."""

    @property
    def only_a(self) -> int:
        """Questions that only the first run answered."""
        return len(self.a.answers) - len(self.pairings)

    @property
    def only_b(self) -> int:
        """Questions that only the second run answered."""
        return len(self.b.answers) - len(self.pairings)


def pair_answers(a: OpenAnswers, b: OpenAnswers) -> Duel:
    """Pair the answers of two runs.

    Raises:
        BenchmarkError: there is no question that both answered.
    """
    others = {answer.question.id: answer for answer in b.answers}
    pairings = tuple(
        Pairing(
            id=answer.question.id,
            person=answer.question.id,
            a=answer.text,
            b=others[answer.question.id].text,
            prompt=answer.question.text,
            question=BETTER_ANSWER,
        )
        for answer in a.answers
        if answer.question.id in others
    )
    if not pairings:
        raise BenchmarkError(
            f"{a.run} and {b.run} answered no question in common. Let both answer the same ones."
        )
    return Duel(a, b, pairings)


def name_duel_judge(asker: Asker) -> str:
    """Name a judge of pairs with all that shapes its choices."""
    texts = [read_template("pairwise"), read_template("again"), BETTER_ANSWER]
    described = asker.describe() | {"texts_sha256": take_fingerprint(*texts)}
    return make_key(asker.model.name, MEASURE, described)


def take_pairing_fingerprint(pairing: Pairing) -> str:
    """Hash what is shown of a pair."""
    return take_fingerprint(pairing.prompt, pairing.a, pairing.b)


def find_kept(pairings: Sequence[Pairing], kept: Sequence[KeptPreference]) -> dict[str, Preference]:
    """Find what was made of these pairs before, by id; of other answers' pairs nothing."""
    known = {(one.preference.pairing, one.of): one.preference for one in kept}
    found = {p.id: known.get((p.id, take_pairing_fingerprint(p))) for p in pairings}
    return {name: preference for name, preference in found.items() if preference is not None}


async def fight(
    asker: Asker,
    pairings: Sequence[Pairing],
    on_compared: Callable[[KeptPreference], None],
    *,
    kept: Sequence[KeptPreference] = (),
    concurrency: int = CONCURRENCY,
) -> tuple[Preference, ...]:
    """Compare pairs that were not compared before.

    Args:
        asker: the judge.
        pairings: to be compared.
        on_compared: called with each result as soon as it is there.
        kept: earlier results of the same judge.
        concurrency: pairs at the same time, at most.

    Returns:
        All results, earlier ones too, in the order of the pairs.

    Raises:
        ModelError: a server is away or talks nonsense; what was compared went to `on_compared`.
    """
    found = find_kept(pairings, kept)
    prints = {pairing.id: take_pairing_fingerprint(pairing) for pairing in pairings}

    def keep(preference: Preference) -> None:
        found[preference.pairing] = preference
        on_compared(KeptPreference(prints[preference.pairing], preference))

    await compare_pairs(asker, pairings, keep, compared=set(found), concurrency=concurrency)
    return tuple(found[pairing.id] for pairing in pairings)


def count_winners(preferences: Sequence[Preference]) -> Mapping[Winner | None, int]:
    """Count pairs by winner; None: without a verdict."""
    winners: tuple[Winner | None, ...] = ("a", "b", "tie", None)
    return {winner: sum(p.winner == winner for p in preferences) for winner in winners}


def write_duel(
    path: Path,
    task: Task,
    duel: Duel,
    names: tuple[str, str],
    preferences: Sequence[Preference],
    judge: str,
    data: Path,
    seed: int,
) -> None:
    """Write what came of a duel, in place of what stands there.

    Args:
        path: the file.
        task: what was answered.
        duel: the answers.
        names: of the two runs.
        preferences: what the judge made of the pairs.
        judge: its key.
        data: folder of the questions.
        seed: of the intervals.

    Raises:
        BenchmarkError: the file cannot be written.
    """
    counted = count_winners(preferences)
    record = {
        "task": task.name,
        "title": task.title,
        "a": {"run": names[0], "model": duel.a.model},
        "b": {"run": names[1], "model": duel.b.model},
        "sqpsych": __version__,
        "data": describe_version(data / task.file),
        "judge": judge,
        "seed": seed,
        "pairs": {
            "won by a": counted["a"],
            "won by b": counted["b"],
            "tied": counted["tie"],
            "without a verdict": counted[None],
            "answered by a alone": duel.only_a,
            "answered by b alone": duel.only_b,
        },
        "figures": [asdict(row) for row in rate_preferences(preferences, *names, seed).rows],
        "preferences": [asdict(preference) for preference in preferences],
    }
    write_record(path, record)
