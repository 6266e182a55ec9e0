"""The words of the pages, by language: languages/*.toml."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""What each language calls itself; one file each."""
DEFAULT_LANGUAGE = "en"


@cache
def load_texts(language: str) -> Mapping[str, str]:
    """Load the words of a language, by "section.key"."""
    file = resources.files("sqpsych.review.web") / "languages" / f"{language}.toml"
    sections = tomllib.loads(file.read_text("utf-8"))
    return {f"{name}.{key}": text for name, own in sections.items() for key, text in own.items()}


def choose_language(cookie: str | None, accepted: str) -> str:
    """Choose the language of a page.

    Args:
        cookie: what the person chose, if anything.
        accepted: the browser's Accept-Language header.
    """
    if cookie in LANGUAGES:
        return cookie
    for part in accepted.split(","):
        code = part.partition(";")[0].strip().lower().partition("-")[0]
        if code in LANGUAGES:
            return code
    return DEFAULT_LANGUAGE
