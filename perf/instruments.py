"""Score and render the PHQ-9 of a million synthetic people.

Run as: .venv/bin/python perf/instruments.py [--people 1000000]

Prints seconds and the process's peak resident memory, and writes both to
perf-results/instruments.json. Target for a million people: at most 20 s and 2 GiB. Answers are
drawn evenly from 0-3, with 2 % missing.
"""

import argparse
import json
import platform
import resource
import time

import numpy as np
import pandas as pd
from results import make_results, write_result

from sqpsych.instruments import load_instrument, render_table, score_table

MAX_SECONDS = 20.0
MAX_RSS_MIB = 2048.0


def draw_people(count: int, seed: int = 1) -> pd.DataFrame:
    """Answers 0-3 of `count` people to nine items, as floats with NaN where missing."""
    random = np.random.default_rng(seed)
    answers = random.integers(0, 4, size=(count, 9)).astype("float64")
    answers[random.random((count, 9)) < 0.02] = np.nan
    return pd.DataFrame(answers, columns=[f"phq9_{number}" for number in range(1, 10)])


def main() -> None:
    """Measure once and report."""
    parser = argparse.ArgumentParser(description="Score and render the PHQ-9 of many people.")
    parser.add_argument("--people", type=int, default=1_000_000)
    count: int = parser.parse_args().people
    table = draw_people(count)
    instrument = load_instrument("phq9")
    start = time.perf_counter()
    scored = score_table(instrument, table)
    scored_after = time.perf_counter()
    rendered = render_table(instrument, table)
    rendered_after = time.perf_counter()
    result = {
        "people": count,
        "score_s": round(scored_after - start, 2),
        "render_s": round(rendered_after - scored_after, 2),
        "total_s": round(rendered_after - start, 2),
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "with_score": int(scored["total"].notna().sum()),
        "statements": int(rendered.notna().sum().sum()),
        "target": {"total_s": MAX_SECONDS, "peak_rss_mib": MAX_RSS_MIB},
        "python": platform.python_version(),
        "pandas": pd.__version__,
    }
    print(json.dumps(result, indent=2))
    write_result(make_results() / "instruments.json", result)


if __name__ == "__main__":
    main()
