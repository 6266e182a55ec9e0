"""The course of a session: how it opens, whether it closes with a next date, where it breaks off.

That a session should close with the next appointment is a criterion of the experts' rating of the
SQPsych corpus (arXiv:2510.25384). The phrases are English; where a sample is in another language,
only what is told without them is measured.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from sqpsych.assessment.figures import Finding, Measured, Row
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.statistics.rates import (
    join_found,
    keep_found,
    miss_english,
    rate_mean,
    rate_ratio,
    rate_with,
)
from sqpsych.records import Dialogue, Turn
from sqpsych.wording import phrases, plain

FAREWELL_TURNS = 2
"""The last turns, in one of which a farewell is expected."""
DATE_TURNS = 4
"""The last turns, in one of which the next appointment is expected: it is often made just before
the farewells."""
PUNCTUATED = 0.8
"""A speaker with such a share of lines that end in a full stop or the like ends sentences so."""

_GREETING = re.compile(
    r"\b(?:hello|hi|hey|good (?:morning|afternoon|evening|day)|welcome|greetings|"
    r"(?:nice|good|great|lovely|pleased|glad|happy) to (?:see|meet|have) you|"
    r"(?:glad|pleased|happy) (?:that )?you(?:'re here| are here| came| could| made)|"
    r"thanks? (?:you )?(?:so much )?for (?:coming|making|being here|joining))\b"
)
_ASKING = re.compile(
    r"\?|\b(?:tell me|let me know|i(?:'m| am)? (?:wonder(?:ing)?|curious)|"
    r"i(?:'d| would) (?:like|love) to (?:hear|know|ask)|what brings you)\b"
)
_FAREWELL = re.compile(
    r"\b(?:(?:see|meet|talk to|speak to) you (?:in|at|again|this|that|tomorrow|around|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)|all the (?:very )?best|good ?night|"
    r"look(?:ing)? forward to (?:it|seeing|meeting|our|next|then|hearing|talking|speaking|"
    r"continuing)|(?:un)?till (?:then|tomorrow|next|(?:mon|tues|wednes|thurs|fri|satur|sun)day)|"
    r"until (?:tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day)|"
    r"(?:talk|speak|see you|be in touch) soon|"
    r"thanks?(?: you)? (?:so much |very much )?for (?:today|your time|coming)|"
    r"(?:we'll|let's|we will|we can) (?:stop|end|leave it|finish) (?:here|there)|"
    r"have a (?:good|great|nice|lovely|calm|pleasant|wonderful|safe|restful|peaceful) \w+)\b"
)
_NUMBER = (
    r"(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|\d+)(?: (?:couple|few)(?: of)?)?"
)
_NEXT_DATE = re.compile(
    r"\b(?:(?:this|that|next|following) (?:coming )?(?:week|month|fortnight)|the week after|"
    r"same (?:time|day|hour)|tomorrow|fortnight|"
    rf"(?:in|after|within)(?: about| around)? {_NUMBER} (?:days?|weeks?|months?)|"
    rf"{_NUMBER} (?:days?|weeks?|months?) (?:from (?:now|today)|later)|"
    r"(?:on|by|until|till) the \d{1,2}(?:st|nd|rd|th)|\d{1,2}[./-]\d{1,2}(?:[./-]\d{2,4})?|"
    r"(?:at )?\d{1,2}(?::\d\d)? ?(?:[ap]\.?m\b|o'clock)|at (?:half past|quarter (?:past|to)) \w+)"
)
_END = re.compile(r"[.!?…。:;)\]*~][\"'”’»)\]*\s]*\Z|[^\w\s,–—-]\Z")
_BREAK = re.compile(r"(?:[,;–—-]|\w-)\s*\Z")
_GOES_ON = frozenset(
    """
    a an the and or but because if that which who whose whom when while where than as of to from
    with for by at into onto about between during without within your my our their his its i we
    they he she is are was were be been will would could should can may might must you're i'm
    we're they're it's i'll we'll you'll i've we've you've i'd very really
    """.split()
)
"""Words that no sentence ends with, or next to none."""

_ENGLISH_ROWS = (
    "opens with a greeting, share",
    "opens with a greeting or a question, share",
    "closes with a farewell, share",
    "closes with a next date, share",
)


def find_opening_faults(dialogue: Dialogue) -> tuple[Finding, ...]:
    """Find a first line of the therapist that neither greets nor asks, in English."""
    first = _find_first(dialogue)
    if first is None or greets(first.text) or asks(first.text):
        return ()
    return (Finding(first.index, "no_opening", first.text),)


def find_closing_faults(dialogue: Dialogue) -> tuple[Finding, ...]:
    """Find an end without a farewell, or with one but without a next date, in English.

    A farewell is looked for in the last two turns that say anything; the date, which may be a
    weekday, a day of the month, "next week", "in a month" or "same time", in the last four.
    """
    turns = _list_spoken(dialogue)
    if not turns:
        return ()
    last = turns[-1]
    if not closes(turns):
        return (Finding(last.index, "no_closing", last.text),)
    if not names_next_date(turns):
        return (Finding(last.index, "no_next_date", last.text),)
    return ()


def find_abrupt_end(dialogue: Dialogue) -> tuple[Finding, ...]:
    """Find a last line that is cut off in mid-sentence.

    It ends in a comma or hyphen, or without a full stop or the like in a word such as "the"; or in
    any word where its speaker ends lines properly, four in five of three or more, and the last
    sentence has four words and is neither thanks nor a farewell.
    """
    turns = _list_spoken(dialogue)
    if not turns or not _is_cut(turns[-1].text, _list_endings(turns)):
        return ()
    return (Finding(turns[-1].index, "abrupt_end", turns[-1].text),)


def find_one_speaker(dialogue: Dialogue) -> tuple[Finding, ...]:
    """Find a dialogue in which only one side says anything."""
    turns = _list_spoken(dialogue)
    if len({turn.speaker for turn in turns}) != 1:
        return ()
    return (Finding(turns[0].index, "one_speaker", turns[0].text),)


def greets(text: str) -> bool:
    """Whether a line greets, in English."""
    return _GREETING.search(plain(text)) is not None


def asks(text: str) -> bool:
    """Whether a line asks for something to be told, in English."""
    return _ASKING.search(plain(text)) is not None


def closes(turns: Sequence[Turn]) -> bool:
    """Whether there is a farewell in the last turns, in English."""
    return any(_says_farewell(turn.text) for turn in turns[-FAREWELL_TURNS:])


def names_next_date(turns: Sequence[Turn]) -> bool:
    """Whether the last turns name a next appointment, in English."""
    return any(
        phrases.DATES.search(turn.text) or _NEXT_DATE.search(plain(turn.text))
        for turn in turns[-DATE_TURNS:]
    )


def _says_farewell(text: str) -> bool:
    return bool(phrases.FAREWELLS.search(text) or _FAREWELL.search(plain(text)))


def _list_spoken(dialogue: Dialogue) -> list[Turn]:
    """Turns that say anything."""
    return [turn for turn in dialogue.turns if re.search(r"\w", turn.text)]


def _find_first(dialogue: Dialogue) -> Turn | None:
    """The therapist's first line."""
    return next((turn for turn in _list_spoken(dialogue) if turn.speaker == "therapist"), None)


def _list_endings(turns: Sequence[Turn]) -> list[bool]:
    """Whether the earlier lines of the last speaker end properly."""
    last = turns[-1]
    return [bool(_END.search(t.text.strip())) for t in turns[:-1] if t.speaker == last.speaker]


def _is_cut(text: str, earlier: Sequence[bool]) -> bool:
    line = text.strip()
    if _BREAK.search(line):
        return True
    if _END.search(line):
        return False
    sentence = re.split(r"[.!?…]\s", plain(line))[-1]
    if sentence.split()[-1] in _GOES_ON:
        return True
    proper = len(earlier) >= 3 and sum(earlier) >= PUNCTUATED * len(earlier)
    polite = "thank" in sentence or _says_farewell(sentence)
    return proper and len(sentence.split()) >= 4 and not polite


def measure_course(sample: Sample) -> Measured:
    """Measure how sessions open, close and break off."""
    english = sample.language == "en"
    found = join_found(
        [find_opening_faults(d) if english else () for d in sample.closed],
        [find_closing_faults(d) if english else () for d in sample.closed],
        [find_abrupt_end(d) for d in sample.closed],
        [find_one_speaker(d) for d in sample.closed],
    )
    rows = (
        *(_rate_phrases(sample) if english else miss_english(sample, _ENGLISH_ROWS)),
        rate_with(sample, "cut off at the end, share", found, "abrupt_end"),
        rate_with(sample, "only one side speaks, share", found, "one_speaker"),
        rate_mean(sample, "turns a dialogue", [len(d.turns) for d in sample.closed]),
        rate_ratio(
            sample, "two turns of one side in a row, share", _count_doubles(sample), "lower"
        ),
    )
    return Measured(rows, keep_found(sample, found))


def _rate_phrases(sample: Sample) -> tuple[Row, ...]:
    firsts = [_find_first(dialogue) for dialogue in sample.closed]
    spoken = [_list_spoken(dialogue) for dialogue in sample.closed]
    greeted = [None if turn is None else greets(turn.text) for turn in firsts]
    opened = [None if turn is None else greets(turn.text) or asks(turn.text) for turn in firsts]
    closed = [closes(turns) if turns else None for turns in spoken]
    dated = [names_next_date(turns) if turns else None for turns in spoken]
    both = [a if a is None or b is None else a and b for a, b in zip(closed, dated, strict=True)]
    silent, empty = "the therapist never speaks", "no one speaks"
    return (
        rate_mean(sample, _ENGLISH_ROWS[0], greeted, "higher", why=silent),
        rate_mean(sample, _ENGLISH_ROWS[1], opened, "higher", why=silent),
        rate_mean(sample, _ENGLISH_ROWS[2], closed, "higher", why=empty),
        rate_mean(sample, _ENGLISH_ROWS[3], both, "higher", why=empty),
    )


def _count_doubles(sample: Sample) -> list[tuple[int, int]]:
    """Of each dialogue: turns whose speaker spoke before, out of all turns but the first."""
    pairs = [list(pairwise(dialogue.turns)) for dialogue in sample.closed]
    return [(sum(a.speaker == b.speaker for a, b in turns), len(turns)) for turns in pairs]


COURSE = Measure(
    name="course",
    title="Course of the session",
    about="Whether the therapist's first line greets or asks, whether the last two turns hold a "
    "farewell and the last four a next date, and whether the last line breaks off, by patterns of "
    "English phrases; a closing with a next date is a criterion of the experts' rating of the "
    "SQPsych corpus (arXiv:2510.25384).",
    take=measure_course,
)
