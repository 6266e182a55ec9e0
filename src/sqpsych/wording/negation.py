"""Negation: whether the words before a phrase, in its clause, turn it round.

Beside plain negations ("I don't cry") there are those of the clause that governs the phrase ("I
can't remember the last time I cried"), which turn round what that clause says, negated or not, and
those that a comparison undoes: "I've never been so tired" tells of being very tired.
"""

import re

NO = (
    r"(?:no longer|no one|not|never|no|nor|neither|without|hardly|barely|rarely|seldom|scarcely|"
    r"nothing|nobody|none|\w+n't|cannot|free (?:of|from)|"
    r"(?:stop(?:s|ped)?|keeps?|kept|prevent(?:s|ed)?) (?:me|myself) from|stopped|quit|far from|"
    r"anything but|instead of|rather than)"
)
_NEGATION = re.compile(rf"(?<![\w']){NO}(?!\w)")
_NO_NEGATION = re.compile(
    rf"(?<![\w']){NO} (?:\w+ ){{0,2}}?(?:(?:stop|prevent)(?:s|ped|ed)? (?:me|myself)(?: from)?|"
    r"(?:keeps?|kept) (?:me|myself) from)(?!\w)|"
    rf"(?<![\w']){NO} (?:\w+ ){{1,6}}?without(?!\w)|"
    r"(?:don't|do not|didn't) (?:even )?(?:know|understand|get why|care)|"
    r"(?:can't|cannot|couldn't|can not) (?:seem to |even |just )?(?:help|stop|shake|explain|"
    r"believe|deny|hide|get (?:over|rid of)|keep from|switch off|turn off|shut out|control|escape|"
    r"handle|bear|stand|take|let go of|put aside)|"
    r"not (?:only|just|surprising\w*)|no (?:wonder|doubt|matter|way)|"
    r"(?:days|nights|often|frequently) than not|"
    r"nothing but|not to mention|not gonna lie|won't lie|why not|doesn't help"
)
_NOT_THAT = re.compile(
    rf"(?<![\w'])(?:{NO} (?:\w+ ){{0,3}}(?:think|thought|believe|say|saying|feel|feeling|sense|"
    r"mean|impression|idea|suppose|claim|call it)(?: (?:like|that|as if|as though))*|"
    r"not (?:that|like|as if|as though|because)|\w+n't)$"
)
_NOMINATIVE = re.compile(r"(?<![\w'])(?:i|he|she|we|they|you|who|it|there)(?!\w)")

_TIME = r"(?:day|night|morning|evening|afternoon|week|weekend|month|hour|minute|moment)"
_WHEN = r" (?:when|that|where|(?:in|on) which)"
_ONE = r"(?: (?:a|an|one|any|single))"
_SINCE = (
    r"(?:^(?!(?:in|for|over|the|these|during|after|within)(?!\w))|it(?:'s)? )(?:\w+ ){0,4}?"
    rf"(?P<since>(?:{_TIME}s|years|decades|ages|forever|(?:long|some) time|long|while) "
    r"since(?! then))"
)
_NOT_KNOWN = (
    rf"(?:(?:{NO}|(?:hard|difficult) to) (?:\w+ ){{0,2}}?(?:remember|recall|know|say|tell you|"
    r"think of|name)|forgot(?:ten)?)"
)
_NO_MEMORY = (
    rf"(?P<memory>{_NOT_KNOWN} (?:the last time|when(?= \w+(?:'\w+)?(?: \w+)? last\b))|"
    rf"{_NOT_KNOWN}{_ONE}+ (?:time|{_TIME})(?:{_WHEN})?|"
    rf"{NO} (?:\w+ ){{0,2}}?(?:remember|recall) when)"
)
_NO_TIME = (
    rf"{NO}(?: (?:(?:get|got|make it|made it) through|have|had|get|got|been|gone?))?"
    rf"(?:{_ONE}+(?: \w+)?)? (?:time(?={_WHEN})|"
    rf"{_TIME}(?: (?:goes|went|passe[sd]|(?:has )?gone)(?: by)?)?)"
    rf"(?:{_WHEN}|(?= (?:i|my|without)(?!\w)))"
)
_GOVERNING = re.compile(rf"(?<![\w'])(?:{_SINCE}|{_NO_MEMORY}|{_NO_TIME})(?!\w)")
"""Clauses that say of what they govern that it is never so, or has not been so for long."""
_ONSET = re.compile(r"(?<!\w)(?:start\w*|began|begun|stopped|quit|lost|became|g[ai]ven? up)(?!\w)")

_MUCH = r"(?:much|many|well|badly|bad|good|low|poorly|often|long|hard|little|\w+ly)"
_MORE = r"(?:more(?! than)|worse|better(?! off)|sadder|lower|weaker|slower|thinner|skinnier|harder)"
_TOP = re.compile(
    r"(?:(?P<perfect>'ve|'d|'s|have|has|had|was|were) )?(?:(?P<never>never)|"
    r"(?P<could>couldn't|could not)|(?P<lately>haven't|hasn't|(?:have|has|'ve|'s) not)|"
    r"(?:can't|cannot|couldn't|don't) (?:remember|recall)(?: ever)?(?= \w+ing ))"
    r"(?P<verb>(?: (?:ever|even|really|been|be|being|felt|feel|feeling|had|have|having|was|got|"
    r"get))*)(?P<degree> (?:(?:so|such)(?: \w+){0,2}|(?:any )?more(?: \w+)?|"
    r"this(?: (?:much|many|kind of|sort of|very))?))? ?$"
)
"""A negation that may be the top of a comparison which follows it or stands in the phrase."""
_DEGREE = re.compile(rf"(?<!\w)(?:so|such|(?:^ ?)this|this {_MUCH}|{_MORE})(?!\w)")
_DEGREE_AFTER = re.compile(rf"(?: \w+){{0,3}}? (?:(?:so|this) {_MUCH}|(?<!any ){_MORE})(?!\w)")
_PAST = re.compile(r" ?(?:felt|had|was|got|been|slept|wept|ate|broke|lost|\w+ed)(?!\w)")
_FOR_AGES = re.compile(
    r"(?: \w+)*? (?:in|for) (?:(?:\w+ )?(?:years|months|decades|ages)|a (?:very )?long "
    r"(?:time|while)|my (?:\w+ )?life)(?!\w)"
)
_OPEN_END = re.compile(
    r"(?: \w+){0,3}? (?:that|than|as)(?! (?:now|today|this|these|right now|lately|i (?:am|do|have|"
    r"feel))(?!\w))(?!\w)"
)
""""so tired that", "more tired than others": not the most tired, and perhaps not tired at all."""


def is_negated(before: str, phrase: str, after: str, *, ill: bool) -> bool | None:
    """Find whether a phrase is negated from outside.

    Args:
        before: what stands before it in its clause, in lower case.
        phrase: the words of the phrase.
        after: what follows it in its clause.
        ill: whether it complains, and does not tell of well-being.

    Returns:
        None where it can be read both ways.
    """
    governing = _GOVERNING.search(before)
    within = before[governing.end() :] if governing else before
    plain = _NO_NEGATION.sub(" ", within)
    near = after_subject(plain)
    heightened = _is_heightened(near, phrase, after)
    if heightened is not False:
        return None if heightened is None else False
    farther = re.sub(r" ?[\w]+$", "", plain[: len(plain) - len(near)].rstrip()).rstrip()
    negated = _NEGATION.search(near) is not None or _NOT_THAT.search(farther) is not None
    if governing is None:
        return negated
    if governing["since"] and _ONSET.search(f"{near}{phrase}"):
        return negated
    if _DEGREE.search(f"{near}{phrase}") or _DEGREE_AFTER.match(after):
        return negated if governing["memory"] else None
    if governing["since"] and ill is not negated:
        return None
    return not negated


def after_subject(before: str) -> str:
    """What stands between the last subject and the phrase."""
    last = 0
    for subject in _NOMINATIVE.finditer(before):
        last = subject.end()
    return before[last:]


def _is_heightened(near: str, phrase: str, after: str) -> bool | None:
    """Whether a comparison undoes the negation: so much as never before; None: perhaps."""
    top = _TOP.search(near)
    if top is None:
        return False
    degree = _DEGREE.search(f"{top['degree'] or ''} {phrase}") or _DEGREE_AFTER.match(after)
    if degree is None or (top["could"] and re.search(_MORE, degree[0]) is None):
        return False
    if top["lately"]:
        return _FOR_AGES.match(after) is not None
    past = top["perfect"] or not top["never"] or _PAST.match(top["verb"] or f" {phrase}")
    return True if past and not _OPEN_END.match(after) else None
