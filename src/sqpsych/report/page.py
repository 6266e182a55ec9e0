"""A report as one HTML page that needs nothing else, and the same figures as JSON."""

import json
import re
from dataclasses import asdict
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from sqpsych import __version__
from sqpsych.assessment.figures import show_row
from sqpsych.errors import InputError
from sqpsych.report.contents import Report
from sqpsych.report.pictures import Picture, draw_pictures
from sqpsych.whole_files import write_file

_TURN_LETTERS = 2000
"""Letters of a turn that stand in the page; the corpus holds all of it."""


def write_page(report: Report, path: Path, title: str, day: date) -> None:
    """Write a report as a page that opens from disk, loads nothing and prints.

    Args:
        report: what stands in it.
        path: the file; replaced when there.
        title: heading.
        day: of the report.

    Raises:
        InputError: the file cannot be written, or jinja2 or altair is not installed.
    """
    page = render_page(report, draw_pictures(report.corpora), title, day)
    _write(path, page)


def render_page(report: Report, pictures: tuple[Picture, ...], title: str, day: date) -> str:
    """Render the page; see `write_page`."""
    try:
        import jinja2
    except ImportError as error:
        raise InputError(
            "Reports need jinja2, which is not installed. Run `pip install 'sqpsych[assess]'`."
        ) from error

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_read),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=False,
    )
    environment.filters |= {"shown": show_row, "cut": cut, "anchor": make_anchor}
    facts = dict.fromkeys(name for corpus in report.corpora for name in corpus.facts)
    return environment.get_template("page.html.jinja").render(
        report=report,
        charts=pictures,
        fact_names=list(facts),
        title=title,
        day=day.isoformat(),
        version=__version__,
        style=_read("page.css"),
    )


def write_json(report: Report, path: Path, day: date) -> None:
    """Write the figures of a report as JSON: sections, headline, findings by kind, what is missing.

    Raises:
        InputError: the file cannot be written.
    """
    _write(path, json.dumps(describe(report, day), indent=2, ensure_ascii=False) + "\n")


def describe(report: Report, day: date) -> dict[str, Any]:
    """Describe a report in JSON values; no dialogue text is in it but the quotes of findings."""
    return {
        "sqpsych": __version__,
        "day": day.isoformat(),
        "corpora": [
            {
                "name": corpus.name,
                "facts": dict(corpus.facts),
                "figures": [
                    {"section": name, **asdict(row)}
                    for name, measured in corpus.results.items()
                    for row in measured.rows
                ],
                "headline": [
                    {"row": one.threshold.row, "goal": one.threshold.bound, "verdict": one.verdict}
                    for one in held
                ],
                "findings": {
                    dialogue: [asdict(finding) for finding in findings]
                    for dialogue, findings in corpus.findings.items()
                    if findings
                },
                "tables": {
                    f"{name}: {table}": list(rows)
                    for name, measured in corpus.results.items()
                    for table, rows in measured.tables.items()
                },
            }
            for corpus, held in zip(report.corpora, report.headline, strict=True)
        ],
        "methods": {section.about.title: section.about.text for section in report.sections},
    }


def cut(text: str, letters: int = _TURN_LETTERS) -> str:
    """Cut a long text, and say so."""
    return text if len(text) <= letters else f"{text[:letters]} … ({len(text):,} letters)"


def make_anchor(name: str) -> str:
    """Make a name into one that a link can lead to."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _read(name: str) -> str:
    return (resources.files("sqpsych.report") / name).read_text("utf-8")


def _write(path: Path, text: str) -> None:
    try:
        write_file(path, text)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}. Give another.") from error
