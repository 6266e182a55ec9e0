"""Which text of a comparison stands first on the owner's pages.

Stored pairs have the corpus that was given first as a. On the owner's pages a bit of the item's
random id decides, so that no place gives a corpus away. A choice is 1 for a and -1 for b, and so
is the same choice with its sign turned where b stands first; what is stored keeps its meaning.
"""

from dataclasses import replace

from sqpsych.review.agreement import Adjudication, Disagreement
from sqpsych.review.study import Item, ShownText


def order_texts(item: Item) -> tuple[ShownText, ...]:
    """The texts of an item in the order in which the owner sees them."""
    return item.texts[::-1] if _is_turned(item) else item.texts


def turn_value(item: Item, value: int | None) -> int | None:
    """Turn a stored value into the one the owner sees, or the other way round."""
    return -value if value is not None and _is_turned(item) else value


def turn_disagreement(item: Item, one: Disagreement) -> Disagreement:
    """Turn what raters say, and what was settled, into what the owner sees."""
    opinions = tuple(
        replace(opinion, value=turn_value(item, opinion.value)) for opinion in one.opinions
    )
    settled = one.settled and Adjudication(
        value=turn_value(item, one.settled.value), reason=one.settled.reason
    )
    return replace(one, opinions=opinions, settled=settled)


def _is_turned(item: Item) -> bool:
    return len(item.texts) == 2 and int(item.id, 16) % 2 == 1
