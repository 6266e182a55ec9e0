"""Who rates what, in which order, on which side of the screen: balanced, and drawn with a seed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from random import Random

from sqpsych.errors import ReviewError
from sqpsych.review.study import Task


def assign(
    items: Mapping[str, str],
    training: Sequence[str],
    raters: Sequence[str],
    overlap: int,
    *,
    sided: bool,
    rng: Random,
    make_id: Callable[[], str],
) -> list[Task]:
    """Give each rater a list of tasks.

    Each item goes to so many raters as asked for, and each rater gets equally many, or one more.
    Raters go through them in different orders, each item early for some and late for others, with
    kinds mixed. Where two texts stand side by side, each stands left about as often as right, for
    each item and for each rater.

    Args:
        items: kind of each item (its corpus, or the corpora of a pair), by id.
        training: items that everyone gets first, in this order.
        raters: names.
        overlap: raters of each item.
        sided: whether items have two sides.
        rng: decides where balance does not.
        make_id: makes ids of tasks.

    Raises:
        ReviewError: there are fewer raters than each item is to have.
    """
    if not 1 <= overlap <= len(raters):
        raise ReviewError(
            f"Each dialogue is to have {overlap} raters, and there are {len(raters)}. Give more "
            "with --raters, or less with --overlap."
        )
    chosen = _choose_raters(items, raters, overlap, rng)
    swapped = _choose_sides(chosen, rng) if sided else set()
    order = _mix(items, rng)
    starts = list(range(len(raters)))
    rng.shuffle(starts)
    tasks = []
    for rater, start in zip(raters, starts, strict=True):
        own = [item for item in _turn(order, start, len(raters)) if rater in chosen[item]]
        for position, item in enumerate([*training, *own]):
            side = (item, rater) in swapped
            tasks.append(
                Task(id=make_id(), person=rater, item=item, position=position, swapped=side)
            )
    return tasks


def _choose_raters(
    items: Mapping[str, str], raters: Sequence[str], overlap: int, rng: Random
) -> dict[str, list[str]]:
    """Raters of each item: those with least to do, then least of this kind, then newly met."""
    load: Counter[str] = Counter()
    of_kind: Counter[tuple[str, str]] = Counter()
    met: Counter[frozenset[str]] = Counter()
    chosen: dict[str, list[str]] = {}
    for item, kind in items.items():
        own: list[str] = []
        for _ in range(overlap):
            lots = {rater: rng.random() for rater in raters}

            def rank(rater: str) -> tuple[int, int, int, float]:
                together = sum(met[frozenset((rater, other))] for other in own)  # noqa: B023
                return load[rater], of_kind[rater, kind], together, lots[rater]  # noqa: B023

            best = min((rater for rater in raters if rater not in own), key=rank)
            met.update(frozenset((best, other)) for other in own)
            own.append(best)
            load[best] += 1
            of_kind[best, kind] += 1
        chosen[item] = own
    return chosen


def _choose_sides(chosen: Mapping[str, Sequence[str]], rng: Random) -> set[tuple[str, str]]:
    """Items and raters for whom b stands on the left."""
    lead: Counter[str] = Counter()
    swapped = set()
    items = list(chosen)
    rng.shuffle(items)
    for item in items:
        raters = list(chosen[item])
        rng.shuffle(raters)
        # Those who had b on the left more often come last, and get a; an odd one makes up its own.
        raters.sort(key=lambda rater: lead[rater])
        half, odd = divmod(len(raters), 2)
        middle = lead[raters[half]] if odd else 0
        more = odd and (middle < 0 or (middle == 0 and rng.random() < 0.5))
        for place, rater in enumerate(raters):
            left_is_b = place < half + more
            lead[rater] += 1 if left_is_b else -1
            if left_is_b:
                swapped.add((item, rater))
    return swapped


def _mix(items: Mapping[str, str], rng: Random) -> list[str]:
    """An order in which kinds take turns and are shuffled within each turn."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for item, kind in items.items():
        by_kind[kind].append(item)
    for members in by_kind.values():
        rng.shuffle(members)
    order = []
    for place in range(max(map(len, by_kind.values()), default=0)):
        row = [members[place] for members in by_kind.values() if place < len(members)]
        rng.shuffle(row)
        order += row
    return order


def _turn(order: Sequence[str], start: int, starts: int) -> list[str]:
    """The order from another beginning; every second one backwards, so that neighbours differ."""
    cut = start * len(order) // starts
    turned = [*order[cut:], *order[:cut]]
    return turned[::-1] if start % 2 else turned
