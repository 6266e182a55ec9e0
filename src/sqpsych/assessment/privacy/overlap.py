"""Words that went from a person's record into the dialogue: statements copied, values said.

The role-play is to tell a person's answers in its own words. A sentence of the record that comes
out word for word, or a value such as an occupation, ties the dialogue to that record: whoever knows
the record finds the person again.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from sqpsych.assessment.figures import Cell, Finding, Measured, Row, make_missing, make_row
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.statistics.intervals import bootstrap_mean
from sqpsych.records import ClientProfile, Dialogue, Fact, Statement, Symptom, Turn
from sqpsych.wording import content_words, normalise

RUN_WORDS = 7
"""So many words in a row that stand in a statement are copied from it."""
NEAR_WORDS = 6
"""Shorter sentences and statements are too short to be told from ordinary English."""
NEAR = 90
"""Likeness of a sentence to the best fitting part of a statement, 0-100 by edit distance."""
VALUE_LETTERS = 4
"""Values of fewer characters, such as an age, are met by chance."""
SHARED = 0.5
"""A value that more than this share of the people have tells nobody apart ..."""
SHARED_PEOPLE = 10
"""... where there are so many people at least."""

Run = tuple[str, ...]

_TOKEN = re.compile(r"\d+(?:,\d{3})+|\w+(?:['’]\w+)*")
_DROPPED = str.maketrans("", "", ",'’")
_SENTENCE = re.compile(r"\S.*?(?:[.!?…]+(?=\s|$)|\n|$)")
_SUBJECT: Run = ("the", "client")
_EVERYDAY = frozenset(
    """
    alone bachelor boy cohabiting college declined degree diploma divorced doctorate employed
    engaged female full fulltime girl grade graduate high living low male man married master medium
    missing never none other parent part parttime partner partnered primary refused retired school
    secondary separated single student time unemployed university unknown unmarried widow widowed
    widower woman
    """.split()
)
"""Words of sex, family and schooling: said in any session, whoever the person is."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a turn, and where it stands."""

    plain: str
    """Lower case, without apostrophes; numbers without commas."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Said:
    """A fact of the profile found in the dialogue."""

    fact: Fact
    turn: int
    """Index of the first turn that says it."""
    quote: str
    """The words of that turn."""


@dataclass(frozen=True, slots=True)
class _Record:
    """What is looked for of one profile's statements."""

    runs: frozenset[Run]
    cores: tuple[str, ...]
    """Statements long enough, without their subject and without phrases that many share."""


def split_words(text: str) -> tuple[Word, ...]:
    """Split a text into plain words that know their places."""
    return tuple(
        Word(token[0].lower().translate(_DROPPED), token.start(), token.end())
        for token in _TOKEN.finditer(text)
    )


def find_copies(dialogue: Dialogue, statements: Sequence[Statement]) -> tuple[Finding, ...]:
    """Find what is copied from a profile's statements.

    Args:
        dialogue: any; both speakers are looked at.
        statements: of its client.

    Returns:
        `statement_copied` for each stretch of words of which any seven in a row stand in one
        statement, `statement_nearly_copied` for each other sentence of six words or more with a
        likeness of 90 or more to a statement of six or more. Phrases that stand in statements about
        different symptoms, such as the period asked about, belong to the questionnaire and do not
        count.
    """
    return _find_copies(dialogue, _read_record(statements, _find_shared_runs(statements)))


def is_telling(value: str) -> bool:
    """Whether a value is long and rare enough for its words to point to the record.

    It is where it has four characters or more and is not made of everyday words alone ("female",
    "never married").
    """
    plain = normalise(value)
    if len(plain) < VALUE_LETTERS:
        return False
    return any(c.isdigit() for c in plain) or not content_words(plain, letters=3) <= _EVERYDAY


def find_values(dialogue: Dialogue, facts: Iterable[Fact]) -> tuple[Said, ...]:
    """Find the values of facts in the words of either speaker, each where it is said first.

    Args:
        dialogue: any.
        facts: values are looked for as whole words in their order; of a value longer than seven
            words, any seven in a row.
    """
    wanted = [(fact, _split_value(fact.value)) for fact in facts]
    vocabulary = {run[0] for _, runs in wanted for run in runs}
    found: dict[Fact, Said] = {}
    for turn in dialogue.turns if vocabulary else ():
        words = split_words(turn.text)
        plain = [word.plain for word in words]
        if vocabulary.isdisjoint(plain):
            continue
        for fact, runs in wanted:
            place = _find_place(plain, runs) if fact not in found else None
            if place is not None:
                quote = turn.text[words[place[0]].start : words[place[1] - 1].end]
                found[fact] = Said(fact, turn.index, quote)
    return tuple(sorted(found.values(), key=lambda said: said.turn))


def list_observed(profile: ClientProfile | None) -> tuple[Fact, ...]:
    """List the facts that come from the person's own record."""
    facts = (*profile.demographics, *profile.history) if profile else ()
    return tuple(fact for fact in facts if fact.origin == "observed" and fact.value.strip())


def _find_copies(dialogue: Dialogue, record: _Record) -> tuple[Finding, ...]:
    if not record.runs and not record.cores:
        return ()
    return tuple(finding for turn in dialogue.turns for finding in _find_in_turn(turn, record))


def _find_in_turn(turn: Turn, record: _Record) -> Iterator[Finding]:
    copied = list(_find_stretches(turn.text, record.runs))
    yield from (Finding(turn.index, "statement_copied", turn.text[a:b]) for a, b in copied)
    sentences = [
        sentence[0]
        for sentence in _SENTENCE.finditer(turn.text)
        if len(_TOKEN.findall(sentence[0])) >= NEAR_WORDS
        and not any(a < sentence.end() and sentence.start() < b for a, b in copied)
    ]
    if not sentences or not record.cores:
        return
    likeness = process.cdist(
        [normalise(sentence) for sentence in sentences],
        record.cores,
        scorer=fuzz.partial_ratio,
        score_cutoff=NEAR,
    )
    for sentence, scores in zip(sentences, likeness, strict=True):
        if scores.max() >= NEAR:
            yield Finding(turn.index, "statement_nearly_copied", sentence.strip())


def _find_stretches(text: str, runs: frozenset[Run]) -> Iterator[tuple[int, int]]:
    """Where a text goes along with the runs, as positions of characters."""
    words = split_words(text)
    plain = tuple(word.plain for word in words)
    first = last = -1
    for place in range(len(plain) - RUN_WORDS + 1):
        if plain[place : place + RUN_WORDS] not in runs:
            continue
        if first >= 0 and place > last:
            yield words[first].start, words[last].end
            first = -1
        first = place if first < 0 else first
        last = place + RUN_WORDS - 1
    if first >= 0:
        yield words[first].start, words[last].end


def _list_runs(plain: Run) -> Iterator[Run]:
    return (plain[n : n + RUN_WORDS] for n in range(len(plain) - RUN_WORDS + 1))


def _split_plain(text: str) -> Run:
    return tuple(word.plain for word in split_words(text))


def _find_shared_runs(statements: Iterable[Statement]) -> frozenset[Run]:
    """Runs that stand in statements about different symptoms."""
    about: dict[Run, set[Symptom]] = defaultdict(set)
    for text, symptom in {(statement.text, statement.symptom) for statement in statements}:
        for run in _list_runs(_split_plain(text)):
            about[run].add(symptom)
    return frozenset(run for run, symptoms in about.items() if len(symptoms) > 1)


def _read_record(statements: Sequence[Statement], shared: frozenset[Run]) -> _Record:
    texts = [_split_plain(statement.text) for statement in statements]
    cores = [core for text in texts if len(core := _cut_shared(text, shared)) >= NEAR_WORDS]
    return _Record(
        frozenset(run for text in texts for run in _list_runs(text)) - shared,
        tuple(dict.fromkeys(" ".join(core) for core in cores)),
    )


def _cut_shared(plain: Run, shared: frozenset[Run]) -> Run:
    """Leave out the subject, and words within runs that are shared."""
    cut = {0, 1} if plain[:2] == _SUBJECT else set()
    for place, run in enumerate(_list_runs(plain)):
        if run in shared:
            cut.update(range(place, place + RUN_WORDS))
    return tuple(word for place, word in enumerate(plain) if place not in cut)


def _split_value(value: str) -> tuple[Run, ...]:
    """The runs of words of which any one says the value."""
    plain = _split_plain(value)
    return tuple(_list_runs(plain)) if len(plain) > RUN_WORDS else (plain,) if plain else ()


def _find_place(plain: Sequence[str], runs: Iterable[Run]) -> tuple[int, int] | None:
    """Where the first of the runs stands, as places of words."""
    for run in runs:
        for place, word in enumerate(plain):
            if word == run[0] and tuple(plain[place : place + len(run)]) == run:
                return place, place + len(run)
    return None


def _take(sample: Sample) -> Measured:
    copies, copy_rows, copied = _measure_copies(sample)
    values, value_rows, said = _measure_values(sample)
    findings = {
        dialogue.id: (*copies.get(dialogue.id, ()), *values.get(dialogue.id, ()))
        for dialogue in sample.closed
        if dialogue.id in copies or dialogue.id in values
    }
    tables = {"copies": copied, "observed values": said}
    return Measured((*copy_rows, *value_rows), findings, tables)


_Findings = Mapping[str, tuple[Finding, ...]]
_Table = list[dict[str, Cell]]


def _measure_copies(sample: Sample) -> tuple[_Findings, list[Row], _Table]:
    names = {
        "statement_copied": "with a copied statement, share",
        "statement_nearly_copied": "with a nearly copied statement, share",
    }
    profiles = [(d, sample.profiles.get(d.id)) for d in sample.closed]
    with_statements = [(d, p.statements) for d, p in profiles if p and p.statements]
    if not with_statements:
        why = "no closed dialogue"
        if sample.closed:
            why = "no questionnaire answers came with these dialogues"
        return {}, [make_missing(name, why, "lower") for name in names.values()], []
    shared = _find_shared_runs(s for _, statements in with_statements for s in statements)
    records = {statements: _read_record(statements, shared) for _, statements in with_statements}
    found = {d.id: _find_copies(d, records[statements]) for d, statements in with_statements}
    people = [dialogue.pseudonym for dialogue, _ in with_statements]
    rows: list[Row] = []
    table: _Table = []
    for kind, name in names.items():
        having = [any(f.kind == kind for f in found[d.id]) for d, _ in with_statements]
        rows.append(_make_share(name, having, people, sample.seed))
        count = sum(f.kind == kind for findings in found.values() for f in findings)
        table.append({"kind": kind, "dialogues": sum(having), "findings": count})
    return {name: findings for name, findings in found.items() if findings}, rows, table


def _measure_values(sample: Sample) -> tuple[_Findings, list[Row], _Table]:
    name = "with an observed value said, share"
    observed = {d.id: list_observed(sample.profiles.get(d.id)) for d in sample.closed}
    shared = _find_shared_values(sample, observed)
    wanted = {
        key: [fact for fact in facts if is_telling(fact.value) and _key(fact) not in shared]
        for key, facts in observed.items()
    }
    looked = [dialogue for dialogue in sample.closed if wanted[dialogue.id]]
    if not looked:
        why = "no closed dialogue" if not sample.closed else "no observed facts in the profiles"
        if any(observed.values()):
            why = "no observed value is long and rare enough to be looked for"
        return {}, [make_missing(name, why, "lower")], []
    said = {dialogue.id: find_values(dialogue, wanted[dialogue.id]) for dialogue in looked}
    fields = Counter(each.fact.name for found in said.values() for each in found)
    sought = Counter(fact.name for dialogue in looked for fact in wanted[dialogue.id])
    people = [dialogue.pseudonym for dialogue in looked]
    note = ", ".join(f"{count} {field}" for field, count in fields.most_common())
    having = [bool(said[dialogue.id]) for dialogue in looked]
    row = _make_share(name, having, people, sample.seed, note)
    findings = {
        key: tuple(Finding(each.turn, "observed_value", each.quote) for each in found)
        for key, found in said.items()
        if found
    }
    table: _Table = [
        {"field": field, "looked for": sought[field], "said": fields[field]} for field in sought
    ]
    return findings, [row], table


def _key(fact: Fact) -> tuple[str, str]:
    return fact.name, normalise(fact.value)


def _find_shared_values(
    sample: Sample, observed: Mapping[str, Sequence[Fact]]
) -> frozenset[tuple[str, str]]:
    """Values that most people have."""
    held = {(d.pseudonym, _key(fact)) for d in sample.closed for fact in observed[d.id]}
    people = len({person for person, _ in held})
    if people < SHARED_PEOPLE:
        return frozenset()
    counts = Counter(key for _, key in held)
    return frozenset(key for key, count in counts.items() if count > SHARED * people)


def _make_share(
    name: str, having: Sequence[bool], people: Sequence[str], seed: int, note: str = ""
) -> Row:
    return make_row(name, bootstrap_mean(having, people, seed), "lower", note)


OVERLAP = Measure(
    name="overlap",
    title="Overlap with the person's record",
    about=(
        "Words that went from a person's record into the dialogue, in either speaker's lines. A "
        "statement of the profile is copied where seven or more of its words stand in a row, and "
        "nearly copied where a sentence of six words or more has a likeness of 90 of 100 to the "
        "best fitting part of it (partial ratio of edit distance, rapidfuzz); phrases that stand "
        "in statements about different symptoms, such as the period asked about, do not count. "
        "Observed values are looked for as whole words where they have four characters or more, "
        "are not made of everyday words and are not shared by most of ten people or more. What is "
        "told in other words is not found, so that the shares are lower bounds."
    ),
    take=_take,
)
