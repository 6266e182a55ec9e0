"""What falls to each session of a run, so that sessions resemble each other as little as they can.

Questions, phrases and situations are dealt like cards: nobody gets one that another session had
while there are others left. Sessions are dealt to in an order drawn from the seed, which has
nothing to do with the order of the people or with their groups.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self, TypeVar

from sqpsych.records import ClientProfile
from sqpsych.roleplay.life import Situation, draw_situation, list_fitting
from sqpsych.seeds import derive_seed

_T = TypeVar("_T")
_PLACES = 2**20


@dataclass(frozen=True, slots=True)
class Lot:
    """What falls to one session."""

    place: int
    """Its place in the order of the run, from 0."""
    seed: int
    """Of the run: all its sessions are dealt from the same shuffled cards."""
    situation: Situation

    @classmethod
    def draw(cls, profile: ClientProfile, seed: int) -> Self:
        """Draw the lot of a session that stands alone.

        Args:
            profile: the client.
            seed: of the session.
        """
        place = derive_seed(seed, "place") % _PLACES
        return cls(place, seed, draw_situation(profile.demographics, derive_seed(seed, "life")))

    def deal(self, choices: Sequence[_T], *about: str | int, after: int = 0) -> _T:
        """Deal one of some choices.

        Args:
            choices: at least one.
            about: what it is for; the same choices are shuffled anew for each.
            after: how many were dealt to this session before, of the same; it gets the next one.
        """
        lap, place = divmod(self.place, len(choices))
        order = _shuffle(len(choices), self.seed, lap, *about)
        return choices[order[(place + after) % len(choices)]]


def deal_lots(profiles: Sequence[ClientProfile], seed: int) -> Mapping[str, Lot]:
    """Deal to every person of a run, by pseudonym.

    Each gets the situation that fewest have had so far, among those that fit.

    Args:
        profiles: all people of the run.
        seed: of the run.
    """
    order = sorted(profiles, key=lambda profile: derive_seed(seed, "lot", profile.pseudonym))
    uses: Counter[str] = Counter()
    lots: dict[str, Lot] = {}
    for place, profile in enumerate(order):
        fitting = list_fitting(profile.demographics)
        fewest = min(uses[situation.id] for situation in fitting)
        left = [situation for situation in fitting if uses[situation.id] == fewest]
        situation = left[derive_seed(seed, "life", profile.pseudonym) % len(left)]
        uses[situation.id] += 1
        lots[profile.pseudonym] = Lot(place, seed, situation)
    return lots


@lru_cache(maxsize=8192)
def _shuffle(count: int, seed: int, lap: int, *about: str | int) -> tuple[int, ...]:
    return tuple(sorted(range(count), key=lambda i: derive_seed(seed, "deal", lap, *about, i)))
