"""The line "# id" above a dialogue in plain text: exports write it, imports read it."""

import re
from dataclasses import dataclass

from sqpsych.records import SPEAKERS, Ending, Speaker

_PERSON_MARKS = {speaker: f"the {speaker} is a person" for speaker in SPEAKERS}
_REJECTED_MARK = "rejected"
_MARK = "|".join((*_PERSON_MARKS.values(), _REJECTED_MARK))
_LINE = re.compile(rf"# (\S+)((?:\s+\((?:{_MARK})\))*)\s*")


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a dialogue: "# d1 (the therapist is a person) (rejected)"."""

    name: str
    """Id of the dialogue."""
    people: tuple[Speaker, ...] = ()
    """Who typed their lines; the others are models."""
    ending: Ending = "closed"

    def __str__(self) -> str:
        """Write the line, without its end."""
        marks = [_PERSON_MARKS[speaker] for speaker in self.people]
        marks += [_REJECTED_MARK] * (self.ending == "rejected")
        return " ".join([f"# {self.name}", *(f"({mark})" for mark in marks)])


def parse_heading(line: str) -> Heading | None:
    """Read a line back; None for one that is no heading."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    name, marks = found.groups()
    people = tuple(speaker for speaker, mark in _PERSON_MARKS.items() if mark in marks)
    return Heading(name, people, "rejected" if _REJECTED_MARK in marks else "closed")
