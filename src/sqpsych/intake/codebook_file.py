"""Read a codebook from its TOML file, and say what is wrong with one."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sqpsych.errors import CodebookError
from sqpsych.intake.codebook import Codebook
from sqpsych.intake.mapping import match_instruments
from sqpsych.intake.problems import raise_if_any

_EXPECTED = {
    "tuple_type": 'a list, such as ["NA"]',
    "string_type": "text in quotation marks",
    "int_type": "a whole number, without quotation marks",
    "dict_type": "a table",
    "string_too_short": "at least one character",
}
"""What pydantic's kinds of findings call for, in a codebook's words."""


def read_codebook(path: Path | str) -> Codebook:
    """Read a codebook and check it against the instruments it names.

    Raises:
        CodebookError: not TOML, unknown keys, instruments or items, columns used twice, recodes
            to values an item does not allow. Every problem of one kind is listed.
    """
    path = Path(path)
    try:
        given = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise CodebookError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CodebookError(f"{path} is not UTF-8; save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise CodebookError(f"{path} is not valid TOML: {error}. Correct it there.") from error
    try:
        codebook = Codebook.model_validate(given)
    except ValidationError as error:
        problems = [_describe(problem, path.name) for problem in error.errors()]
        raise_if_any(problems, CodebookError, path.name)
        raise
    codebook = _locate_definitions(codebook, path.parent)
    match_instruments(codebook, path.name)
    return codebook


def _locate_definitions(codebook: Codebook, folder: Path) -> Codebook:
    """Make the paths of the user's own instruments independent of where the command runs."""
    located = {
        name: part.model_copy(update={"definition": str(folder / part.definition)})
        if part.definition
        else part
        for name, part in codebook.instruments.items()
    }
    return codebook.model_copy(update={"instruments": located})


def _describe(problem: Mapping[str, Any], file: str) -> str:
    """Put one of pydantic's findings into words: file, key, what, what to do."""
    key = ".".join(str(part) for part in problem["loc"] if part != "[key]")
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "value_error":
        said = str(context["error"])
    elif kind == "missing":
        said = "is needed and not there"
    elif kind == "literal_error":
        said = f"is {problem['input']!r}; expected {context['expected']}"
    elif kind == "string_pattern_mismatch":
        said = 'use lower-case letters, digits and _ in names of facts, such as "age"'
    elif kind in ("model_type", "model_attributes_type"):
        said = "expected a table, or a column name where one will do"
    elif kind in _EXPECTED:
        said = f"is {problem['input']!r}; expected {_EXPECTED[kind]}"
    else:
        said = f"{problem['msg'][0].lower()}{problem['msg'][1:]}; found {problem['input']!r}"
    return f"{file}, {key or 'top level'}: {said.rstrip('.')}{'' if said.endswith('?') else '.'}"
