"""Compare generation with a raw load generator, and many sessions at once with one at a time.

Run as: .venv/bin/python perf/generation.py [--model qwen2.5-coder-1.5b] [--repeats 3]

Each round plays three parts, each on a server started afresh, the model's loading left out:
b  sqpsych: sessions through all of `generate_corpus`, many at once, recording every request;
a  raw: the same requests from a bare HTTP client with no checks and no journal, as many sessions
   at once, each session's in their order and in the same lanes, every reply made as long as it was;
c  one at a time: fewer sessions, through all of `generate_corpus`.
Prints tokens/s of each, medians over the rounds, and writes them to perf-results/generation.json.
Targets: b / a at least 0.95; at least 90 % of the prompt tokens from the prefix cache.

The model is a name of the catalogue or the base URL of a server of one's own. That one is not
started afresh: there, each part's prompts begin with a word of their own instead.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from playing import in_style, make_study
from raw_load import Part, Sent, begin_with, replay
from results import RESULTS, make_results, write_result

from sqpsych.cli.progress import RunDisplay
from sqpsych.language_models import ChatModel, Reply, Request
from sqpsych.language_models.egress import install_guard
from sqpsych.language_models.embedded import EmbeddedServer
from sqpsych.language_models.openai_compatible import OpenAICompatibleModel, Server
from sqpsych.language_models.opening import (
    EMBEDDED_CONTEXT_TOKENS,
    LEAST_SLOTS,
    ModelSpec,
    ServingSettings,
    find_spec,
    find_weights,
    resolve_specs,
)
from sqpsych.roleplay import RunSettings, generate_corpus, generation

MIN_OF_RAW = 0.95
MIN_CACHED = 0.9
TIMEOUT_S = 900.0


class RecordingModel(ChatModel):
    """Passes requests on, and keeps them."""

    def __init__(self, model: ChatModel, part: Part, begin: str) -> None:
        """Keep the requests to `model` in `part`; the prompts sent begin with `begin`."""
        self._model = model
        self._part = part
        self._begin = begin

    @property
    def name(self) -> str:
        """The name records carry."""
        return self._model.name

    async def draw(self, request: Request, candidates: int = 1) -> tuple[Reply, ...]:
        """Answer as the model does."""
        replies = await self._model.draw(begin_with(self._begin, request), candidates)
        for reply in replies:
            self._part.add(reply.prompt_tokens, reply.cached_tokens, reply.completion_tokens)
            self._part.sent.append(Sent(request, reply.completion_tokens))
        return replies


@contextmanager
def open_server(spec: ModelSpec, concurrency: int) -> Iterator[Server]:
    """Start the model's server with slots for so many sessions, or go to the user's own."""
    if not spec.runs_embedded:
        yield Server(spec.base_urls[0], timeout_s=TIMEOUT_S)
        return
    path, _ = find_weights(spec)
    limit = spec.entry.context_tokens if spec.entry else EMBEDDED_CONTEXT_TOKENS
    slots = max(2 * concurrency, LEAST_SLOTS)
    context_tokens = min(limit, EMBEDDED_CONTEXT_TOKENS)
    with EmbeddedServer(path, spec.name, slots, context_tokens) as embedded:
        yield embedded.describe(TIMEOUT_S)


def play(spec: ModelSpec, sessions: int, concurrency: int, seed: int, begin: str) -> Part:
    """Play sessions with all that belongs to it; the model is loaded before the clock starts."""
    part = Part()
    study = make_study(spec, sessions, seed)

    @asynccontextmanager
    async def open_models(
        specs: Sequence[ModelSpec], settings: ServingSettings
    ) -> AsyncIterator[tuple[ChatModel, ...]]:
        model = OpenAICompatibleModel(server, name_model(spec), spec.name)
        recording = RecordingModel(model, part, begin)
        try:
            yield (recording,) * len(specs)
        finally:
            await model.close()

    with (
        open_server(spec, concurrency) as server,
        tempfile.TemporaryDirectory(dir=make_results()) as folder,
        RunDisplay(study.protocol.usual_turns, stream=False) as display,
        mock.patch.object(generation, "open_models", open_models),
    ):
        settings = RunSettings(Path(folder) / "corpus", concurrency)
        start = time.perf_counter()
        asyncio.run(generate_corpus(study, settings, display, install_guard()))
        part.seconds = time.perf_counter() - start
    part.turns = display.tally.turns
    return part


def name_model(spec: ModelSpec) -> str:
    """The server's name for the model."""
    return spec.model_id or spec.name


def run_round(spec: ModelSpec, number: int, options: argparse.Namespace) -> dict[str, Part]:
    """Play, replay, and play one at a time."""
    owned = spec.runs_embedded
    marks = {name: "" if owned else f"{name}{number}-{time.time_ns()} " for name in "abc"}
    b = play(spec, options.sessions, options.concurrency, options.seed, marks["b"])
    _print_part("b", "sqpsych", b)
    with open_server(spec, options.concurrency) as server:
        a = asyncio.run(replay(server, name_model(spec), b.sent, options.concurrency, marks["a"]))
    _print_part("a", "raw", a)
    if a.completion_tokens != b.completion_tokens:
        print(f"  a spoke {a.completion_tokens} tokens, b {b.completion_tokens}", file=sys.stderr)
    c = play(spec, options.single_sessions, 1, options.seed, marks["c"])
    _print_part("c", "one at a time", c)
    return {"a": a, "b": b, "c": c}


def _print_part(name: str, title: str, part: Part) -> None:
    print(
        f"{name}  {title:<14} {part.tokens_per_s:>8.2f} {part.cached_share:>8.1%} "
        f"{part.seconds:>9.1f} {part.requests:>9} {part.turns or '':>6} "
        f"{part.completion_tokens:>8}",
        flush=True,
    )


def summarise(rounds: Sequence[dict[str, Part]]) -> dict[str, Any]:
    """Take medians: of rates over the rounds, and of the ratios within a round."""

    def rate(name: str) -> float:
        return statistics.median(parts[name].tokens_per_s for parts in rounds)

    def ratio(over: str, under: str) -> float:
        return statistics.median(p[over].tokens_per_s / p[under].tokens_per_s for p in rounds)

    cached = {name: statistics.median(p[name].cached_share for p in rounds) for name in "abc"}
    of_raw = ratio("b", "a")
    return {
        "tokens_per_s": {name: round(rate(name), 2) for name in "abc"},
        "cached_share": {name: round(share, 4) for name, share in cached.items()},
        "b_over_a": round(of_raw, 3),
        "b_over_c": round(ratio("b", "c"), 2),
        "met": {"b_over_a": of_raw >= MIN_OF_RAW, "cached_share": cached["b"] >= MIN_CACHED},
    }


def print_summary(summary: dict[str, Any]) -> None:
    """Say how it came out."""
    met = {name: "met" if value else "NOT met" for name, value in summary["met"].items()}
    print(f"\nMedians: {summary['tokens_per_s']} tokens/s")
    print(f"b / a {summary['b_over_a']:.3f}, at least {MIN_OF_RAW:g}: {met['b_over_a']}")
    cached = summary["cached_share"]["b"]
    print(f"cached {cached:.1%}, at least {MIN_CACHED:.0%}: {met['cached_share']}")
    print(f"b / c {summary['b_over_c']:.2f}: many sessions at once over one at a time")


def main() -> None:
    """Measure so many rounds, and report."""
    parser = argparse.ArgumentParser(description="Generation against a raw load generator.")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b", help="catalogue name or base URL")
    parser.add_argument("--sessions", type=int, default=8)
    parser.add_argument("--concurrency", type=int, default=4)
    parser.add_argument("--single-sessions", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--style", choices=("chat", "transcript"), help="instead of the model's")
    parser.add_argument("--output", type=Path, default=RESULTS / "generation.json")
    options = parser.parse_args()
    spec = find_spec(options.model)
    if not spec.runs_embedded and len(spec.base_urls) != 1:
        parser.error("--model is a name of the catalogue or one base URL")
    (spec,) = asyncio.run(resolve_specs((spec,), ServingSettings()))
    spec = in_style(spec, options.style or spec.style)
    print("                  tokens/s   cached   seconds  requests  turns   tokens")
    rounds = [run_round(spec, number, options) for number in range(options.repeats)]
    summary = summarise(rounds)
    print_summary(summary)
    settings = {name: value for name, value in vars(options).items() if name != "output"}
    described = [{name: part.describe() for name, part in parts.items()} for parts in rounds]
    write_result(options.output, {"settings": settings, "rounds": described} | summary)


if __name__ == "__main__":
    main()
