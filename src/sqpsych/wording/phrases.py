"""Patterns of English phrases: leftovers of prompts, the other side's lines, farewells, dates."""

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

_END_MARK = (
    r"(?-i:\bEND OF (?:THE )?SESSION\b)|\bend of (?:the )?transcript\b|"
    r"(?:\A|(?<=\n)|(?<=[^\w\s,;])|(?<=[^\w\s,;] ))(?:the )?end of (?:the )?session"
    r"(?=\s*(?:[^\w\s,;'’]|\Z))"
)
"""Says that it is over, as a sentence of its own: to name the end in a sentence is plain speech."""

END_MARKS = re.compile(rf"{_END_MARK}|\[?(?<!\w)/END\b", re.IGNORECASE)

STAGE_DIRECTIONS = re.compile(
    rf"[()*#`~|=\\]|(?<![^\W_])/|/(?![^\W_])|{_END_MARK}|"
    r"(?:\A|(?<=[.!?] ))the session (?:ends|closes)(?=[.!]|\Z)",
    re.IGNORECASE,
)
"""A stroke between letters or digits ("and/or", "7/10") is plain speech."""

NARRATION = _phrases(
    r"the (?:client|therapist|patient|counsel(?:l)?or)(?:'s)?",
    r"(?:the|this|next|each) line (?:must|should|is (?:to (?:be|say|ask|end)|said by|spoken by))",
    r"therapist(?=[,.!?])",
    r"(?:he|she|they) (?:says?|asks?|replies|answers?|nods|sighs|smiles|pauses)(?=[,:\"“])",
)

MACHINE = _phrases(
    r"as an ai",
    r"(?:ai )?language model",
    r"ai (?:assistant|model)",
    r"artificial intelligence",
    r"i(?: can't| cannot| am unable to|'m unable to) (?:assist|help|comply) with th(?:at|is)",
    r"role-?play(?:ing)?",
    r"(?:this|the) (?:prompt|transcript|dialogue)|(?:according to|as per) (?:this|the) script",
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

TIME_FRAMES = _phrases(
    r"(?:every|each|most|many|some|several|a few|few|half|both|all) (?:of )?(?:the |my |these )?"
    r"(?:single )?(?:days?|nights?|mornings?|evenings?|afternoons?|weeks?|weekends?|times?)",
    r"(?:more|less) (?:than half|days|nights|mornings|evenings|often)",
    r"(?:day|night) (?:after|by|and) (?:day|night)|(?:day|night) in,? (?:day|night) out",
    r"(?:two|three|four|five|six) (?:days|nights) out of (?:seven|ten)",
    r"(?:once|twice|(?:two|three|four|five|a couple of|a few) (?:times|days|nights)) "
    r"(?:a|this|in|last)",
    r"all (?:day|night|week)|(?:all|a lot|most|half|much|part|more than half) of the time|"
    r"(?:almost )?all the time",
    r"(?:always|often|usually|mostly|sometimes|constantly|daily|nightly|frequently|occasionally|"
    r"rarely|seldom|regularly|lately|recently|nowadays)",
    r"(?:now and (?:then|again)|at times|on and off|from time to time|once in a while|these days)",
    r"(?:quite )?a lot|a little|a bit",
    r"(?:this|last|past) (?:week|month|fortnight)",
    r"(?:very|so|really|too) (?:much|often|badly|hard)|badly",
)

DIAGNOSES = _phrases(
    r"(?:major |clinical )?depressi(?:on|ve (?:disorder|episode))",
    r"(?:generali[sz]ed |social )?anxiety disorder",
    r"panic disorder",
    r"bipolar(?: disorder)?",
    r"ptsd",
    r"post-?traumatic stress(?: disorder)?",
    r"(?:personality|adjustment|mood|eating|obsessive[- ]compulsive) disorder",
    r"burn-?out",
    r"adhd",
    r"schizophrenia",
)

ADVICE = _phrases(
    r"(?:you|we) (?:should|could try|need to|ought to|must|might want to|may want to)",
    r"(?:have you|did you) (?:ever )?(?:tried|try|considered|consider|thought (?:about|of) trying)",
    r"(?:i(?:'d| would)? )?(?:suggest|recommend|advise)",
    r"try (?:to|and|a|some)",
    r"it (?:would|might|may|could) (?:be (?:good|helpful|useful|a good idea)|help) (?:to|if)",
    r"why don't you",
    r"make sure (?:to|that|you)",
    r"don't (?:worry|be|let|forget)",
    r"(?:remember|keep in mind) (?:to|that)",
)

APPRAISALS = _phrases(
    r"(?:i'm|i am|we're) (?:so |very |really |truly )?(?:sorry|glad|happy|pleased|proud|delighted)",
    r"sorry (?:to hear|about|for)",
    r"(?:that's|that is|this is|it's|it is|that was|that sounds|sounds|how|what a|that must be|"
    r"that must have been|that can be|that seems|it must be|it sounds|it seems) (?:a |an )?"
    r"(?:so |very |really |quite |such |pretty |incredibly |absolutely )*(?:a |an )?"
    r"(?:great|good|wonderful|fantastic|excellent|amazing|awesome|nice|lovely|perfect|impressive|"
    r"bad|terrible|awful|horrible|sad|hard|tough|difficult|rough|challenging|unfortunate|"
    r"frustrating|stressful|overwhelming|exhausting|painful|upsetting|worrying)",
    r"(?:\A|(?<=[.!?] ))(?:great|good|excellent|wonderful|well done|fantastic|awesome)(?=[.!,])",
    r"(?:good|great) (?:job|work|idea|start|news|to hear)",
    r"(?:things|it|everything) will (?:get better|be (?:fine|okay|all right|alright))",
    r"cheer up",
    r"look on the bright side",
)

CRISES = _phrases(
    r"suicid(?:e|al)",
    r"kill(?:ed|ing)? (?:myself|yourself|himself|herself|him|her|them)",
    r"end(?:ed|ing)? (?:my|your) life",
    r"(?:hurt|harm|cut)(?:t?ing)? (?:myself|yourself)",
    r"self-harm(?:ing)?",
    r"(?:want(?:ed)? to|wish i (?:could|was|were)) (?:die|dead|be dead|"
    r"disappear(?! (?:into|in|behind) (?:an?|the|that|this|my)\b)|not wake up)",
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


@cache
def is_latin(letter: str) -> bool:
    """Whether a letter belongs to the Latin script."""
    return "LATIN" in unicodedata.name(letter, "") or letter in "ªº"
