"""`sqpsych bench run` and `compare`: the real command, against a real server."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

from benchmarks.small_files import make_case, make_row, write_json, write_rows
from language_models.stub_server import Canned, StubServer, answer_json, answer_text

from .small_study import Done, run_sqpsych, start_sqpsych


def write_data(folder: Path, questions: int = 6) -> Path:
    folder.mkdir()
    write_rows(folder / "counselingbench.csv", [make_row(n, "B") for n in range(questions)])
    cases = [make_case(str(n), "helpless") for n in range(questions)]
    write_json(folder / "core_major_test.json", cases)
    return folder


async def bench(server: StubServer, data: Path, run: Path, *tasks: str) -> Done:
    options = ("--data", str(data), "-m", server.base_url, "-o", str(run), "--concurrency", "1")
    return await run_sqpsych("bench", "run", *tasks, *options)


def read_answers(run: Path, task: str) -> list[dict[str, Any]]:
    text = (run / task / "answers.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


async def test_two_runs_are_asked_scored_and_compared(tmp_path: Path) -> None:
    data = write_data(tmp_path / "files")
    async with StubServer() as server:
        server.say(answer_text("Answer: B"))
        good = await bench(server, data, tmp_path / "good", "counselingbench")
        server.say(answer_text("Answer: B"), answer_text("I cannot say."))
        bad = await bench(server, data, tmp_path / "bad", "counselingbench")
        sent = server.received[0].body
    assert good.code == 0, good.err
    assert "CounselingBench: 6 of 6 answered" in good.err
    assert "\naccuracy\t1.000\t1.000 to 1.000" in good.out
    assert "published, arXiv:2510.25384" in good.out
    assert "Running" not in good.out
    settings = json.loads((tmp_path / "good/counselingbench/settings.json").read_text("utf-8"))
    assert (settings["model"], settings["temperature"]) == ({"name": "m", "model_id": "m"}, 0)
    assert "answered as asked 1, otherwise 0; malformed 0, no answer 5" in bad.out
    assert sent["temperature"] == 0
    assert "What comes first, in session" in sent["messages"][-1]["content"]

    output = tmp_path / "side by side"
    done = await run_sqpsych(
        "bench", "compare", str(tmp_path / "good"), str(tmp_path / "bad"), "-o", str(output)
    )
    assert done.code == 0, done.err
    assert "accuracy\tm (good) less m (bad)\t0.833" in done.out
    assert {path.suffix for path in output.iterdir()} == {".html", ".md", ".json", ".svg"}
    assert "<svg" in (output / "comparison.html").read_text("utf-8")
    record = json.loads((output / "comparison.json").read_text("utf-8"))
    assert record["tasks"][0]["systems"]["m (bad)"]["accuracy"]["value"] == 1 / 6


async def test_an_answer_without_end_is_cut_off_and_told(tmp_path: Path) -> None:
    data = write_data(tmp_path / "files", 2)
    async with StubServer() as server:
        server.say(answer_text("Well, on the one hand, and " * 40, finish="length"))
        done = await bench(server, data, tmp_path / "run", "cbt-pc")
        assert server.received[0].body["max_tokens"] == 256
    assert done.code == 0, done.err
    assert "no answer 2" in done.out
    assert {answer["finish_reason"] for answer in read_answers(tmp_path / "run", "cbt-pc")} == {
        "length"
    }


async def test_a_server_that_is_gone_halfway_costs_no_answer(tmp_path: Path) -> None:
    data, run = write_data(tmp_path / "files"), tmp_path / "run"
    async with StubServer() as server:
        gone = answer_json({"error": {"message": "no such model"}}, status=404)
        server.say(answer_text("Answer: A"), answer_text("Answer: A"), gone)
        stopped = await bench(server, data, run, "counselingbench")
        assert stopped.code == 2
        assert "Traceback" not in stopped.err
        assert len(read_answers(run, "counselingbench")) == 2
        server.received.clear()
        server.say(answer_text("Answer: B"))
        done = await bench(server, data, run, "counselingbench")
        assert len(server.received) == 4
    assert done.code == 0, done.err
    assert "2 of 6 answered" in done.err
    assert "\naccuracy\t0.667\t" in done.out


async def test_stopped_by_hand_it_says_how_to_go_on(tmp_path: Path) -> None:
    data, run = write_data(tmp_path / "files"), tmp_path / "run"
    async with StubServer() as server:
        server.say(answer_text("Answer: A"), Canned(b"{}", delay_s=60))
        options = ("--data", str(data), "-m", server.base_url, "-o", str(run))
        command = ("bench", "run", "counselingbench", *options, "--concurrency", "1")
        async with start_sqpsych(*command) as process:
            while len(server.received) < 2:
                assert process.returncode is None
                await asyncio.sleep(0.05)
            process.send_signal(signal.SIGINT)
            _, err = await asyncio.wait_for(process.communicate(), timeout=60)
    assert process.returncode == 130, err.decode()
    assert "every answer so far is in" in err.decode()
    assert "Traceback" not in err.decode()
    assert len(read_answers(run, "counselingbench")) == 1


async def test_a_server_that_refuses_every_request_brings_no_scores(tmp_path: Path) -> None:
    data, run = write_data(tmp_path / "files"), tmp_path / "run"
    refusal = answer_json({"error": {"message": "max_tokens too large"}}, status=400)
    async with StubServer() as server:
        server.say(refusal)
        done = await bench(server, data, run, "cbt-pc")
        assert done.code == 2
        assert "All 6 questions of CBT-Bench PC were refused" in done.err
        assert "Traceback" not in done.err
        assert not (run / "cbt-pc" / "scores.json").exists()
        server.say(answer_text('["helpless"]'), refusal)
        some = await bench(server, data, run, "cbt-pc")
        server.say(answer_text('["helpless"]'))
        rest = await bench(server, data, run, "cbt-pc")
    assert some.code == 0, some.err
    assert "asked with 0 examples, 256 tokens an answer" in some.out
    assert "5 of 6 questions were refused by the server and are not scored" in some.out
    assert "refused 5 (in no figure)" in some.out
    assert "refused 0 (in no figure)" in rest.out
