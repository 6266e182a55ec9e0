"""Faults of a dialogue that rules find: artefacts, repetitions, speakers out of turn."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from rapidfuzz import fuzz, process

from sqpsych.assessment.figures import Finding
from sqpsych.assessment.language.diversity import split_words
from sqpsych.records import Dialogue, Speaker, Turn
from sqpsych.wording import normalise, phrases, split_sentences

SAME_LINE = 82
"""Two lines of one speaker this similar, 0-100 by edit distance, are a repetition."""
SAME_SENTENCE = 90
BACK_CHANNEL_WORDS = 2
"""Lines of so many words ("Yeah.", "I see.") come again in every talk, and repeat nothing."""
LANGUAGE_WORDS = 8
"""Shorter lines are too short for telling their language."""
ENGLISH_SHARE = 0.25
ENGLISH_WORDS = 4
"""A line with such a share of its words, and so many different ones, among the commonest of English
alone is English: telling its language from its letters would take most of the time of all rules."""

_ACTED = re.compile(
    r"\[[^\]]*\b(?:silen\w+|paus\w+|sigh\w*|nod\w*|smil\w+|laugh\w*|cr(?:y|ies|ying)|tear\w*|"
    r"whisper\w*|look\w*|lean\w*|breath\w*|chuckl\w+)\b[^\]]*\]|"
    r"\([^)]*\)?|\*+[^*]*\*+",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"role-?play(?:ing)?|Dr\.? Smith", re.IGNORECASE)
"""What the patterns take for a trace, so that no reply is taken with it, and people say as well: an
exercise of CBT, a common name."""
_REPORTED = re.compile(
    r"\b(?<!next )(?<!next, )(?<!now )(?<!now, )"
    r"(?:the|a|my|old|last) (?:client|therapist|patient|counsel(?:l)?or)\b"
    r"(?! (?:says|said|replies|answers|asks|responds|must|should|is to|will)\b)|"
    r"\b(?:he|she|they) (?:says?|asks?|replies|answers?)(?=[,:\"“])",
    re.IGNORECASE,
)
"""What clients tell of others: those who sell or nurse have clients and patients, some had another
therapist, and all say what someone says."""


def find_artefacts(dialogue: Dialogue, language: str = "en") -> tuple[Finding, ...]:
    """Find what no one would say in a session: traces of prompts, models and transcripts.

    Each kind counts once a turn. What one pattern has taken is hidden from the next, so that
    "[/END]" is an end marker and no placeholder.

    Args:
        dialogue: any, closed or rejected.
        language: ISO 639-1 code of what should be spoken.

    Returns:
        Findings in order: empty lines, end markers, chat-template tokens, speaker labels, stage
        directions, placeholders, leftovers of prompts (speaking of the client or therapist from
        outside, or as a machine), letters of another script, lines of eight words or more that
        read as another language.
    """
    return tuple(finding for turn in dialogue.turns for finding in _find_in_turn(turn, language))


def find_repetitions(dialogue: Dialogue) -> tuple[Finding, ...]:
    """Find lines that say again what the same speaker has said.

    A line is repeated when it comes near a whole earlier one (82 of 100 by edit distance, after
    lower-casing and without punctuation; lines of one or two words aside), or else when a sentence
    of five words or more comes near an earlier one (90), also within the line. A line counts once.
    """
    lines: dict[Speaker, list[str]] = {"therapist": [], "client": []}
    sentences: dict[Speaker, list[str]] = {"therapist": [], "client": []}
    findings = []
    for turn in dialogue.turns:
        line, own = normalise(turn.text), sentences[turn.speaker]
        repeated = _find_repeated(split_sentences(turn.text), own)
        longer = len(line.split()) > BACK_CHANNEL_WORDS
        if longer and _comes_near(line, lines[turn.speaker], SAME_LINE):
            findings.append(Finding(turn.index, "repeated_line", turn.text))
        elif repeated is not None:
            findings.append(Finding(turn.index, "repeated_sentence", repeated))
        lines[turn.speaker].append(line)
        own.extend(split_sentences(turn.text))
    return tuple(findings)


def find_alternation_faults(dialogue: Dialogue) -> tuple[Finding, ...]:
    """Find where the client opens, or one side speaks twice in a row."""
    turns = dialogue.turns
    faults = [Finding(t.index, "opening", t.text) for t in turns[:1] if t.speaker != "therapist"]
    faults += [
        Finding(turn.index, "alternation", turn.text)
        for before, turn in pairwise(turns)
        if turn.speaker == before.speaker
    ]
    return tuple(faults)


def _find_in_turn(turn: Turn, language: str) -> Iterator[Finding]:
    if re.search(r"\w", turn.text) is None:
        yield Finding(turn.index, "empty", turn.text)
        return
    traces = dict(reversed(list(_find_traces(turn))))
    yield from (Finding(turn.index, kind, traces[kind]) for kind in reversed(traces))
    foreign = "" if turn.text.isascii() else _find_foreign(turn.text)
    if foreign:
        yield Finding(turn.index, "other_script", foreign)
    elif not traces and _is_other_language(turn.text, language):
        yield Finding(turn.index, "other_language", turn.text)


def _find_traces(turn: Turn) -> Iterator[tuple[str, str]]:
    """All that the patterns find, each kind in the order it is looked for."""
    rest = turn.text
    if turn.speaker == "client":
        rest = _REPORTED.sub(_blank, rest)
    for pattern, kind in _TRACES:
        matches = list(pattern.finditer(rest))
        for match in matches:
            if not _PLAIN.fullmatch(match[0]):
                yield kind or _name_marker(match[0]), match[0]
        if matches:
            rest = pattern.sub(_blank, rest)


def _find_foreign(text: str) -> str:
    """Its letters of other scripts than the Latin."""
    return "".join(c for c in text if c.isalpha() and not phrases.is_latin(c))


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _name_marker(marker: str) -> str:
    if marker.endswith(":"):
        return "speaker_label"
    return "end_marker" if re.match(r"\W*END\b", marker, re.IGNORECASE) else "template_token"


_TRACES: tuple[tuple[re.Pattern[str], str | None], ...] = (
    (phrases.MARKERS, None),
    (phrases.END_MARKS, "end_marker"),
    (_ACTED, "stage_direction"),
    (phrases.PLACEHOLDERS, "placeholder"),
    (phrases.STAGE_DIRECTIONS, "stage_direction"),
    (phrases.NARRATION, "prompt_leftover"),
    (phrases.MACHINE, "prompt_leftover"),
)
"""Patterns and what they find, most telling first; None: the match itself says."""


_ENGLISH = frozenset(
    """
    about and are because been but can can't could did didn't don't every feel felt from get going
    have how i i'd i'll i'm i've if it it's just know like make much need never out really some
    that that's the their them then there they thing things think this time to very what when which
    who with would you you're your
    """.split()
)
"""Common in English, and together in no other language."""


def _reads_english(text: str) -> bool:
    words = split_words(text)
    common = [word for word in words if word in _ENGLISH]
    return len(common) >= ENGLISH_SHARE * len(words) and len(set(common)) >= ENGLISH_WORDS


@cache
def _is_other_language(text: str, language: str) -> bool:
    if len(text.split()) < LANGUAGE_WORDS or (language == "en" and _reads_english(text)):
        return False
    import py3langid

    found, _ = py3langid.classify(text)
    return bool(found != language)


def _find_repeated(sentences: Sequence[str], earlier: Sequence[str]) -> str | None:
    """The first of the sentences that comes near an earlier one, or one before it in the line."""
    said = list(earlier)
    for sentence in sentences:
        if _comes_near(sentence, said, SAME_SENTENCE):
            return sentence
        said.append(sentence)
    return None


def _comes_near(text: str, earlier: Sequence[str], similarity: int) -> bool:
    return process.extractOne(text, earlier, scorer=fuzz.ratio, score_cutoff=similarity) is not None
