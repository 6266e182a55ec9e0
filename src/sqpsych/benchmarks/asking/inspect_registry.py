"""The tasks for Inspect's own command line, and any model that Inspect can reach.

    inspect eval sqpsych/cbt-pc -T data=files --model vllm/some-model

Inspect then asks the model itself, outside our egress guard; `sqpsych bench run` stays within it.
"""

from pathlib import Path

from inspect_ai import Task, task

from sqpsych.benchmarks.asking.inspect_task import make_inspect_task
from sqpsych.benchmarks.asking.running import prepare_exam
from sqpsych.benchmarks.tasks import find_task


@task(name="counselingbench")
def counselingbench(data: str, seed: int = 0) -> Task:
    """CounselingBench, answered at once."""
    return _make("counselingbench", data, seed)


@task(name="counselingbench-cot")
def counselingbench_cot(data: str, seed: int = 0) -> Task:
    """CounselingBench, with a chain of thought."""
    return _make("counselingbench-cot", data, seed)


@task(name="cbt-qa")
def cbt_qa(data: str, shots: int = 0, seed: int = 0) -> Task:
    """CBT-Bench QA: an exam."""
    return _make("cbt-qa", data, seed, shots)


@task(name="cbt-cd")
def cbt_cd(data: str, shots: int = 0, seed: int = 0) -> Task:
    """CBT-Bench CD: cognitive distortions."""
    return _make("cbt-cd", data, seed, shots)


@task(name="cbt-pc")
def cbt_pc(data: str, shots: int = 0, seed: int = 0) -> Task:
    """CBT-Bench PC: major core beliefs."""
    return _make("cbt-pc", data, seed, shots)


@task(name="cbt-fc")
def cbt_fc(data: str, shots: int = 0, seed: int = 0) -> Task:
    """CBT-Bench FC: fine-grained core beliefs."""
    return _make("cbt-fc", data, seed, shots)


@task(name="counselbench-adv")
def counselbench_adv(data: str, seed: int = 0) -> Task:
    """CounselBench-Adv: answers alone; `sqpsych bench judge` reads those of `bench run`."""
    return _make("counselbench-adv", data, seed)


def _make(name: str, data: str, seed: int, shots: int = 0) -> Task:
    exam = prepare_exam(find_task(name), Path(data), shots=shots, seed=seed)
    return make_inspect_task(exam.task, exam.questions, exam.examples)
