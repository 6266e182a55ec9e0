"""Take all measures that need no model of corpora of 36 turns a dialogue: time and memory.

Run as: .venv/bin/python perf/assess.py [--dialogues 2090 14630] [--quick]

The dialogues are drawn: lines of `structured` sessions with words put in at random, so that hardly
any line comes twice and nothing read once serves for the next. Each size is measured in a process
of its own. Prints seconds by measure and writes them to perf-results/assessment.json. Targets with
2,090 dialogues: at most 60 s and 1.5 GiB; with seven times as many at most nine times the seconds.
"""

import argparse
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from results import RESULTS, make_results, write_result

from sqpsych.assessment import MEASURES, Sample
from sqpsych.intake import build_nhanes_sample_profiles
from sqpsych.records import ClientProfile, Dialogue, Turn
from sqpsych.roleplay import load_protocol
from sqpsych.roleplay.cues import find_cue
from sqpsych.roleplay.plan import plan_session
from sqpsych.wording import find_mentions

TARGET = 2090
"""Dialogues of the corpus that the first two are of; others are not held to them."""
MAX_SECONDS = 60.0
MAX_RSS_MIB = 1536.0
MAX_GROWTH = 9.0 / 7.0
"""Of the seconds a dialogue, from the smallest to the largest corpus."""
TURNS = 36
_PATTERNS = 120
_WORDS = 6000
_LETTERS = "bcdfghklmnprstvw"
_VOWELS = "aeiou"


def draw_sample(count: int, seed: int = 0) -> Sample:
    """Draw a corpus of so many dialogues, two groups, a person each."""
    generator = np.random.default_rng(seed)
    words = [
        "".join(generator.choice(list(letters)) for letters in (_LETTERS, _VOWELS) * 3)
        for _ in range(_WORDS)
    ]
    people = [p for p in build_nhanes_sample_profiles() if not p.risk_flags][:_PATTERNS]
    patterns = [(person, play_lines(person, place)) for place, person in enumerate(people)]
    dialogues, profiles = [], {}
    for number in range(count):
        person, lines = patterns[number % len(patterns)]
        name = f"p{number}"
        turns = tuple(
            make_turn(index, vary(lines[index % len(lines)], words, generator))
            for index in range(TURNS)
        )
        dialogue = make_dialogue(f"d{number}", name, turns)
        dialogues.append(dialogue)
        profiles[dialogue.id] = person.model_copy(update={"pseudonym": name})
    labels = {dialogue.id: number % 2 for number, dialogue in enumerate(dialogues)}
    return Sample("drawn", tuple(dialogues), profiles, labels, ("no", "yes"))


def play_lines(person: ClientProfile, seed: int) -> list[str]:
    """The lines of a session in which everyone says what its direction holds."""
    protocol = load_protocol("structured")
    plan = plan_session(person, protocol, seed)
    turns: list[Turn] = []
    while len(turns) < TURNS and (cue := find_cue(protocol, plan, turns)) is not None:
        line = cue.words or "Goodbye, see you next week."
        mentions = find_mentions(line, cue.speaker)
        turns.append(
            make_turn(len(turns), line).model_copy(
                update={"mentions": mentions, "phase": cue.phase, "screens": cue.screens}
            )
        )
    return [turn.text for turn in turns]


def vary(line: str, words: list[str], generator: np.random.Generator) -> str:
    """Put a word that means nothing behind every fourth word."""
    said = line.split()
    for place in range(len(said), 0, -4):
        said.insert(place, words[int(generator.integers(len(words)))])
    return " ".join(said) + "."


def make_turn(index: int, text: str) -> Turn:
    """A turn; the therapist speaks at even positions."""
    return Turn(
        index=index,
        speaker="client" if index % 2 else "therapist",
        text=text,
        phase="any",
        attempts=1,
        model="drawn",
        seed=0,
        prompt_tokens=900,
        cached_tokens=800,
        completion_tokens=20,
        seconds=1.0,
    )


def make_dialogue(name: str, person: str, turns: tuple[Turn, ...]) -> Dialogue:
    """A closed dialogue."""
    return Dialogue(
        id=name,
        pseudonym=person,
        protocol="drawn",
        therapist_model="drawn",
        client_model="drawn",
        turns=turns,
        ending="closed",
        seed=0,
        prompt_sha256="0" * 64,
        code_version="0",
    )


def measure(count: int) -> dict[str, Any]:
    """Take all measures of a corpus in this process."""
    sample = draw_sample(count)
    seconds = {}
    for one in MEASURES:
        start = time.perf_counter()
        one.take(sample)
        seconds[one.name] = round(time.perf_counter() - start, 2)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "dialogues": count,
        "seconds": round(sum(seconds.values()), 1),
        "peak_rss_mib": round(peak),
        "by_measure": seconds,
    }


def judge(rows: list[dict[str, Any]]) -> dict[str, bool]:
    """Hold the results to the targets."""
    first, last = (end(rows, key=lambda row: row["dialogues"]) for end in (min, max))
    growth = (last["seconds"] / last["dialogues"]) / (first["seconds"] / first["dialogues"])
    met = {"growth": growth <= MAX_GROWTH}
    for row in rows:
        if row["dialogues"] == TARGET:
            met["seconds"] = row["seconds"] <= MAX_SECONDS
            met["peak_rss_mib"] = row["peak_rss_mib"] <= MAX_RSS_MIB
    print(f"\nseconds a dialogue, largest over smallest corpus: {growth:.2f}")
    for name, value in met.items():
        print(f"  {name}: {'met' if value else 'NOT met'}")
    return met


def main() -> None:
    """Measure each size once, and report."""
    parser = argparse.ArgumentParser(description="All measures without a model, timed.")
    parser.add_argument("--dialogues", type=int, nargs="+", default=[TARGET, 14630])
    parser.add_argument("--quick", action="store_true", help="200 and 1,400 dialogues")
    parser.add_argument("--output", type=Path, default=RESULTS / "assessment.json")
    options = parser.parse_args()
    make_results()
    rows = []
    for count in [200, 1400] if options.quick else options.dialogues:
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
            row = pool.submit(measure, count).result()
        rows.append(row)
        print(f"{count:,} dialogues: {row['seconds']} s, peak {row['peak_rss_mib']} MiB")
        for name, seconds in sorted(row["by_measure"].items(), key=lambda item: -item[1]):
            print(f"    {seconds:>8.2f} s  {name}")
    write_result(options.output, {"sizes": rows, "met": judge(rows)})


if __name__ == "__main__":
    main()
