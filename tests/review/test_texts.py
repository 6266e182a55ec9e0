"""Words of the pages: complete in each language, and all of them used."""

import re
from importlib import resources
from string import Formatter
from typing import get_args

import pytest

from sqpsych.review.answering import SkipReason
from sqpsych.review.exporting import EXPORTS
from sqpsych.review.web.texts import DEFAULT_LANGUAGE, LANGUAGES, choose_language, load_texts

WEB = resources.files("sqpsych.review.web")
SOURCES = [
    file.read_text("utf-8")
    for folder in (WEB, WEB / "templates")
    for file in folder.iterdir()
    if file.name.endswith((".py", ".jinja"))
]


def list_places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys_and_places(language: str) -> None:
    own, others = load_texts(language), load_texts(DEFAULT_LANGUAGE)
    assert list(own) == list(others)
    for key, text in own.items():
        assert text.strip(), key
        assert list_places(text) == list_places(others[key]), key


def test_every_key_a_page_names_is_there() -> None:
    texts = load_texts(DEFAULT_LANGUAGE)
    named = {
        key for source in SOURCES for key in re.findall(r"""\bt\(["']([\w.]+)["'][,)]""", source)
    }
    assert len(named) > 60
    assert named <= texts.keys()


def test_every_key_is_used() -> None:
    whole = "\n".join(SOURCES)
    beginnings = set(re.findall(r"""t\(["'](\w+\.[\w]*)["'] ~""", whole))
    beginnings |= {"errors.", "tasks.how_"}
    for key in load_texts(DEFAULT_LANGUAGE):
        assert key in whole or any(key.startswith(beginning) for beginning in beginnings), key


def test_names_that_are_put_together_are_there() -> None:
    texts = load_texts(DEFAULT_LANGUAGE)
    wanted = [f"skip.{reason}" for reason in get_args(SkipReason)]
    wanted += [f"exports.{name.replace('.', '_')}" for name in EXPORTS]
    wanted += [f"state.{state}" for state in ("open", "started", "finished", "skipped")]
    wanted += [f"about.{about}" for about in ("therapist", "client", "whole")]
    assert [key for key in wanted if key not in texts] == []


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "fr-FR, de;q=0.5", "de"),
        ("en", "de", "en"),
        ("xx", "de-CH", "de"),
        (None, ";;,,=", "en"),
    ],
)
def test_the_language_is_chosen(cookie: str | None, accepted: str, language: str) -> None:
    assert choose_language(cookie, accepted) == language
