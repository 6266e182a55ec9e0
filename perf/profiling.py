"""What a profile says: which functions, and which packages, the time went to. It runs nothing."""

import cProfile
import pstats
from collections import Counter
from pathlib import Path
from typing import Any

_LINES = 45


def print_profile(profile: cProfile.Profile) -> None:
    """Print the functions that took most, then seconds by package."""
    stats = pstats.Stats(profile)
    stats.strip_dirs().sort_stats("tottime").print_stats(_LINES)
    stats = pstats.Stats(profile)
    print(f"{'seconds':>8}  {'share':>5}  by package, C functions counted with who called them")
    seconds = _sum_packages(stats)
    waited = seconds.pop("waiting", 0.0)
    total = sum(seconds.values())
    for name, spent in seconds.most_common(_LINES):
        print(f"{spent:>8.2f}  {spent / total:>5.1%}  {name}")
    print(f"{waited:>8.2f}         waiting for the server")
    _print_ours(stats)


def _sum_packages(stats: pstats.Stats) -> Counter[str]:
    seconds: Counter[str] = Counter()
    for (file, _, name), (_, _, own, _, callers) in _rows(stats):
        if "poll" in name and file == "~":
            seconds["waiting"] += own
        elif file == "~" and callers:
            for (caller_file, _, _), (_, _, share, _) in callers.items():
                seconds[_name_package(caller_file)] += share
        else:
            seconds[_name_package(file)] += own
    return seconds


def _print_ours(stats: pstats.Stats) -> None:
    """Print our own functions with all they call, but not what they wait for."""
    ours = [(row[1][3], row) for row in _rows(stats) if "/sqpsych/" in row[0][0]]
    print(f"\n{'seconds':>8}  {'calls':>9}  functions of ours, with what they call")
    for spent, ((file, line, name), (_, calls, _, _, _)) in sorted(ours, reverse=True)[:_LINES]:
        print(f"{spent:>8.2f}  {calls:>9}  {file.rpartition('/sqpsych/')[2]}:{line} {name}")


def _rows(stats: pstats.Stats) -> list[Any]:
    return list(stats.stats.items())  # type: ignore[attr-defined]


def _name_package(file: str) -> str:
    parts = Path(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1].removesuffix(".py")
    if "sqpsych" in parts:
        below = parts[len(parts) - parts[::-1].index("sqpsych") :]
        return "sqpsych/" + "/".join(below[:3])
    return f"python: {Path(file).parent.name if 'lib' in file else ''}/{Path(file).name}"
