"""Finding what a text tells of symptoms: the grammar around the words of the lexicon.

A text is cut into sentences and these into clauses, at commas and at conjunctions such as "but",
"because" and "and". In each clause the phrases of a symptom are looked for, and around each hit the
code decides:

- who: the person nearest before the phrase. "My sister can't sleep" says nothing of the client; a
  clause that names nobody is about whom the clause before it was about. Words for a state ("sad")
  count only right after a verb of being or feeling that is the speaker's own, or where a clause
  starts with them, so that "a sad film" and "the meeting was tense" are passed over.
- whether it is told as a fact: "if", "might", "used to", "years ago" and questions make it nothing.
- whether it is negated: a complaint negated is denied, well-being negated is claimed. A "no" that
  belongs to the complaint ("no energy") is part of its phrase.

A clause is all that is seen: irony, "the same as last week", an answer of "yes" to a question and
an unlisted wording are missed. Where two readings are open, nothing is reported.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqpsych.records import Mention, MentionKind, Speaker, Symptom
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
        before, group = clause.text[: match.start()], match.lastgroup or ""
        if not _is_own(clause, before, match):
            continue
        if speaker == "therapist":
            yield "named"
        elif clause.told and not _is_unreal(before, group):
            negated = _is_negated(before)
            if clause.carries_no and not negated:
                if not group.startswith("feels"):
                    continue
                negated = True
            ill = group in {"feels", "complaints"}
            if not (ill and negated and _PARTLY.search(before)):
                yield "claimed" if ill is not negated else "denied"


_VERY = (
    r"(?:a bit|a little|a lot|kind of|sort of|most days|all the time|of late|these days|at all|"
    r"more and more|less and less|at times|every day|anything but|so|very|just|pretty|quite|"
    r"rather|too|that|kinda|always|often|sometimes|still|also|all|more|even|super|much|how|"
    r"somewhat|again|over|ever|now|already|both|either|almost|well|such|perhaps|maybe|yet|any|"
    r"as|\w+ly)"
)
_NO = (
    r"(?:no longer|no one|not|never|no|nor|neither|without|hardly|barely|rarely|seldom|scarcely|"
    r"nothing|nobody|none|\w+n't|cannot|free (?:of|from)|stopped|quit|far from|anything but|"
    r"instead of|rather than)"
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
_NOMINATIVE = re.compile(r"(?<![\w'])(?:i|he|she|we|they|you|who|it|there)(?!\w)")
_LEAD = re.compile(
    rf"(?:^|(?<![\w'])(?:i|me|myself|feel|feeling|felt)(?!\w))(?:\W*(?:(?:\w+ ){{0,2}}\w+ n?or|"
    rf"{_NO}|{_VERY}|wake up|woke up|end up|ended up|go around|walk around|sit here|think of|"
    rf"would say|'m|'ve|'d|'re|'ll|am|are|was|were|have|had|been|being|be|feel|feeling|felt|get|"
    rf"getting|got|become|becoming|became|growing|grown|seem|stay|keep|kept|do|did|find|found|"
    rf"myself|like|start(?:ed|ing)?|to|tend|i|would|could|might|may|should|will|used|want|going|"
    rf"say|an?)(?!\w))*+\W*$"
)
"""What may stand between the speaker, or the start of the clause, and the state told of."""
_FRAGMENT_GOES_ON = re.compile(
    r" ?(?:$|(?:about|all|most|a|and|n?or|again|lately|really|today|every|nearly|now|that|when|"
    r"after|since|as|for|with|by|inside|even|in|at|too|to|enough|over|these|mainly|much|more|"
    r"often|of|sometimes|too|anymore|any|the whole|on|from|like|i|myself|usually|constantly)(?!\w))"
)
_KIND_OF_PERSON = re.compile(r" (?:person|man|woman|guy|girl|boy|mess|wreck|soul|human|type)\b")
_NEGATION = re.compile(rf"(?<![\w']){_NO}(?!\w)")
_NO_NEGATION = re.compile(
    r"(?:don't|do not|didn't) (?:even )?(?:know|understand|get why|care)|"
    r"(?:can't|cannot|couldn't|can not) (?:seem to |even |just )?(?:help|stop|shake|explain|"
    r"believe|deny|hide|get (?:over|rid of)|keep from|switch off|turn off|shut out|control|escape|"
    r"handle|bear|stand|take|let go of|put aside)|"
    r"not (?:only|just|surprising\w*)|no (?:wonder|doubt|matter|way)|"
    r"(?:days|nights|often|frequently) than not|"
    r"nothing but|not to mention|not gonna lie|won't lie|why not|doesn't help"
)
_NOT_THAT = re.compile(
    rf"(?<![\w'])(?:{_NO} (?:\w+ ){{0,3}}(?:think|thought|believe|say|saying|feel|feeling|sense|"
    r"mean|impression|idea|suppose|claim|call it)(?: (?:like|that|as if|as though))*|"
    r"not (?:that|like|as if|as though|because)|\w+n't)$"
)
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
    rf"{_NO}(?: (?:feel|feeling|felt|been|{_VERY}))* \w+(?<!ing)$|{_NO}(?: \w+)? n?or"
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
        plain = _plain(sentence, "client")
        asks = sentence.endswith("?")
        long_past = _LONG_PAST.match(plain) is not None
        about_self, last, start = True, "", 0
        ends = [*(m.span() for m in _BOUNDARY.finditer(sentence)), (len(sentence),) * 2]
        joint = ""
        for end, after in ends:
            said = sentence[start:end].strip(" '’\"")
            clause = _plain(said, speaker)
            if clause:
                asked = asks and (end == len(sentence) or bool(_QUESTION.match(plain)))
                told = not (asked and not plain.startswith(("why", "what's the point"))) and not (
                    long_past or _LONG_PAST.search(clause)
                )
                carries = joint == "and" and bool(_CARRIED.search(last))
                names = list(_SUBJECT.finditer(clause))
                yield _Clause(said, clause, about_self, told, carries and not names)
                if names:
                    about_self = names[-1]["other"] is None
                last = clause
            joint, start = sentence[end:after].strip().lower(), after


def _plain(said: str, speaker: Speaker) -> str:
    words = " ".join(_MARK.sub(" ", said.lower().replace("’", "'")).split())
    if speaker == "client":
        return words
    return _ADDRESSED.sub(lambda word: _ADDRESS[word[0]], words)


def _is_own(clause: _Clause, before: str, match: re.Match[str]) -> bool:
    """Whether the phrase is about the person whose symptoms are looked for."""
    people = list(_PERSON.finditer(before))
    own = people[-1]["other"] is None if people else clause.about_self
    if not (match.lastgroup or "").startswith("feels"):
        return own or re.search(rf"(?<![\w']){_SELF}(?!\w)", match[0]) is not None
    lead = _LEAD.search(before)
    if not own or lead is None:
        return False
    after = clause.text[match.end() :]
    if re.search(r"(?<!\w)an?$", before.rstrip()) and not _KIND_OF_PERSON.match(after):
        return False
    alone = not before or (not people and not re.search(r"feel|felt|been|being|am", before))
    return not alone or _FRAGMENT_GOES_ON.match(after) is not None


def _is_unreal(before: str, group: str) -> bool:
    """Whether what follows is imagined, wished for, expected or over."""
    if _UNREAL.search(before):
        return True
    near = _after_subject(before)
    if group in {"all_well", "feels_fine"} and _FUTURE.search(near):
        return True
    return _UNREAL_VERB.search(near) is not None


def _is_negated(before: str) -> bool:
    """Whether a negation reaches what follows."""
    plain = _NO_NEGATION.sub(" ", before)
    near = _after_subject(plain)
    farther = plain[: len(plain) - len(near)]
    farther = re.sub(r" ?[\w]+$", "", farther.rstrip())
    return _NEGATION.search(near) is not None or _NOT_THAT.search(farther.rstrip()) is not None


def _after_subject(before: str) -> str:
    """What stands between the last subject and the phrase."""
    last = 0
    for subject in _NOMINATIVE.finditer(before):
        last = subject.end()
    return before[last:]
