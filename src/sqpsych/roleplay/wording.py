"""Patterns of English wording that the reply checks look for."""

import re
import unicodedata
from functools import cache


def _phrases(*alternatives: str) -> re.Pattern[str]:
    """Match any of the alternatives as whole words, whatever the case and kind of apostrophe."""
    joined = "|".join(alternatives).replace("'", "['’]")
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)", re.IGNORECASE)


MARKERS = re.compile(
    r"<\|?/?\w[^>]*>|\[/?(?:INST|END|SYS)[^\]]*\]|<<|\|>|\b(?:Therapist|Client|Counsel(?:l)?or|"
    r"Patient|User|Assistant|System)\s*(?:\([^)]*\))?\s*:",
    re.IGNORECASE,
)

PLACEHOLDERS = re.compile(
    r"\[[^\]]*\]?|\{[^}]*\}|_{2,}|\bX{2,}\b|\binsert (?:date|name|time|day)\b|"
    r"\bDr\.? (?:X|Y|Smith|Doe)\b|\bJohn Doe\b|\bJane Doe\b",
    re.IGNORECASE,
)

STAGE_DIRECTIONS = re.compile(r"[()*#`~|=\\/]|\bend of (?:the )?(?:session|transcript)\b", re.I)

NARRATION = _phrases(
    r"the (?:client|therapist|patient|counsel(?:l)?or)(?:'s)?",
    r"(?:the|this|next|each) line (?:must|should|is)",
    r"(?:he|she|they) (?:says?|asks?|replies|answers?|nods|sighs|smiles|pauses)(?=[,:\"“])",
)

MACHINE = _phrases(
    r"as an ai",
    r"(?:ai )?language model",
    r"ai (?:assistant|model)",
    r"artificial intelligence",
    r"i(?: can't| cannot| am unable to|'m unable to) (?:assist|help|comply) with th(?:at|is)",
    r"role-?play(?:ing)?",
    r"(?:this|the) (?:prompt|transcript|dialogue|script)",
)

NOT_THE_CLIENTS = _phrases(
    r"as your (?:therapist|counsel(?:l)?or)",
    r"how (?:can|may) i (?:help|assist|support)(?: you)?",
    r"i'm here to (?:help|support|listen|assist)",
    r"here to help you",
    r"thank(?:s| you) for (?:sharing|telling me|coming in|opening up|trusting me|being open)",
    r"(?:can|could|would) you (?:please )?(?:tell|describe|explain|share|walk)",
    r"tell me (?:more )?about your",
    r"how (?:does|did|do|would) (?:that|this|it|you) (?:make you )?feel",
    r"how (?:are|were|have) you (?:feeling|been)",
    r"what (?:brings|brought) you",
    r"what (?:would|do) you (?:like|want) to (?:talk|discuss|work|focus)(?: about| on)?",
    r"(?:it|that) (?:sounds|seems) like you",
    r"it seems you",
    r"i (?:can )?(?:understand|see|hear) (?:how |that |why )?you(?:'re|'ve| are| have| feel)",
    r"i'm (?:so |very )?sorry (?:to hear|you)",
    r"you (?:should|could|might|may want to|need to) (?:try|talk|see|seek|consider|start|think)",
    r"let's (?:talk|explore|look at|focus|discuss|start|set|schedule|review|work|try)",
    r"don't hesitate to",
    r"feel free to",
    r"i(?:'m| am) (?:glad|happy|pleased) (?:to hear|you|that you)",
    r"you're (?:doing|making) (?:a )?(?:great|good)",
    r"your (?:feelings|thoughts|progress|mood|symptoms|husband|wife|partner|family)",
    r"our next (?:session|appointment) (?:is|will be)",
    r"what was of use",
)

NOT_THE_THERAPISTS = _phrases(
    r"i(?:'ve| have) (?:also )?been (?:feeling|struggling|sleeping|having|so|really|very)",
    r"i(?:'m| am| feel| felt|'ve felt) (?:so |very |really |also |just |a bit |pretty |always )*"
    r"(?:tired|sad|depressed|down|hopeless|worthless|anxious|overwhelmed|lonely|exhausted|stressed|"
    r"struggling|lost|guilty|ashamed|empty)",
    r"i (?:can't|couldn't|cannot|don't) (?:sleep|eat|concentrate|focus|get out of bed)",
    r"i (?:woke|slept|ate|cried|lost my)",
    r"my (?:wife|husband|partner|boyfriend|girlfriend|boss|kids|children|son|daughter|mother|"
    r"father|mom|dad|mum|job|sleep|appetite|mood|depression|symptoms|therapist|"
    r"doctor|own life|feelings)",
    r"thank(?:s| you),? (?:doctor|doc)",
    r"i(?:'ve| have) (?:also )?(?:had|gone through|experienced) (?:a )?(?:similar|the same|that)",
    r"when i was (?:a |in |your )",
    r"(?:it's|it has|this has) been (?:really |very |so )?helpful",
)

QUESTIONNAIRES = _phrases(
    r"phq(?:-?\d)?",
    r"gad-?7",
    r"bdi",
    r"ham-?[ad]",
    r"hamilton",
    r"beck depression",
    r"questionnaires?",
    r"screening (?:test|result|score)s?",
    r"(?:your|my|the) (?:test )?scores?",
)

FAREWELLS = _phrases(
    r"(?<!said )(?<!say )(?<!saying )(?<!says )good ?-?bye",
    r"bye(?: bye)?",
    r"take (?:good )?care(?: of yourself)?(?=\s*(?:[,.!…]|until|and|$))",
    r"see you (?:next|then|on|soon|later|there)",
    r"until (?:then|next|we meet|our next)",
    r"(?<!to )(?<!to just )have a (?:good|great|nice|lovely|calm|pleasant|wonderful|safe) "
    r"(?:day|week|evening|rest|time|weekend|one)",
    r"(?:that's|that is) all (?:the time we have|for today)",
    r"our time is up",
    r"thank you for coming(?: in)? today",
)

CRISES = _phrases(
    r"suicid(?:e|al)",
    r"kill(?:ed|ing)? (?:myself|yourself|himself|herself|him|her|them)",
    r"end(?:ed|ing)? (?:my|your) life",
    r"(?:hurt|harm|cut)(?:t?ing)? (?:myself|yourself)",
    r"self-harm(?:ing)?",
    r"(?:want(?:ed)? to|wish i (?:could|was|were)) (?:die|dead|be dead|disappear|not wake up)",
    r"better off dead",
    r"i (?:hit|beat|slapped|punched|raped|killed) (?:him|her|them|my|the|a)",
    r"(?:hit|beat|slapped|punched|raped|abused) me",
    r"overdos(?:e|ed|ing)",
)

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
DATES = _phrases(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?",
    rf"(?:{_MONTHS}) \d{{1,2}}(?:st|nd|rd|th)?",
    rf"\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_MONTHS})",
)

_COMMON = frozenset(
    """
    about after again also always another anything around back because been before being better
    come coming could does doing done down during each even ever every everything feel feeling
    feelings felt first from gave gets give glad goes going gone good great have hear hello help
    here into just keep kind know last less like look made make many maybe mean might more most
    much must need never next nothing okay only other over people really right said same says seem
    session should show since small some something sometimes still such sure take talk talked tell
    than thank thanks that their them then there these they thing things think thinking this those
    thought thoughts through today together told took under understand until used very want wants
    week weeks well went were what when where which while will with work would year your yourself
    """.split()
)


def content_words(text: str) -> set[str]:
    """Words of four letters and more that carry content, lower case, without plural s."""
    words = re.findall(r"[^\W\d_]{4,}", text.lower())
    return {word.removesuffix("s") for word in words if word not in _COMMON}


@cache
def is_latin(letter: str) -> bool:
    """Whether a letter belongs to the Latin script."""
    return "LATIN" in unicodedata.name(letter, "") or letter in "ªº"
