"""How the two sides speak: length, questions, stock openings, reading ease, who talks how much.

The limits at which a turn or dialogue becomes a finding say what is worth a reader's look; they
are no norms of good therapy. Stock openings and reading ease are measured in English only.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sqpsych.assessment.figures import Cell, Finding, Measured, Row, make_missing, make_row
from sqpsych.assessment.language.diversity import count_marks, count_questions, split_words
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.rules.reading_ease import rate_reading_ease
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.statistics.quantiles import bootstrap_quantiles, find_usual
from sqpsych.assessment.statistics.rates import (
    join_found,
    keep_found,
    miss_english,
    rate_mean,
    rate_ratio,
    rate_with,
)
from sqpsych.records import SPEAKERS, Dialogue, Speaker, Turn
from sqpsych.wording import plain

MANY_QUESTIONS = 3
STOCK_USES = 3
"""From the third use of one opening in a dialogue on, it is a finding."""
LONG_TURN = 200
"""Words; longer turns are findings in any sample."""
DEVIATIONS = 5.0
"""Robust standard deviations, of log words or log turns, beyond which a length is far out."""
TALKS = 2.0
"""Words of the therapist for each of the client's beyond which the therapist lectures."""
FEWEST_TALKED = 100
"""Words of the therapist below which none of them lectures."""

_ADDRESS = r"(?:(?:ok(?:ay)?|well|so|yes|yeah|right|ah|oh|mm+-?(?:hm+)?|and|hm+|i see)[,.…]? +)*"
_STOCK = {
    "it sounds like": r"(?:it|that|this) (?:really )?sounds?\b|sounds like\b",
    "it seems": r"it (?:seems|appears)\b|seems like\b",
    "i hear": r"i(?: can| do)? hear\b|(?:what )?i(?:'m| am) hearing\b|what i(?:'m| am)? hear",
    "i understand": r"i (?:can |do |completely |totally |really |fully )*understand\b",
    "i can see": r"i can (?:see|imagine|sense|tell)\b",
    "that must be": r"(?:that|it|this) must (?:be|have been|feel|have felt)\b",
    "it makes sense": r"(?:that|it|this) (?:really |completely |all )?makes (?:\w+ )?sense\b",
    "it's understandable": r"(?:that|it|this)(?:'s| is) (?:\w+ly )?"
    r"(?:understandable|natural|normal)\b",
    "thank you for sharing": r"(?:thank you|thanks) (?:so much )?for (?:sharing|telling|being|"
    r"opening|trusting|letting|saying)\b|i(?: really| truly)? appreciate (?:you|your|that you)\b",
    "i'm sorry to hear": r"i(?:'m| am) (?:so |very |really )?sorry (?:to hear|that|you)\b",
    "i'm glad": r"i(?:'m| am) (?:so |very |really )?(?:glad|happy|pleased) (?:to hear|that|you)\b",
}
_OPENINGS = {name: re.compile(rf"\W*{_ADDRESS}(?:{p})") for name, p in _STOCK.items()}
_ANY_OPENING = re.compile(rf"\W*{_ADDRESS}(?:{'|'.join(_STOCK.values())})")
_ENGLISH_ROWS = (
    "therapist turns with a stock opening, share",
    "reading ease, therapist",
    "reading ease, client",
)


@dataclass(frozen=True)
class Lengths:
    """How many words the turns of a dialogue have."""

    dialogue: Dialogue

    @cached_property
    def words(self) -> tuple[int, ...]:
        """Words of each turn."""
        return tuple(len(split_words(turn.text)) for turn in self.dialogue.turns)

    def of(self, speaker: Speaker) -> list[tuple[Turn, int]]:
        """The turns of a speaker with their words."""
        pairs = zip(self.dialogue.turns, self.words, strict=True)
        return [(turn, words) for turn, words in pairs if turn.speaker == speaker]

    def total(self, speaker: Speaker) -> int:
        """Words a speaker says."""
        return sum(words for _, words in self.of(speaker))


def find_stock_opening(text: str) -> str | None:
    """Name the stock phrase that a line begins with, in English; None where it has none."""
    line = plain(text[:80])
    if not _ANY_OPENING.match(line):
        return None
    return next((name for name, pattern in _OPENINGS.items() if pattern.match(line)), None)


def find_stock_openings(dialogue: Dialogue) -> tuple[Finding, ...]:
    """Find the turns of the therapist that begin as two or more earlier ones did, in English."""
    uses: Counter[str] = Counter()
    found = []
    for turn in _list_turns(dialogue, "therapist"):
        opening = find_stock_opening(turn.text)
        if opening is None:
            continue
        uses[opening] += 1
        if uses[opening] >= STOCK_USES:
            found.append(Finding(turn.index, "stock_opening", turn.text))
    return tuple(found)


def find_many_questions(dialogue: Dialogue) -> tuple[Finding, ...]:
    """Find the turns of the therapist that ask three questions or more at once."""
    return tuple(
        Finding(turn.index, "many_questions", turn.text)
        for turn in _list_turns(dialogue, "therapist")
        if count_marks(turn.text) >= MANY_QUESTIONS
    )


def find_lecture(lengths: Lengths) -> tuple[Finding, ...]:
    """Find a therapist who says more than twice as many words as a client who does speak."""
    said, heard = lengths.total("therapist"), lengths.total("client")
    if not heard or said < FEWEST_TALKED or said <= TALKS * heard:
        return ()
    longest, _ = max(lengths.of("therapist"), key=lambda pair: pair[1])
    quote = f"{said:,} words of the therapist, {heard:,} of the client"
    return (Finding(longest.index, "therapist_talks", quote),)


def find_long_turns(several: Sequence[Lengths]) -> list[tuple[Finding, ...]]:
    """Find turns of more than 200 words, or far longer than those of their side in the sample."""
    highest = {speaker: _find_longest_usual(several, speaker) for speaker in SPEAKERS}
    return [
        tuple(
            Finding(turn.index, "long_turn", turn.text)
            for turn, words in zip(lengths.dialogue.turns, lengths.words, strict=True)
            if words > highest[turn.speaker]
        )
        for lengths in several
    ]


def find_odd_lengths(dialogues: Sequence[Dialogue]) -> list[tuple[Finding, ...]]:
    """Find dialogues with far fewer or more turns than is usual in the sample."""
    usual = find_usual([len(dialogue.turns) for dialogue in dialogues], DEVIATIONS)
    return [() if usual is None else _judge_length(dialogue, *usual) for dialogue in dialogues]


def _judge_length(dialogue: Dialogue, low: float, high: float) -> tuple[Finding, ...]:
    turns = len(dialogue.turns)
    if not turns or low <= turns <= high:
        return ()
    kind = "short_dialogue" if turns < low else "long_dialogue"
    quote = f"{turns} turns; usual in this sample are {low:.0f} to {high:.0f}"
    return (Finding(dialogue.turns[-1].index, kind, quote),)


def _find_longest_usual(several: Sequence[Lengths], speaker: Speaker) -> float:
    usual = find_usual([words for each in several for _, words in each.of(speaker)], DEVIATIONS)
    return LONG_TURN if usual is None else min(LONG_TURN, usual[1])


def _list_turns(dialogue: Dialogue, speaker: Speaker) -> list[Turn]:
    return [turn for turn in dialogue.turns if turn.speaker == speaker]


def measure_style(sample: Sample) -> Measured:
    """Measure how the two sides speak."""
    english = sample.language == "en"
    several = [Lengths(dialogue) for dialogue in sample.closed]
    found = join_found(
        [find_many_questions(d) for d in sample.closed],
        [find_stock_openings(d) if english else () for d in sample.closed],
        [find_lecture(lengths) for lengths in several],
        find_long_turns(several),
        find_odd_lengths(sample.closed),
    )
    rows = (
        *(row for speaker in SPEAKERS for row in _rate_lengths(sample, several, speaker)),
        *_rate_questions(sample),
        *(_rate_english(sample) if english else miss_english(sample, _ENGLISH_ROWS)),
        _rate_balance(sample, several),
        rate_with(sample, "therapist talks over twice as much, share", found, "therapist_talks"),
        rate_with(sample, "with a turn of unusual length, share", found, "long_turn"),
    )
    tables = {"stock openings": _count_openings(sample)} if english else {}
    return Measured(rows, keep_found(sample, found), tables)


def _rate_lengths(sample: Sample, several: Sequence[Lengths], speaker: Speaker) -> list[Row]:
    pairs = [
        (words, who)
        for lengths, who in zip(several, sample.people, strict=True)
        for _, words in lengths.of(speaker)
    ]
    names = [f"words a {speaker} turn, {which}" for which in ("median", "95th percentile")]
    if not pairs:
        return [make_missing(name, f"no turn of the {speaker}") for name in names]
    words, people = zip(*pairs, strict=True)
    estimates = bootstrap_quantiles(words, people, (0.5, 0.95), sample.seed)
    return [make_row(name, each, "none") for name, each in zip(names, estimates, strict=True)]


def _rate_questions(sample: Sample) -> tuple[Row, ...]:
    why = "no turn of the therapist"
    turns = [_list_turns(dialogue, "therapist") for dialogue in sample.closed]
    several = [(sum(count_marks(t.text) > 1 for t in each), len(each)) for each in turns]
    asked = [count_questions(dialogue) for dialogue in sample.closed]
    name = "therapist turns with several questions, share"
    return (
        rate_ratio(sample, "questions a therapist turn", asked, why=why),
        rate_ratio(sample, name, several, "lower", why=why),
    )


def _rate_english(sample: Sample) -> tuple[Row, ...]:
    turns = [_list_turns(dialogue, "therapist") for dialogue in sample.closed]
    stock = [
        (sum(find_stock_opening(t.text) is not None for t in each), len(each)) for each in turns
    ]
    return (
        rate_ratio(sample, _ENGLISH_ROWS[0], stock, "lower", why="no turn of the therapist"),
        *(
            _rate_ease(sample, speaker, name)
            for speaker, name in zip(SPEAKERS, _ENGLISH_ROWS[1:], strict=True)
        ),
    )


def _rate_ease(sample: Sample, speaker: Speaker, name: str) -> Row:
    values = [
        rate_reading_ease([turn.text for turn in _list_turns(dialogue, speaker)])
        for dialogue in sample.closed
    ]
    left_out = sum(value is None for value in values)
    note = f"without {left_out:,} dialogues of fewer than 100 words" if left_out else ""
    why = f"no dialogue with 100 words of the {speaker}"
    return rate_mean(sample, name, values, "none", note, why)


def _rate_balance(sample: Sample, several: Sequence[Lengths]) -> Row:
    said = [(each.total("therapist"), each.total("client")) for each in several]
    return rate_ratio(sample, "therapist words a client word", said, why="the client never speaks")


def _count_openings(sample: Sample) -> list[dict[str, Cell]]:
    turns = [turn for dialogue in sample.closed for turn in _list_turns(dialogue, "therapist")]
    uses = Counter(filter(None, (find_stock_opening(turn.text) for turn in turns)))
    return [
        {"opening": name, "turns": count, "share": count / len(turns)}
        for name, count in uses.most_common()
    ]


STYLE = Measure(
    name="style",
    title="Style",
    about="Words a turn, questions, stock openings of the therapist, reading ease (Flesch 1948, "
    "J Appl Psychol 32:221) and the therapist's words for each of the client's. Findings are three "
    "questions at once, the third use of one opening, turns of over 200 words, and lengths more "
    "than five robust standard deviations of their logarithm from the median (Leys et al. 2013, "
    "J Exp Soc Psychol 49:764); these limits say what is worth a look and are no norms.",
    take=measure_style,
)
