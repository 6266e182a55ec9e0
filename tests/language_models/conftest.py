"""Fixtures shared by the tests of language models."""

from pathlib import Path

import pytest

from sqpsych.language_models.catalogue import find_model
from sqpsych.language_models.weights import pull_weights


@pytest.fixture(scope="session")
def weights() -> Path:
    """The weights of smollm2-135m, pulled once (98 MB)."""
    return pull_weights(find_model("smollm2-135m"))
