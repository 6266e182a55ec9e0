"""Reading which choice a model answered, never guessing in its favour.

The asked format is a last line that says "Answer: B". Bold, brackets, quotes, a full stop and
either case are let pass, and the text of that choice behind the letter. Where the last line says
something else, these are looked for, all of them, and have to agree:

1. a letter that is stated: "the answer is B", "answer: (b)", "the best choice is B", "option B is
   correct", "I choose B", \\boxed{B}, and "answer" in a few other languages;
2. a letter that the text begins with: "B", "(b)", "B) " and the text of that choice, "B, because";
3. a line that is the text of exactly one choice, and nothing else.

No answer is read where two letters are named ("A or B"), a letter is none of the choices, or is
followed by the text of another choice; where a statement is denied, doubted or asked ("whether the
answer is B", "B is wrong", "is it B?", "the least appropriate answer is B"), is somebody else's
("the student's answer is B"), or holds under a condition ("B if he drinks"); where it is taken back
("No, wait", "On reflection", a later "Answer:" that names no choice) or another choice is called
better; from digits; from letters that belong to words ("C-SSRS", "a client", "Plan B"). What stands
between <think> marks is left out first; where the mark is never closed there is no answer.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Form = Literal["asked", "other", "malformed", "none"]
"""How an answer was given: as asked; in one of the listed ways; as asked, with something in it that
is no answer; or not at all."""


@dataclass(frozen=True, slots=True)
class ChoiceReading:
    """What a model answered to a question of which one choice is right."""

    letter: str | None
    """None: no answer."""
    form: Form
    reason: str
    """Where the letter was found, or why there is none."""


_THOUGHT = re.compile(r"<(think|thinking|thought)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_OPENED = re.compile(r"<(?:think|thinking|thought)>", re.IGNORECASE)
_CLOSED = re.compile(r"</(?:think|thinking|thought)>", re.IGNORECASE)

_OPENING = r"[\s*_`\"'“‘\[({<]{0,8}"
_CLOSING = r"[*_`\"'”’\])}>.!\s]{0,8}"
"""Marks around a letter. Bounded, as all that repeats here, so that no text takes long to read."""
_LATIN = "A-Za-zÀ-ɏЀ-ӿ"
"""Letters of scripts that part words by spaces; in others a letter may touch the next word."""
_BARE = rf"(?<![{_LATIN}])([A-H])(?![{_LATIN}0-9_'’&]|[-.]\w)"
_JOIN = r"(?:\s{0,4}(?:,|、|或|和|または|/|&|\+|;|\||\b(?:or|and|oder|und|ou|et|o|y)\b)){1,3}"
_MAYBE = r"(?:\s{1,4}(?:maybe|perhaps|possibly|even|also|both|either|option|choice)\b){0,3}"
_OTHER = rf"[*_`\"'”’\])}}>.!]{{0,8}}(?:\s{{0,4}}[(\[])?{_JOIN}{_MAYBE}{_OPENING}{_BARE}"
"""Another letter that is named together with one."""
_RUN = rf"{_OPENING}{_BARE}(?P<more>(?:{_OTHER}){{0,6}})"

_WORDS = (
    r"(?:correct|right|best|my)\s+(?:option|choice)|answer|antwort|réponse|respuesta|resposta"
    r"|risposta|antwoord|odpowiedź|svar|ответ|cevap"
)
_CJK_WORDS = "答案|回答|答え|정답"
_ANY_WORD = rf"(?:(?<![\"'“‘`\w])(?:{_WORDS})|{_CJK_WORDS})"
_IS = (
    r"\s{0,4}[*_]{0,4}\s{0,4}"
    r"(?:is|are|would be|ist|lautet|est|es|é|è|to|jest|är|是|为|は|[:：=]|-(?=\s))+"
)
_ARTICLES = r"(?:\s*(?:the|option|choice|letter|la|le|die|der|das|l'|选项)\b)*"
_STATED = re.compile(
    rf"{_ANY_WORD}(?:\s+(?:here|correcta|correcte|correta|corretta))?"
    rf"{_IS}\s{{0,4}}[*_]{{0,4}}[:：]?{_ARTICLES}\s{{0,4}}{_RUN}",
    re.IGNORECASE,
)
_KEYED = re.compile(rf'"answer"\s*:\s*"{_RUN}"', re.IGNORECASE)
_BOXED = re.compile(rf"\\boxed\{{(?:\\text\{{)?{_RUN}\}}", re.IGNORECASE)
_CHOSEN = re.compile(
    rf"\bI(?:\s+would|'d|’d|'ll|’ll|\s+will)?\s+(?:choose|pick|select|go\s+with|opt\s+for)"
    rf"{_ARTICLES}\s*{_RUN}",
    re.IGNORECASE,
)
_CALLED = re.compile(
    rf"(?:(?:^|[.!?:,]\s+|\n)\W{{0,8}}|\b(?:option|choice|answer|letter|that|so|therefore)\s+){_RUN}"
    rf"{_CLOSING}\s+(?:is|would be)\s+(?:clearly\s+|therefore\s+)?(?:the\s+)?"
    r"(?:most\s+)?(?:correct|right|best|appropriate)\b",
    re.IGNORECASE,
)
_STATEMENTS = (_STATED, _KEYED, _BOXED, _CHOSEN, _CALLED)
_DOUBT = re.compile(
    r"\b(?:not|never|whether|if|unless|neither|nor|cannot|unsure|wrong|nicht|nunca|don't|didn't"
    r"|wouldn't|isn't|can't|won't)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\W{0,8}(?:is|are|was|would be|can be|seems|looks)\s+(?:\w+\s+)?"
    r"(?:not|wrong|incorrect|false|ruled|excluded|out|unlikely)\b|n't\b",
    re.IGNORECASE,
)
BEFORE = 80
"""Letters before "answer" in which it is said whose or which answer it is."""
_NOT_ITS_OWN = re.compile(
    r"(?:\b(?:incorrect|wrong|false|inappropriate|worst|poorest|(?<!at )least"
    r"|his|her|their|your|previous|initial|first)|['’]s|s['’])"
    r"(?:\s+(?!so\b|the\b|and\b|but\b)\w{1,20}){0,2}\s*$",
    re.IGNORECASE,
)
"""Ends what stands before "answer" where that is not what the writer takes for right."""
_ON_CONDITION = re.compile(
    r"\W{0,8}(?:only\s+)?(?:if|unless|when|provided|assuming|in\s+case|depending)\b", re.IGNORECASE
)
_TAKEN_BACK = re.compile(
    r"(?:^|[.!?\n—–])[\s*_\"'“(]{0,8}"
    r"(?:(?:no|oh|hmm|but)?\W{0,3}(?:wait|hold\s+on|scratch\s+that)\s{0,2}[,.:;!…—–-]|actually,"
    r"|on\s+(?:second|further|closer)?\s{0,2}(?:thoughts?|reflection|consideration)\b|correction:"
    r"|let\s+me\s+(?:reconsider|rethink|correct)\b|I\s+take\s+(?:that|it)\s+back\b"
    r"|I\s+(?:was|am|have\s+been)\s+(?:wrong|mistaken)\b"
    r"|no[,.]?\s+(?:sorry|actually|it(?:['’]s|\s+is|\s+should\s+be|\s+must\s+be)\s))",
    re.IGNORECASE,
)
_RIVAL = re.compile(
    r"\b(?:(?i:otherwise|else|it['’]s|it\s+is|instead|rather)[,:]?\s+\(?([A-H])(?![\w'’-])(?!\s+[a-z])"
    r"|([A-H])\)?\s+(?i:is|would\s+be|seems)\s+(?i:(?:a|the|even|much|still)\s+)?(?i:better))"
)
"""Another choice that is named, which is no answer but leaves none either."""
_ANSWER_LINE = re.compile(r"[\s>#*_`\"'“-]*answer\s{0,4}[*_]{0,4}\s{0,4}:", re.IGNORECASE)
_LAST_LINE = re.compile(
    rf"[\s>#*_`\"'“-]*answer\s{{0,4}}[*_]{{0,4}}\s{{0,4}}:{_OPENING}([A-H])(?![\w'’&]|-\w|\.\w)"
    rf"(?P<rest>.*)",
    re.IGNORECASE,
)
_FIRST = re.compile(r"[*_`\"'“\s]{0,8}[(\[]?[*_]{0,4}([A-H])(?P<rest>(?!\w|[-.]\w|['’&]).*)")
_FIRST_SMALL = re.compile(r"[*_`\"'“\s]{0,8}[(\[]?[*_]{0,4}([a-h])(?P<rest>[)\]].*|[*_`\"'”.\s]*)$")
_BECAUSE = re.compile(
    r"[*_)\].:\s]{0,8}(?:,|-|–|—)?\s{0,4}(?:because|since|as the|given|due to|weil)\b"
)
_LEAD = re.compile(
    rf"^\W*(?:(?:(?:the|my)\s+)?(?:\w+\s+)?(?:{_WORDS}|{_CJK_WORDS}){_IS})?", re.IGNORECASE
)


def leave_out_thoughts(text: str) -> str | None:
    """Leave out what a model thought before it answered.

    Returns:
        The rest; None where a thought was begun and never closed. A mark that closes without one
        that opens ends a thought that began with the text.
    """
    rest = _THOUGHT.sub("\n", text)
    closed = list(_CLOSED.finditer(rest))
    if closed:
        rest = rest[closed[-1].end() :]
    return None if _OPENED.search(rest) else rest


def read_choice(text: str, choices: Mapping[str, str]) -> ChoiceReading:
    """Read which choice was answered.

    Args:
        text: all that the model wrote.
        choices: text of each choice, by its letter.
    """
    said = leave_out_thoughts(unicodedata.normalize("NFKC", text))
    if said is None:
        return ChoiceReading(None, "none", "the thought was never closed")
    lines = _list_lines(said)
    if not lines:
        return ChoiceReading(None, "none", "nothing was written")
    asked = [_read_asked(line, choices) for line in lines]
    if asked[-1]:
        return _agree({letter for letter in asked if letter}, choices, "asked")
    found = _find_all(said, choices)
    if found and _is_taken_back(said, choices):
        return ChoiceReading(None, "none", "taken back")
    rivals = {letter for match in _RIVAL.findall(said) for letter in match if letter}
    return _agree(found | rivals if found else found, choices, "other")


def _find_all(said: str, choices: Mapping[str, str]) -> set[str]:
    """All letters that are named in one of the listed ways."""
    lines = _list_lines(said)
    return {*_find_stated(said), *_find_first(lines, choices), *_find_texts(lines, choices)}


def _list_lines(said: str) -> list[str]:
    return [line.strip() for line in said.splitlines() if line.strip()]


def _is_taken_back(said: str, choices: Mapping[str, str]) -> bool:
    """Whether what was answered is taken back: in words, or by an answer that names no choice."""
    *_, retraction = [None, *_TAKEN_BACK.finditer(said)]
    if retraction and _find_all(said[: retraction.start()], choices):
        return True
    lines = _list_lines(said)
    answers = [place for place, line in enumerate(lines) if _ANSWER_LINE.match(line)]
    return bool(answers) and not _find_all("\n".join(lines[answers[-1] :]), choices)


def _agree(found: set[str], choices: Mapping[str, str], form: Form) -> ChoiceReading:
    """The one letter that was found, where it is one, and a choice."""
    if not found:
        return ChoiceReading(None, "none", "no choice named")
    if len(found) > 1:
        return ChoiceReading(None, "none", "several letters")
    letter = found.pop()
    if letter not in choices:
        return ChoiceReading(None, "none", "a letter that is no choice")
    return ChoiceReading(letter, form, "last line" if form == "asked" else "named in the text")


def _read_asked(line: str, choices: Mapping[str, str]) -> str | None:
    """Letter of a line in the asked format."""
    match = _LAST_LINE.fullmatch(line)
    if not match:
        return None
    letter, rest = match[1].upper(), match["rest"]
    whole = not rest.strip("*_`\"'”’)]}. \t!")
    same = letter in choices and _tidy(rest) == _tidy(choices[letter])
    return letter if letter in choices and (whole or same) else None


def _find_stated(said: str) -> Iterator[str]:
    """Letters that are stated to be the answer, without denial or doubt."""
    for pattern in _STATEMENTS:
        for match in pattern.finditer(said):
            letters = re.findall(_BARE, match[1] + " " + match["more"], re.IGNORECASE)
            before = re.split(r"[.!?\n](?:\s|$)", said[: match.start()])[-1]
            after = said[match.end() :]
            if _is_article(match[1], match["more"], after):
                continue
            sentence = re.match(r"[^.!?\n]*[.!?]?", after)
            asked = sentence is not None and sentence[0].endswith("?")
            if asked or _DOUBT.search(before) or _NOT_ITS_OWN.search(before[-BEFORE:]):
                continue
            if _DENIED.match(after) or _ON_CONDITION.match(after):
                continue
            yield from (letter.upper() for letter in letters)


def _is_article(letter: str, more: str, after: str) -> bool:
    """Whether a letter is rather a word of the sentence that goes on, as in "a client"."""
    if more or not re.match(r"\s+[^\W\d_]", after):
        return False
    goes_on = re.match(r"\s+(?:because|since|as|for|which|due|given|is|would|weil|was)\b", after)
    return letter.islower() or (letter == "A" and not goes_on)


def _find_first(lines: list[str], choices: Mapping[str, str]) -> Iterator[str]:
    """The letter that the text begins with; all letters, where lines list several."""
    if not lines:
        return
    listed = [match for match in map(_match_first, lines) if match]
    opening = _match_first(lines[0])
    if not opening:
        return
    letter, rest = opening
    text = choices.get(letter, "")
    own = bool(text) and _tidy(rest).startswith(_tidy(text))
    alone = not rest.strip("*_`\"'”’)]}.,:! \t")
    run = re.match(_OTHER, rest, re.IGNORECASE)
    if run and not own:
        yield from (letter, run[1].upper())
    elif own or alone or _BECAUSE.match(rest):
        yield letter
        yield from (other for other, _ in listed)


def _match_first(line: str) -> tuple[str, str] | None:
    match = _FIRST.match(line)
    if match:
        return match[1], match["rest"]
    small = _FIRST_SMALL.match(line)
    return (small[1].upper(), small["rest"]) if small else None


def _find_texts(lines: list[str], choices: Mapping[str, str]) -> Iterator[str]:
    """Letters of the choices whose text a line is, and the letter before it, if there is one."""
    for line in lines:
        written = _tidy(_LEAD.sub("", line, count=1))
        lettered = re.fullmatch("([a-h]) (.+)", written)
        for letter, text in choices.items():
            if _tidy(text) in {_tidy(line), written}:
                yield letter
            elif lettered and lettered[2] == _tidy(text):
                yield from (letter, lettered[1].upper())


def _tidy(text: str) -> str:
    """Words alone, in small letters."""
    return " ".join(re.findall(r"\w+", text.casefold()))
