"""Compare a run of a benchmark with a raw load generator, and say what a question costs us.

Run as: .venv/bin/python perf/benchmark_runs.py [--model smollm2-135m] [--questions 48]

Questions are made up, as long as those of CounselingBench. Each round plays, on a server started
afresh, the model's loading left out:
b  sqpsych: all of `run_exam`, with Inspect, logs, answers kept and scored, recording every request;
a  raw: the same requests from a bare HTTP client, as many at once, every reply made as long as it
   was.
Then many questions are answered at once by a stand-in, so that all that is measured is our own CPU:
user and system of this process, Inspect in it, after a first run that loads everything.
The same is measured for Inspect alone. Prints a table and writes it to
perf-results/benchmark_runs.json. Targets: b / a at least 0.95; at most 3 ms of CPU a question.
"""

import argparse
import asyncio
import csv
import random
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from generation import RecordingModel, name_model, open_server
from raw_load import Part, replay
from results import RESULTS, make_results, write_result

from sqpsych.benchmarks import find_task
from sqpsych.benchmarks.asking.running import prepare_exam, run_exam
from sqpsych.benchmarks.published.counselingbench import WANTED
from sqpsych.language_models import ChatModel, Reply, Request
from sqpsych.language_models.openai_compatible import OpenAICompatibleModel
from sqpsych.language_models.opening import ModelSpec, find_spec

MIN_OF_RAW = 0.95
MAX_CPU_MS = 3.0
TASK = "counselingbench"
WORDS = {"Presenting Problem": 150, "Mental Status Exam": 60, "Question": 20}
SPOKEN = (
    "person week sleep work home mother friend night walk talk plan fear hope rest call".split()
)


class StandIn(ChatModel):
    """Answers at once."""

    @property
    def name(self) -> str:
        """The name records carry."""
        return "stand-in"

    async def draw(self, request: Request, candidates: int = 1) -> tuple[Reply, ...]:
        """Answer with a letter, after giving way to the others."""
        await asyncio.sleep(0)
        return (Reply("Answer: B", "stop", 400, 30, 4, 0.01),)


def write_questions(folder: Path, questions: int) -> Path:
    """Write made-up questions in the form of the published file."""
    chance = random.Random(1)

    def speak(words: int) -> str:
        return " ".join(chance.choices(SPOKEN, k=words)).capitalize() + "."

    with (folder / "counselingbench.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, WANTED)
        writer.writeheader()
        for number in range(questions):
            row = dict.fromkeys(WANTED, "")
            row |= {"Source": "made.up", "Exam Name": "Exam", "Question #": str(number)}
            row |= {name: speak(words) for name, words in WORDS.items()}
            row |= {f"Choice {letter}": f"{speak(6)} {letter}" for letter in "ABCD"}
            writer.writerow(row | {"Correct Answer": row["Choice B"]})
    return folder


async def answer_all(model: ChatModel, questions: int, concurrency: int) -> float:
    """Run the task; returns the seconds it took."""
    with tempfile.TemporaryDirectory(dir=make_results()) as name:
        folder = Path(name)
        exam = prepare_exam(find_task(TASK), write_questions(folder, questions), max_tokens=32)
        start = time.perf_counter()
        described = {"name": model.name}
        await run_exam(
            exam,
            model,
            folder / "run",
            described,
            concurrency=concurrency,
            on_answer=lambda _: None,
        )
        return time.perf_counter() - start


async def answer_served(spec: ModelSpec, questions: int, concurrency: int) -> Part:
    """Run the task on a served model, recording what is sent."""
    part = Part()
    with open_server(spec, concurrency) as server:
        model = OpenAICompatibleModel(server, name_model(spec), spec.name)
        try:
            recording = RecordingModel(model, part, "")
            part.seconds = await answer_all(recording, questions, concurrency)
        finally:
            await model.close()
    return part


def run_round(spec: ModelSpec, questions: int, concurrency: int) -> dict[str, Part]:
    """Run, and replay."""
    b = asyncio.run(answer_served(spec, questions, concurrency))
    with open_server(spec, concurrency) as server:
        a = asyncio.run(replay(server, name_model(spec), b.sent, concurrency, ""))
    for name, part in (("b  sqpsych", b), ("a  raw", a)):
        print(
            f"{name:<12} {part.tokens_per_s:>8.2f} {part.seconds:>9.1f} {part.requests:>9} "
            f"{part.completion_tokens:>8}",
            flush=True,
        )
    return {"a": a, "b": b}


def measure_cpu(questions: int, concurrency: int) -> float:
    """Milliseconds of CPU of this process a question, with a model that costs nothing."""
    asyncio.run(answer_all(StandIn(), 10, concurrency))
    before = _read_cpu()
    asyncio.run(answer_all(StandIn(), questions, concurrency))
    return 1000 * (_read_cpu() - before) / questions


def measure_inspect(questions: int, concurrency: int) -> float:
    """The same of Inspect alone: as many samples, its own solver, nothing scored or kept."""
    asyncio.run(_answer_bare(10, concurrency))
    before = _read_cpu()
    asyncio.run(_answer_bare(questions, concurrency))
    return 1000 * (_read_cpu() - before) / questions


async def _answer_bare(questions: int, concurrency: int) -> None:
    from inspect_ai import Task, eval_async
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.solver import generate

    from sqpsych.benchmarks.asking.inspect_model import wrap_model

    samples = [Sample(id=str(n), input=f"{n} " + "word " * 300) for n in range(questions)]
    model = wrap_model(StandIn(), max_tokens=32, seed=0, concurrency=concurrency)
    with tempfile.TemporaryDirectory(dir=make_results()) as folder:
        await eval_async(
            Task(name="bare", dataset=MemoryDataset(samples), solver=generate()),
            model=model,
            log_dir=folder,
            max_samples=concurrency,
            ctl_server=False,
            log_realtime=False,
            score_display=False,
        )


def _read_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure, and report."""
    parser = argparse.ArgumentParser(description="A benchmark against a raw load generator.")
    parser.add_argument("--model", default="smollm2-135m", help="embedded model")
    parser.add_argument("--questions", type=int, default=48)
    parser.add_argument("--concurrency", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cpu-questions", type=int, default=1000)
    parser.add_argument("--output", type=Path, default=RESULTS / "benchmark_runs.json")
    options = parser.parse_args()
    spec = find_spec(options.model)
    print("             tokens/s   seconds  requests   tokens")
    rounds = [
        run_round(spec, options.questions, options.concurrency) for _ in range(options.repeats)
    ]
    of_raw = statistics.median(r["b"].tokens_per_s / r["a"].tokens_per_s for r in rounds)
    cpu = [measure_cpu(options.cpu_questions, options.concurrency) for _ in range(options.repeats)]
    cpu_ms = statistics.median(cpu)
    bare_ms = measure_inspect(options.cpu_questions, options.concurrency)
    met: dict[str, Any] = {"b_over_a": of_raw >= MIN_OF_RAW, "cpu_ms": cpu_ms <= MAX_CPU_MS}
    told = {name: "met" if value else "NOT met" for name, value in met.items()}
    print(f"\nb / a {of_raw:.3f}, at least {MIN_OF_RAW:g}: {told['b_over_a']}")
    print(f"CPU a question {cpu_ms:.2f} ms, at most {MAX_CPU_MS:g}: {told['cpu_ms']}")
    print(f"Inspect alone {bare_ms:.2f} ms, so that {cpu_ms - bare_ms:.2f} ms are our own")
    result = {
        "model": spec.name,
        "questions": options.questions,
        "concurrency": options.concurrency,
        "b_over_a": round(of_raw, 3),
        "cpu_ms_a_question": round(cpu_ms, 3),
        "inspect_alone_ms": round(bare_ms, 3),
        "met": met,
        "rounds": [{name: part.describe() for name, part in r.items()} for r in rounds],
    }
    write_result(options.output, result)


if __name__ == "__main__":
    main()
