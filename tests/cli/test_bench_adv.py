"""`sqpsych bench judge`, `duel`, `export`: the real command, a server that plays the judge."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from benchmarks.small_adversarial import (
    find_all,
    make_adversarial_rows,
    write_adversarial,
    write_run,
)
from language_models.stub_server import Canned, StubServer, answer_json, answer_text
from sqpsych.corpus import open_corpus
from sqpsych.review import open_study

from .small_study import Done, run_sqpsych, start_sqpsych

ANSWERS = {
    "apathetic/0/1": "You lost somebody you loved.",
    "medication/0/1": "Take melatonin before bed.",
    "medication/0/2": "Ask your physician about it.",
}
OTHERS = {
    "apathetic/0/1": "It was only a cat.",
    "medication/0/1": "What keeps you awake?",
    "therapy/0/1": "Tell me of the bridges.",
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with the file of the task."""
    write_adversarial(tmp_path / "files")
    return tmp_path / "files"


def say_all(**yes: str) -> Canned:
    """A judge's six verdicts."""
    return answer_text(find_all(**yes))


def prefer(better: str) -> Canned:
    """A judge's choice."""
    return answer_text(json.dumps({"reason": "It listens.", "better": better}))


async def judge(run: Path, server: StubServer, data: Path, *more: str) -> Done:
    """Judge a run by a server, one answer after the other."""
    options = ("--judge", server.base_url, "--data", str(data), "--concurrency", "1")
    return await run_sqpsych("bench", "judge", str(run), *options, *more)


async def duel(a: Path, b: Path, server: StubServer, data: Path, *more: str) -> Done:
    """Set two runs against each other by a server, one pair after the other."""
    options = ("--judge", server.base_url, "--data", str(data), "--concurrency", "1")
    return await run_sqpsych("bench", "duel", str(a), str(b), *options, *more)


def read_verdicts(run: Path) -> list[dict[str, Any]]:
    (path,) = (run / "counselbench-adv/verdicts").glob("*.jsonl")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


async def test_answers_are_judged_once_and_shares_printed_and_written(
    tmp_path: Path, data: Path
) -> None:
    run = write_run(tmp_path / "run", ANSWERS)
    async with StubServer() as server:
        server.say(say_all(), say_all(medication="Take melatonin"), say_all())
        first = await judge(run, server, data)
        again = await judge(run, server, data)
        assert len(server.received) == 3
    assert first.code == 0, first.err
    assert "run: 3 answers of counsellor; missing 21, blank 0" in first.out
    assert "The published file has 120 questions: this is another." in first.out
    assert "\nmedication named\t0.333\t0.000 to 1.000\t0.500\t0.000 to 1.000\t0\n" in first.out
    assert "\nthe failure invited\t\t\t0.333\t" in first.out
    assert "3 of 3 answers to judge" in first.err
    assert "0 of 3 answers to judge" in again.err
    assert again.out == first.out
    scores = json.loads((run / "counselbench-adv/scores.json").read_text("utf-8"))
    assert (scores["task"], scores["model"]) == ("counselbench-adv", "counsellor")
    assert scores["judge"].startswith("m/failure modes/")
    figure = scores["figures"]["medication named, share"]
    assert (figure["value"], figure["n"]) == (pytest.approx(1 / 3), 3)
    assert scores["better"]["medication named, share"] == "lower"
    assert scores["better"].keys() == scores["figures"].keys()
    assert scores["items"]["medication/0/1"]["medication named, share where invited"] == 1
    quotes = {v["quote"] for v in read_verdicts(run) if v["failure"]}
    assert quotes == {"Take melatonin"}
    assert len(read_verdicts(run)) == 18


async def test_a_lower_limit_does_not_replace_the_scores_of_more_answers(
    tmp_path: Path, data: Path
) -> None:
    run = write_run(tmp_path / "run", ANSWERS)
    path = run / "counselbench-adv/scores.json"
    async with StubServer() as server:
        server.say(say_all())
        await judge(run, server, data)
        before = path.read_bytes()
        done = await judge(run, server, data, "--limit", "1")
    assert done.code == 2
    assert "has scores of 3, which scores of 1 would replace" in done.err
    assert path.read_bytes() == before


async def test_failed_verdicts_are_counted_and_a_judge_of_none_says_so(
    tmp_path: Path, data: Path
) -> None:
    run = write_run(tmp_path / "run", ANSWERS)
    async with StubServer() as server:
        server.say(answer_text("A kind answer, all in all."))
        done = await judge(run, server, data, "--limit", "2")
    assert done.code == 1
    assert "2 of 3 answers judged; 12 of 12 verdicts failed" in done.out
    assert "\nmedication named\tnone\tnone\tnone\tnone\t2\n" in done.out
    assert "6 of 6 verdicts failed" in done.err
    scores = json.loads((run / "counselbench-adv/scores.json").read_text("utf-8"))
    assert scores["failed"]["therapy"] == 2
    assert scores["figures"]["therapy technique named, share"]["value"] is None
    assert {v["failure"] for v in read_verdicts(run)} == {None}


async def test_a_server_that_goes_away_leaves_what_was_judged_and_the_command_goes_on(
    tmp_path: Path, data: Path
) -> None:
    run = write_run(tmp_path / "run", ANSWERS)
    async with StubServer() as server:
        server.say(say_all(), answer_json({"error": "gone"}, status=404))
        stopped = await judge(run, server, data)
        assert stopped.code == 2
        assert "The same command goes on." in stopped.err
        assert "Traceback" not in stopped.err
        assert len(read_verdicts(run)) == 6
        assert not (run / "counselbench-adv/scores.json").exists()
        server.received.clear()
        server.say(say_all())
        done = await judge(run, server, data)
        assert len(server.received) == 2
    assert done.code == 0, done.err
    assert "3 of 3 answers judged; 0 of 18" in done.out


async def test_ctrl_c_leaves_what_was_judged_and_a_torn_line_is_judged_again(
    tmp_path: Path, data: Path
) -> None:
    run = write_run(tmp_path / "run", ANSWERS)
    async with StubServer() as server:
        server.say(say_all(), Canned(b"{}", delay_s=60.0))
        options = ("--judge", server.base_url, "--data", str(data), "--concurrency", "1")
        async with start_sqpsych("bench", "judge", str(run), *options) as process:
            assert process.stderr is not None
            while b"  1: " not in await asyncio.wait_for(process.stderr.readline(), 60):
                pass
            process.send_signal(signal.SIGINT)
            _, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 130
        assert "The same command goes on." in err.decode()
        (path,) = (run / "counselbench-adv/verdicts").glob("*.jsonl")
        path.write_bytes(path.read_bytes()[:-9])
        server.received.clear()
        server.say(say_all())
        done = await judge(run, server, data)
        assert len(server.received) == 3
    assert done.code == 0, done.err
    assert "a last line that breaks off was taken off" in done.err
    assert "3 of 3 answers judged; 0 of 18" in done.out


async def test_another_answer_is_judged_anew(tmp_path: Path, data: Path) -> None:
    run = write_run(tmp_path / "run", ANSWERS)
    async with StubServer() as server:
        server.say(say_all())
        await judge(run, server, data)
        server.received.clear()
        changed = ANSWERS | {"medication/0/2": "Take aspirin."}
        path = run / "counselbench-adv/answers.jsonl"
        lines = [json.dumps({"id": name, "answer": text}) for name, text in changed.items()]
        path.write_text("\n".join(lines), encoding="utf-8")
        server.say(say_all(medication="Take aspirin"))
        done = await judge(run, server, data)
        assert len(server.received) == 1
    assert "\nmedication named\t0.333\t" in done.out


async def test_a_judge_of_its_own_answers_is_told(tmp_path: Path, data: Path) -> None:
    run = write_run(tmp_path / "run", ANSWERS, model="m")
    async with StubServer() as server:
        server.say(say_all())
        done = await judge(run, server, data)
    assert "The judge, m, judges answers of its own." in done.err


async def test_runs_are_compared_in_both_orders_once(tmp_path: Path, data: Path) -> None:
    ours, theirs = write_run(tmp_path / "ours", ANSWERS), write_run(tmp_path / "theirs", OTHERS)
    output = tmp_path / "duel.json"
    async with StubServer() as server:
        server.say(prefer("A"), prefer("B"), prefer("A"), prefer("A"))
        first = await duel(ours, theirs, server, data, "-o", str(output))
        again = await duel(ours, theirs, server, data)
        assert len(server.received) == 4
    assert first.code == 0, first.err
    assert "2 questions answered by both, 1 by ours alone, 1 by theirs alone" in first.out
    assert "2 compared: ours 1, theirs 0, ties 1, without a verdict 0" in first.out
    assert "\nwin rate of ours against theirs\t0.750\t" in first.out
    assert "0 of 2 pairs to judge" in again.err
    written = json.loads(output.read_text("utf-8"))
    assert written["pairs"]["won by a"] == 1
    assert written["pairs"]["answered by b alone"] == 1
    assert (written["a"]["run"], written["b"]["run"]) == ("ours", "theirs")
    assert written["preferences"][0]["winner"] == "a"
    (beside,) = (ours / "counselbench-adv/duels").glob("theirs.*.json")
    assert json.loads(beside.read_text("utf-8")) == written


async def test_a_duel_goes_on_where_the_server_went_away(tmp_path: Path, data: Path) -> None:
    ours, theirs = write_run(tmp_path / "ours", ANSWERS), write_run(tmp_path / "theirs", OTHERS)
    async with StubServer() as server:
        server.say(prefer("B"), prefer("A"), answer_json({"error": "gone"}, status=404))
        stopped = await duel(ours, theirs, server, data)
        assert stopped.code == 2
        assert "The same command goes on." in stopped.err
        server.received.clear()
        server.say(answer_text("Both are fine."))
        done = await duel(ours, theirs, server, data)
        assert len(server.received) == 6
    assert done.code == 0, done.err
    assert "2 compared: ours 0, theirs 1, ties 0, without a verdict 1" in done.out


async def test_exports_of_two_runs_are_compared_by_people(tmp_path: Path, data: Path) -> None:
    corpora = []
    for name, answers in (("ours", ANSWERS), ("theirs", OTHERS)):
        run = write_run(tmp_path / name, answers, model=f"{name}-9b")
        corpora.append(tmp_path / f"{name}-corpus")
        command = ("bench", "export", str(run), "--data", str(data), "-o", str(corpora[-1]))
        done = await run_sqpsych(*command)
        assert done.code == 0, done.err
        assert f"3 answers of {name}-9b added" in done.out
        again = await run_sqpsych(*command)
        assert "already" in again.out
    with open_corpus(corpora[0]) as corpus:
        dialogues = {dialogue.pseudonym: dialogue for dialogue in corpus.read_dialogues()}
        chosen = dialogues["medication/0/1"]
        assert corpus.read_profile(chosen.id).condition == "medication"
    assert dialogues.keys() == ANSWERS.keys()
    assert (chosen.therapist_model, chosen.client_model) == ("ours-9b", "human")
    assert [turn.speaker for turn in chosen.turns] == ["client", "therapist"]
    assert chosen.turns[1].text == ANSWERS["medication/0/1"]
    study = tmp_path / "study"
    made = await run_sqpsych(
        "review", "create", *map(str, corpora), "-o", str(study), "--pairwise", "--raters", "2"
    )
    assert made.code == 0, made.err
    assert "2 pairs, 2 raters" in made.out
    with open_study(study) as store:
        items = store.read_items().values()
        assert store.study.kind == "comparison"
        assert "answers" in store.study.question
    for item in items:
        assert [turn.speaker for turn in item.prompt] == ["client"]
        assert [len(text.turns) for text in item.texts] == [1, 1]
    rated = await run_sqpsych("review", "create", str(corpora[0]), "-o", str(tmp_path / "rating"))
    assert rated.code == 0, rated.err


WRONG = {
    "no run": (("judge", "away", "--judge", "unheard-of"), "answers.jsonl is not there"),
    "no judge": (("judge", "ours", "--judge", "unheard-of"), "unheard-of"),
    "twice": (("duel", "ours", "ours", "--judge", "m"), "given twice"),
    "nothing in common": (("duel", "ours", "alone", "--judge", "m"), "no question in common"),
    "no run to export": (("export", "away", "-o", "c"), "answers.jsonl is not there"),
}


@pytest.mark.parametrize(("command", "told"), WRONG.values(), ids=WRONG)
async def test_what_cannot_be_used_is_named(
    tmp_path: Path, data: Path, command: tuple[str, ...], told: str
) -> None:
    write_run(tmp_path / "ours", ANSWERS)
    write_run(tmp_path / "alone", {"symptoms/1/1": "Worry does that."})
    places = {name: str(tmp_path / name) for name in ("ours", "alone", "away", "c")}
    done = await run_sqpsych(
        "bench", *(places.get(word, word) for word in command), "--data", str(data)
    )
    assert done.code == 2
    assert told in done.err
    assert "Traceback" not in done.err


async def test_there_is_nothing_to_score_without_a_judge(tmp_path: Path, data: Path) -> None:
    run = write_run(tmp_path / "run", ANSWERS)
    answers = run / "counselbench-adv/answers.jsonl"
    done = await run_sqpsych(
        "bench", "score", "counselbench-adv", "--data", str(data), "--answers", str(answers)
    )
    assert done.code == 2
    assert "no right answers; a judge reads them: `bench judge`" in done.err


async def test_a_question_that_is_missing_is_named_without_its_words(
    tmp_path: Path, data: Path
) -> None:
    rows = make_adversarial_rows()
    write_adversarial(data, [rows[0] | {"therapy": ""}, *rows[1:]])
    run = write_run(tmp_path / "run", ANSWERS)
    done = await run_sqpsych("bench", "export", str(run), "--data", str(data), "-o", "c")
    assert done.code == 2
    assert "row 2: therapy blank" in done.err
