"""Reading which labels a model gave, never guessing in its favour.

The asked format is a JSON list, as the whole text or as its last line, or a last line
"Labels: a, b", with the benchmark's own names. Either case, other spacing, kinds of quotes and
dashes, and bold are let pass. Where there is neither, these are looked for, in this order:

1. a JSON list between code marks, or an object with the key "labels";
2. a line "Labels: ..." that is not the last, or with brackets;
3. lines that are a label each, as a list with or without bullets, and nothing else.

A name that is none of the benchmark's makes the answer malformed, and is recorded; the names beside
it do not count then. An empty list is an answer where a case of the benchmark has no label, else it
is malformed. Two lists that differ are no answer. Thoughts are left out as in `answers`.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqpsych.benchmarks.answers.choice_answers import Form, leave_out_thoughts


@dataclass(frozen=True, slots=True)
class LabelReading:
    """What a model answered to a case that any number of labels belong to."""

    labels: frozenset[str] | None
    """None: no answer that can be used."""
    form: Form
    reason: str
    """Where the labels were found, or why there are none."""
    unknown: tuple[str, ...] = ()
    """Names that are none of the benchmark's."""


_LABELS_LINE = re.compile(r"[\s>#*_`-]*labels?\s*[*_]*\s*:\s*[*_]*(?P<list>.*)", re.IGNORECASE)
_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_NONE = {"", "none", "n/a", "[]", "-", "no labels"}


def read_labels(text: str, labels: Sequence[str], *, allows_none: bool = False) -> LabelReading:
    """Read which labels were given.

    Args:
        text: all that the model wrote.
        labels: the benchmark's own names.
        allows_none: whether an empty list is an answer.
    """
    said = leave_out_thoughts(text)
    if said is None:
        return LabelReading(None, "none", "the thought was never closed")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if not lines:
        return LabelReading(None, "none", "nothing was written")
    own = {_tidy(label): label for label in labels}
    asked = _find_asked(said, lines)
    if asked is not None:
        if any(_differ(names, asked, own) for names in _find_lists(lines[:-1], own)):
            return LabelReading(None, "none", "several lists")
        return _judge(_split(asked, own), own, "asked", allows_none)
    return _read_other(said, lines, own, allows_none)


def _read_other(
    said: str, lines: Sequence[str], own: dict[str, str], allows_none: bool
) -> LabelReading:
    """Read labels that are given in another way than asked."""
    found = list(_find_other(said, lines, own))
    if not found:
        return LabelReading(None, "none", "no list of labels")
    if len({frozenset(map(_tidy, names)) for names in found}) > 1:
        return LabelReading(None, "none", "several lists")
    return _judge(found[0], own, "other", allows_none)


def _find_asked(said: str, lines: Sequence[str]) -> list[str] | str | None:
    """The list of the asked format: its items, or the line of them."""
    for candidate in (said, lines[-1]):
        items = _parse_list(candidate)
        if items is not None:
            return items
    match = _LABELS_LINE.fullmatch(lines[-1])
    return match["list"] if match and not match["list"].lstrip().startswith(("[", "{")) else None


def _parse_list(text: str) -> list[str] | None:
    """Items of a JSON list, as texts; None where it is no list."""
    try:
        items = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    if not isinstance(items, list):
        return None
    return [item if isinstance(item, str) else json.dumps(item) for item in items]


def _find_lists(lines: Sequence[str], own: dict[str, str]) -> Iterator[list[str]]:
    """Names in the lines that are a JSON list, or begin with "Labels:"."""
    for line in lines:
        items = _parse_list(line)
        if items is not None:
            yield items
        match = _LABELS_LINE.fullmatch(line)
        if match and match["list"].strip():
            yield _split(match["list"], own)


def _differ(names: list[str], asked: list[str] | str, own: dict[str, str]) -> bool:
    return set(map(_tidy, names)) != set(map(_tidy, _split(asked, own)))


def _find_other(said: str, lines: Sequence[str], own: dict[str, str]) -> Iterator[list[str]]:
    """Lists that are given in another way than asked."""
    texts = [match[1] for match in _FENCE.finditer(said)] + [said, lines[-1]]
    keyed = list(
        dict.fromkeys(tuple(found) for found in map(_parse_keyed, texts) if found is not None)
    )
    if keyed:
        yield from (list(found) for found in keyed)
        return
    written = list(_find_lists(lines, own))
    if written:
        yield from written
        return
    headed = lines[1:] if _LABELS_LINE.fullmatch(lines[0]) else lines
    names = [_BULLET.sub("", line) for line in headed]
    if names and all(_tidy(name) in own for name in names):
        yield names


def _parse_keyed(text: str) -> list[str] | None:
    items = _parse_list(text)
    if items is not None:
        return items
    try:
        parsed = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("labels"), list):
        return None
    return _parse_list(json.dumps(parsed["labels"]))


def _split(given: list[str] | str, own: dict[str, str]) -> list[str]:
    """Split a line into names; commas within a name of the benchmark do not part it."""
    if not isinstance(given, str):
        return given
    inner = given.strip().strip("*_`.").strip()
    if inner.startswith("[") and inner.endswith("]"):
        items = _parse_list(inner)
        if items is not None:
            return items
        inner = inner[1:-1]
    if inner.casefold() in _NONE:
        return []
    parts = inner.split(",")
    names, place = [], 0
    while place < len(parts):
        ends = range(len(parts), place, -1)
        end = next((e for e in ends if _tidy(",".join(parts[place:e])) in own), place + 1)
        names.append(",".join(parts[place:end]).strip())
        place = end
    return names


def _judge(names: list[str], own: dict[str, str], form: Form, allows_none: bool) -> LabelReading:
    unknown = tuple(name for name in names if _tidy(name) not in own)
    if unknown:
        return LabelReading(None, "malformed", "names that are no label", unknown)
    if not names and not allows_none:
        return LabelReading(None, "malformed", "an empty list, where every case has a label")
    where = "as asked" if form == "asked" else "in the text"
    return LabelReading(frozenset(own[_tidy(name)] for name in names), form, where)


def _tidy(name: str) -> str:
    """A name with one kind of quotes, dashes and spaces, in small letters, without edges."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    plain = re.sub("[‘’ʼ`´]", "'", re.sub("[‐‑‒–—]", "-", plain))
    return " ".join(plain.split()).strip("\"'“”*_. ")
