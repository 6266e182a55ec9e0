"""From what the user gives as a model to something that answers requests.

A model is given as one of
- a name of the catalogue ("qwen2.5-coder-1.5b"): embedded weights, started here; a user's own as
  well as those sqpsych downloads;
- the path of a GGUF file: the same, with weights of the user's own;
- a base URL ("http://127.0.0.1:8000/v1"), with "#MODEL" behind it when the server has several;
- several base URLs with commas between them: the sessions are spread over these servers;
- a preset at a URL ("gemma@http://127.0.0.1:8000/v1"): the preset's checkpoint and sampling; with
  "#MODEL" behind it when the server calls the checkpoint otherwise; the same with a folder of the
  user's own, which the server calls by its name in the catalogue;
- "scripted:FILE.json": lines from a file, no model.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from sqpsych.errors import CatalogueError, WeightsError
from sqpsych.language_models.catalogue import (
    ModelEntry,
    PromptStyle,
    SamplingDefaults,
    find_model,
)
from sqpsych.language_models.chat_model import ChatModel
from sqpsych.language_models.embedded import EmbeddedServer
from sqpsych.language_models.hashing import hash_once
from sqpsych.language_models.openai_compatible import (
    DEFAULT_TIMEOUT_S,
    OpenAICompatibleModel,
    Server,
    list_served_models,
)
from sqpsych.language_models.pool import PooledModel
from sqpsych.language_models.scripted import ScriptedModel, read_script
from sqpsych.language_models.weights import (
    check_gguf,
    explain_missing,
    pull_weights,
    weights_path,
)

SCRIPTED = "scripted:"
UNKNOWN_GGUF_SAMPLING = SamplingDefaults(temperature=0.7, top_p=0.9, max_tokens=256)
UNKNOWN_SERVER_SAMPLING = SamplingDefaults(temperature=0.7, top_p=0.8, max_tokens=512)
EMBEDDED_CONTEXT_TOKENS = 4096
"""Tokens of one agent's session in the embedded server, on average: slots share their sum."""
LEAST_SLOTS = 4
"""Room for the longest session there can be, also when sessions are played one by one."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model as the user gave it, looked up but not started."""

    given: str
    """What the user wrote."""
    name: str
    """What records call it."""
    style: PromptStyle
    sampling: SamplingDefaults
    entry: ModelEntry | None = None
    gguf: Path | None = None
    """Weights to run here."""
    base_urls: tuple[str, ...] = ()
    """Servers to speak to, which serve the same model."""
    model_id: str | None = None
    """The server's name for the model; None: the only one it serves."""
    script: Path | None = None

    @property
    def lead_words(self) -> int:
        """Words of a line that are given to the model, where a direction holds any."""
        return self.entry.lead_words if self.entry and self.style == "transcript" else 0

    @property
    def runs_embedded(self) -> bool:
        """Whether the model runs in a server of ours."""
        return not self.base_urls and self.script is None


@dataclass(frozen=True, slots=True)
class ServingSettings:
    """How the models of a run are served."""

    slots: int = 1
    """Sequences an embedded server decodes together."""
    timeout_s: float = DEFAULT_TIMEOUT_S
    retries: int = 6
    api_key: str = "none"
    """Key of the user's own servers."""


def find_spec(given: str) -> ModelSpec:
    """Look up what the user gave as a model, without starting or downloading anything.

    Raises:
        CatalogueError: it is none of the forms above, or a name nobody knows.
    """
    if given.startswith(SCRIPTED):
        script = Path(given.removeprefix(SCRIPTED))
        return ModelSpec(given, "scripted", "chat", UNKNOWN_SERVER_SAMPLING, script=script)
    name, at, url = given.partition("@")
    if at and url.startswith(("http://", "https://")):
        entry = find_model(name)
        urls, model_id = _split_urls(url)
        return ModelSpec(
            given,
            entry.name,
            entry.prompt_style,
            entry.sampling,
            entry=entry,
            base_urls=urls,
            model_id=model_id or _name_at_server(entry),
        )
    if given.startswith(("http://", "https://")):
        urls, model_id = _split_urls(given)
        return ModelSpec(
            given,
            model_id or urls[0],
            "chat",
            UNKNOWN_SERVER_SAMPLING,
            base_urls=urls,
            model_id=model_id or None,
        )
    if given.endswith(".gguf"):
        path = Path(given)
        return ModelSpec(given, path.stem, "transcript", UNKNOWN_GGUF_SAMPLING, gguf=path)
    entry = find_model(given)
    if entry.kind == "server":
        raise CatalogueError(
            f"{given} runs on a server of yours. Start it (vllm serve {entry.checkpoint}) and give "
            f"its address with the name: {given}@http://127.0.0.1:8000/v1"
        )
    if entry.kind == "folder":
        raise CatalogueError(
            f"{given} is a folder of weights, which a server of yours runs. Start it with "
            f"`sqpsych models serve {given} --port 8000` and give its address with the name: "
            f"{given}@http://127.0.0.1:8000/v1"
        )
    return ModelSpec(given, entry.name, entry.prompt_style, entry.sampling, entry=entry)


def _name_at_server(entry: ModelEntry) -> str | None:
    """What a server calls the model unless told otherwise; None: whatever is the only one there."""
    return entry.name if entry.kind == "folder" else entry.checkpoint


def _split_urls(given: str) -> tuple[tuple[str, ...], str]:
    """Split the base URLs of servers from the model behind them.

    Raises:
        CatalogueError: one is no URL.
    """
    joined, _, model_id = given.partition("#")
    urls = tuple(url.strip() for url in joined.split(","))
    for url in urls:
        _check_url(url)
    return urls, model_id


def _check_url(url: str) -> None:
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise CatalogueError(
            "The base URL of a server holds a name or a password (before an @). Leave them out; a "
            "key is given in the environment variable SQPSYCH_API_KEY."
        )
    try:
        parts = urlsplit(url)
        if not parts.hostname or parts.port == 0:
            raise ValueError("it names no host, or port 0")
    except ValueError as error:
        raise CatalogueError(
            f"{url!r} is no base URL of a server: {error}. It looks like http://127.0.0.1:8000/v1"
        ) from error


def find_weights(
    spec: ModelSpec, on_progress: Callable[[int, int], None] | None = None
) -> tuple[Path, str]:
    """Find an embedded model's weights and their SHA-256.

    Args:
        spec: an embedded model.
        on_progress: when given, weights that are missing are pulled, and it is told how far.

    Raises:
        WeightsError: they are not there, or not what they should be.
    """
    if spec.entry is None or spec.entry.sha256 is None:
        if spec.gguf is None:
            raise CatalogueError(f"{spec.given} has no weights of its own.")
        check_gguf(spec.gguf)
        return spec.gguf, hash_once(spec.gguf)
    path = weights_path(spec.entry)
    if path is None and on_progress is not None and spec.entry.path is None:
        path = pull_weights(spec.entry, on_progress)
    if path is None:
        raise explain_missing(spec.entry)
    sha256 = hash_once(path)
    if sha256 != spec.entry.sha256:
        raise _explain_other_hash(spec.entry, path, sha256)
    return path, sha256


def _explain_other_hash(entry: ModelEntry, path: Path, sha256: str) -> WeightsError:
    if entry.path is not None:
        return explain_missing(entry)
    return WeightsError(
        f"{path} is damaged: its SHA-256 is {sha256}, the catalogue has {entry.sha256}. "
        f"Delete it and run `sqpsych models pull {entry.name}`."
    )


@asynccontextmanager
async def open_models(
    specs: Sequence[ModelSpec], settings: ServingSettings
) -> AsyncIterator[tuple[ChatModel, ...]]:
    """Start or reach the models of a run; the same spec twice is one model.

    Raises:
        WeightsError: an embedded model cannot be loaded.
        ServerUnavailableError: nobody answers at a URL.
        ServerReplyError: what answers is no model server, or does not serve the model.
        EgressError: a URL is on a host the user did not list.
    """
    async with AsyncExitStack() as stack:
        distinct = _list_distinct(specs)
        models = [await _open(spec, settings, stack) for spec in distinct]
        yield tuple(models[distinct.index(spec)] for spec in specs)


def _list_distinct(specs: Sequence[ModelSpec]) -> list[ModelSpec]:
    return [spec for place, spec in enumerate(specs) if spec not in specs[:place]]


async def _open(spec: ModelSpec, settings: ServingSettings, stack: AsyncExitStack) -> ChatModel:
    if spec.script is not None:
        return ScriptedModel(read_script(spec.script), spec.name)
    servers: tuple[Server, ...]
    if not spec.base_urls:
        path, _ = find_weights(spec)
        limit = spec.entry.context_tokens if spec.entry else EMBEDDED_CONTEXT_TOKENS
        context_tokens = min(limit, EMBEDDED_CONTEXT_TOKENS)
        slots = max(settings.slots, LEAST_SLOTS)
        embedded = EmbeddedServer(path, spec.name, slots, context_tokens)
        stack.enter_context(embedded)
        servers, model_id = (embedded.describe(settings.timeout_s),), spec.name
    else:
        spec = await _resolve(spec, settings)
        servers, model_id = _reach(spec, settings), str(spec.model_id)
    models = [OpenAICompatibleModel(server, model_id, spec.name) for server in servers]
    for model in models:
        stack.push_async_callback(model.close)
    return models[0] if len(models) == 1 else PooledModel(models)


async def resolve_specs(
    specs: Sequence[ModelSpec], settings: ServingSettings
) -> tuple[ModelSpec, ...]:
    """Ask the user's servers what they serve, so that models are named by what they are.

    A model given by its URL alone then carries the server's name for it, and the same model at
    another address is still the same.

    Raises:
        ServerUnavailableError: nobody answers at a URL.
        ServerReplyError: what answers is no model server.
        CatalogueError: it does not serve the model, or several and none was chosen.
        EgressError: a URL is on a host the user did not list.
    """
    distinct = _list_distinct(specs)
    resolved = [await _resolve(spec, settings) for spec in distinct]
    return tuple(resolved[distinct.index(spec)] for spec in specs)


async def _resolve(spec: ModelSpec, settings: ServingSettings) -> ModelSpec:
    model_id = spec.model_id
    for server in _reach(spec, settings):
        served = await list_served_models(server)
        model_id = model_id or (served[0] if len(served) == 1 else None)
        if model_id not in served:
            raise CatalogueError(
                f"The server at {server.base_url} serves {', '.join(served) or 'no model'}; "
                f"{model_id or 'which one'} was asked for. Add #MODEL to the URL to choose one."
            )
    if model_id is None:
        return spec
    return replace(spec, model_id=model_id, name=spec.name if spec.entry else model_id)


def _reach(spec: ModelSpec, settings: ServingSettings) -> tuple[Server, ...]:
    """Describe the servers of the user's own."""
    return tuple(
        Server(url, settings.api_key, timeout_s=settings.timeout_s, retries=settings.retries)
        for url in spec.base_urls
    )
