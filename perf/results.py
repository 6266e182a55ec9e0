"""Where the benchmarks put what they measured. It runs nothing by itself."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RESULTS = Path("perf-results")
"""Under the working folder; git does not see what is in it."""


def make_results() -> Path:
    """Make the folder for results, and hide it from git."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / ".gitignore").write_text("*\n")
    return RESULTS


def write_result(path: Path, result: Mapping[str, Any]) -> None:
    """Write a result as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n")
    print(f"written to {path}")
