"""What `sqpsych` says and leaves behind when something is wrong: the real command, in a process."""

import asyncio
import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from language_models.stub_server import Canned, StubServer, answer_json, answer_text

from .small_study import (
    CANARY,
    SQPSYCH,
    Done,
    generate,
    list_files,
    run_sqpsych,
    start_sqpsych,
    write_study,
)

AWAY = ("--timeout", "1", "--retries", "0")


@pytest.fixture
async def server() -> AsyncIterator[StubServer]:
    async with StubServer() as stub:
        yield stub


def check_explained(done: Done, *told: str) -> None:
    """One paragraph on stderr that holds what is told, no traceback, no clinical value, code 2."""
    assert done.code == 2, done.err
    before, _, message = done.err.strip().partition("sqpsych: ")
    assert "sqpsych: " not in message
    assert before.count("\n") <= 1
    assert "\n\n" not in message
    assert len(message) < 1200
    for text in told:
        assert text in message
    for text in ("Traceback", "Error:", "Exception", CANARY):
        assert text not in done.err + done.out


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("smolm2-135m", "Did you mean 'smollm2-135m'"),
        ("gemma", "gemma@http://127.0.0.1:8000/v1"),
        ("missing.gguf", "missing.gguf"),
        ("cut.gguf", "cut.gguf is cut off"),
        ("scripted:missing.json", "missing.json"),
        ("http://127.0.0.1:99999/v1", "99999"),
    ],
)
async def test_model_that_is_none_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, told: str
) -> None:
    write_study(tmp_path)
    (tmp_path / "cut.gguf").write_bytes(b"GGUF\x03\0\0\0")
    monkeypatch.chdir(tmp_path)
    check_explained(await run_sqpsych(*generate(tmp_path, model)), told)
    if not model.startswith("scripted:"):
        assert not (tmp_path / "corpus").exists()


@pytest.fixture(scope="session")
def finished_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study that was played to its end."""
    folder = tmp_path_factory.mktemp("finished")
    subprocess.run([SQPSYCH, *write_study(folder)], check=True, capture_output=True, timeout=60)
    return folder


@pytest.fixture
def finished(finished_study: Path, tmp_path: Path) -> Path:
    """A copy of it to work on."""
    return Path(shutil.copytree(finished_study, tmp_path / "finished"))


async def check_resumable(folder: Path, url: str, server: StubServer) -> None:
    """The corpus holds one session that waits; a server that is well again plays it."""
    shown = await run_sqpsych("show", str(folder / "corpus"))
    assert "0 closed, 0 rejected, 1 not finished, 0 turns" in shown.out
    assert not [name for name in list_files(folder) if name.endswith(".partial")]
    assert CANARY not in (folder / "corpus" / "manifest.json").read_text("utf-8")
    server.models = answer_json({"data": [{"id": "m"}]})
    server.say(answer_text("Client: no."))
    again = await run_sqpsych(*generate(folder, url, *AWAY))
    assert again.code == 1, again.err
    assert "0 closed, 1 rejected" in again.out


async def test_server_that_is_not_there(tmp_path: Path) -> None:
    write_study(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/v1"
    check_explained(await run_sqpsych(*generate(tmp_path, url, *AWAY)), url, "Start it")


FAULTS = {
    "500": (answer_json({"error": {"message": CANARY}}, 500), "answers 500"),
    "hanging": (Canned(b"{}", delay_s=30), "--timeout"),
    "page": (Canned(b"<html></html>", content_type="text/html"), "OpenAI"),
    "no key": (answer_json({}, 401), "SQPSYCH_API_KEY"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_server_that_is_not_well_at_the_start(
    tmp_path: Path, server: StubServer, fault: str
) -> None:
    write_study(tmp_path)
    server.models, told = FAULTS[fault]
    done = await run_sqpsych(*generate(tmp_path, server.base_url, *AWAY))
    check_explained(done, server.base_url, told)


@pytest.mark.parametrize("fault", ["hanging", "page"])
async def test_server_that_breaks_down_later(
    tmp_path: Path, server: StubServer, fault: str
) -> None:
    write_study(tmp_path)
    answer, told = FAULTS[fault]
    server.say(answer)
    done = await run_sqpsych(*generate(tmp_path, server.base_url, *AWAY))
    check_explained(done, server.base_url, told)
    assert CANARY in json.dumps(server.received[0].body)
    await check_resumable(tmp_path, server.base_url, server)


async def test_retries_are_quiet(tmp_path: Path, server: StubServer) -> None:
    write_study(tmp_path)
    server.say(answer_json({}, 503))
    done = await run_sqpsych(*generate(tmp_path, server.base_url, "--retries", "1"))
    check_explained(done, "answers 503")
    assert "stamina" not in done.out
    assert done.out.count("It is being asked again.") == 1
    assert len(server.received) == 2


@pytest.mark.parametrize("host", ["192.0.2.1", "model.invalid"])
async def test_host_that_was_not_listed(tmp_path: Path, host: str) -> None:
    write_study(tmp_path)
    done = await run_sqpsych(*generate(tmp_path, f"http://{host}:8000/v1", *AWAY))
    check_explained(done, f"--allow-host {host}")
    assert not (tmp_path / "corpus").exists()


async def test_allowed_host_that_is_no_host(tmp_path: Path) -> None:
    arguments = write_study(tmp_path)
    done = await run_sqpsych(*arguments, "--allow-host", "http://gpu1:8000")
    check_explained(done, "--allow-host", "http://gpu1:8000")
    assert not (tmp_path / "corpus").exists()


async def test_profiles_that_cannot_be_read(tmp_path: Path) -> None:
    arguments = write_study(tmp_path)
    profiles = tmp_path / "profiles.jsonl"
    whole = profiles.read_text("utf-8")
    profiles.write_text(whole + whole[:50] + "\n", "utf-8")
    check_explained(await run_sqpsych(*arguments), "profiles.jsonl line 2")
    profiles.unlink()
    check_explained(await run_sqpsych(*arguments), "profiles.jsonl", "cannot be read")
    assert not (tmp_path / "corpus").exists()


async def test_protocol_that_is_none(tmp_path: Path) -> None:
    arguments = [*write_study(tmp_path), "--protocol", "papr"]
    check_explained(await run_sqpsych(*arguments), "Did you mean 'paper'")
    assert not (tmp_path / "corpus").exists()


@pytest.mark.parametrize(
    ("option", "value", "known"),
    [
        ("--risk", "maybe", "exclude, include"),
        ("--therapist-knows", "everything", "referral, totals, items"),
    ],
)
async def test_choice_that_is_none(tmp_path: Path, option: str, value: str, known: str) -> None:
    done = await run_sqpsych(*write_study(tmp_path), option, value)
    check_explained(done, f"{option} is {value!r}; it can be {known}.")
    assert not (tmp_path / "corpus").exists()


async def test_candidates_out_of_range(tmp_path: Path) -> None:
    done = await run_sqpsych(*write_study(tmp_path), "--candidates", "17")
    assert done.code == 2
    assert "--candidates" in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "corpus").exists()


async def test_people_at_risk_with_a_protocol_that_has_no_plan_for_them(tmp_path: Path) -> None:
    done = await run_sqpsych(*write_study(tmp_path), "--risk", "include")
    check_explained(done, "The protocol small has no phase for people at risk", "--risk exclude")
    assert not (tmp_path / "corpus").exists()


@pytest.mark.parametrize("verb", ["show", "export"])
async def test_directory_that_is_no_corpus(tmp_path: Path, verb: str) -> None:
    (tmp_path / "notes").mkdir()
    done = await run_sqpsych(verb, str(tmp_path / "notes"))
    check_explained(done, "notes is no corpus", "sqpsych generate")
    assert list_files(tmp_path) == []


async def test_directory_with_other_things_is_left_alone(tmp_path: Path) -> None:
    arguments = write_study(tmp_path)
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "thesis.docx").write_text("mine", "utf-8")
    check_explained(await run_sqpsych(*arguments), "thesis.docx")
    assert list_files(tmp_path / "corpus") == ["thesis.docx"]


async def test_another_study_in_the_same_directory(finished: Path) -> None:
    arguments = generate(finished, f"scripted:{finished / 'script.json'}")
    before = (finished / "corpus" / "manifest.json").read_bytes()
    check_explained(await run_sqpsych(*arguments, "--seed", "5"), "seed: there 0, now 5")
    assert (finished / "corpus" / "manifest.json").read_bytes() == before
    again = await run_sqpsych(*arguments)
    assert (again.code, again.err) == (0, "")


async def test_second_process_on_the_same_directory_and_ctrl_c(tmp_path: Path) -> None:
    arguments = write_study(tmp_path, delay_s=30)
    async with start_sqpsych(*arguments) as first:
        await asyncio.to_thread(wait_for_file, tmp_path / "corpus" / "manifest.json")
        check_explained(await run_sqpsych(*arguments), "Another process", "-o")
        first.send_signal(signal.SIGINT)
        _, complaint = await asyncio.wait_for(first.communicate(), 20)
    assert first.returncode == 130
    assert "The same command goes on where it was." in complaint.decode()
    assert "Traceback" not in complaint.decode()
    write_study_again(tmp_path)
    assert (await run_sqpsych(*arguments)).code == 0


def wait_for_file(path: Path) -> None:
    """Wait until another process has written a file."""
    end = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < end, path
        time.sleep(0.05)


def write_study_again(folder: Path) -> None:
    """The same study, spoken without delay."""
    shutil.rmtree(folder / "small")
    write_study(folder)


async def test_export_keeps_an_existing_file(finished: Path) -> None:
    out = finished / "dialogues.jsonl"
    out.write_text("mine", "utf-8")
    arguments = ["export", str(finished / "corpus"), "-o", str(out)]
    check_explained(await run_sqpsych(*arguments), "dialogues.jsonl is there already", "--force")
    assert out.read_text("utf-8") == "mine"
    assert (await run_sqpsych(*arguments, "--force")).code == 0
    assert "Tuesday" in out.read_text("utf-8")


async def test_export_of_the_current_directory(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(finished / "corpus")
    done = await run_sqpsych("export", ".")
    assert done.code == 0, done.err
    assert (finished / "corpus.jsonl").exists()


async def test_dialogue_that_is_not_there(finished: Path) -> None:
    corpus = str(finished / "corpus")
    check_explained(await run_sqpsych("show", corpus, "zzz"), "zzz", f"sqpsych show {corpus}")


async def test_answer_out_of_range(tmp_path: Path) -> None:
    columns = [f"q{number}" for number in range(1, 10)]
    rows = [
        ",".join(["id", *columns]),
        ",".join(["a", *"111111111"]),
        ",".join(["b", *"711111111"]),
    ]
    (tmp_path / "answers.csv").write_text("\n".join(rows) + "\n", "utf-8")
    codebook = f'[table]\nid = "id"\n[instruments.phq9]\ncolumns = {columns}\n'
    (tmp_path / "codebook.toml").write_text(codebook, "utf-8")
    done = await run_sqpsych(
        "profiles", "build", str(tmp_path / "answers.csv"),
        "--codebook", str(tmp_path / "codebook.toml"),
        "--key-file", str(tmp_path / "key"), "-o", str(tmp_path / "profiles.jsonl"),
    )  # fmt: skip
    check_explained(done, "answers.csv", "row 3", "item 1 is 7")
    assert not (tmp_path / "profiles.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["models", "pull", "smolm2-135m"], "Did you mean 'smollm2-135m'"),
        (["models", "pull", "gemma"], "runs on a server of yours"),
        (["models", "path", "gemma"], "runs on a server of yours"),
        (["models", "path", "qwen2.5-coder-1.5b"], "sqpsych models pull qwen2.5-coder-1.5b"),
        (["models", "serve", "missing.gguf"], "missing.gguf"),
        (["demo", "-m", "nothing-like-it.gguf"], "nothing-like-it.gguf"),
    ],
)
async def test_models_that_cannot_be_had(tmp_path: Path, arguments: list[str], told: str) -> None:
    environment = {"SQPSYCH_CACHE": str(tmp_path)}
    check_explained(await run_sqpsych(*arguments, environment=environment), told)
    assert list_files(tmp_path) == []
