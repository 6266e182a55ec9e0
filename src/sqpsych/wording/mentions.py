"""Finding what a text tells of symptoms: the grammar around the words of the lexicon.

A text is cut into sentences and these into clauses, at commas and at conjunctions such as "but",
"because" and "and". In each clause the phrases of a symptom are looked for, and around each hit the
code decides:

- who: the person nearest before the phrase. "My sister can't sleep" says nothing of the client; a
  clause that names nobody is about whom the clause before it was about. Words for a state ("sad")
  count only right after a verb of being or feeling that is the speaker's own, or where a clause
  starts with them, so that "a sad film" and "the meeting was tense" are passed over. In "how sad I
  am" the person stands behind, and what is said before does not touch it.
- whether it is told as a fact: "if", "might", "used to", "years ago" and questions make it nothing.
- whether it is negated: a complaint negated is denied, well-being negated is claimed. A "no" that
  belongs to the complaint ("no energy") is part of its phrase; the others are read in negation.py.

A clause is all that is seen: irony, "the same as last week", an answer of "yes" to a question and
an unlisted wording are missed. Where two readings are open, nothing is reported.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqpsych.records import Mention, MentionKind, Speaker, Symptom
from sqpsych.wording.negation import NO, after_subject, is_negated
from sqpsych.wording.sentences import plain
from sqpsych.wording.symptoms import PATTERNS, PatternName, find_patterns, load_lexicon

_WORD = re.compile(r"[a-z]{2,}")


@dataclass(frozen=True, slots=True)
class _Clause:
    said: str
    """As it was spoken."""
    text: str
    """Lower case, plain apostrophes, single spaces."""
    about_self: bool
    """Whom it is about when it names nobody."""
    told: bool
    """Whether it is told as a fact: False for questions and for times long past."""
    carries_no: bool
    """Whether the negation of the clause before may reach into it ("not sad and tired")."""


@dataclass(frozen=True, slots=True)
class _Hit:
    """A phrase of the lexicon in a clause."""

    clause: _Clause
    before: str
    phrase: str
    after: str
    group: str

    @property
    def is_ill(self) -> bool:
        """Whether it complains, and does not tell of well-being."""
        return self.group in {"feels", "complaints"}

    @property
    def is_state(self) -> bool:
        return self.group.startswith("feels")


def find_mentions(text: str, speaker: Speaker = "client") -> tuple[Mention, ...]:
    """Find the symptoms spoken of in a text.

    Args:
        text: one utterance, in English.
        speaker: for a client, "claimed" and "denied" are told apart, and a claim is also one of the
            symptoms it is part of; what a therapist speaks of is "named", whatever is said of it.

    Returns:
        Each symptom once per kind, in the order found, with the clause that tells it.
    """
    lexicon = load_lexicon()
    found: dict[tuple[Symptom, MentionKind], Mention] = {}
    for clause in _split_clauses(text, speaker):
        for symptom, names in _find_candidates(clause.text).items():
            wording = lexicon[symptom]
            if (symptom, "named") in found:
                continue
            names = names if speaker == "therapist" else names - {"topics"}
            patterns = [getattr(wording, name) for name in PATTERNS if name in names]
            for kind in _read_clause(clause, patterns, speaker):
                told = (symptom, *wording.part_of) if kind == "claimed" else (symptom,)
                for each in told:
                    mention = Mention(symptom=each, kind=kind, quote=clause.said)
                    found.setdefault((each, kind), mention)
    return tuple(found.values())


def _find_candidates(text: str) -> Mapping[Symptom, set[PatternName]]:
    """Patterns that may match; only these are tried."""
    found: dict[Symptom, set[PatternName]] = {}
    for word in _WORD.findall(text):
        for symptom, name in find_patterns(word):
            found.setdefault(symptom, set()).add(name)
    return found


def _read_clause(
    clause: _Clause, patterns: Sequence[re.Pattern[str]], speaker: Speaker
) -> Iterator[MentionKind]:
    for match in (found for pattern in patterns for found in pattern.finditer(clause.text)):
        before, after = clause.text[: match.start()], clause.text[match.end() :]
        hit = _Hit(clause, before, match[0], after, match.lastgroup or "")
        exclaimed = _HOW.search(before) and _BEHIND.match(after) if hit.is_state else None
        if not (exclaimed["other"] is None if exclaimed else _is_own(hit)):
            continue
        if speaker == "therapist":
            yield "named"
        elif exclaimed and clause.told and not _UNSURE_HOW.search(before):
            yield "claimed" if hit.is_ill else "denied"
        elif clause.told and not exclaimed:
            negated = _is_negated(hit)
            if negated is not None:
                yield "claimed" if hit.is_ill is not negated else "denied"


def _is_negated(hit: _Hit) -> bool | None:
    """Whether it is negated; None where it is not told as a fact, or can be read both ways."""
    if _is_unreal(hit):
        return None
    negated = is_negated(hit.before, hit.phrase, hit.after, ill=hit.is_ill)
    if hit.clause.carries_no and negated is False:
        return True if hit.is_state else None
    return None if hit.is_ill and negated and _PARTLY.search(hit.before) else negated


_VERY = (
    r"(?:a bit|a little|a lot|kind of|sort of|most days|all the time|of late|these days|at all|"
    r"more and more|less and less|at times|every day|anything but|so|very|just|pretty|quite|"
    r"rather|too|that|kinda|always|often|sometimes|still|also|all|more|even|super|much|how|"
    r"somewhat|again|over|ever|now|already|both|either|almost|well|such|perhaps|maybe|yet|any|"
    r"as|\w+ly)"
)
_SELF = r"(?:i|me|my|mine|myself)"
_PEOPLE = (
    r"(?:sister|brother|mother|father|mum|mom|dad|parents?|wife|husband|partner|boyfriend|"
    r"girlfriend|son|daughter|kids?|child|children|baby|babies|friends?|boss|manager|"
    r"colleagues?|coworkers?|neighbou?rs?|doctor|teacher|aunt|uncle|cousin|grandmother|"
    r"grandfather|grandma|grandpa|family|people|person|man|woman|guy|girl|boy|men|women|dog|cat|"
    r"roommate|flatmate|ex|fiancée?|in-laws?|nephew|niece|team|staff|customers?|clients?|"
    r"patients?|students?|stepson|stepdaughter|twins?|grandson|granddaughter|grandchildren|mate)"
)
_OTHER = (
    rf"(?:he|she|they|we|you|who|everyone|everybody|someone|somebody|anyone|others|"
    rf"(?<!like )(?<!as )(?<!see )(?<!around )(?<!among )(?:(?:my|his|her|their|our|your|the|a|"
    rf"some|most|many|other|these|those) )(?:\w+ )?{_PEOPLE}(?:'s|s')?|"
    rf"(?:^people|mum|mom|dad|mother|father)(?:'s)?)"
)
_PERSON = re.compile(
    rf"(?<![\w'])(?:(?P<other>{_OTHER}|(?:his|her|their|your|our) (?:\w+ )?$)|{_SELF})(?!\w)"
)
_SUBJECT = re.compile(rf"(?<![\w'])(?:(?P<other>{_OTHER})|i)(?!\w)")
_LEAD = re.compile(
    rf"(?:^|(?<![\w'])(?:i|me|myself|feel|feeling|felt)(?!\w))(?:\W*(?:(?:\w+ ){{0,2}}\w+ n?or|"
    rf"(?:feel|feeling|felt|been|being|be|am|'m|are|'re) this|last|{NO}|{_VERY}|wake up|woke up|"
    rf"end up|ended up|go around|walk around|sit here|think of|would say|'m|'ve|'d|'re|'ll|am|are|"
    rf"was|were|have|had|been|being|be|feel|feeling|felt|get|getting|got|become|becoming|became|"
    rf"growing|grown|seem|stay|keep|kept|do|did|find|found|myself|like|start(?:ed|ing)?|to|tend|i|"
    rf"would|could|might|may|should|will|used|want|going|say|an?)(?!\w))*+\W*$"
)
"""What may stand between the speaker, or the start of the clause, and the state told of."""
_HOW = re.compile(rf"(?<!\w)how(?: {_VERY})* $")
_BEHIND = re.compile(
    rf"(?: (?:am|are|is|was|were|do|does|did|have|has|had))? (?P<other>{_OTHER})(?!\w)|"
    r" (?:am|are|was|were|do|did|have|had) i(?!\w)|"
    r" i(?:'(?:m|re|ve)|(?: \w+ly| still| must)? (?:am|are|be|was|were|have|had|feel|felt|get|got|"
    r"look|looked|seem|seemed|sound))(?!\w)"
)
"""Who is in a state, said after it: "how tired you are", "how tired are you"."""
_UNSURE_HOW = re.compile(
    r"(?<!\w)(?:wonder\w*|ask\w*|depend\w*|matter\w*|rate|measure|remember|recall|th(?:ink|ought)|"
    r"miss(?:ed)?|forg[eo]t\w*|to (?:see|know|find out)|"
    r"i (?:don't|didn't|do not|did not) (?:\w+ )?know|"
    r"i(?:'m| am) not (?:\w+ )?sure) (?:\w+ ){0,3}how(?!\w)"
)
"""What makes "how sad I am" a question, or a memory."""
_FRAGMENT_GOES_ON = re.compile(
    r" ?(?:$|(?:about|all|most|a|and|n?or|again|lately|really|today|every|nearly|now|that|when|"
    r"after|since|as|for|with|by|inside|even|in|at|too|to|enough|over|these|mainly|much|more|"
    r"often|of|sometimes|too|anymore|any|the whole|on|from|like|i|myself|usually|constantly)(?!\w))"
)
_KIND_OF_PERSON = re.compile(r" (?:person|man|woman|guy|girl|boy|mess|wreck|soul|human|type)\b")
_PARTLY = re.compile(
    r"(?:not|n't) (?:\w+ )?(?:always|every\w*|all(?! that)|constantly|entirely|only|just)"
)
_UNREAL = re.compile(
    r"(?<![\w'])(?:(?<!as )(?<!even )if|unless|whether|in case|wonder|wondering|not sure|imagine|"
    r"pretend(?:ing)?|supposed to|wish(?:ed)?|hope|hoping)(?!\w)"
)
_UNREAL_VERB = re.compile(
    r"(?<!\w)(?:would(?! rather)|wouldn't|could|might|may|should|shouldn't|try to|trying to|"
    r"want(?:ed)? to (?:feel|be|have|keep|end|sound|seem|get|become)|used to|going to|gonna|"
    r"need to|less|afraid of|scared of|tired of|sick of|'d(?! been| had| rather))(?!\w)"
)
_FUTURE = re.compile(r"(?:(?<!\w)will|'ll|(?<!\w)to)(?!\w)")
_LONG_PAST = re.compile(
    r"(?<!\w)(?:(?:years|decades|months|a long time) ago|last (?:year|summer|winter)|back (?:then|"
    r"when|in)|in the past|as an? (?:child|kid|teenager|student|boy|girl|young)|in my (?:teens|"
    r"twenties|thirties|youth)|growing up|at school|in those days|when i was (?:an? |in |at |"
    r"young|little|small|still|younger|\d))"
)
_QUESTION = re.compile(
    r"(?:am|are|is|do|does|did|can|could|would|should|will|have|has|what|how|when|where|who|which)"
    r"(?!\w)"
)
_CARRIED = re.compile(
    rf"(?!never(?: \w+){{0,2}} (?:so|such|this|more) ){NO}(?: (?:feel|feeling|felt|been|{_VERY}))* "
    rf"\w+(?<!ing)$|{NO}(?: \w+)? n?or"
)
_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…]*")
_BOUNDARY = re.compile(
    r",(?!(?:\s+[\w'’-]+){1,4},?\s+n?or\s)(?!\s+n?or\s+(?!i\b))|[;:()\"“”]|\s[-–—]+\s|[—–]|"
    r"\b(?:but|though|although|because|while|whereas|yet|except|so(?=\s+i\b)|"
    r"and(?!\s(?:turn|turning|down|again|over|off|on|more|less|needles|forth|out|nail|cold|pains|"
    r"sweat|move|talk|walk|neck|not wake|never wake)\b))\b",
    re.IGNORECASE,
)
_ADDRESS = {
    "i": "they",
    "my": "their",
    "me": "them",
    "you": "i",
    "your": "my",
    "yours": "mine",
    "yourself": "myself",
}
_ADDRESSED = re.compile(rf"(?<![\w'])(?:{'|'.join(_ADDRESS)})(?![a-z])")
_MARK = re.compile(r"[^\w' -]")


def _split_clauses(text: str, speaker: Speaker) -> Iterator[_Clause]:
    for sentence in _SENTENCE.findall(text):
        whole = _make_clause(sentence, "client")
        asks = sentence.endswith("?")
        long_past = _LONG_PAST.match(whole) is not None
        about_self, last, start = True, "", 0
        ends = [*(m.span() for m in _BOUNDARY.finditer(sentence)), (len(sentence),) * 2]
        joint = ""
        for end, after in ends:
            said = sentence[start:end].strip(" '’\"")
            clause = _make_clause(said, speaker)
            if clause:
                asked = asks and (end == len(sentence) or bool(_QUESTION.match(whole)))
                told = not (asked and not whole.startswith(("why", "what's the point"))) and not (
                    long_past or _LONG_PAST.search(clause)
                )
                carries = joint == "and" and bool(_CARRIED.search(last))
                names = list(_SUBJECT.finditer(clause))
                yield _Clause(said, clause, about_self, told, carries and not names)
                if names:
                    about_self = names[-1]["other"] is None
                last = clause
            joint, start = sentence[end:after].strip().lower(), after


def _make_clause(said: str, speaker: Speaker) -> str:
    words = " ".join(_MARK.sub(" ", plain(said)).split())
    if speaker == "client":
        return words
    return _ADDRESSED.sub(lambda word: _ADDRESS[word[0]], words)


def _is_own(hit: _Hit) -> bool:
    """Whether the phrase is about the person whose symptoms are looked for."""
    people = list(_PERSON.finditer(hit.before))
    own = people[-1]["other"] is None if people else hit.clause.about_self
    if not hit.is_state:
        return own or re.search(rf"(?<![\w']){_SELF}(?!\w)", hit.phrase) is not None
    if not own or _LEAD.search(hit.before) is None:
        return False
    if re.search(r"(?<!\w)an?$", hit.before.rstrip()) and not _KIND_OF_PERSON.match(hit.after):
        return False
    alone = not people and not re.search(r"feel|felt|been|being|am", hit.before)
    return not alone or _FRAGMENT_GOES_ON.match(hit.after) is not None


def _is_unreal(hit: _Hit) -> bool:
    """Whether what follows is imagined, wished for, expected or over."""
    if _UNREAL.search(hit.before):
        return True
    near = after_subject(hit.before)
    if not hit.is_ill and _FUTURE.search(near):
        return True
    return _UNREAL_VERB.search(near) is not None
