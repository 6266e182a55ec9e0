"""Which words the phrases of the lexicon cannot do without, so that few of them need be tried.

A phrase is a regular expression of the kind that symptoms.toml is written in: words, groups of
alternatives, things that may be left out, and <macros>. Whatever it matches holds one of a few
words: in "(?:fall|fell) asleep", "asleep". A text without them need not be searched for the phrase.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain

START = 6
"""So many letters of a word, if it has them, tell which phrases it may belong to."""
SHORTEST = 2
"""Letters of the shortest words that count."""
_COSTS = {
    300: "and are but can could for from get have not that the this very was what will with you",
    40: """
    about again all any anything around away back been before being better come constantly day days
    did does doing don down easy enough even ever every everyone everything feel feeling feels felt
    few find full gets getting goes going good got had hard has help her here how into just keep
    keeps kept know let life like little look lot made make makes making mind more most much myself
    never next night nothing now off okay one only other others out over people person put really
    right same say says see small some someone something stand start stay such take takes than them
    then there they thing things think though thought through time times today too took two want
    way week well went were when who why without won work would
    """,
}
"""How many rare words it is worth to do without a common one."""
_TOKEN = re.compile(
    r"(?P<look>\(\?(?:[!=]|<[!=]))|(?P<open>\((?:\?:|\?>)?)|(?P<close>\))|(?P<or>\|)|"
    r"<(?P<macro>[a-z]+)>|(?P<any>\\w|\\d|\[[^\]]*\]|\.)|(?P<edge>\\b|[$^])|"
    r"(?P<word>[a-z]+)|(?P<space> )|(?P<mark>[^a-z ])"
)
_QUANTIFIER = re.compile(r"(?:(?P<optional>[?*]|\{0?,\d*\})|\+|\{\d+(?:,\d*)?\})[?+]?")


@dataclass(frozen=True, slots=True)
class _Part:
    """What is known of a part of a phrase."""

    needed: frozenset[str] | None
    """Beginnings of words of which it holds one; None where that cannot be said."""
    ends_word: bool
    """Whether a word begins after it."""


class Shortlist:
    """Reads phrases, with the macros they are written in."""

    def __init__(self, macros: Mapping[str, str]) -> None:
        """Read phrases that use these macros."""
        self._read_macro = cache(lambda name, begins: self._read(macros[name], 0, begins)[0])

    def find_needed(self, phrase: str) -> frozenset[str]:
        """Find the words of which one stands in all that a phrase matches.

        Args:
            phrase: one of symptoms.toml.

        Returns:
            Their first `START` letters, or all where they have fewer, and at least two.

        Raises:
            ValueError: there are none.
        """
        needed = self._read(phrase, 0, True)[0].needed
        if needed is None:
            raise ValueError(f"A phrase needs a word of two letters or more: {phrase}")
        return needed

    def _read(self, text: str, place: int, begins: bool) -> tuple[_Part, int]:
        """Read alternatives up to the end of their group, where a word begins or does not."""
        parts: list[_Part] = []
        wanted: list[frozenset[str]] = []
        fresh = begins
        while (token := _TOKEN.match(text, place)) and token.lastgroup != "close":
            place = token.end()
            part = _Part(None, ends_word=False)
            match token.lastgroup:
                case "or":
                    parts.append(_Part(_choose(wanted), fresh))
                    wanted, fresh = [], begins
                    continue
                case "edge":
                    continue
                case "look":
                    place = self._read(text, place, False)[1] + 1
                    continue
                case "open":
                    part, place = self._read(text, place, fresh)
                    place += 1
                case "macro":
                    part = self._read_macro(token["macro"], fresh)
                case "word":
                    part, place = _read_word(text, token, fresh)
                case "space" | "mark":
                    part = _Part(None, ends_word=True)
            quantifier = _QUANTIFIER.match(text, place)
            if quantifier:
                place = quantifier.end()
            if quantifier and quantifier["optional"]:
                fresh = fresh and part.ends_word
            else:
                wanted += [part.needed] if part.needed else []
                fresh = part.ends_word
        parts.append(_Part(_choose(wanted), fresh))
        needs = [part.needed for part in parts]
        known = [one for one in needs if one is not None]
        needed = frozenset(chain.from_iterable(known)) if len(known) == len(needs) else None
        return _Part(needed, all(part.ends_word for part in parts)), place


def _read_word(text: str, token: re.Match[str], begins: bool) -> tuple[_Part, int]:
    """Read letters, the last of which may be left out."""
    word, place = token["word"], token.end()
    quantifier = _QUANTIFIER.match(text, place)
    if quantifier:
        place = quantifier.end()
        word = word[:-1] if quantifier["optional"] else word
    needed = frozenset({word[:START]}) if begins and len(word) >= SHORTEST else None
    return _Part(needed, ends_word=False), place


def _choose(wanted: list[frozenset[str]]) -> frozenset[str] | None:
    """Choose the words that are likely to be met least often."""
    return min(wanted, key=_count_cost, default=None)


def _count_cost(words: frozenset[str]) -> int:
    return sum(_COST_OF.get(word, _SHORT_COST if len(word) == SHORTEST else 1) for word in words)


_SHORT_COST = max(_COSTS)
_COST_OF = {word[:START]: cost for cost, words in _COSTS.items() for word in words.split()}
