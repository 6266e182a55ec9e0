"""Serving a Hugging Face folder: the commands, what is linked for the server, and its life."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from sqpsych.errors import InputError, WeightsError
from sqpsych.language_models import Message, Request
from sqpsych.language_models import folder_server as serving
from sqpsych.language_models.catalogue import ModelEntry, SamplingDefaults
from sqpsych.language_models.folder_server import (
    check_folder,
    choose_engine,
    link_folder,
    write_environment,
    write_transformers_command,
    write_vllm_command,
)
from sqpsych.language_models.openai_compatible import (
    OpenAICompatibleModel,
    Server,
    list_served_models,
)
from sqpsych.language_models.own_catalogue import write_entry

from .test_embedded import find_free_port, is_running, list_listening_addresses, wait_until

STAND_IN = """#!{python}
import http.server, json, os, subprocess, sys

kept = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "VLLM_NO_USAGE_STATS", "DO_NOT_TRACK")
told = {{"arguments": sys.argv[1:], "process": os.getpid()}}
told["environment"] = {{name: os.environ.get(name) for name in kept}}
told["helper"] = subprocess.Popen(["sleep", "60"]).pid
open({record!r}, "w").write(json.dumps(told))
if {dies}:
    sys.exit(3)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({{"data": [{{"id": sys.argv[-1]}}]}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


port = int(sys.argv[sys.argv.index("--port") + 1])
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
"""Stands in for vLLM, which needs a GPU: takes its command line, and lists the model."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Hugging Face folder, but for its weights."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def test_vllm_is_told_folder_address_and_name() -> None:
    assert write_vllm_command("/bin/vllm", Path("/data/out/model"), "mine", 8000) == [
        *("/bin/vllm", "serve", "/data/out/model", "--host", "127.0.0.1", "--port", "8000"),
        *("--served-model-name", "mine"),
    ]


def test_transformers_is_told_a_folder_called_as_the_model() -> None:
    command = write_transformers_command("mine", 8000)
    assert command[0] == sys.executable
    assert command[-6:] == ["serve", "mine", "--host", "127.0.0.1", "--port", "8000"]


def test_a_server_stays_offline_whatever_the_shell_says() -> None:
    written = write_environment({"HF_HUB_OFFLINE": "0", "PATH": "/bin", "DO_NOT_TRACK": "0"})
    assert (written["HF_HUB_OFFLINE"], written["TRANSFORMERS_OFFLINE"]) == ("1", "1")
    assert (written["DO_NOT_TRACK"], written["VLLM_NO_USAGE_STATS"]) == ("1", "1")
    assert written["PATH"] == "/bin"


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (None, {"top_k": 0, "do_sample": True}),
        ({"eos_token_id": 2, "top_k": None}, {"top_k": 0, "eos_token_id": 2, "do_sample": True}),
        ({"do_sample": False, "top_k": 20}, {"top_k": 20, "do_sample": True}),
    ],
)
def test_links_are_the_folder_with_sampling_switched_on(
    folder: Path, own: dict[str, object] | None, expected: dict[str, object]
) -> None:
    if own is not None:
        (folder / "generation_config.json").write_text(json.dumps(own))
    before = sorted(path.name for path in folder.iterdir())
    with link_folder(folder, "mine") as above:
        assert (above / "mine/model.safetensors").resolve() == folder / "model.safetensors"
        assert json.loads((above / "mine/generation_config.json").read_text()) == expected
    assert not above.exists()
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize("content", ["{", "[1]", "3"])
def test_damaged_generation_settings_are_named(folder: Path, content: str) -> None:
    (folder / "generation_config.json").write_text(content)
    with (
        pytest.raises(WeightsError, match=r"generation_config\.json cannot be read"),
        link_folder(folder, "mine"),
    ):
        pass


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_folder_that_is_none_of_weights_is_refused(folder: Path, missing: str) -> None:
    check_folder(folder)
    (folder / missing).unlink()
    with pytest.raises(WeightsError, match="no Hugging Face folder"):
        check_folder(folder)


def test_vllm_goes_first_and_what_lacks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(serving, "_NEEDS", ("json",))
    assert choose_engine(None) == choose_engine("transformers") == "transformers"
    with pytest.raises(InputError, match="vLLM is not installed"):
        choose_engine("vllm")
    monkeypatch.setattr(serving, "_NEEDS", ("json", "nowhere_to_be_found"))
    with pytest.raises(InputError, match=r"lacks nowhere_to_be_found.*transformers\[serving\]"):
        choose_engine("transformers")
    with pytest.raises(InputError, match=r"pip install vllm.*transformers\[serving\]"):
        choose_engine(None)
    (tmp_path / "vllm").write_text("#!/bin/sh")
    (tmp_path / "vllm").chmod(0o755)
    assert choose_engine(None) == choose_engine("vllm") == "vllm"


@contextmanager
def start_serving(
    model: Path | str, engine: str, port: int, environment: dict[str, str]
) -> Iterator["subprocess.Popen[str]"]:
    """Serve a model in a process of its own, which takes its Ctrl-C; gone afterwards."""
    script = (
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from sqpsych.cli import main\n"
        f"sys.argv = ['sqpsych', 'models', 'serve', {str(model)!r}, '--port', '{port}',"
        f" '--with', {engine!r}]\n"
        "main()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def write_stand_in(folder: Path, *, dies: bool = False) -> tuple[dict[str, str], Path]:
    """Put a stand-in for vLLM on the path; the environment, and where it says what it was told."""
    record = folder / "told.json"
    program = folder / "vllm"
    program.write_text(STAND_IN.format(python=sys.executable, record=str(record), dies=dies))
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}", "HF_HUB_OFFLINE": "0"}, record


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_server_ends_with_the_command(tmp_path: Path, folder: Path, ending: signal.Signals) -> None:
    environment, record = write_stand_in(tmp_path)
    port = find_free_port()
    with start_serving(folder, "vllm", port, environment) as process:
        assert process.stdout is not None
        assert f"Serving model at http://127.0.0.1:{port}/v1 with vllm" in process.stdout.readline()
        told = json.loads(record.read_text())
        assert told["arguments"] == write_vllm_command("", folder, "model", port)[1:]
        assert set(told["environment"].values()) == {"1"}
        process.send_signal(ending)
        _, complaint = process.communicate(timeout=20)
        assert process.returncode == 130
        assert "Traceback" not in complaint
    assert not is_running(told["process"])
    assert not is_running(told["helper"])


def test_server_and_all_it_started_end_when_the_command_is_killed(
    tmp_path: Path, folder: Path
) -> None:
    environment, record = write_stand_in(tmp_path)
    with start_serving(folder, "vllm", find_free_port(), environment) as process:
        assert process.stdout is not None
        process.stdout.readline()
        told = json.loads(record.read_text())
        assert is_running(told["helper"])
        process.kill()
        process.wait()
    both = (told["process"], told["helper"])
    assert wait_until(lambda: not any(map(is_running, both)), 20)


def test_server_that_ends_by_itself_is_told(tmp_path: Path, folder: Path) -> None:
    environment, _ = write_stand_in(tmp_path, dies=True)
    with start_serving(folder, "vllm", find_free_port(), environment) as process:
        out, complaint = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert "sqpsych: The server of model (vllm) ended with status 3." in complaint


NEEDS = ("transformers", "torch", "accelerate", "openai", "fastapi", "uvicorn")
needs_transformers = pytest.mark.skipif(
    any(find_spec(name) is None for name in NEEDS), reason="needs transformers[serving]"
)
TINY = """
import sys, torch
from tokenizers import Tokenizer, models, pre_tokenizers, decoders
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

torch.manual_seed(0)
words = ["<s>", "</s>", *(chr(97 + number) for number in range(26)), "?"]
vocabulary = {word: number for number, word in enumerate(words)}
tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="?"))
tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
tokenizer.decoder = decoders.Fuse()
fast = PreTrainedTokenizerFast(
    tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="?"
)
fast.chat_template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
sizes = dict(hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2)
config = LlamaConfig(vocab_size=len(words), bos_token_id=0, eos_token_id=1, **sizes)
LlamaForCausalLM(config).save_pretrained(sys.argv[1])
fast.save_pretrained(sys.argv[1])
"""
ASKED = Request(
    tag="t", seed=1, max_tokens=30, messages=(Message("user", "say"),), temperature=1.5, top_p=1.0
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of letters at random, as small as can be."""
    folder = tmp_path_factory.mktemp("tiny") / "model"
    subprocess.run([sys.executable, "-c", TINY, str(folder)], check=True, capture_output=True)
    return folder


@needs_transformers
async def test_transformers_answers_what_we_ask_and_ends_with_the_command(tiny: Path) -> None:
    port = find_free_port()
    with start_serving(tiny, "transformers", port, {}) as process:
        assert process.stdout is not None
        assert "with transformers" in process.stdout.readline()
        assert list_listening_addresses(port) == ["127.0.0.1"]
        server = Server(f"http://127.0.0.1:{port}/v1", retries=0)
        assert await list_served_models(server) == ("model",)
        model = OpenAICompatibleModel(server, "model")
        try:
            texts = [(await model.reply(replace(ASKED, seed=seed))).text for seed in (1, 2, 1)]
            assert texts[0] == texts[2] != texts[1]
            stop = (texts[0][3],)
            reply = await model.reply(replace(ASKED, stop=stop))
            assert texts[0].startswith(reply.text)
            assert stop[0] not in reply.text
            streamed = await model.stream(replace(ASKED, stop=stop), lambda text: None)
            assert streamed.text == reply.text
            plain = await model.reply(replace(ASKED, messages=(), transcript="abc"))
            assert (plain.prompt_tokens, plain.text != "") == (3, True)
        finally:
            await model.close()
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
        assert (process.returncode, "Traceback" in complaint) == (130, False)
    assert wait_until(lambda: not list_listening_addresses(port), 5)


@needs_transformers
def test_settings_that_transformers_refuses_are_named_beforehand(
    tmp_path: Path, tiny: Path
) -> None:
    sampling = SamplingDefaults(temperature=0.7, top_p=0.9, max_tokens=9, extra={"min_p": 0.05})
    entry = ModelEntry(
        name="mine",
        kind="folder",
        path=tiny,
        parameters="1K",
        licence="none",
        prompt_style="chat",
        context_tokens=512,
        sampling=sampling,
    )
    (tmp_path / "sqpsych").mkdir()
    (tmp_path / "sqpsych/models.toml").write_text(write_entry(entry))
    environment = {"XDG_CONFIG_HOME": str(tmp_path)}
    with start_serving("mine", "transformers", find_free_port(), environment) as process:
        assert process.stderr is not None
        assert "refuses min_p, which mine is sampled with" in process.stderr.readline()


@needs_transformers
def test_transformers_ends_when_the_command_is_killed(tiny: Path) -> None:
    port = find_free_port()
    with start_serving(tiny, "transformers", port, {}) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
            assert answer.status == 200
        process.kill()
        process.wait()
        assert wait_until(lambda: not list_listening_addresses(port), 20)
