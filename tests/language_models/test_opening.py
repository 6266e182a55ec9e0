"""From what the user gives as a model to one that answers."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from sqpsych.errors import CatalogueError, ServerReplyError, ServerUnavailableError, WeightsError
from sqpsych.language_models import Request
from sqpsych.language_models.catalogue import find_model
from sqpsych.language_models.opening import (
    UNKNOWN_GGUF_SAMPLING,
    UNKNOWN_SERVER_SAMPLING,
    ModelSpec,
    ServingSettings,
    find_spec,
    find_weights,
    open_models,
    resolve_specs,
)
from sqpsych.language_models.own_catalogue import add_entry
from sqpsych.language_models.tuned import read_tuned

from .stub_server import Canned, StubServer, answer_json
from .tuned_model import GGUF_BYTES, write_tuned

URL = "http://127.0.0.1:8000/v1"
SETTINGS = ServingSettings(slots=2, timeout_s=5.0, retries=0, api_key="open-sesame")
REQUEST = Request(tag="d1/client/1/1", seed=1, max_tokens=5, transcript="Client:")


def test_catalogue_name_runs_embedded() -> None:
    entry = find_model("smollm2-135m")
    spec = find_spec("smollm2-135m")
    assert spec.runs_embedded
    assert (spec.name, spec.style, spec.sampling) == (entry.name, "transcript", entry.sampling)


@pytest.mark.parametrize("given", ["/data/Mine-Q4.gguf", "./Mine-Q4.gguf", "Mine-Q4.gguf"])
def test_path_of_a_gguf_file_runs_embedded(given: str) -> None:
    spec = find_spec(given)
    assert spec.runs_embedded
    assert (spec.name, spec.gguf, spec.style) == ("Mine-Q4", Path(given), "transcript")
    assert spec.sampling == UNKNOWN_GGUF_SAMPLING


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_url_is_a_server(scheme: str) -> None:
    url = URL.replace("http", scheme)
    spec = find_spec(url)
    assert not spec.runs_embedded
    assert (spec.base_urls, spec.model_id, spec.style) == ((url,), None, "chat")
    assert spec.sampling == UNKNOWN_SERVER_SAMPLING


def test_url_with_a_model_behind_it() -> None:
    spec = find_spec(f"{URL}#org/Model-7B")
    assert (spec.base_urls, spec.model_id, spec.name) == ((URL,), "org/Model-7B", "org/Model-7B")


def test_preset_at_a_url_keeps_the_presets_settings() -> None:
    entry = find_model("gemma")
    spec = find_spec(f"gemma@{URL}")
    assert (spec.base_urls, spec.model_id, spec.name) == ((URL,), entry.checkpoint, "gemma")
    assert (spec.style, spec.sampling) == (entry.prompt_style, entry.sampling)


def test_preset_at_a_url_under_another_name() -> None:
    spec = find_spec(f"gemma@{URL}#local-gemma")
    assert (spec.base_urls, spec.model_id, spec.name) == ((URL,), "local-gemma", "gemma")


def test_embedded_model_served_elsewhere_is_the_only_one_there() -> None:
    spec = find_spec(f"smollm2-135m@{URL}")
    assert (spec.model_id, spec.style, spec.runs_embedded) == (None, "transcript", False)


def test_script_needs_no_model() -> None:
    spec = find_spec("scripted:some/lines.json")
    assert (spec.script, spec.runs_embedded) == (Path("some/lines.json"), False)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("smolm2-135m", "Did you mean 'smollm2-135m'"),
        ("GEMMA", "Did you mean 'gemma'"),
        (f"gema@{URL}", "Did you mean 'gemma'"),
        ("xyzzy!", "Known are smollm2-135m"),
        ("", "Known are smollm2-135m"),
        ("gemma", f"gemma@{URL}"),
    ],
)
def test_name_that_cannot_be_used_says_what_could(given: str, told: str) -> None:
    with pytest.raises(CatalogueError, match=told):
        find_spec(given)


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///v1",
        "http://[bad/v1",
        "http://127.0.0.1:abc/v1",
        "http://127.0.0.1:70000/v1",
        "gemma@http://127.0.0.1:99999999/v1",
    ],
)
def test_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(CatalogueError, match=r"http://127\.0\.0\.1:8000/v1"):
        find_spec(url)


@pytest.mark.parametrize("before", ["me:hunter2", "hunter2", "me:hunter2:x"])
@pytest.mark.parametrize("given", ["http://{}@host/v1", "gemma@https://{}@host:1/v1#m"])
def test_url_with_a_password_is_refused_without_showing_it(before: str, given: str) -> None:
    with pytest.raises(CatalogueError, match="SQPSYCH_API_KEY") as caught:
        find_spec(given.format(before))
    assert "hunter2" not in str(caught.value)


def test_weights_of_ones_own_are_hashed(tmp_path: Path) -> None:
    path = tmp_path / "own.gguf"
    path.write_bytes(
        b"GGUF" + (3).to_bytes(4, "little") + (1).to_bytes(8, "little") * 2 + bytes(99)
    )
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    assert find_weights(find_spec(str(path))) == (path, expected)


@pytest.mark.parametrize("content", [None, b"notes", b"GGUF\x03"])
def test_weights_that_are_none_are_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "own.gguf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"own\.gguf"):
        find_weights(find_spec(str(path)))


def test_weights_not_pulled_say_how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SQPSYCH_CACHE", str(tmp_path))
    with pytest.raises(WeightsError, match="sqpsych models pull smollm2-135m"):
        find_weights(find_spec("smollm2-135m"))


@pytest.fixture
def tuned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folders of two tuned models, which the catalogue has as "file" and "folder"."""
    monkeypatch.setattr("platformdirs.user_config_dir", lambda _: str(tmp_path / "config"))
    for name in ("file", "folder"):
        write_tuned(tmp_path / name, gguf=name == "file")
        add_entry(read_tuned(tmp_path / name, name))
    return tmp_path


def test_file_of_ones_own_runs_embedded_with_its_style_and_sampling(tuned: Path) -> None:
    spec = find_spec("file")
    assert spec.runs_embedded
    assert (spec.name, spec.style) == ("file", "chat")
    assert spec.sampling == find_model("smollm2-135m").sampling
    assert find_weights(spec, lambda done, total: None) == (
        tuned / "file/model.gguf",
        hashlib.sha256(GGUF_BYTES).hexdigest(),
    )


@pytest.mark.parametrize("change", ["moved", "longer", "other"])
def test_file_of_ones_own_that_is_not_as_it_was_is_to_be_added_again(
    tuned: Path, change: str
) -> None:
    path = tuned / "file/model.gguf"
    if change == "moved":
        path.rename(tuned / "elsewhere.gguf")
    else:
        path.write_bytes(GGUF_BYTES + b"1" if change == "longer" else GGUF_BYTES[:-1] + b"?")
    told = rf"{path} is not the file .*models remove file.*models add FOLDER --name file"
    with pytest.raises(WeightsError, match=told):
        find_weights(find_spec("file"), lambda done, total: None)


def test_folder_of_ones_own_says_how_to_serve_it(tuned: Path) -> None:
    with pytest.raises(CatalogueError, match=rf"models serve folder --port 8000.*folder@{URL}"):
        find_spec("folder")


async def test_folder_at_a_url_is_called_by_its_name(tuned: Path, server: StubServer) -> None:
    spec = find_spec(f"folder@{server.base_url}")
    assert (spec.model_id, spec.style, spec.runs_embedded) == ("folder", "chat", False)
    assert spec.sampling == find_model("folder").sampling
    server.models = answer_json({"data": [{"id": "folder"}]})
    assert await open_one(spec) == "Hello. folder"
    assert server.received[0].body["model"] == "folder"
    assert find_spec(f"folder@{server.base_url}#other").model_id == "other"


def test_server_has_no_weights() -> None:
    with pytest.raises(CatalogueError, match="no weights of its own"):
        find_weights(find_spec(URL))


async def open_one(spec: ModelSpec) -> str:
    """Open a model for both parts, let it answer once; its reply and name."""
    async with open_models((spec, spec), SETTINGS) as (first, second):
        assert first is second
        return f"{(await first.reply(REQUEST)).text} {first.name}"


async def test_only_model_of_a_server_is_used(server: StubServer) -> None:
    assert await open_one(find_spec(server.base_url)) == "Hello. m"
    assert server.received[0].body["model"] == "m"
    assert server.received[0].headers["authorization"] == "Bearer open-sesame"


async def test_resolved_model_is_named_by_what_it_is_not_where(server: StubServer) -> None:
    async with StubServer() as elsewhere:
        here = find_spec(server.base_url), find_spec(server.base_url)
        there = find_spec(elsewhere.base_url), find_spec(elsewhere.base_url)
        first, again = await resolve_specs(here, SETTINGS)
        moved, _ = await resolve_specs(there, SETTINGS)
    assert first is again
    assert (first.name, first.model_id) == (moved.name, moved.model_id) == ("m", "m")


async def test_resolving_asks_which_of_several_models(server: StubServer) -> None:
    server.models = answer_json({"data": [{"id": "a"}, {"id": "b"}]})
    spec = find_spec(server.base_url)
    with pytest.raises(CatalogueError, match="#MODEL"):
        await resolve_specs((spec, spec), SETTINGS)


async def test_embedded_models_need_no_resolving() -> None:
    spec = find_spec("smollm2-135m")
    assert await resolve_specs((spec, spec), SETTINGS) == (spec, spec)


async def test_named_model_of_a_server_is_used(server: StubServer) -> None:
    server.models = answer_json({"data": [{"id": "a"}, {"id": "b"}]})
    assert await open_one(find_spec(f"{server.base_url}#b")) == "Hello. b"
    assert server.received[0].body["model"] == "b"


async def test_sessions_stay_with_their_server(server: StubServer) -> None:
    async with StubServer() as second:
        spec = find_spec(f"{server.base_url},{second.base_url}#m")
        async with open_models((spec, spec), SETTINGS) as (model, _):
            counts = []
            for session in range(12):
                for speaker in ("therapist", "client"):
                    await model.reply(replace(REQUEST, tag=f"d{session}/{speaker}/0/1"))
                counts.append((len(server.received), len(second.received)))
        assert all(count % 2 == 0 for pair in counts for count in pair)
        assert min(counts[-1]) >= 4


async def test_server_of_several_that_lacks_the_model_is_named(server: StubServer) -> None:
    async with StubServer() as second:
        second.models = answer_json({"data": [{"id": "other"}]})
        spec = find_spec(f"{server.base_url},{second.base_url}")
        with pytest.raises(CatalogueError, match=second.base_url):
            await resolve_specs((spec, spec), SETTINGS)


async def test_two_specs_are_two_models(server: StubServer, tmp_path: Path) -> None:
    script = tmp_path / "lines.json"
    script.write_text('{"therapist": [], "client": ["Yes."]}', encoding="utf-8")
    specs = (find_spec(server.base_url), find_spec(f"scripted:{script}"))
    async with open_models(specs, SETTINGS) as (first, second):
        replies = [(await model.reply(REQUEST)).text for model in (first, second)]
    assert replies == ["Hello.", "Yes."]


@pytest.mark.parametrize(
    ("served", "asked", "told"),
    [
        (["a", "b"], "", "serves a, b; which one was asked for. Add #MODEL"),
        (["a", "b"], "#c", "serves a, b; c was asked for. Add #MODEL"),
        (["a"], "#c", "serves a; c was asked for"),
        ([], "", "serves no model"),
    ],
)
async def test_model_that_is_not_there_is_asked_for(
    server: StubServer, served: list[str], asked: str, told: str
) -> None:
    server.models = answer_json({"data": [{"id": name} for name in served]})
    with pytest.raises(CatalogueError, match=told):
        await open_one(find_spec(f"{server.base_url}{asked}"))
    assert server.received == []


async def test_preset_whose_checkpoint_is_not_served_is_refused(server: StubServer) -> None:
    with pytest.raises(CatalogueError, match=r"serves m; google/gemma.* Add #MODEL"):
        await open_one(find_spec(f"gemma@{server.base_url}"))
    assert await open_one(find_spec(f"gemma@{server.base_url}#m")) == "Hello. gemma"


async def test_server_that_is_none_is_refused(server: StubServer) -> None:
    server.models = Canned(b"<html></html>", content_type="text/html")
    with pytest.raises(ServerReplyError, match="OpenAI protocol"):
        await open_one(find_spec(server.base_url))


async def test_server_that_is_away_is_told_at_once(server: StubServer) -> None:
    server.models = answer_json({}, 503)
    with pytest.raises(ServerUnavailableError, match="answers 503"):
        await open_one(find_spec(server.base_url))


async def test_script_is_checked_when_it_is_opened(tmp_path: Path) -> None:
    spec = replace(find_spec("scripted:x"), script=tmp_path / "missing.json")
    with pytest.raises(CatalogueError, match=r"missing\.json"):
        await open_one(spec)
