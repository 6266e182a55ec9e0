"""The report: figures of corpora side by side, with pictures, as one page and as JSON."""

from sqpsych.report.contents import About, CorpusResults, Report, compose_report
from sqpsych.report.page import write_json, write_page

__all__ = ["About", "CorpusResults", "Report", "compose_report", "write_json", "write_page"]
