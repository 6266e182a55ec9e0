"""Artefacts, repetitions and speakers out of turn, as measures of a sample."""

from sqpsych.assessment.figures import Measured
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.rules.lines import find_alternation_faults, find_artefacts, find_repetitions
from sqpsych.assessment.sample import Sample
from sqpsych.assessment.statistics.rates import count_kinds, keep_found, rate_findings, rate_with


def measure_artefacts(sample: Sample) -> Measured:
    """Count traces of prompts, models and transcripts; see `find_artefacts`."""
    found = [find_artefacts(dialogue, sample.language) for dialogue in sample.closed]
    rows = (
        rate_findings(sample, "artefacts a dialogue", found, count_kinds(found)),
        rate_with(sample, "with any artefact, share", found),
    )
    return Measured(rows, keep_found(sample, found))


def measure_repetition(sample: Sample) -> Measured:
    """Count lines that say again what their speaker has said; see `find_repetitions`."""
    found = [find_repetitions(dialogue) for dialogue in sample.closed]
    row = rate_findings(sample, "repeated lines a dialogue", found, count_kinds(found))
    return Measured((row,), keep_found(sample, found))


def measure_turn_taking(sample: Sample) -> Measured:
    """Count where the client opens or one side speaks twice; see `find_alternation_faults`."""
    found = [find_alternation_faults(dialogue) for dialogue in sample.closed]
    row = rate_findings(sample, "out of turn a dialogue", found, count_kinds(found))
    return Measured((row,), keep_found(sample, found))


ARTEFACTS = Measure(
    name="artefacts",
    title="Artefacts",
    about="Traces of prompts, models and transcripts, found by pattern, each kind once a turn: "
    "empty lines, end markers, tokens of chat templates, speaker labels, placeholders, stage "
    "directions, leftovers of prompts, another script or another language than asked for.",
    take=measure_artefacts,
)
REPETITION = Measure(
    name="repetition",
    title="Repetition within a dialogue",
    about="Lines that come near an earlier line of the same speaker (82 of 100 by edit distance), "
    "or hold a sentence of five words or more that comes near one said before (90 of 100).",
    take=measure_repetition,
)
TURN_TAKING = Measure(
    name="turn_taking",
    title="Turn-taking",
    about="Breaches of the order that the therapist opens and then the two alternate.",
    take=measure_turn_taking,
)
