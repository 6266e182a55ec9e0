"""Checks every reply passes before it enters a dialogue, one small function each.

A check that fails a reply names itself in the journal, and its hint goes into the direction of the
next attempt. Nothing is corrected here: a reply passes as it is, or not at all.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from sqpsych.records import Speaker, Turn
from sqpsych.roleplay import wording
from sqpsych.roleplay.cues import Closing
from sqpsych.roleplay.replies import Candidate

SAME_LINE = 82
"""Two lines of one speaker this similar, 0-100 by edit distance, are a repetition."""
SAME_SENTENCE = 90
SAME_WORDS = 97
_SENTENCE_WORDS = 5
_ECHO_WORDS = 4
_COPIED_WORDS = 8
_LANGUAGE_WORDS = 8
_FAREWELL_WORDS = 40
_RECALLED = 2
"""Words of the client, of those that carry content, that a summary takes up."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where in the session a reply was given."""

    speaker: Speaker
    turns: Sequence[Turn]
    closing: Closing
    word_limit: int
    instructions: str
    """The speaker's instructions, profile included."""
    language: str
    end_marker: str
    sums_up: bool = False
    """Whether the line must come back to what the client told."""
    insists: bool = False
    """Whether a reply that does not close, where that is wanted, is asked for again."""

    def lines_of(self, speaker: Speaker) -> list[str]:
        """What one side has said so far."""
        return [turn.text for turn in self.turns if turn.speaker == speaker]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that can be wrong with a reply."""

    name: str
    hint: str
    """What the model is told for the next attempt; goes on from "The line must"."""
    fails: Callable[[Candidate, Moment], bool]


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
    return moment.end_marker in reply.text or wording.MARKERS.search(reply.text) is not None


def has_placeholder(reply: Candidate, moment: Moment) -> bool:
    """Something was left to be filled in."""
    return wording.PLACEHOLDERS.search(reply.text) is not None


def has_stage_direction(reply: Candidate, moment: Moment) -> bool:
    """It tells what is done or written, in brackets, asterisks or markup, beside what is said."""
    return wording.STAGE_DIRECTIONS.search(reply.text) is not None


def is_narrated(reply: Candidate, moment: Moment) -> bool:
    """It speaks about the therapist or the client from outside."""
    return wording.NARRATION.search(reply.text) is not None


def is_other_language(reply: Candidate, moment: Moment) -> bool:
    """It has letters of another script, or reads as another language."""
    if any(letter.isalpha() and not wording.is_latin(letter) for letter in reply.text):
        return True
    if len(reply.text.split()) < _LANGUAGE_WORDS:
        return False
    import py3langid

    found, _ = py3langid.classify(reply.text)
    return bool(found != moment.language)


def is_out_of_role(reply: Candidate, moment: Moment) -> bool:
    """It says what only the other side, or a machine, would say."""
    foreign = wording.NOT_THE_CLIENTS if moment.speaker == "client" else wording.NOT_THE_THERAPISTS
    return any(pattern.search(reply.text) for pattern in (foreign, wording.MACHINE))


def names_questionnaire(reply: Candidate, moment: Moment) -> bool:
    """It mentions the questionnaire the profile comes from."""
    return wording.QUESTIONNAIRES.search(reply.text) is not None


def invents_crisis(reply: Candidate, moment: Moment) -> bool:
    """The client brings in suicide, self-harm or violence; no profile played here tells of any."""
    return moment.speaker == "client" and wording.CRISES.search(reply.text) is not None


def is_repeated(reply: Candidate, moment: Moment) -> bool:
    """It comes near an earlier line of the speaker, or repeats a sentence said before."""
    own = [_normalise(line) for line in moment.lines_of(moment.speaker)]
    text = _normalise(reply.text)
    if process.extractOne(text, own, scorer=fuzz.ratio, score_cutoff=SAME_LINE):
        return True
    said = [s for line in moment.lines_of(moment.speaker) for s in _split_sentences(line)]
    now = _split_sentences(reply.text)
    return _has_near(now, said, SAME_SENTENCE) or len(set(now)) < len(now)


def is_echo(reply: Candidate, moment: Moment) -> bool:
    """It says a sentence of the other side word for word, as if it were its own."""
    others = [turn.text for turn in moment.turns if turn.speaker != moment.speaker]
    heard = [s for line in others for s in _split_sentences(line, _ECHO_WORDS)]
    return _has_near(_split_sentences(reply.text, _ECHO_WORDS), heard, SAME_WORDS)


def is_copied(reply: Candidate, moment: Moment) -> bool:
    """It shares a run of words with the speaker's instructions."""
    words = _normalise(reply.text).split()
    known = _word_runs(moment.instructions)
    return any(
        tuple(words[start : start + _COPIED_WORDS]) in known
        for start in range(len(words) - _COPIED_WORDS + 1)
    )


def is_early_farewell(reply: Candidate, moment: Moment) -> bool:
    """It says goodbye while the session is to go on."""
    return moment.closing == "too early" and (
        reply.ended or wording.FAREWELLS.search(reply.text) is not None
    )


def is_not_closing(reply: Candidate, moment: Moment) -> bool:
    """The session is to be closed now, and this does not."""
    asked = moment.closing == "required" or (moment.closing == "wanted" and moment.insists)
    return asked and not closes(reply, moment)


def lacks_date(reply: Candidate, moment: Moment) -> bool:
    """It closes the session without a day for the next one."""
    return closes(reply, moment) and wording.DATES.search(reply.text) is None


def lacks_summary(reply: Candidate, moment: Moment) -> bool:
    """It sums up, or closes after no summary, without coming back to what the client said."""
    if closes(reply, moment):
        summary = " ".join([*moment.lines_of("therapist")[-1:], reply.text])
    elif moment.sums_up:
        summary = reply.text
    else:
        return False
    said = {word for line in moment.lines_of("client") for word in wording.content_words(line)}
    return len(said & wording.content_words(summary)) < _RECALLED


def reopens(reply: Candidate, moment: Moment) -> bool:
    """The client's farewell asks something, or goes on and on."""
    return moment.closing == "done" and (
        "?" in reply.text or len(reply.text.split()) > _FAREWELL_WORDS
    )


def closes(reply: Candidate, moment: Moment) -> bool:
    """Whether the therapist closes the session with this reply."""
    return moment.closing in {"wanted", "required"} and (
        reply.ended or wording.FAREWELLS.search(reply.text) is not None
    )


CHECKS: tuple[Check, ...] = (
    Check("empty", "say something", is_empty),
    Check("cut_off", "be shorter and end with a full sentence", is_cut_off),
    Check("too_long", "be much shorter", is_too_long),
    Check("marker", "be plain speech without labels", has_marker),
    Check("placeholder", "leave nothing to be filled in", has_placeholder),
    Check("stage_direction", "be spoken words alone, without brackets", has_stage_direction),
    Check("narrated", "be said to the other person", is_narrated),
    Check("other_language", "be in the language of the session", is_other_language),
    Check("out_of_role", "be what only this speaker would say", is_out_of_role),
    Check("names_questionnaire", "not mention a questionnaire", names_questionnaire),
    Check("crisis", "stay with the facts", invents_crisis),
    Check("repeated", "say something new, in other words than before", is_repeated),
    Check("echo", "take the other's words up, not repeat them", is_echo),
    Check("copied", "be in the speaker's own words", is_copied),
    Check("early_farewell", "go on with the session", is_early_farewell),
    Check("not_closing", "end with a goodbye", is_not_closing),
    Check("no_date", "name the day of the next session", lacks_date),
    Check("no_summary", "name two things the client told", lacks_summary),
    Check("reopened", "be a short goodbye", reopens),
)
"""All checks, in the order in which they are reported."""


def find_faults(reply: Candidate, moment: Moment) -> tuple[Check, ...]:
    """Find the checks a reply fails; an empty one is only empty."""
    if is_empty(reply, moment):
        return (CHECKS[0],)
    return tuple(check for check in CHECKS if check.fails(reply, moment))


def _normalise(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower().replace("’", "'").replace("'", "")))


def _split_sentences(text: str, words: int = _SENTENCE_WORDS) -> list[str]:
    """Normalised sentences of so many words or more: long enough to be noticed again."""
    sentences = (_normalise(part) for part in re.split(r"(?<=[.!?…])\s+", text))
    return [sentence for sentence in sentences if len(sentence.split()) >= words]


def _has_near(sentences: Sequence[str], earlier: Sequence[str], similarity: int) -> bool:
    """Whether one of the sentences comes so near to an earlier one."""
    return any(
        process.extractOne(sentence, earlier, scorer=fuzz.ratio, score_cutoff=similarity)
        for sentence in sentences
    )


@lru_cache(maxsize=256)
def _word_runs(text: str) -> frozenset[tuple[str, ...]]:
    """All runs of words in a text, of the length that counts as copied."""
    words = _normalise(text).split()
    return frozenset(
        tuple(words[start : start + _COPIED_WORDS])
        for start in range(len(words) - _COPIED_WORDS + 1)
    )
