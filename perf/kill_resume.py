"""Kill `sqpsych generate` 100 times at random moments, and compare with a run left alone.

Run as: .venv/bin/python perf/kill_resume.py [--kills 100] [--seed 1]

Plays six people on the scripted model, killed with SIGKILL and started again until the corpus is
finished, corpus after corpus until the kills are used up. Prints a table and writes it to
perf-results/kill_resume.json. Target: no turn lost or doubled, every corpus byte for byte the
undisturbed one.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from results import make_results, write_result

TESTS = Path(__file__).parent.parent / "tests"


def kill_often(kills: int, seed: int, folder: Path) -> list[dict[str, Any]]:
    """Kill so many times; one row a corpus."""
    from roleplay.killing import (
        Launcher,
        dump_journal,
        export_bytes,
        kill_until_finished,
        write_study,
    )

    arguments = write_study(folder, delay_s=0.01)
    draw = random.Random(seed)
    rows: list[dict[str, Any]] = []
    with Launcher.open() as launcher:
        launcher.finish(arguments, folder / "undisturbed")
        wanted = (dump_journal(folder / "undisturbed"), export_bytes(folder / "undisturbed"))
        while (left := kills - sum(row["kills"] for row in rows)) > 0:
            corpus = folder / f"killed{len(rows)}"
            run = kill_until_finished(launcher, arguments, corpus, draw, left)
            rows.append(
                {
                    "kills": len(run.at_turns),
                    "turns_lost": run.lost,
                    "turns_doubled": run.doubled,
                    "identical": (dump_journal(corpus), export_bytes(corpus)) == wanted,
                    "turns_at_kills": run.at_turns,
                }
            )
    return rows


def main() -> None:
    """Measure once and report."""
    parser = argparse.ArgumentParser(description="Kill a run often, and compare what is left.")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.path.insert(0, str(TESTS))
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        rows = kill_often(options.kills, options.seed, Path(folder))
    print(f"{'corpus':>6} {'kills':>6} {'lost':>6} {'doubled':>8}  byte-identical")
    for number, row in enumerate(rows, start=1):
        same = "yes" if row["identical"] else "no"
        numbers = f"{number:>6} {row['kills']:>6} {row['turns_lost']:>6} {row['turns_doubled']:>8}"
        print(f"{numbers}  {same}")
    seconds = round(time.perf_counter() - start, 1)
    print(f"{sum(row['kills'] for row in rows)} kills, {seconds} s")
    result = {"seed": options.seed, "seconds": seconds, "corpora": rows}
    write_result(make_results() / "kill_resume.json", result)


if __name__ == "__main__":
    main()
