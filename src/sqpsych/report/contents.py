"""What stands in a report: figures side by side, what is good and what not, the worst dialogues."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from sqpsych.assessment import Measured, Row, Sample
from sqpsych.assessment.figures import Finding
from sqpsych.assessment.thresholds import Held, Threshold, hold, parse_thresholds
from sqpsych.records import Dialogue

WORST = 10
"""Dialogues of a corpus that stand in the report with all their turns."""


@dataclass(frozen=True, slots=True)
class About:
    """What a section of the report is about."""

    name: str
    title: str
    text: str
    """How it is measured, with sources."""


@dataclass(frozen=True, slots=True)
class CorpusResults:
    """One corpus, measured."""

    name: str
    facts: Mapping[str, str]
    """What made it: protocol, models."""
    sample: Sample
    results: Mapping[str, Measured]
    """By name of the section."""

    @property
    def rows(self) -> Iterator[Row]:
        """All figures."""
        return (row for measured in self.results.values() for row in measured.rows)

    @property
    def findings(self) -> dict[str, tuple[Finding, ...]]:
        """All findings by dialogue, in the order of the turns."""
        found: dict[str, list[Finding]] = {}
        for measured in self.results.values():
            for dialogue, findings in measured.findings.items():
                found.setdefault(dialogue, []).extend(findings)
        return {d: tuple(sorted(f, key=lambda one: one.turn)) for d, f in found.items()}


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of all corpora."""

    name: str
    rows: tuple[Row | None, ...]
    """One a corpus; None where it has no such figure."""

    @property
    def better(self) -> str:
        """Which value is the better one."""
        return next((row.better for row in self.rows if row), "none")


@dataclass(frozen=True, slots=True)
class Section:
    """The figures of one measure."""

    about: About
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class WorstDialogue:
    """A dialogue with many findings."""

    corpus: str
    dialogue: Dialogue
    findings: tuple[Finding, ...]

    @property
    def kinds(self) -> str:
        """What was found, most frequent first."""
        counted = Counter(finding.kind for finding in self.findings)
        return ", ".join(
            f"{count} {kind.replace('_', ' ')}" for kind, count in counted.most_common()
        )

    def find_at(self, turn: int) -> tuple[Finding, ...]:
        """What was found in a turn."""
        return tuple(finding for finding in self.findings if finding.turn == turn)


@dataclass(frozen=True, slots=True)
class Report:
    """All that stands in a report."""

    corpora: tuple[CorpusResults, ...]
    headline: tuple[tuple[Held, ...], ...]
    """The figures held to the targets, for each corpus."""
    sections: tuple[Section, ...]
    worst: tuple[WorstDialogue, ...]
    missing: tuple[tuple[str, str, str], ...]
    """Corpus, figure and reason of what could not be measured."""


def load_targets() -> tuple[Threshold, ...]:
    """Load what the headline of a report goes by."""
    file = resources.files("sqpsych.report") / "targets.toml"
    return parse_thresholds(file.read_text("utf-8"), "targets.toml")


def compose_report(
    corpora: Sequence[CorpusResults],
    abouts: Sequence[About],
    targets: Sequence[Threshold] | None = None,
) -> Report:
    """Put the results of corpora into a report.

    Args:
        corpora: measured, one or more.
        abouts: the sections, in their order; those no corpus has results of are left out.
        targets: what the headline goes by; None: the shipped ones.
    """
    goals = load_targets() if targets is None else targets
    return Report(
        corpora=tuple(corpora),
        headline=tuple(hold(goals, corpus.rows) for corpus in corpora),
        sections=tuple(
            Section(about, _align(corpora, about.name))
            for about in abouts
            if any(about.name in corpus.results for corpus in corpora)
        ),
        worst=tuple(worst for corpus in corpora for worst in find_worst(corpus)),
        missing=tuple(
            (corpus.name, row.name, row.note)
            for corpus in corpora
            for row in corpus.rows
            if row.value is None
        ),
    )


def find_worst(corpus: CorpusResults, count: int = WORST) -> tuple[WorstDialogue, ...]:
    """Find the dialogues with the most findings, worst first; none without any."""
    found = corpus.findings
    by_id = {dialogue.id: dialogue for dialogue in corpus.sample.dialogues}
    ranked = sorted(found, key=lambda name: (-len(found[name]), name))
    return tuple(
        WorstDialogue(corpus.name, by_id[name], found[name])
        for name in ranked[:count]
        if found[name] and name in by_id
    )


def _align(corpora: Sequence[CorpusResults], section: str) -> tuple[Line, ...]:
    """Put the figures of a section side by side, by name."""
    columns = [
        {row.name: row for row in corpus.results[section].rows} if section in corpus.results else {}
        for corpus in corpora
    ]
    names = dict.fromkeys(name for column in columns for name in column)
    return tuple(Line(name, tuple(column.get(name) for column in columns)) for name in names)
