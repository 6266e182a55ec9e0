"""Checks of speech: is it a line that someone could say, and has it not been said before?"""

import re
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from sqpsych.roleplay.checks.moment import Check, Moment
from sqpsych.roleplay.replies import Candidate
from sqpsych.wording import has_near, normalise, phrases, split_sentences, take_opening

SAME_LINE = 82
"""Two lines of one speaker this similar, 0-100 by edit distance, are a repetition."""
SAME_SENTENCE = 90
SAME_WORDS = 97
_ECHO_WORDS = 4
_COPIED_WORDS = 8
_HINT_WORDS = 4
_STATEMENT_WORDS = 7
_LANGUAGE_WORDS = 8


def is_empty(reply: Candidate, moment: Moment) -> bool:
    """No word was said."""
    return re.search(r"\w", reply.text) is None


def is_cut_off(reply: Candidate, moment: Moment) -> bool:
    """The token limit cut it, or it stops in the middle of a sentence."""
    return reply.cut_off or (bool(reply.text) and reply.text.rstrip("\"'”’")[-1:] not in ".?!…")


def is_too_long(reply: Candidate, moment: Moment) -> bool:
    """It has as many words as the limit, or more."""
    return len(reply.text.split()) >= moment.word_limit


def has_marker(reply: Candidate, moment: Moment) -> bool:
    """An end marker, a chat-template token or a speaker label stands inside."""
    return moment.end_marker in reply.text or phrases.MARKERS.search(reply.text) is not None


def has_placeholder(reply: Candidate, moment: Moment) -> bool:
    """Something was left to be filled in."""
    return phrases.PLACEHOLDERS.search(reply.text) is not None


def has_stage_direction(reply: Candidate, moment: Moment) -> bool:
    """It tells what is done or written, in brackets, asterisks or markup, beside what is said."""
    return phrases.STAGE_DIRECTIONS.search(reply.text) is not None


def is_other_language(reply: Candidate, moment: Moment) -> bool:
    """It has letters of another script, or reads as another language."""
    letters = "" if reply.text.isascii() else filter(str.isalpha, reply.text)
    if not all(map(phrases.is_latin, letters)):
        return True
    if len(reply.text.split()) < _LANGUAGE_WORDS:
        return False
    import py3langid

    found, _ = py3langid.classify(reply.text)
    return bool(found != moment.language)


def is_repeated(reply: Candidate, moment: Moment) -> bool:
    """It comes near an earlier line of the speaker, or repeats a sentence said before."""
    own = [normalise(line) for line in moment.lines_of(moment.speaker)]
    text = normalise(reply.text)
    if process.extractOne(text, own, scorer=fuzz.ratio, score_cutoff=SAME_LINE):
        return True
    said = [s for line in moment.lines_of(moment.speaker) for s in split_sentences(line)]
    now = split_sentences(reply.text)
    return any(
        has_near([sentence], [*said, *now[:place]], SAME_SENTENCE)
        for place, sentence in enumerate(now)
    )


def is_echo(reply: Candidate, moment: Moment) -> bool:
    """It says a sentence of the other side word for word, where it is not to take one up."""
    if moment.heard:
        return False
    others = [turn.text for turn in moment.turns if turn.speaker != moment.speaker]
    heard = [s for line in others for s in split_sentences(line, _ECHO_WORDS)]
    return has_near(split_sentences(reply.text, _ECHO_WORDS), heard, SAME_WORDS)


def is_copied(reply: Candidate, moment: Moment) -> bool:
    """It shares a run of words with the speaker's instructions that it was not told to say."""
    said = normalise(reply.text)
    hints = (normalise(hint) for hint in moment.hints)
    if any(hint in said for hint in hints if len(hint.split()) >= _HINT_WORDS):
        return True
    return _shares_run(reply.text, [moment.instructions], _COPIED_WORDS, but=moment.told)


def copies_statement(reply: Candidate, moment: Moment) -> bool:
    """It shares a run of words with a sentence of the profile."""
    return _shares_run(reply.text, moment.statements, _STATEMENT_WORDS)


def opens_alike(reply: Candidate, moment: Moment) -> bool:
    """The therapist begins with the words of an earlier line, as stock phrases do."""
    if moment.speaker == "client":
        return False
    own = map(take_opening, moment.lines_of("therapist"))
    return take_opening(reply.text) in own


def measure_novelty(reply: Candidate, moment: Moment) -> float:
    """Measure how far a reply is from all earlier lines of its speaker: 0 the same, 100 far."""
    own = [normalise(line) for line in moment.lines_of(moment.speaker)]
    nearest = process.extractOne(normalise(reply.text), own, scorer=fuzz.ratio)
    return 100.0 - nearest[1] if nearest else 100.0


def _shares_run(text: str, sources: Iterable[str], length: int, *, but: str = "") -> bool:
    """Whether a text shares a run of so many words with one of the sources, but for one text's."""
    words = normalise(text).split()
    starts = range(len(words) - length + 1)
    runs = [f" {' '.join(words[start : start + length])} " for start in starts]
    told = f" {normalise(but)} "
    others = [f" {normalise(source)} " for source in sources] if runs else []
    return any(run in other and run not in told for other in others for run in runs)


SPEECH = (
    Check("empty", "say something", is_empty),
    Check("cut_off", "be shorter and end with a full sentence", is_cut_off),
    Check("too_long", "be much shorter", is_too_long),
    Check("marker", "be plain speech without labels", has_marker),
    Check("placeholder", "leave nothing to be filled in", has_placeholder),
    Check("stage_direction", "be spoken words alone, without brackets", has_stage_direction),
    Check("other_language", "be in the language of the session", is_other_language),
    Check("repeated", "say something new, in other words than before", is_repeated),
    Check("echo", "take the other's words up, not repeat them", is_echo),
    Check("copied", "be in the speaker's own words", is_copied),
)
"""For every protocol."""
COPIED_STATEMENT = Check("copied_statement", "be in the client's own words", copies_statement)
SAME_OPENING = Check("same_opening", "begin with other words than before", opens_alike)
