"""What the statements of a profile endorse and deny, symptom by symptom."""

from collections.abc import Mapping, Sequence

from sqpsych.records import Statement, Symptom
from sqpsych.wording.symptoms import load_lexicon


def find_strongest(statements: Sequence[Statement]) -> dict[Symptom, Statement]:
    """Take the strongest statement about each symptom, of those that grade it, in the order of the
    profile."""
    strongest: dict[Symptom, Statement] = {}
    for statement in statements:
        if not statement.grades:
            continue
        known = strongest.get(statement.symptom)
        if known is None or known.severity < statement.severity:
            strongest[statement.symptom] = statement
    return strongest


def find_denied(severities: Mapping[Symptom, Statement]) -> frozenset[Symptom]:
    """Find what the profile denies: not what an endorsed symptom is part of, since whoever tells of
    the part tells of the whole."""
    lexicon = load_lexicon()
    endorsed = [s for s, statement in severities.items() if statement.severity > 0]
    wholes = {whole for symptom in endorsed for whole in lexicon[symptom].part_of}
    return frozenset(severities) - set(endorsed) - wholes
