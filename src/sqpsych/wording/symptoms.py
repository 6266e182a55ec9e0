"""How each symptom is told in everyday English: the words of symptoms.toml."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from sqpsych.records import Symptom

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
Starts = Mapping[str, tuple[tuple[Symptom, PatternName], ...]]
"""Which patterns a word may belong to, by its first letters."""
PATTERNS: Mapping[PatternName, tuple[str, ...]] = {
    "states": ("feels", "feels_fine"),
    "phrases": ("complaints", "all_well"),
    "topics": ("topics",),
}
"""The patterns of a symptom and the groups of phrases they are made of."""


def load_lexicon() -> Mapping[Symptom, SymptomWording]:
    """Load the wording of every symptom of the vocabulary, in its order."""
    return read_lexicon()[0]


START = 6
"""So many letters of a word, if it has them, tell which symptoms it may belong to."""
_COMMON = frozenset(
    """
    about again all and any are around back been before being but can come constantly could day did
    does don every feel feels felt for from full get gets getting going good got had has have how
    into just keep keeps kept little make makes making made more most much never next not now off
    one out over really say says see some such take takes that the them then there thing things
    this through time today too took very want was way went were what when who why will with
    without won you
    """.split()
)


@cache
def read_lexicon() -> tuple[Mapping[Symptom, SymptomWording], Starts]:
    """Read the lexicon, and which patterns a word may belong to by its first letters."""
    data = tomllib.loads((files("sqpsych.wording") / "symptoms.toml").read_text("utf-8"))
    macros = data.pop("macros")
    lexicon = {symptom: _build(symptom, data[symptom], macros) for symptom in Symptom}
    starts: dict[str, list[tuple[Symptom, PatternName]]] = {}
    for symptom in Symptom:
        for name, groups in PATTERNS.items():
            for start in _find_starts(data[symptom], groups):
                starts.setdefault(start, []).append((symptom, name))
    return lexicon, {start: tuple(patterns) for start, patterns in starts.items()}


def _find_starts(entry: Mapping[str, Any], groups: Sequence[str]) -> set[str]:
    phrases = " ".join(entry.get(group, "") for group in groups)
    whole = re.sub(r"<[a-z]+>|\\[a-z]|\(\?![^()]*\)", " ", phrases)
    words = re.findall(r"[a-z]{3,}", re.sub(r"[a-z]\?", " ", whole))
    return {word[:START] for word in words if word not in _COMMON}


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
