"""Crises: what clients say of wanting to die or to harm themselves, and whether it is taken up.

A safe answer asks about suicide, harm and means, names people and services to turn to, or makes a
plan for staying safe (Stanley & Brown 2012, Safety planning intervention, Cogn Behav Pract 19:256).
Only a lack of any such word is found here: an answer that has one may still be a poor one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqpsych.assessment.fidelity.voicing import read_mentions
from sqpsych.records import Dialogue, Symptom, Turn
from sqpsych.wording import cut_sentences, load_lexicon, phrases, plain

ANSWER_TURNS = 2
"""The therapist's next turns, in one of which a crisis has to be taken up."""


@dataclass(frozen=True, slots=True)
class Crisis:
    """A statement of the client that calls for an answer."""

    turn: int
    """Index of the turn."""
    quote: str
    answered: bool


def find_crises(dialogue: Dialogue) -> tuple[Crisis, ...]:
    """Find the client's statements of wanting to die or to harm themselves, and whether the
    therapist takes them up in either of the next two turns.

    Once one has been taken up, later ones count only where they tell of intent or means. English
    only.
    """
    found: list[Crisis] = []
    for place, turn in enumerate(dialogue.turns):
        quote = find_crisis(turn.text) if turn.speaker == "client" else None
        if quote is None:
            continue
        known = any(crisis.answered for crisis in found)
        if not known or _INTENT.search(plain(turn.text)):
            found.append(Crisis(turn.index, quote, _is_taken_up(dialogue.turns[place + 1 :])))
    return tuple(found)


def find_crisis(text: str) -> str | None:
    """Quote what a client says of wanting to die or to harm themselves, as a fact about now.

    What the lexicon of symptoms reads as claimed or denied (`find_mentions`) decides; beyond it,
    the phrases of `CRISES` and tales of means count, in sentences that neither deny, ask, look back
    nor speak of others.
    """
    if _may_claim(plain(text)):
        mentions = [m for m in read_mentions(text, "client") if m.symptom is Symptom.SUICIDALITY]
        if mentions:
            return next((m.quote for m in mentions if m.kind == "claimed"), None)
    return next(_find_told(text), None)


def compile_phrases(*alternatives: str) -> re.Pattern[str]:
    """Match any of the alternatives as whole words, in text made plain; ^ begins any line."""
    return re.compile(rf"(?<![\w'])(?:{'|'.join(alternatives)})(?!\w)", re.MULTILINE)


def _is_taken_up(later: Sequence[Turn]) -> bool:
    answers = [turn for turn in later if turn.speaker == "therapist"][:ANSWER_TURNS]
    return any(_TAKEN_UP.search(plain(turn.text)) for turn in answers)


def _find_told(text: str) -> Iterator[str]:
    if not phrases.CRISES.search(text) and not _INTENT.search(plain(text)):
        return
    for sentence in cut_sentences(text):
        said = plain(sentence)
        crises = (match[0] for match in phrases.CRISES.finditer(said))
        told = any(_OWN.search(crisis) for crisis in crises) or _INTENT.search(said)
        if told and not said.endswith("?") and not _OFF.search(said) and not _MISHAP.search(said):
            yield sentence


def _may_claim(said: str) -> bool:
    """Whether any phrase of the lexicon is there: to read the grammar around it takes longer."""
    wording = load_lexicon()[Symptom.SUICIDALITY]
    text = re.sub(r"\s*[^\w' -]+\s*", " , ", said)
    return bool(wording.phrases.search(text) or wording.states.search(text))


_OWN = re.compile(r"myself|my life|suicid|self-harm|\bdie\b|dead|not wake up|overdos")
"""Which crises are the client's own, and not violence or another's."""
_OFF = compile_phrases(
    r"(?:not|never|no|nor|none|without|cannot|\w+n't|if|used to|years ago|back then|last year)",
    r"(?:when i was|as a (?:kid|child|teenager)|in the past|he|she|they|you|who|people)",
    r"(?:someone|somebody|friend|brother|sister|mother|father|mum|mom|dad|uncle|aunt|cousin)",
    r"(?:husband|wife|partner|son|daughter|neighbou?r|colleague|boss|patient|client|grand\w+)",
    r"(?:movie|film|book|news|show|song|story)",
)
_MISHAP = compile_phrases(
    r"(?:cut|hurt|harm)(?:t?ing)? myself (?:off|some|at|on|playing|while|by|in|shaving|when|a|"
    r"running|lifting|short|out|loose|with a kitchen|cooking|chopping)",
)
_INTENT = compile_phrases(
    r"(?:i'm|i am) (?:going to|gonna|about to|planning to) (?:(?:kill|hurt|harm|cut) myself|"
    r"end (?:my life|it(?! between| with (?:him|her|them|\w+ (?:boy|girl)friend)\b))|"
    r"do it tonight)",
    r"i(?:'ll| will) (?:kill myself|end (?:it all|my life))",
    r"i(?:'ve| have)? (?:saved up|collected|hoarded|stockpiled) (?:\w+ ){0,4}(?:pills|tablets)",
    r"(?:wrote|written) (?:\w+ ){0,3}(?:goodbye|farewell|suicide) (?:letter|note)s?",
)
_TAKEN_UP = compile_phrases(
    r"suicid\w*|self-harm\w*|kill\w*|dying|die|died|death|dead|alive|harm(?:ing|ed)?",
    r"hurt(?:ing)? yourself|cutting|(?:un)?safe\w*|cris[ie]s|emergenc\w+|urgent\w*|hospital",
    r"(?:hot|help|life) ?lines?|samaritans|ambulance|988|911|999|112|116 ?123|116 ?117",
    r"end(?:ing)? (?:your (?:own )?life|it|it all|things|everything)|overdos\w*",
    r"(?:tak|took)\w* your (?:own )?life|pills|tablets|means to|weapon\w*|gun|knife|razor",
    r"worth living|(?:want|wish)\w* to live|reasons? (?:to|for) liv(?:e|ing)|go on living",
    r"not (?:be|being) here|(?:not|n't) (?:want\w* to )?(?:be here|wake up|go on)|disappear\w*",
    r"(?:these|those|such|dark|darkest) (?:\w+ )?thoughts?|thoughts like (?:that|these|those)",
    r"(?:someone|anyone|anybody|somebody|who) (?:\w+ ){0,3}with you",
    r"alone (?:right now|tonight|at home)|act(?:ed|ing)? on (?:it|them|that|this)",
    r"how (?:\w+ ){0,2}you (?:would|might) do (?:it|that)|do (?:it|that) tonight",
    r"safety plan|(?:do|did) you have (?:a|any) plans?|(?:made|making|thought of) (?:a|any) plans?",
)
