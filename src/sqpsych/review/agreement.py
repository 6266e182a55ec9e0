"""How far the raters of a study agree, as it forms, and where they do not."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from sqpsych.assessment.judging import CONSENSUS, Rubric, list_categories
from sqpsych.records import Evidence, Record, Score
from sqpsych.review.answering import Note
from sqpsych.review.store import ReviewStore
from sqpsych.review.study import (
    PREFERENCE,
    Choice,
    Event,
    Item,
    Judgement,
    ReviewStudy,
    Winner,
)

if TYPE_CHECKING:
    from sqpsych.assessment.statistics import CriterionAgreement

LEAST_UNITS = 3
"""Texts rated twice, below which the owner's page shows no figure: intervals span everything."""
DRAWS = 500
"""Samples an interval on the owner's page rests on."""
CHOICE_VALUES: Mapping[Winner, float] = {"a": 1.0, "tie": 0.0, "b": -1.0}
"""How the choice between two texts is counted."""


class Adjudication(Record):
    """What the owner settles where raters differ."""

    value: int | None = None
    """On the criterion's scale; for a pair 1 for a, 0 for a tie, -1 for b. None: no ground."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one rater says of one criterion of one item."""

    rater: str
    value: int | None
    groundless: bool
    comment: str
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One criterion of one item that raters see differently."""

    item: str
    criterion: str
    opinions: tuple[Opinion, ...]
    spread: int
    """Points between the highest and the lowest value; 0 where they agree by now."""
    settled: Adjudication | None

    @property
    def agreed(self) -> bool:
        """Whether raters agree by now on what was settled before."""
        return len({opinion.value for opinion in self.opinions}) == 1


def list_scores(store: ReviewStore, *, finished_only: bool = False) -> tuple[Score, ...]:
    """List the current ratings of real items as scores, by item and rater.

    Args:
        store: the study.
        finished_only: leave out tasks that are not done yet; skipped ones are always left out.
    """
    items, tasks = store.read_items(), {task.id: task for task in store.read_tasks()}
    states = store.read_states()
    events = store.events.read_ratings() + store.events.read_choices()
    scores = []
    for event in events:
        task = tasks[event.task or ""]
        kept = {"finished"} if finished_only else {"finished", "started"}
        if items[task.item].training or states[task.id] not in kept:
            continue
        score = make_score(store.study, event, items[task.item])
        if score is not None:
            scores.append(score)
    return tuple(scores)


def make_score(study: ReviewStudy, event: Event, item: Item) -> Score | None:
    """Make a score of a rating or a choice; None where nothing was decided yet."""
    if event.kind == "chosen":
        choice = Choice.model_validate_json(event.body)
        if choice.winner is None:
            return None
        return Score(
            subject=item.id,
            measure=PREFERENCE,
            criterion=PREFERENCE,
            value=CHOICE_VALUES[choice.winner],
            rater=event.person,
            reason=choice.reason or None,
        )
    judgement = Judgement.model_validate_json(event.body)
    if not judgement.given or study.rubric is None:
        return None
    said = {turn.index: turn.text for text in item.texts for turn in text.turns}
    return Score(
        subject=item.id,
        measure=study.rubric.id,
        criterion=event.criterion or "",
        value=judgement.value,
        rater=event.person,
        evidence=tuple(Evidence(turn=turn, quote=said[turn]) for turn in judgement.evidence),
        reason=judgement.comment or None,
    )


def measure_agreement(
    study: ReviewStudy, scores: Sequence[Score], draws: int = DRAWS
) -> "tuple[CriterionAgreement, ...]":
    """Measure how far raters agree: alpha, ICC, weighted kappa, by criterion and in total.

    Args:
        study: whose rubric gives the scales.
        scores: see `list_scores`.
        draws: samples an interval rests on.

    Returns:
        In the order of the rubric, the total last; empty without scores.
    """
    from sqpsych.assessment.statistics import agree

    categories: dict[str, Sequence[float]] = {PREFERENCE: sorted(CHOICE_VALUES.values())}
    if study.rubric is not None:
        categories |= list_categories(study.rubric)
    ordered = sorted(scores, key=lambda score: _place(study.rubric, score.criterion))
    return agree(ordered, categories, study.seed, draws)


class AgreementWatch:
    """The agreement so far, measured anew only when something was rated since."""

    def __init__(self, store: ReviewStore) -> None:
        """Watch a study."""
        self._store = store
        self._lock = Lock()
        self._seen = -1
        self._known: tuple[CriterionAgreement, ...] = ()

    def measure(self) -> "tuple[CriterionAgreement, ...]":
        """The agreement of all that is saved now."""
        with self._lock:
            count = self._store.events.count()
            if count != self._seen:
                self._known = measure_agreement(self._store.study, list_scores(self._store))
                self._seen = count
            return self._known


def list_disagreements(store: ReviewStore) -> tuple[Disagreement, ...]:
    """List where raters of the same item differ, the widest first, and what was settled.

    What was settled stays on the list when raters come to agree afterwards. Tasks that are not done
    yet are left out: their ratings may still change.
    """
    opinions: dict[tuple[str, str], list[Opinion]] = defaultdict(list)
    for score in list_scores(store, finished_only=True):
        opinions[score.subject, score.criterion].append(
            Opinion(
                rater=score.rater,
                value=None if score.value is None else int(score.value),
                groundless=score.value is None,
                comment=score.reason or "",
                evidence=tuple(evidence.turn for evidence in score.evidence),
            )
        )
    settled = read_settled(store)
    found = []
    for (item, criterion), some in opinions.items():
        if len({opinion.value for opinion in some}) < 2 and (item, criterion) not in settled:
            continue
        values = [opinion.value for opinion in some if opinion.value is not None]
        spread = max(values) - min(values) if values else 0
        some.sort(key=lambda opinion: opinion.rater)
        found.append(
            Disagreement(item, criterion, tuple(some), spread, settled.get((item, criterion)))
        )
    order = list(store.read_items())
    rubric = store.study.rubric
    return tuple(
        sorted(found, key=lambda d: (-d.spread, order.index(d.item), _place(rubric, d.criterion)))
    )


def find_consensus(
    scores: Sequence[Score], settled: Mapping[tuple[str, str], Adjudication]
) -> tuple[Score, ...]:
    """Find what holds where two or more raters finished: what was settled, or what all gave.

    Args:
        scores: of finished tasks, by item.
        settled: see `read_settled`.
    """
    groups: dict[tuple[str, str], list[Score]] = defaultdict(list)
    for score in scores:
        groups[score.subject, score.criterion].append(score)
    found = []
    for place, group in groups.items():
        values = {score.value for score in group}
        decided = settled.get(place)
        if len(group) < 2 or (len(values) > 1 and decided is None):
            continue
        value = decided.value if decided else group[0].value
        reason = decided.reason or None if decided else None
        found.append(
            Score(
                subject=group[0].subject,
                measure=group[0].measure,
                criterion=group[0].criterion,
                value=value,
                rater=CONSENSUS,
                reason=reason,
            )
        )
    return tuple(found)


def read_settled(store: ReviewStore) -> dict[tuple[str, str], Adjudication]:
    """Read what the owner has settled, by item and criterion."""
    return {
        (event.item or "", event.criterion or ""): Adjudication.model_validate_json(event.body)
        for event in store.events.read_adjudications()
    }


def read_notes(store: ReviewStore) -> dict[str, str]:
    """Read what raters say of dialogues as a whole, by task."""
    return {
        event.task or "": Note.model_validate_json(event.body).text
        for event in store.events.read_notes()
    }


def _place(rubric: Rubric | None, criterion: str) -> int:
    names = [one.id for one in rubric.criteria] if rubric else [PREFERENCE]
    return names.index(criterion) if criterion in names else len(names)
