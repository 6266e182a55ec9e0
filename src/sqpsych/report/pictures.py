"""Which pictures a report shows: drawn from the figures and tables of the measures."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqpsych.assessment.figures import Cell
from sqpsych.report.charts import draw_bars, draw_intervals, draw_lines
from sqpsych.report.contents import CorpusResults

_KINDS = 14
"""Kinds of findings in a picture, the most frequent ones."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, and what it shows."""

    svg: str
    caption: str


def draw_pictures(corpora: Sequence[CorpusResults]) -> tuple[Picture, ...]:
    """Draw what the corpora have figures for; a picture without any is left out."""
    drawn = (draw(corpora) for draw in PICTURES)
    return tuple(picture for picture in drawn if picture is not None)


def draw_leakage(corpora: Sequence[CorpusResults]) -> Picture | None:
    """How well words tell the two groups apart."""
    rows = [
        {"figure": row.name, "corpus": corpus.name, "value": row.value, "low": row.low,
         "high": row.high}
        for corpus in corpora
        for row in corpus.rows
        if "AUC" in row.name and row.value is not None
    ]  # fmt: skip
    if not rows:
        return None
    return Picture(
        draw_intervals(rows, _names(corpora), "AUC", chance=0.5),
        "How well words tell the two groups apart: 0.5 is chance, 1 certainty. The client's words "
        "should; the therapist's should not, beyond what it takes up from the client.",
    )


def draw_symptoms(corpora: Sequence[CorpusResults]) -> Picture | None:
    """Which of the endorsed symptoms are voiced."""
    rows: list[dict[str, Cell]] = [
        {
            "category": str(row["symptom"]).replace("_", " "),
            "corpus": corpus.name,
            "value": _count(row["endorsed and voiced"]) / _count(row["endorsed"]),
        }
        for corpus in corpora
        for row in _table(corpus, "symptoms")
        if _count(row.get("endorsed"))
    ]
    if not rows:
        return None
    return Picture(
        draw_bars(rows, _names(corpora), "share voiced, of the people who endorse it", most=1),
        "Symptoms that the questionnaire endorses and the client voices.",
    )


def draw_findings(corpora: Sequence[CorpusResults]) -> Picture | None:
    """What was found, by kind."""
    counted = {
        corpus.name: Counter(f.kind for found in corpus.findings.values() for f in found)
        for corpus in corpora
    }
    total = sum(counted.values(), Counter())
    if not total:
        return None
    rows: list[dict[str, Cell]] = [
        {
            "category": kind.replace("_", " "),
            "corpus": corpus.name,
            "value": 100 * counted[corpus.name][kind] / max(len(corpus.sample.closed), 1),
        }
        for kind, _ in total.most_common(_KINDS)
        for corpus in corpora
    ]
    return Picture(
        draw_bars(rows, _names(corpora), "findings a hundred closed dialogues"),
        "What the rules found, most frequent first.",
    )


def draw_vocabulary(corpora: Sequence[CorpusResults]) -> Picture | None:
    """How the vocabulary grows with the text."""
    rows = [
        {"x": row["words"], "corpus": corpus.name, "value": row["both"]}
        for corpus in corpora
        for row in _table(corpus, "vocabulary growth")
    ]
    if not rows:
        return None
    return Picture(
        draw_lines(rows, _names(corpora), "words of text", "different words"),
        "How the vocabulary grows: a line that flattens early says the same things again.",
    )


PICTURES: tuple[Callable[[Sequence[CorpusResults]], Picture | None], ...] = (
    draw_leakage,
    draw_symptoms,
    draw_findings,
    draw_vocabulary,
)


def _names(corpora: Sequence[CorpusResults]) -> list[str]:
    return [corpus.name for corpus in corpora]


def _table(corpus: CorpusResults, name: str) -> Iterator[dict[str, Cell]]:
    for measured in corpus.results.values():
        yield from (dict(row) for row in measured.tables.get(name, ()))


def _count(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0
