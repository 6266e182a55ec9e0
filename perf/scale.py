"""Play 10, 100 and 1,000 sessions at once against a simulated GPU: what does a turn cost us?

Run as: .venv/bin/python perf/scale.py [--quick] [--sessions N] [--profile]

Each number of sessions is played in a process of its own, against a simulated server of its own,
through all of `generate_corpus`, with a journal on disk. Prints a table and writes it to
perf-results/scale.json. CPU is this process's, user and system, from the first request to the last
turn: the seconds of imports and of a warm-up are left out. Targets with 1,000 sessions: at most
2 ms of CPU a turn, at most 500 MiB.
"""

import argparse
import asyncio
import cProfile
import platform
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import wraps
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest import mock

from playing import in_style, make_study
from profiling import print_profile
from results import RESULTS, make_results, write_result
from simulated_server import Costs, open_server

from sqpsych.cli.progress import RunDisplay
from sqpsych.corpus import Counts, Journal
from sqpsych.language_models import ChatModel
from sqpsych.language_models.egress import install_guard
from sqpsych.language_models.opening import ModelSpec, ServingSettings, find_spec, open_models
from sqpsych.roleplay import RunSettings, Study, generate_corpus, generation

LEVELS = (10, 100, 1000)
QUICK_LEVELS = (10, 50)
MAX_CPU_MS = 2.0
MAX_RSS_MIB = 500.0
_WARM_UP_SESSIONS = 2
_WRITES = ("add_turn", "add_rejected", "finish")


@dataclass
class Meter:
    """Clocks that run while the models are open."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    journal_s: float = 0.0
    journal_cpu_s: float = 0.0
    profile: cProfile.Profile | None = None

    @asynccontextmanager
    async def open_models(
        self, specs: Sequence[ModelSpec], settings: ServingSettings
    ) -> AsyncIterator[tuple[ChatModel, ...]]:
        """Open the models of a run, and measure while they are in use."""
        async with open_models(specs, settings) as models:
            wall, cpu = time.perf_counter(), _measure_cpu()
            if self.profile:
                self.profile.enable()
            try:
                yield models
            finally:
                if self.profile:
                    self.profile.disable()
                self.wall_s = time.perf_counter() - wall
                self.cpu_s = _measure_cpu() - cpu

    def time_writes(self) -> None:
        """Time the journal's writes from now on, in this process."""
        for name in _WRITES:
            setattr(Journal, name, self._timed(getattr(Journal, name)))

    def _timed(self, write: Callable[..., None]) -> Callable[..., None]:
        @wraps(write)
        def timed(*args: Any, **options: Any) -> None:
            wall, cpu = time.perf_counter(), time.thread_time()
            write(*args, **options)
            self.journal_s += time.perf_counter() - wall
            self.journal_cpu_s += time.thread_time() - cpu

        return timed


def measure(sessions: int, style: str, profiled: bool, folder: Path) -> dict[str, Any]:
    """Play so many sessions at once in this process; one row of the table."""
    meter = Meter(profile=cProfile.Profile() if profiled else None)
    with tempfile.TemporaryDirectory(dir=folder) as corpora:
        _play(_WARM_UP_SESSIONS, style, Path(corpora) / "warm_up")
        meter.time_writes()
        server_s = _measure_cpu(resource.RUSAGE_CHILDREN)
        with mock.patch.object(generation, "open_models", meter.open_models):
            display, counts = _play(sessions, style, Path(corpora) / "measured")
        server_s = _measure_cpu(resource.RUSAGE_CHILDREN) - server_s
    if meter.profile:
        print_profile(meter.profile)
    tally = display.tally
    turns = max(tally.turns, 1)
    return {
        "sessions": sessions,
        "closed": counts.closed,
        "turns": tally.turns,
        "attempts_per_turn": round(tally.attempts / turns, 3),
        "cpu_ms_per_turn": round(1000 * meter.cpu_s / turns, 2),
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "turns_per_s": round(tally.turns / meter.wall_s, 1),
        "seconds": round(meter.wall_s, 1),
        "cpu_share": round(meter.cpu_s / meter.wall_s, 3),
        "server_cpu_share": round(server_s / meter.wall_s, 3),
        "journal_share": round(meter.journal_s / meter.wall_s, 3),
        "journal_ms_per_turn": round(1000 * meter.journal_s / turns, 2),
        "journal_cpu_ms_per_turn": round(1000 * meter.journal_cpu_s / turns, 2),
        "cached_share": round(tally.cached_tokens / max(tally.prompt_tokens, 1), 3),
    }


def _play(sessions: int, style: str, corpus: Path) -> tuple[RunDisplay, Counts]:
    """Play so many sessions at once against a server of their own."""
    with open_server() as base_url:
        study: Study = make_study(in_style(find_spec(f"{base_url}#puppet"), style), sessions)
        settings = RunSettings(corpus, concurrency=sessions)
        with RunDisplay(study.protocol.usual_turns, stream=False) as display:
            counts = asyncio.run(generate_corpus(study, settings, display, install_guard()))
    return display, counts


def _measure_cpu(whose: int = resource.RUSAGE_SELF) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def _measure_apart(sessions: int, style: str, profiled: bool, folder: Path) -> dict[str, Any]:
    """Measure in a new process, so that the peak of memory is that of these sessions alone."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, sessions, style, profiled, folder).result()


def _print_row(row: dict[str, Any]) -> None:
    print(
        f"{row['sessions']:>8} {row['turns']:>7} {row['cpu_ms_per_turn']:>11.2f} "
        f"{row['peak_rss_mib']:>8} {row['turns_per_s']:>8.1f} {row['journal_share']:>8.1%} "
        f"{row['attempts_per_turn']:>9.2f} {row['closed']:>7} {row['cached_share']:>7.1%}",
        flush=True,
    )


def _judge(row: dict[str, Any]) -> dict[str, bool]:
    """Say which targets a row meets."""
    met = {
        "cpu_ms_per_turn": row["cpu_ms_per_turn"] <= MAX_CPU_MS,
        "peak_rss_mib": row["peak_rss_mib"] <= MAX_RSS_MIB,
    }
    print(f"\nTargets, with {row['sessions']} sessions:")
    for name, most in (("cpu_ms_per_turn", MAX_CPU_MS), ("peak_rss_mib", MAX_RSS_MIB)):
        print(f"  {name} {row[name]}, at most {most:g}: {'met' if met[name] else 'NOT met'}")
    return met


def main() -> None:
    """Measure each number of sessions once, and report."""
    parser = argparse.ArgumentParser(description="What a turn costs, many sessions at once.")
    parser.add_argument("--sessions", type=int, nargs="+", help="instead of 10, 100 and 1,000")
    parser.add_argument("--quick", action="store_true", help="10 and 50 sessions")
    parser.add_argument("--style", choices=("chat", "transcript"), default="chat")
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    parser.add_argument("--output", type=Path, default=RESULTS / "scale.json")
    options = parser.parse_args()
    levels = options.sessions or (QUICK_LEVELS if options.quick else LEVELS)
    folder = make_results()
    print("sessions   turns CPU ms/turn  RSS MiB  turns/s  journal  attempts  closed  cached")
    rows = []
    for sessions in levels:
        rows.append(_measure_apart(sessions, options.style, options.profile, folder))
        _print_row(rows[-1])
    result = {
        "style": options.style,
        "profiled": options.profile,
        "server": asdict(Costs()),
        "levels": rows,
        "target": {"cpu_ms_per_turn": MAX_CPU_MS, "peak_rss_mib": MAX_RSS_MIB},
        "met": _judge(rows[-1]),
        "python": platform.python_version(),
    }
    write_result(options.output, result)


if __name__ == "__main__":
    main()
