"""The guides name everything a user can name: verbs, checks, settings, instruments, errors."""

import re
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from sqpsych import errors
from sqpsych.assessment import MEASURES, Measure
from sqpsych.cli.app import app
from sqpsych.instruments import list_instruments
from sqpsych.language_models.catalogue import load_catalogue
from sqpsych.roleplay import CHECKS, Protocol, list_protocols
from sqpsych.roleplay.protocol import (
    CLIENT_VARIABLES,
    LIFE_VARIABLES,
    TEXT_VARIABLES,
    THERAPIST_VARIABLES,
    Limits,
    Phase,
    Schedule,
    Step,
)

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PROTOCOLS = (ROOT / "docs/protocols.md").read_text("utf-8")
GUIDES = README + "".join(path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md"))


def list_verbs() -> list[str]:
    top = typer.main.get_command(app)
    names = []
    for name, command in top.commands.items():  # type: ignore[attr-defined]
        names += [f"{name} {sub}" for sub in getattr(command, "commands", {})] or [name]
    return names


@pytest.mark.parametrize("verb", list_verbs())
def test_every_verb_stands_in_a_guide(verb: str) -> None:
    assert re.search(rf"(?:sqpsych|make) {verb}\b", GUIDES)


@pytest.mark.parametrize("check", list(CHECKS))
def test_every_check_is_explained(check: str) -> None:
    assert f"| `{check}` |" in PROTOCOLS


@pytest.mark.parametrize("model", [Protocol, Limits, Phase, Step, Schedule])
def test_every_protocol_setting_is_explained(model: type[BaseModel]) -> None:
    texts = {"therapist_text", "client_text", "limits", "phases"}
    missing = [name for name in model.model_fields if f"`{name}`" not in PROTOCOLS]
    assert set(missing) <= texts


def test_every_prompt_variable_is_explained() -> None:
    for name in TEXT_VARIABLES | THERAPIST_VARIABLES | CLIENT_VARIABLES | LIFE_VARIABLES:
        assert f"`{{{name}}}`" in PROTOCOLS


def test_every_protocol_instrument_and_embedded_model_is_named() -> None:
    embedded = [entry.name for entry in load_catalogue() if entry.kind == "gguf"]
    names = [*list_protocols(), *(i.id for i in list_instruments()), *embedded]
    assert [name for name in names if f"`{name}`" not in GUIDES] == []


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_every_measure_is_explained(measure: Measure) -> None:
    guide = " ".join((ROOT / "docs/measures.md").read_text("utf-8").split())
    assert f"## {measure.title} " in guide
    assert measure.about in guide


def test_every_error_stands_in_the_tree() -> None:
    tree = errors.__doc__ or ""
    classes = [name for name, value in vars(errors).items() if isinstance(value, type)]
    assert [name for name in classes if name not in tree] == []


def test_links_between_guides_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
