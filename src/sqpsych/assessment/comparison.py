"""A corpus in rows of figures, and two corpora side by side."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqpsych.assessment.diversity import count_questions, count_words, distinct_n, texts_of
from sqpsych.assessment.fidelity import measure_fidelity, rate_fidelity
from sqpsych.assessment.figures import Better, Row, make_row, show_row
from sqpsych.assessment.intervals import bootstrap_mean, bootstrap_ratio
from sqpsych.assessment.leakage import Label, Leakage, Pair, measure_leakage, resolve_labels
from sqpsych.assessment.rules import find_alternation_faults, find_artefacts, find_repetitions
from sqpsych.assessment.separation import MIN_PEOPLE, Auc
from sqpsych.records import Dialogue, RejectedAttempt, Turn

SAMPLE_WORDS = 5000
"""Words of the samples that distinct-2 is measured on, the same for every corpus."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one corpus."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one dialogue took, rejected attempts included."""

    turns: int
    attempts: int
    """Replies asked for."""
    tokens_in: int
    """Prompt tokens, cached ones included."""
    tokens_out: int
    seconds: float
    """Sum of the wall-clock times of all replies."""


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One measure of two corpora."""

    name: str
    a: Row | None
    """None where the corpus has no such row."""
    b: Row | None
    better: Better


def summarise(
    pairs: Sequence[Pair],
    label: Label | None = None,
    *,
    name: str = "corpus",
    read_rejected: Callable[[str], Sequence[RejectedAttempt]] | None = None,
    include_rejected: bool = False,
    seed: int = 0,
) -> Summary:
    """Measure a corpus.

    What is said is judged in closed dialogues only, since a rejected one breaks off; what it cost
    counts all of them, rejected attempts too, and is given per closed dialogue.

    Args:
        pairs: all finished dialogues with their profiles, rejected ones too.
        label: the group of each dialogue, 1 or 0; without it leakage is not measured.
        name: of the corpus, for the heads of tables.
        read_rejected: gives the rejected attempts of a dialogue by its id
            (`Corpus.read_rejected`); without it costs are those of the accepted turns.
        include_rejected: measure leakage on rejected dialogues too where a group has fewer than ten
            people with a closed one; the names of those rows say so.
        seed: of samples, splits and intervals.

    Raises:
        InputError: see `measure_leakage`.
    """
    costs = [
        _count_cost(dialogue, read_rejected(dialogue.id) if read_rejected else ())
        for dialogue, _ in pairs
    ]
    closed = [pair for pair in pairs if pair[0].ending == "closed"]
    rows = [
        *_count_endings(pairs, seed),
        *_judge_rules(closed, seed),
        *_judge_fidelity(closed, seed),
        *_judge_leakage(pairs, label, include_rejected, seed),
        *_describe_language(closed, seed),
        *_count_costs(pairs, costs, "" if read_rejected else "accepted turns only", seed),
    ]
    return Summary(name, tuple(rows))


def compare(a: Summary, b: Summary) -> tuple[ComparedRow, ...]:
    """Put the rows of two corpora side by side, by name: those of a, then those of b alone."""
    rows_a, rows_b = ({row.name: row for row in summary.rows} for summary in (a, b))
    better = {name: row.better for name, row in (rows_b | rows_a).items()}
    return tuple(
        ComparedRow(name, rows_a.get(name), rows_b.get(name), better[name])
        for name in dict.fromkeys([*rows_a, *rows_b])
    )


def render_markdown(rows: Sequence[ComparedRow], a: str = "A", b: str = "B") -> str:
    """Render compared rows as a Markdown table, with what the figures rest on beneath.

    Args:
        rows: from `compare`.
        a: head of the first corpus's column.
        b: head of the second's.
    """
    cells = [[cell.replace("|", "\\|") for cell in line] for line in _list_cells(rows, a, b)]
    cells.insert(1, ["---", "---:", "---:", "---"])
    table = "\n".join(f"| {' | '.join(line)} |" for line in cells)
    notes = [f"- {note}" for note in _list_notes(rows, a, b)]
    return "\n".join([table, *([""] if notes else []), *notes]) + "\n"


def render_text(rows: Sequence[ComparedRow], a: str = "A", b: str = "B") -> str:
    """Render compared rows as plain text in columns, with what the figures rest on beneath."""
    cells = _list_cells(rows, a, b)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if place in (1, 2) else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    notes = _list_notes(rows, a, b)
    return "\n".join([*lines, *([""] if notes else []), *notes]) + "\n"


def _list_cells(rows: Sequence[ComparedRow], a: str, b: str) -> list[list[str]]:
    head = ["measure", a, b, "better"]
    return [head, *([row.name, show_row(row.a), show_row(row.b), row.better] for row in rows)]


def _list_notes(rows: Sequence[ComparedRow], a: str, b: str) -> list[str]:
    return [
        f"{row.name}, {name}: {side.note}"
        for row in rows
        for name, side in ((a, row.a), (b, row.b))
        if side is not None and side.note
    ]


def _count_endings(pairs: Sequence[Pair], seed: int) -> Iterator[Row]:
    people, dialogues = _people(pairs), [dialogue for dialogue, _ in pairs]
    reasons = Counter(
        re.sub(r"^turn \d+: ", "", dialogue.reason or "no reason given")
        for dialogue in dialogues
        if dialogue.ending == "rejected"
    )
    closed = [float(dialogue.ending == "closed") for dialogue in dialogues]
    n = len(set(people))
    yield Row("dialogues", len(dialogues), None, None, n, "none")
    yield make_row("completed, share", bootstrap_mean(closed, people, seed), "higher")
    why = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    yield Row("rejected", reasons.total(), None, None, n, "lower", why)


def _judge_rules(closed: Sequence[Pair], seed: int) -> Iterator[Row]:
    people, dialogues = _people(closed), [dialogue for dialogue, _ in closed]
    artefacts = [find_artefacts(dialogue) for dialogue in dialogues]
    kinds = Counter(finding.kind for findings in artefacts for finding in findings)
    found = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    for name, values, note in (
        ("artefacts a dialogue", [len(findings) for findings in artefacts], found),
        ("with any artefact, share", [bool(findings) for findings in artefacts], ""),
        ("repeated lines a dialogue", [len(find_repetitions(d)) for d in dialogues], ""),
        ("out of turn a dialogue", [len(find_alternation_faults(d)) for d in dialogues], ""),
    ):
        yield make_row(name, bootstrap_mean(values, people, seed), "lower", note)


def _judge_fidelity(closed: Sequence[Pair], seed: int) -> Iterator[Row]:
    rates = rate_fidelity([measure_fidelity(*pair) for pair in closed], _people(closed), seed)
    yield make_row("endorsed symptoms voiced, share", rates.voiced_micro, "higher")
    yield make_row("denied symptoms voiced, share", rates.contradicted_micro, "lower")
    yield make_row("prescience a dialogue", rates.prescience, "lower")


def _judge_leakage(
    pairs: Sequence[Pair], label: Label | None, include_rejected: bool, seed: int
) -> Iterator[Row]:
    leakage, which = _measure_leakage(pairs, label, include_rejected, seed)
    measured: tuple[tuple[str, Auc, Better], ...] = (
        ("therapist AUC, all words", leakage.raw, "lower"),
        ("therapist AUC, before any symptom is voiced", leakage.before, "lower"),
        ("therapist AUC, beyond the client's words", leakage.beyond, "lower"),
        ("client AUC", leakage.client, "none"),
    )
    for name, auc, better in measured:
        yield Row(name + which, auc.value, auc.low, auc.high, auc.n, better, auc.note)


def _measure_leakage(
    pairs: Sequence[Pair], label: Label | None, include_rejected: bool, seed: int
) -> tuple[Leakage, str]:
    """Leakage of the closed dialogues, or of all, and then what the rows' names say of it."""
    if label is None:
        return Leakage(*[Auc(None, None, None, 0, "no label was given")] * 5), ""
    kept, labels = resolve_labels(pairs, label)
    finished = [
        (pair, y) for pair, y in zip(kept, labels, strict=True) if pair[0].ending == "closed"
    ]
    fewest = min(len({p.pseudonym for (_, p), y in finished if y == group}) for group in (0, 1))
    if include_rejected and fewest < MIN_PEOPLE and len(finished) < len(kept):
        return measure_leakage(kept, labels, seed), " (rejected dialogues too)"
    return measure_leakage([pair for pair, _ in finished], [y for _, y in finished], seed), ""


def _describe_language(closed: Sequence[Pair], seed: int) -> Iterator[Row]:
    people, dialogues = _people(closed), [dialogue for dialogue, _ in closed]
    texts = ["\n".join(texts_of(dialogue, "therapist", "client")) for dialogue in dialogues]
    share = distinct_n(texts, 2, sample_words=SAMPLE_WORDS, seed=seed)
    note = "" if share is not None else f"fewer than {SAMPLE_WORDS:,} words"
    name = f"distinct-2 of {SAMPLE_WORDS:,} words"
    yield Row(name, share, None, None, len(set(people)), "higher", note)
    for name, counts in (
        ("words a therapist turn", [count_words(d, "therapist") for d in dialogues]),
        ("words a client turn", [count_words(d, "client") for d in dialogues]),
        ("questions a therapist turn", [count_questions(d) for d in dialogues]),
    ):
        said, turns = [c for c, _ in counts], [t for _, t in counts]
        yield make_row(name, bootstrap_ratio(said, turns, people, seed), "none")


def _count_cost(dialogue: Dialogue, rejected: Sequence[RejectedAttempt]) -> Cost:
    replies: list[Turn | RejectedAttempt] = [*dialogue.turns, *rejected]
    return Cost(
        turns=len(dialogue.turns),
        attempts=len(replies) if rejected else sum(turn.attempts for turn in dialogue.turns),
        tokens_in=sum(reply.prompt_tokens for reply in replies),
        tokens_out=sum(reply.completion_tokens for reply in replies),
        seconds=sum(reply.seconds for reply in replies),
    )


def _count_costs(
    pairs: Sequence[Pair], costs: Sequence[Cost], note: str, seed: int
) -> Iterator[Row]:
    people = _people(pairs)
    tokens = [cost.tokens_in + cost.tokens_out for cost in costs]
    closed = [float(dialogue.ending == "closed") for dialogue, _ in pairs]
    n = len(set(people))
    attempts = bootstrap_ratio(
        [cost.attempts for cost in costs], [cost.turns for cost in costs], people, seed
    )
    yield make_row("attempts a turn", attempts, "lower")
    for name, total in (
        ("tokens in", sum(cost.tokens_in for cost in costs)),
        ("tokens out", sum(cost.tokens_out for cost in costs)),
    ):
        yield Row(name, total, None, None, n, "none", note)
    for name, values in (
        ("tokens a closed dialogue", tokens),
        ("seconds a closed dialogue", [cost.seconds for cost in costs]),
    ):
        yield make_row(name, bootstrap_ratio(values, closed, people, seed), "lower", note)


def _people(pairs: Sequence[Pair]) -> list[str]:
    return [profile.pseudonym for _, profile in pairs]
