"""Phrases are tried wherever they may match: none is passed over for want of a word."""

import random
import tomllib
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from itertools import product
from typing import Any

import pytest

from sqpsych.records import Symptom
from sqpsych.wording import find_mentions, load_lexicon, mentions, symptoms
from sqpsych.wording.shortlist import Shortlist
from sqpsych.wording.symptoms import PATTERNS

kinds: Any = import_module("re._constants")
parser: Any = import_module("re._parser")

SAMPLES = 10
"""Texts drawn from each phrase."""


def draw(tree: Any, rng: random.Random) -> str:
    """Draw a text that a parsed expression matches, looks ahead and behind left aside."""
    drawn = []
    for kind, value in tree:
        if kind is kinds.LITERAL:
            drawn.append(chr(value))
        elif kind is kinds.IN:
            drawn.append(draw_letter(*rng.choice(value)))
        elif kind is kinds.BRANCH:
            drawn.append(draw(rng.choice(value[1]), rng))
        elif kind is kinds.SUBPATTERN:
            drawn.append(draw(value[3], rng))
        elif kind in (kinds.MAX_REPEAT, kinds.POSSESSIVE_REPEAT):
            least, most, inner = value
            times = rng.randint(least, min(int(most), least + 1))
            drawn.extend(draw(inner, rng) for _ in range(times))
        else:
            assert kind in (kinds.AT, kinds.ASSERT, kinds.ASSERT_NOT), kind
    return "".join(drawn)


def draw_letter(kind: Any, value: Any) -> str:
    if kind is kinds.LITERAL:
        return chr(value)
    assert kind in (kinds.CATEGORY, kinds.RANGE), kind
    return "7" if value is kinds.CATEGORY_DIGIT else "q"


def draw_texts() -> Iterator[tuple[Symptom, str, str]]:
    """Draw texts from all phrases: the symptom, the name of the pattern, a text."""
    rng = random.Random(0)
    data = tomllib.loads((files("sqpsych.wording") / "symptoms.toml").read_text("utf-8"))
    macros = data.pop("macros")
    for symptom, (name, groups) in product(Symptom, PATTERNS.items()):
        for phrase in "\n".join(data[symptom].get(group, "") for group in groups).split("\n"):
            tree = parser.parse(symptoms._join(phrase, macros))
            for _ in range(SAMPLES if phrase else 0):
                yield symptom, name, " ".join(draw(tree, rng).split())


def test_whatever_a_phrase_matches_is_on_the_shortlist() -> None:
    tried = 0
    for symptom, name, text in draw_texts():
        if getattr(load_lexicon()[symptom], name).search(text):
            tried += 1
            assert name in mentions._find_candidates(text).get(symptom, ()), text
    assert tried > 5000


@pytest.mark.parametrize(
    ("phrase", "needed"),
    [
        ("(?:fall|fell) asleep", {"asleep"}),
        ("hopeless(?:ness)?", {"hopele"}),
        ("(?:un)?happy days", {"days"}),
        ("hobbies?", {"hobbie"}),
        ("(?:my )?moods?", {"mood"}),
        ("<worn> out(?! of)", {"worn", "tired"}),
        ("heart(?:'s| is)<worn>? ?heavy", {"heart"}),
        ("<lazy>heavy heart", {"heart"}),
        ("up at (?:two|3)", {"up"}),
        ("very sad|very low", {"sad", "low"}),
    ],
)
def test_words_that_a_phrase_cannot_do_without(phrase: str, needed: set[str]) -> None:
    shortlist = Shortlist({"worn": "(?:worn|tired)", "lazy": r"(?:\w+ly ?)?"})
    assert shortlist.find_needed(phrase) == needed


@pytest.mark.parametrize("phrase", ["(?:sad)?", r"\w+ly", "a|sad", "(?:un)?q"])
def test_phrase_without_such_a_word_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="needs a word"):
        Shortlist({}).find_needed(phrase)


def test_phrases_of_common_words_alone_are_found() -> None:
    for text in ("There is no way out.", "I feel no good."):
        assert {m.kind for m in find_mentions(text)} == {"claimed"}, text
