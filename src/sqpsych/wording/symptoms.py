"""How each symptom is told in everyday English: the words of symptoms.toml."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain, product
from typing import Any, Literal

from sqpsych.records import Symptom
from sqpsych.wording.shortlist import SHORTEST, START, Shortlist

Area = Literal[
    "mood",
    "interest",
    "sleep",
    "energy",
    "body",
    "appetite",
    "concentration",
    "self_worth",
    "outlook",
    "worry",
    "people",
    "closeness",
    "safety",
]
"""Part of life a symptom belongs to; "energy" includes the pace of the body."""


@dataclass(frozen=True, slots=True)
class SymptomWording:
    """How one symptom is told in everyday English."""

    symptom: Symptom
    name: str
    """Plain noun phrase for what is asked about ("sleep")."""
    area: Area
    part_of: tuple[Symptom, ...]
    """Symptoms that are claimed along with it."""
    says: tuple[str, ...]
    """Ways a person lives it: verb phrases that follow "that they "."""
    fine: tuple[str, ...]
    """Ways to say that all is well there, in the same form."""
    scenes: tuple[str, ...]
    """Small things that go with it, in the same form, which claim nothing else."""
    states: re.Pattern[str]
    """Words for how one is or feels, in the groups `feels` and `feels_fine`."""
    phrases: re.Pattern[str]
    """Whole phrases, in the groups `complaints` and `all_well`."""
    topics: re.Pattern[str]
    """Words by which a therapist speaks of it without taking sides."""


PatternName = Literal["states", "phrases", "topics"]
PATTERNS: Mapping[PatternName, tuple[str, ...]] = {
    "states": ("feels", "feels_fine"),
    "phrases": ("complaints", "all_well"),
    "topics": ("topics",),
}
"""The patterns of a symptom and the groups of phrases they are made of."""


def load_lexicon() -> Mapping[Symptom, SymptomWording]:
    """Load the wording of every symptom of the vocabulary, in its order."""
    return _read_lexicon()[0]


@lru_cache(maxsize=1 << 15)
def find_patterns(word: str) -> tuple[tuple[Symptom, PatternName], ...]:
    """Find the patterns that are worth trying on a text because this word stands in it.

    Args:
        word: the letters a to z that stand together, at least `SHORTEST`.

    Returns:
        Each once. A pattern that is found for no word of a text matches nothing of it.
    """
    starts = _read_lexicon()[1]
    sizes = range(SHORTEST, min(len(word), START) + 1)
    return tuple(dict.fromkeys(chain.from_iterable(starts.get(word[:size], ()) for size in sizes)))


@cache
def _read_lexicon() -> tuple[
    Mapping[Symptom, SymptomWording], Mapping[str, list[tuple[Symptom, PatternName]]]
]:
    """Read the lexicon, and the patterns that a word may belong to by its first letters."""
    data = tomllib.loads((files("sqpsych.wording") / "symptoms.toml").read_text("utf-8"))
    macros = data.pop("macros")
    lexicon = {symptom: _build(symptom, data[symptom], macros) for symptom in Symptom}
    shortlist = Shortlist(macros)
    starts: dict[str, list[tuple[Symptom, PatternName]]] = {}
    for symptom, (name, groups) in product(Symptom, PATTERNS.items()):
        phrases = "\n".join(data[symptom].get(group, "") for group in groups).split("\n")
        for start in frozenset().union(*map(shortlist.find_needed, filter(None, phrases))):
            starts.setdefault(start, []).append((symptom, name))
    return lexicon, starts


def _build(symptom: Symptom, entry: Mapping[str, Any], macros: Mapping[str, str]) -> SymptomWording:
    return SymptomWording(
        symptom=symptom,
        name=entry["name"],
        area=entry["area"],
        part_of=tuple(Symptom(parent) for parent in entry.get("part_of", ())),
        says=tuple(entry["says"]),
        fine=tuple(entry["fine"]),
        scenes=tuple(entry["scenes"]),
        **{name: _compile(entry, groups, macros) for name, groups in PATTERNS.items()},
    )


def _join(lines: str, macros: Mapping[str, str]) -> str:
    """Join patterns, one a line, into one, with the shorthands written out."""
    joined = "|".join(line for line in lines.splitlines() if line)
    while re.search(r"<[a-z]+>", joined):
        joined = re.sub(r"<([a-z]+)>", lambda name: macros[name[1]], joined)
    return joined


def _compile(
    entry: Mapping[str, Any], groups: Sequence[str], macros: Mapping[str, str]
) -> re.Pattern[str]:
    """Compile groups of patterns into one pattern of whole words, which may match nothing."""
    named = [f"(?P<{name}>{_join(entry[name], macros)})" for name in groups if name in entry]
    return re.compile(rf"(?<![\w'])(?:{'|'.join(named) or '(?!)'})(?!\w)")
