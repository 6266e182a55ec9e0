"""Read an instrument's definition from YAML, and say precisely what is wrong with a faulty one.

The file holds the fields of `Instrument` under their own names. Everything found wrong is reported
at once, each with its line.
"""

import json
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sqpsych.errors import InstrumentError
from sqpsych.instruments.faults import Fault, Location, find_faults
from sqpsych.records import Band, Instrument, Item, Option, Scale, Symptom

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MODELS: dict[str, type[BaseModel]] = {
    "items": Item,
    "options": Option,
    "scales": Scale,
    "bands": Band,
}
SHOWN_FAULTS = 10


def read_definition(path: Path) -> Instrument:
    """Read and check one instrument.

    Args:
        path: a YAML file in UTF-8.
    Raises:
        InstrumentError: the file cannot be read or is faulty; one line a fault, which names file,
            line, field, what was found, what is expected and what to do.
    """
    node, data = parse_yaml(path)
    faults = list(find_repeated_keys(node))
    instrument = None
    if not faults:
        try:
            instrument = Instrument.model_validate_json(encode_json(path, data), strict=True)
            faults = list(find_faults(instrument))
        except ValidationError as error:
            faults = [explain_error(details) for details in error.errors()]
    if instrument is None or faults:
        raise InstrumentError(describe_faults(path, node, data, faults))
    return instrument


def parse_yaml(path: Path) -> tuple[yaml.Node, dict[Any, Any]]:
    """Return the file's tree of nodes, which know their lines, and its plain data."""
    try:
        loader = Loader(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InstrumentError(
            f"{path}: cannot be read ({error.strerror}). Give the path of an instrument's YAML "
            "file, or an id that `sqpsych instruments list` shows."
        ) from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise InstrumentError(
            f"{path}: is no YAML text in UTF-8 ({error}). Save it as UTF-8."
        ) from error
    try:
        node = loader.get_single_node()
        data = None if node is None else loader.construct_document(node)
    except yaml.YAMLError as error:
        raise InstrumentError(f"{path}: is not valid YAML. {error}") from error
    finally:
        loader.dispose()
    if node is None or not isinstance(data, dict):
        found = "an empty file" if node is None else f"a {type(data).__name__}"
        raise InstrumentError(
            f"{path}: found {found}; expected the fields of an instrument "
            f"({', '.join(Instrument.model_fields)}). See docs/instruments.md for an example."
        )
    return node, data


def encode_json(path: Path, data: dict[Any, Any]) -> str:
    """Turn plain data into JSON, whose strict reading refuses 'yes' for a number or a text."""
    try:
        return json.dumps(data, default=str)
    except (TypeError, ValueError) as error:
        raise InstrumentError(
            f"{path}: holds what no instrument can ({error}). Keep to texts, whole numbers, "
            "true and false, and lists of them."
        ) from error


def find_repeated_keys(root: yaml.Node) -> Iterator[Fault]:
    """Find fields given twice, of which YAML would silently keep the last."""
    waiting: list[tuple[yaml.Node, Location]] = [(root, ())]
    visited: set[int] = set()
    while waiting:
        node, location = waiting.pop()
        if id(node) in visited:
            continue
        visited.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += [(child, (*location, place)) for place, child in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            keys = [str(key.value) for key, _ in node.value]
            for key in {key for key in keys if keys.count(key) > 1}:
                yield Fault((*location, key), "the field more than once", "it once", "Remove one.")
            waiting += [(child, (*location, str(key.value))) for key, child in node.value]


def explain_error(details: ErrorDetails) -> Fault:
    """Put one error of pydantic's into our words."""
    location = details["loc"]
    field = str(location[-1]) if location else ""
    found = repr(details["input"])
    found = found if len(found) <= 60 else f"{found[:57]}..."
    kind = details["type"]
    if kind == "missing":
        return Fault(location, "nothing", f"the field {field!r}", "Add it.")
    if kind == "extra_forbidden":
        fields = list(choose_model(location[:-1]).model_fields)
        return Fault(location, f"the field {field!r}", f"one of {', '.join(fields)}", "", fields)
    if kind == "enum":
        symptoms = [str(symptom) for symptom in Symptom]
        expected = f"one of {', '.join(symptoms)}"
        return Fault(location, found, expected, "Take the nearest.", symptoms)
    if kind == "string_type":
        return Fault(location, found, "a text", "Put it in quotation marks.")
    expected = details["msg"].removeprefix("Input should be ")
    return Fault(location, found, expected, "Correct it.")


def choose_model(location: Location) -> type[BaseModel]:
    """Tell which record a place in the file belongs to."""
    names = [part for part in location if isinstance(part, str) and part in MODELS]
    return MODELS[names[-1]] if names else Instrument


def describe_faults(path: Path, node: yaml.Node, data: dict[Any, Any], faults: list[Fault]) -> str:
    """One line a fault, in the order of the file."""
    lines = sorted(
        ((find_line(node, fault.location), fault) for fault in faults), key=lambda pair: pair[0]
    )
    texts = [
        f"{path}, line {line}: {name_place(data, fault.location)}found {fault.found}; "
        f"expected {fault.expected}. {suggest_remedy(fault)}"
        for line, fault in lines[:SHOWN_FAULTS]
    ]
    if len(lines) > SHOWN_FAULTS:
        texts.append(f"{path}: and {len(lines) - SHOWN_FAULTS} more of the kind.")
    return "\n".join(texts)


def suggest_remedy(fault: Fault) -> str:
    """What to do, with the nearest allowed word where one was misspelt."""
    if not fault.allowed:
        return fault.remedy
    nearest = get_close_matches(fault.found.split()[-1].strip("'"), fault.allowed, n=1)
    return f"Did you mean {nearest[0]!r}?" if nearest else fault.remedy or "Remove it."


def find_line(node: yaml.Node, location: Location) -> int:
    """Line of the innermost part of a place that the file has, counted from 1."""
    line = int(node.start_mark.line)
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pairs = [(key, child) for key, child in node.value if key.value == part]
            if not pairs:
                break
            key, node = pairs[-1]
            line = int(key.start_mark.line)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = int(node.start_mark.line)
    return line + 1


def name_place(data: Any, location: Location) -> str:
    """Name a place by ids where there are any: "item phq9_4, option 2, value: "."""
    words: list[str] = []
    for part in location:
        data = data[part] if has_part(data, part) else None
        if isinstance(part, str):
            words.append(part)
            continue
        name = data.get("id", part + 1) if isinstance(data, dict) else part + 1
        kind = words[-1].removesuffix("s") if words else ""
        words[-1:] = [f"{kind} {name}"]
    return f"{', '.join(words)}: " if words else ""


def has_part(data: Any, part: str | int) -> bool:
    """Tell whether a mapping has a key, or a list a place."""
    if isinstance(data, dict):
        return part in data
    return isinstance(data, list) and isinstance(part, int) and part < len(data)
