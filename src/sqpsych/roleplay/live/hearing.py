"""What a simulated client hears in a line that a person typed as the therapist.

In a generated session the client's notes follow what the therapist was told to ask. A person asks
what they like. So the line is read by rules: which symptoms it names, which part of the client's
circumstances it asks about, whether it leaves the choice to the client, and whether it says
goodbye. What the rules do not know is left to the model, which has the line before it anyway.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from sqpsych.records import Symptom
from sqpsych.roleplay.checks import find_symptoms
from sqpsych.wording import load_lexicon, phrases
from sqpsych.wording.symptoms import Area

Matter = Literal[
    "topic",
    "event",
    "thought",
    "for_it",
    "against_it",
    "fairer",
    "obstacle",
    "step",
    "person",
]
"""A part of the invented situation that can be asked about."""

Precaution = Literal["intent", "means", "help", "tonight"]
"""What is asked of someone who has told of thoughts of death."""


def _asks(*alternatives: str) -> re.Pattern[str]:
    joined = "|".join(alternatives).replace("'", "['’]")
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)", re.IGNORECASE)


_MATTERS: dict[Matter, re.Pattern[str]] = {
    "topic": _asks(
        r"(?:brings?|brought) you",
        r"(?:talk|speak|chat) about(?: today)?",
        r"work on",
        r"on your mind",
        r"bother(?:s|ing)? you",
        r"weigh(?:s|ing)? on you",
        r"why (?:are|did) you (?:here|come|decide)",
        r"reason (?:for|you)(?:'re| are)? (?:coming|here|your visit)",
        r"how (?:can|may|could) (?:i|we) (?:help|be of help)",
        r"use (?:today|this time|our time|the time|today's time)",
        r"where (?:would you like|do you want|shall we|should we) (?:to )?(?:begin|start)",
        r"what(?:'s| is) (?:going on|the matter|the problem|wrong)",
        r"agenda",
    ),
    "event": _asks(
        r"(?:one|a|an|any|specific|recent|particular|certain) (?:moment|example|situation|scene|"
        r"instance|incident|occasion|time)",
        r"for (?:example|instance)",
        r"the last time",
        r"when did (?:you|it|that) (?:last |first )?(?:notice|happen|come up|start)",
        r"what happened",
        r"where were you",
        r"which (?:moment|scene|situation)",
        r"what was (?:that|it) like",
    ),
    "thought": _asks(
        r"(?:went|goes|going|was going) through your (?:mind|head)",
        r"(?:what|which) (?:thoughts?|were you thinking|did you think|do you think)",
        r"(?:came|come|comes) to (?:your )?mind",
        r"(?:say|tell|said|told) (?:to )?yourself",
        r"what did (?:that|it) mean to you",
    ),
    "for_it": _asks(
        r"evidence(?! against)",
        r"(?:speaks?|spoke) for",
        r"(?:makes?|made) (?:you|it) (?:think|believe|so sure|seem)",
        r"why do you (?:think|believe)",
        r"how do you know",
        r"what do you base",
        r"(?:supports?|fits?) (?:it|that|this|the thought)",
    ),
    "against_it": _asks(
        r"(?:evidence |speaks? )?against",
        r"(?:doesn't|does not|don't) fit",
        r"the other (?:side|way|hand)",
        r"(?:other|another|different) (?:explanations?|reasons?|story|possibilit(?:y|ies))",
        r"exceptions?",
        r"not (?:be )?(?:entirely |quite |completely )?true",
    ),
    "fairer": _asks(
        r"(?:fairer|kinder|balanced|helpful|realistic|alternative) (?:thought|way|view|sentence)",
        r"(?:more )?(?:balanced|fair|realistic)",
        r"(?:put|see|say|look at|think about|think of) (?:it|this|that|things)(?: a bit)? "
        r"(?:differently|another way|in another way|now)",
        r"(?:tell|say to) a (?:good |close )?friend",
    ),
    "obstacle": _asks(
        r"in the way",
        r"obstacles?",
        r"(?:stop|prevent|keep|hold)(?:s|ing)? you",
        r"what makes (?:it|that) (?:hard|difficult)",
    ),
    "step": _asks(
        r"(?:small|first|next|one) step",
        r"(?:do|try|change|do something) (?:about|differently)",
        r"(?:like|want|willing|be able) to (?:try|do)",
        r"(?:before|until) we (?:next )?(?:meet|speak|see)",
        r"(?:in|over|during) the (?:coming|next) (?:week|days)",
        r"homework",
        r"plan for (?:the|this) week",
    ),
    "person": _asks(
        r"who (?:is|are|else|was|were|do|can|could|would|lives?|supports?|helps?)",
        r"(?:anyone|anybody|someone|somebody|people) (?:you|close|around|there|who|to)",
        r"(?:your )?support",
    ),
}
_PRECAUTIONS: dict[Precaution, re.Pattern[str]] = {
    "means": _asks(
        r"(?:anything|something|nothing|kept?|there) at home",
        r"medic(?:ine|ines|ation|ations)|pills|tablets|weapons?|gun|knife|rope",
        r"access to",
        r"could be used",
    ),
    "tonight": _asks(r"tonight", r"this evening"),
    "help": _asks(
        r"(?:call|ring|phone|contact|turn to|reach out)",
        r"(?:crisis|help|emergency) ?(?:line|number|service|services|department|room)",
    ),
    "intent": _asks(
        r"(?:a|any|made|make) plans?(?! for (?:the|this|next))|planned|planning (?:it|to)",
        r"intend|intention|intent",
        r"how (?:or|and) when|when (?:or|and) how",
        r"how (?:would|might) you",
        r"act on|go through with|follow through",
    ),
}
_OPEN = _asks(
    r"how (?:are|were|have) (?:you|things)(?: been| doing| going| feeling| getting on)?",
    r"how(?:'s| is| was| has| have)(?: it| your| the| this| that| everything| life)"
    r"(?: (?:past|last|day|days|week|weeks|life|been|going))*",
    r"how (?:do|did|does) (?:you|that|it|this)(?: make you)? feel",
    r"(?:tell|say|know|hear) (?:me )?(?:a (?:bit|little) )?more",
    r"tell me (?:a (?:bit|little) )?about (?:yourself|it|that|this|how)",
    r"(?:anything|something|what) else",
    r"go on",
    r"what (?:other|more)",
    r"(?:symptoms?|problems?|difficult(?:y|ies)|trouble|changes?)",
)
_LATE = _asks(
    r"(?:anything|something) (?:else|more|that|you|harder|difficult|we)",
    r"hard(?:er)? to (?:say|bring up|talk about|speak about|mention)",
    r"(?:left out|not (?:yet )?(?:said|told|mentioned|talked about|touched on)|"
    r"haven't (?:said|told|mentioned|talked about|asked))",
    r"before we (?:finish|stop|end|close|sum)",
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a therapist's line asks for."""

    named: frozenset[Symptom]
    """Symptoms it speaks of."""
    areas: frozenset[Area]
    """Parts of life these belong to."""
    matters: tuple[Matter, ...]
    """Parts of the situation it asks about."""
    precautions: tuple[Precaution, ...]
    is_open: bool
    """It asks how things are, and leaves it to the client what to tell."""
    is_late: bool
    """It asks for what has not been said yet."""
    says_goodbye: bool
    names_date: bool


@lru_cache(maxsize=512)
def hear(line: str) -> Heard:
    """Read a therapist's line."""
    lexicon = load_lexicon()
    named = frozenset(find_symptoms(line, "therapist", "named"))
    return Heard(
        named=named,
        areas=frozenset(lexicon[symptom].area for symptom in named),
        matters=tuple(matter for matter, asks in _MATTERS.items() if asks.search(line)),
        precautions=tuple(kind for kind, asks in _PRECAUTIONS.items() if asks.search(line)),
        is_open=_OPEN.search(line) is not None,
        is_late=_LATE.search(line) is not None,
        says_goodbye="?" not in line and phrases.FAREWELLS.search(line) is not None,
        names_date=phrases.DATES.search(line) is not None,
    )
