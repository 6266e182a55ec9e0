"""Which people belong to which of two groups: what leakage is measured on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqpsych.errors import InputError
from sqpsych.records import ClientProfile

Labels = tuple[dict[str, int], tuple[str, str]]
"""Group of each dialogue by its id, 0 or 1, and the names of the two groups."""
NO_GROUPS: Labels = ({}, ("0", "1"))


@dataclass(frozen=True, slots=True)
class Grouping:
    """Two groups, by the label of the people or by a total of theirs."""

    instrument: str | None = None
    """Whose total counts; None: the group label the people came with."""
    high: int = 0
    """Group 1: a total of so many points or more."""
    low: int = 0
    """Group 0: a total of at most so many points. People between the two belong to neither."""

    def label(self, profiles: Mapping[str, ClientProfile]) -> Labels:
        """Put each dialogue into a group.

        Args:
            profiles: by id of the dialogue.

        Returns:
            Groups and their names; none where the people have no label, or not two different ones.
        """
        return self._label_totals(profiles) if self.instrument else _label_conditions(profiles)

    def _label_totals(self, profiles: Mapping[str, ClientProfile]) -> Labels:
        labels = {}
        for dialogue, profile in profiles.items():
            total = find_total(profile, self.instrument or "")
            if total is not None and (total >= self.high or total <= self.low):
                labels[dialogue] = int(total >= self.high)
        names = (f"{self.instrument} up to {self.low}", f"{self.instrument} from {self.high}")
        return labels, names


def parse_grouping(given: str) -> Grouping:
    """Read "condition", "INSTRUMENT:HIGH" or "INSTRUMENT:HIGH:LOW" ("phq9:15:2").

    Raises:
        InputError: it is none of them.
    """
    if given == "condition":
        return Grouping()
    match = re.fullmatch(r"([a-z][a-z0-9]*):(\d+)(?::(\d+))?", given)
    if match is None:
        raise InputError(
            f"--group-by is {given!r}; it can be condition, or an instrument with the total from "
            "which people belong to one group and up to which to the other, as in phq9:15:2."
        )
    high = int(match[2])
    low = int(match[3]) if match[3] else high - 1
    if low >= high:
        raise InputError(
            f"--group-by {given}: the lower group ends at {low}, which is not below {high}."
        )
    return Grouping(match[1], high, low)


def find_total(profile: ClientProfile, instrument: str) -> int | None:
    """The total of an instrument, points; None where it was not answered, or not enough."""
    totals = (s.value for s in profile.scores if s.instrument == instrument and s.scale == "total")
    return next(totals, None)


def _label_conditions(profiles: Mapping[str, ClientProfile]) -> Labels:
    names = sorted({p.condition for p in profiles.values() if p.condition})
    if len(names) != 2:
        return NO_GROUPS
    labels = {d: names.index(p.condition) for d, p in profiles.items() if p.condition}
    return labels, (names[0], names[1])
