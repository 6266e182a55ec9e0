"""A comparison of runs as tables, as Markdown, as one HTML page and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

from sqpsych import __version__
from sqpsych.assessment.statistics.intervals import Estimate
from sqpsych.benchmarks.compared.comparison import TaskComparison
from sqpsych.errors import InputError
from sqpsych.markdown import tabulate

CAUTION = (
    "Intervals are 95 %, over questions. Published figures were not measured here: how answers "
    "were asked for and read may differ."
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a page."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One task of a page."""

    heading: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...]


def lay_out(comparisons: Sequence[TaskComparison]) -> tuple[Section, ...]:
    """Lay a comparison out, a section each task."""
    return tuple(
        Section(_name_task(task), tuple(_list_tables(task)), tuple(_list_notes(task)))
        for task in comparisons
    )


def _name_task(task: TaskComparison) -> str:
    unit = "questions" if task.systems[0][1].questions else "items"
    return f"{task.title} ({task.questions:,} {unit})"


def show(estimate: Estimate | None) -> str:
    """A figure with its interval, to three places."""
    if estimate is None or estimate.value is None:
        return "–"
    interval = (
        ""
        if estimate.low is None or estimate.high is None
        else f" [{estimate.low:.3f}, {estimate.high:.3f}]"
    )
    return f"{estimate.value:.3f}{interval}"


def _show_counted(estimate: Estimate | None) -> str:
    """A figure with its interval, and how many questions or items it is of."""
    return show(estimate) + (f", n {estimate.n:,}" if estimate else "")


def _list_tables(task: TaskComparison) -> Iterator[Table]:
    figures = list(dict.fromkeys(name for _, scores in task.systems for name in scores.figures))
    yield Table(
        "Figures, with 95 % intervals, and of how many",
        ("figure", *(name for name, _ in task.systems)),
        tuple(
            (figure, *(_show_counted(scores.figures.get(figure)) for _, scores in task.systems))
            for figure in figures
        ),
    )
    if task.tests:
        yield Table(
            "Paired tests, question by question",
            ("figure", "difference", "by", "p", "p, corrected (Holm)"),
            tuple(
                (
                    test.figure,
                    f"{test.a} less {test.b}",
                    show(test.difference),
                    _show_p(test.p),
                    _show_p(test.p_holm),
                )
                for test in task.tests
            ),
        )
    published = task.systems[0][1].published
    if published:
        yield Table(
            "Published, not measured here",
            ("system", "figure", "asked", "value", "source"),
            tuple(
                (row.system, row.figure, row.way, f"{row.value:.3f}", row.source)
                for row in published
            ),
        )


def _show_p(p: float | None) -> str:
    return "–" if p is None else f"{p:.4f}"


def _list_notes(task: TaskComparison) -> Iterator[str]:
    for name, scores in task.systems:
        told = scores.outcomes or {}
        if told:
            yield f"{name}: " + ", ".join(f"{outcome} {told[outcome]}" for outcome in told)
        if scores.judge:
            yield f"{name}: judged by {scores.judge}"
        if not scores.settings and any(other.settings for _, other in task.systems):
            yield f"{name}: not known with which settings it was run"
    yield from _tell_items(task)
    lower = dict.fromkeys(
        figure
        for _, scores in task.systems
        for figure, end in (scores.better or {}).items()
        if end == "lower"
    )
    if lower:
        yield f"Lower is better: {'; '.join(lower)}"


def _tell_items(task: TaskComparison) -> Iterator[str]:
    """Say which systems were not judged or played on the same items as the first."""
    (first, one), *others = task.systems
    for name, scores in others:
        own, theirs = set(one.items or ()), set(scores.items or ())
        if own != theirs:
            yield (
                f"{first} and {name}: {len(own & theirs)} items of both, {len(own - theirs)} of "
                f"{first} alone, {len(theirs - own)} of {name} alone; figures are of all of each, "
                "tests of those of both"
            )


def render_markdown(sections: Sequence[Section], picture: str | None = None) -> str:
    """Render as Markdown.

    Args:
        sections: of the page.
        picture: file name of a picture; None: there is none.
    """
    parts = [CAUTION] + ([f"![Figures with intervals]({picture})"] if picture else [])
    for section in sections:
        parts.append(f"## {section.heading}")
        for table in section.tables:
            parts += [table.caption + ":", tabulate(table.header, table.rows)]
        parts += [f"- {note}" for note in section.notes]
    return "\n\n".join(parts) + "\n"


def render_html(sections: Sequence[Section], title: str, day: str, picture: str | None) -> str:
    """Render as a page that opens from disk and loads nothing.

    Args:
        sections: of the page.
        title: heading.
        day: of the comparison.
        picture: SVG; None: there is none.

    Raises:
        InputError: jinja2 is not installed.
    """
    try:
        import jinja2
    except ImportError as error:
        raise InputError(
            "The page needs jinja2, which is not installed. Run `pip install 'sqpsych[bench]'`."
        ) from error
    source = resources.files("sqpsych.benchmarks.compared").joinpath("comparison.html.jinja")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(source.read_text("utf-8")).render(
        sections=sections,
        title=title,
        day=day,
        picture=picture,
        caution=CAUTION,
        version=__version__,
    )


def make_record(comparisons: Sequence[TaskComparison], seed: int) -> dict[str, Any]:
    """All figures and tests in JSON values; outcomes of single questions stay in the runs."""
    return {
        "sqpsych": __version__,
        "seed": seed,
        "tasks": [
            {
                "task": task.task,
                "title": task.title,
                "questions": task.questions,
                "systems": {
                    name: {figure: asdict(value) for figure, value in scores.figures.items()}
                    for name, scores in task.systems
                },
                "outcomes": {name: scores.outcomes for name, scores in task.systems},
                "tests": [asdict(test) for test in task.tests],
                "published": [asdict(row) for row in task.systems[0][1].published],
            }
            for task in comparisons
        ],
    }
