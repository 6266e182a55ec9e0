"""Tasks are run on models: all is kept, nothing is asked twice, scores are what theory says."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import filelock
import pytest
from inspect_ai import eval_async
from inspect_ai.log import read_eval_log_async
from sklearn.metrics import accuracy_score, f1_score
from sklearn.preprocessing import MultiLabelBinarizer

from benchmarks.answering import Answerer, Answering
from benchmarks.small_files import make_case, make_row, write_json, write_rows
from sqpsych.benchmarks import (
    TASKS,
    BenchmarkScore,
    Overlap,
    Task,
    find_task,
    read_questions,
    score_recorded,
)
from sqpsych.benchmarks.asking import inspect_registry
from sqpsych.benchmarks.asking.inspect_model import wrap_model
from sqpsych.benchmarks.asking.running import prepare_exam, run_exam
from sqpsych.benchmarks.published import ChoiceSet
from sqpsych.benchmarks.run_folder import ANSWERS
from sqpsych.benchmarks.scoring import OUTCOMES
from sqpsych.errors import BenchmarkError, RequestRefusedError, ServerUnavailableError

BELIEFS = ("helpless", "unlovable", "worthless")
LETTER = re.compile(r"^([A-D])\) (.+)$", re.MULTILINE)


def write_choices(folder: Path, questions: int) -> Path:
    rows = [make_row(n, Random(n).choice("ABCD")) for n in range(questions)]
    write_rows(folder / "counselingbench.csv", rows)
    return folder


def write_labels(folder: Path, cases: int) -> Path:
    drawn = [Random(n).sample(BELIEFS, 1 + n % 3) for n in range(cases)]
    made = [make_case(str(n), *labels) for n, labels in enumerate(drawn)]
    write_json(folder / "core_major_test.json", made)
    return folder


async def run(
    name: str, data: Path, model: Answering, run_folder: Path, **settings: Any
) -> BenchmarkScore:
    exam = prepare_exam(find_task(name), data, **settings)
    result = await run_exam(
        exam,
        model,
        run_folder / name,
        {"name": "answering"},
        concurrency=4,
        on_answer=lambda _: None,
    )
    assert result.score is not None
    return result.score


def read_lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / ANSWERS).read_text("utf-8").splitlines()]


def know_all(rights: dict[str, str]) -> Answerer:
    """Answer with the right choice, found by its question."""

    def answer(asked: str, _: int) -> str:
        session = re.search(r"in session (\d+)\?", asked)
        assert session
        return f"Answer: {rights[session[1]]}"

    return answer


async def test_a_perfect_model_gets_all(tmp_path: Path) -> None:
    write_choices(tmp_path, 12)
    rights = {str(n): Random(n).choice("ABCD") for n in range(12)}
    score = await run("counselingbench", tmp_path, Answering(know_all(rights)), tmp_path)
    assert score.figures["accuracy"].value == 1.0
    assert score.figures["macro F1"].value == 1.0
    assert score.outcomes["asked"] == 12


async def test_guessing_gets_what_theory_says(tmp_path: Path) -> None:
    write_choices(tmp_path, 400)
    chance = Random(5)
    model = Answering(lambda *_: f"Answer: {chance.choice('ABCD')}")
    score = await run("counselingbench", tmp_path, model, tmp_path)
    accuracy = score.figures["accuracy"].value
    assert accuracy == pytest.approx(0.25, abs=4 * (0.25 * 0.75 / 400) ** 0.5)


async def test_a_silent_model_gets_nothing(tmp_path: Path) -> None:
    write_labels(tmp_path, 9)
    score = await run("cbt-pc", tmp_path, Answering(lambda *_: ""), tmp_path)
    assert score.figures["weighted F1"].value == 0
    assert score.outcomes == dict.fromkeys(OUTCOMES, 0) | {"none": 9}


async def test_figures_agree_with_scikit_learn_on_what_was_saved(tmp_path: Path) -> None:
    """Read again with one pattern, from the file alone."""
    write_choices(tmp_path, 40)
    write_labels(tmp_path, 40)
    chance = Random(11)
    letters = Answering(lambda *_: f"Answer: {chance.choice('AABCD')}")
    choices = await run("counselingbench", tmp_path, letters, tmp_path)
    said = {line["id"]: line["answer"][-1] for line in read_lines(tmp_path / "counselingbench")}
    rights = {f"exams.example/Exam 1/{n}": Random(n).choice("ABCD") for n in range(40)}
    expected = accuracy_score(list(rights.values()), [said[name] for name in rights])
    assert choices.figures["accuracy"].value == pytest.approx(expected)

    lists = Answering(lambda *_: json.dumps(chance.sample(BELIEFS, chance.randint(1, 3))))
    labels = await run("cbt-pc", tmp_path, lists, tmp_path)
    given = {line["id"]: json.loads(line["answer"]) for line in read_lines(tmp_path / "cbt-pc")}
    binarizer = MultiLabelBinarizer(classes=BELIEFS)
    right = binarizer.fit_transform([Random(n).sample(BELIEFS, 1 + n % 3) for n in range(40)])
    said_labels = binarizer.transform([given[str(n)] for n in range(40)])
    weighted = f1_score(right, said_labels, average="weighted")
    assert labels.figures["weighted F1"].value == pytest.approx(weighted)
    written = json.loads((tmp_path / "cbt-pc" / "scores.json").read_text("utf-8"))
    assert written["figures"]["weighted F1"]["value"] == pytest.approx(weighted)
    assert written["model"] == "answering"


async def test_a_model_gone_halfway_leaves_its_answers_and_the_run_goes_on(tmp_path: Path) -> None:
    write_choices(tmp_path, 10)

    def leave(asked: str, before: int) -> str:
        if before >= 6:
            raise ServerUnavailableError("Nobody answers at http://127.0.0.1:9/v1.")
        return "Answer: A"

    with pytest.raises(ServerUnavailableError, match="Nobody answers"):
        await run("counselingbench", tmp_path, Answering(leave), tmp_path)
    kept = {line["id"] for line in read_lines(tmp_path / "counselingbench")}
    assert 3 <= len(kept) <= 6

    back = Answering(lambda *_: "Answer: B")
    score = await run("counselingbench", tmp_path, back, tmp_path)
    assert len(back.requests) == 10 - len(kept)
    assert score.outcomes["asked"] == 10
    given = {question.id: question.given for question in score.questions}
    assert {given[name] for name in kept} == {("A",)}


async def test_questions_asked_together_are_in_lanes_of_their_own(tmp_path: Path) -> None:
    """A server answers the requests of one lane one after the other."""
    write_choices(tmp_path, 12)
    model = Answering(lambda *_: "Answer: A", delay_s=0.01)
    await run("counselingbench", tmp_path, model, tmp_path)
    assert model.most_together == 4
    assert {request.lane for request in model.requests} == {0, 1, 2, 3}


def refuse(asked: str, _: int) -> str:
    """Refuse one question, and answer A to the others."""
    if "session 2?" in asked:
        raise RequestRefusedError("The prompt is longer than the context.")
    return "Answer: A"


async def test_what_the_server_refuses_is_in_no_figure_and_is_asked_again(tmp_path: Path) -> None:
    write_rows(tmp_path / "counselingbench.csv", [make_row(n, "A") for n in range(4)])
    score = await run("counselingbench", tmp_path, Answering(refuse), tmp_path)
    assert (score.outcomes["asked"], score.outcomes["refused"]) == (3, 1)
    assert (score.figures["accuracy"].value, score.figures["accuracy"].n) == (1.0, 3)
    written = json.loads((tmp_path / "counselingbench" / "scores.json").read_text("utf-8"))
    (refused,) = [q for q in written["questions"] if q["outcome"] == "refused"]
    assert refused["reason"] == "The prompt is longer than the context."
    (path,) = (tmp_path / "counselingbench" / "logs").glob("*.eval")
    log = await read_eval_log_async(str(path))
    assert log.results
    assert log.results.scores[0].unscored_samples == 1
    assert log.results.scores[0].metrics["accuracy"].value == 1.0
    folder = tmp_path / "counselingbench"
    task = find_task("counselingbench")
    recorded = score_recorded(read_choices(task, tmp_path), folder / ANSWERS)
    assert recorded.outcomes == score.outcomes

    well = Answering(lambda *_: "Answer: B")
    again = await run("counselingbench", tmp_path, well, tmp_path)
    assert len(well.requests) == 1
    assert again.outcomes["refused"] == 0
    assert again.figures["accuracy"].value == 0.75
    recorded = score_recorded(read_choices(task, tmp_path), folder / ANSWERS)
    assert recorded.figures["accuracy"].value == 0.75


def read_choices(task: Task, data: Path) -> ChoiceSet:
    questions = read_questions(task, data)
    assert isinstance(questions, ChoiceSet)
    return questions


async def test_where_all_is_refused_there_are_no_scores(tmp_path: Path) -> None:
    write_choices(tmp_path, 3)

    def refuse_all(*_: object) -> str:
        raise RequestRefusedError("256 tokens are too many.")

    with pytest.raises(
        RequestRefusedError, match=r"All 3 questions of CounselingBench .* 256 tokens are too many"
    ):
        await run("counselingbench", tmp_path, Answering(refuse_all), tmp_path)
    assert not (tmp_path / "counselingbench" / "scores.json").exists()


async def test_scores_of_more_questions_are_not_replaced(tmp_path: Path) -> None:
    write_choices(tmp_path, 6)
    model = Answering(lambda *_: "Answer: A")
    await run("counselingbench", tmp_path, model, tmp_path, limit=4)
    await run("counselingbench", tmp_path, model, tmp_path)
    path = tmp_path / "counselingbench" / "scores.json"
    before = path.read_bytes()
    with pytest.raises(BenchmarkError, match=r"has scores of 6, which scores of 4 would replace"):
        await run("counselingbench", tmp_path, model, tmp_path, limit=4)
    assert path.read_bytes() == before


async def test_overlap_that_was_found_stays_in_the_scores(tmp_path: Path) -> None:
    write_choices(tmp_path, 3)
    exam = prepare_exam(find_task("counselingbench"), tmp_path)
    overlap = Overlap(ids=("x",), too_short=(), questions=3)
    for found in (overlap, None):
        await run_exam(
            replace(exam, overlap=found),
            Answering(lambda *_: "Answer: A"),
            tmp_path / "run",
            {"name": "answering"},
            concurrency=1,
            on_answer=lambda _: None,
        )
    written = json.loads((tmp_path / "run" / "scores.json").read_text("utf-8"))
    assert written["overlap"] == {"ids": ["x"], "too_short": [], "questions": 3}
    assert written["settings"] == {
        key: value for key, value in exam.describe().items() if key != "seed"
    }


def test_an_example_that_is_asked_under_another_id_is_refused(tmp_path: Path) -> None:
    write_labels(tmp_path, 4)
    asked = json.loads((tmp_path / "core_major_test.json").read_text("utf-8"))[0]
    again = asked | {"id": "other", "situation": asked["situation"].upper()}
    write_json(tmp_path / "core_major_seed.json", [again])
    with pytest.raises(BenchmarkError, match=r"1 of 1 examples .* would be shown right answers"):
        prepare_exam(find_task("cbt-pc"), tmp_path, shots=1)


async def test_inspect_shows_the_same_questions_answers_and_figures(tmp_path: Path) -> None:
    write_choices(tmp_path, 6)
    score = await run("counselingbench", tmp_path, Answering(lambda *_: "Answer: C"), tmp_path)
    (path,) = (tmp_path / "counselingbench" / "logs").glob("*.eval")
    log = await read_eval_log_async(str(path))
    assert log.status == "success"
    assert log.results
    metrics = log.results.scores[0].metrics
    for name, estimate in score.figures.items():
        assert metrics[name].value == pytest.approx(estimate.value)
    assert log.samples
    for sample in log.samples:
        assert "What comes first" in str(sample.input)
        assert sample.output.completion == "Answer: C"
        assert sample.scores
        assert sample.scores["reading"].answer == "C"


async def test_a_line_begun_when_a_process_was_killed_is_asked_again(tmp_path: Path) -> None:
    write_choices(tmp_path, 5)
    await run("counselingbench", tmp_path, Answering(lambda *_: "Answer: A"), tmp_path)
    path = tmp_path / "counselingbench" / ANSWERS
    path.write_bytes(path.read_bytes()[:-30])
    model = Answering(lambda *_: "Answer: B")
    score = await run("counselingbench", tmp_path, model, tmp_path)
    assert len(model.requests) == 1
    assert sum(question.given == ("B",) for question in score.questions) == 1
    assert len(read_lines(tmp_path / "counselingbench")) == 5


async def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    write_choices(tmp_path, 3)
    await run("counselingbench", tmp_path, Answering(lambda *_: "Answer: A"), tmp_path)
    path = tmp_path / "counselingbench" / ANSWERS
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text(lines[0] + '{"id": 3\n' + lines[2], "utf-8")
    with pytest.raises(BenchmarkError, match=r"answers\.jsonl line 2 is no record"):
        await run("counselingbench", tmp_path, Answering(lambda *_: "Answer: A"), tmp_path)


async def test_without_inspect_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_choices(tmp_path, 3)
    monkeypatch.setitem(sys.modules, "inspect_ai", None)
    with pytest.raises(BenchmarkError, match=r"pip install 'sqpsych\[bench\]'"):
        await run("counselingbench", tmp_path, Answering(lambda *_: "Answer: A"), tmp_path)


async def test_a_run_begun_otherwise_is_not_gone_on_with(tmp_path: Path) -> None:
    write_choices(tmp_path, 3)
    model = Answering(lambda *_: "Answer: A")
    await run("counselingbench", tmp_path, model, tmp_path)
    with pytest.raises(BenchmarkError, match="max_tokens: there 256, now 20"):
        await run("counselingbench", tmp_path, model, tmp_path, max_tokens=20)
    write_choices(tmp_path, 4)
    with pytest.raises(BenchmarkError, match="data_sha256: there"):
        await run("counselingbench", tmp_path, model, tmp_path)


async def test_one_process_writes_to_a_run(tmp_path: Path) -> None:
    write_choices(tmp_path, 3)
    model = Answering(lambda *_: "Answer: A")
    await run("counselingbench", tmp_path, model, tmp_path)
    with (
        filelock.FileLock(tmp_path / "counselingbench" / f"{ANSWERS}.lock"),
        pytest.raises(BenchmarkError, match="Another process is writing"),
    ):
        await run("counselingbench", tmp_path, model, tmp_path)


async def test_a_higher_limit_keeps_what_a_lower_one_asked(tmp_path: Path) -> None:
    write_choices(tmp_path, 20)
    model = Answering(lambda *_: "Answer: A")
    few = await run("counselingbench", tmp_path, model, tmp_path, limit=5)
    more = await run("counselingbench", tmp_path, model, tmp_path, limit=12)
    assert len(model.requests) == 12
    assert {q.id for q in few.questions} < {q.id for q in more.questions}


async def test_examples_are_shown_with_their_right_answers(tmp_path: Path) -> None:
    write_labels(tmp_path, 4)
    seeds = [make_case(f"s{n}", "helpless", "worthless") for n in range(6)]
    write_json(tmp_path / "core_major_seed.json", seeds)
    model = Answering(lambda *_: '["helpless"]')
    await run("cbt-pc", tmp_path, model, tmp_path, shots=2)
    for request in model.requests:
        roles = [message.role for message in request.messages]
        assert roles == ["user", "assistant", "user", "assistant", "user"]
        assert json.loads(request.messages[1].content) == ["helpless", "worthless"]
    shown = {tuple(m.content for m in r.messages[:-1]) for r in model.requests}
    assert len(shown) == 1
    first = prepare_exam(find_task("cbt-pc"), tmp_path, shots=2, seed=0).examples
    other = prepare_exam(find_task("cbt-pc"), tmp_path, shots=2, seed=3).examples
    assert first != other


def test_examples_that_cannot_be_had_are_an_error(tmp_path: Path) -> None:
    write_labels(tmp_path, 4)
    write_choices(tmp_path, 4)
    with pytest.raises(BenchmarkError, match="counselingbench has no published examples"):
        prepare_exam(find_task("counselingbench"), tmp_path, shots=1)
    cases = json.loads((tmp_path / "core_major_test.json").read_text("utf-8"))
    write_json(tmp_path / "core_major_seed.json", cases[:2])
    with pytest.raises(BenchmarkError, match=r"3 examples were asked for; .* has 2"):
        prepare_exam(find_task("cbt-pc"), tmp_path, shots=3)
    with pytest.raises(BenchmarkError, match="would be shown right answers"):
        prepare_exam(find_task("cbt-pc"), tmp_path, shots=1)


async def test_a_chain_of_thought_is_asked_for_and_has_room(tmp_path: Path) -> None:
    write_choices(tmp_path, 2)
    model = Answering(lambda *_: "She is in danger.\nAnswer: D")
    score = await run("counselingbench-cot", tmp_path, model, tmp_path)
    assert {request.max_tokens for request in model.requests} == {1024}
    assert all("step by step" in request.messages[-1].content for request in model.requests)
    assert all(request.temperature == 0 for request in model.requests)
    assert score.outcomes["asked"] == 2
    for _, text in LETTER.findall(model.requests[0].messages[-1].content):
        assert text.startswith("Step ")


async def test_inspect_finds_the_tasks_by_their_names(tmp_path: Path) -> None:
    """As its own command does, by what the package tells of itself."""
    write_labels(tmp_path, 3)
    (tmp_path / "counselbench_adv.csv").write_text(
        "apathetic,assumptions,symptoms,judgmental,medication,therapy,annotator_id\n"
        + "".join(",".join(f"Why {n} {k}?" for k in range(6)) + ",1\n" for n in range(2)),
        "utf-8",
    )
    names = ["sqpsych/cbt-pc", "sqpsych/counselbench-adv"]
    model = wrap_model(Answering(lambda *_: "I see."), max_tokens=9, seed=0, concurrency=2)
    logs = await eval_async(
        names,
        model=model,
        task_args={"data": str(tmp_path)},
        log_dir=str(tmp_path),
        ctl_server=False,
        log_realtime=False,
    )
    assert [log.status for log in logs] == ["success", "success"]
    assert [log.eval.dataset.samples for log in logs] == [3, 12]


def test_inspect_has_every_task() -> None:
    known = [getattr(value, "__registry_info__", None) for value in vars(inspect_registry).values()]
    assert {info.name.removeprefix("sqpsych/") for info in known if info} == {*TASKS}
