"""The child process of the embedded server: runs llama.cpp until its standard input closes."""

import json
import os
import sys
from typing import Any

from sqpsych.language_models.egress import install_guard
from sqpsych.language_models.embedded import READY, EngineSettings

_ERRORS_ONLY = 1
_ONE_POOL = "LLAMA_ARG_KV_UNIFIED"
"""llama.cpp's own variable: whether the slots share one pool of context."""
_OFF = ("0", "off", "false", "disabled")


def make_parameters(settings: EngineSettings) -> Any:
    """Fill in llama.cpp's parameters: loopback only, no web page, no other origin, no downloads."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = settings.model_path
    parameters.model_alias = {settings.alias}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = settings.port
    parameters.api_keys = [settings.api_key] if settings.api_key else []
    parameters.cors_origins = "http://127.0.0.1"
    parameters.ui = False
    parameters.offline = True
    parameters.endpoint_slots = False
    parameters.verbosity = _ERRORS_ONLY
    parameters.n_parallel = settings.slots
    # In one pool a long session may borrow from short ones, and all are decoded together; but each
    # token then looks past everybody else's, which slow cores feel (docs/performance.md).
    parameters.kv_unified = os.environ.get(_ONE_POOL, "").lower() not in _OFF
    parameters.n_ctx = settings.slots * settings.context_tokens
    parameters.cpuparams.n_threads = settings.threads
    parameters.cpuparams_batch.n_threads = settings.threads
    # Slots keep the sessions' prefixes; a second cache of them in memory would only grow.
    parameters.cache_ram_mib = 0
    return parameters


def main() -> None:
    """Read the settings, load the model, say so, and serve until the parent is gone."""
    install_guard()
    settings = EngineSettings(**json.loads(sys.stdin.readline()))
    import xllamacpp

    server = xllamacpp.Server(make_parameters(settings))
    print(READY, flush=True)
    sys.stdin.read()
    del server


if __name__ == "__main__":
    main()
