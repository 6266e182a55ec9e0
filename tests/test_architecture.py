"""Imports point down only, heavy libraries stay in their rooms, packages name what they give."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "sqpsych"
LEVELS = (
    ("__main__",),
    ("cli",),
    ("review",),
    ("report", "release", "finetune", "benchmarks"),
    ("assessment", "roleplay"),
    ("corpus", "intake", "language_models"),
    ("instruments", "wording"),
    ("records", "errors", "seeds", "whole_files", "markdown"),
)
"""The rooms, top to bottom; a room imports from lower levels only."""
HEAVY = {
    "torch": {"finetune", "benchmarks", "assessment", "language_models"},
    "transformers": {"finetune", "benchmarks", "assessment", "language_models"},
    "trl": {"finetune"},
    "xllamacpp": {"language_models"},
    "inspect_ai": {"benchmarks"},
    "ray": {"language_models"},
    "presidio_analyzer": {"assessment"},
    "fastapi": {"review"},
    "uvicorn": {"review"},
    "argon2": {"review"},
    "openpyxl": {"intake"},
    "pyreadstat": {"intake"},
    "mirt": {"intake"},
}
"""Heavy libraries, and the rooms that may import them."""


class Import(NamedTuple):
    """One import: what is imported, where, and whether it runs when the module is loaded."""

    name: str
    line: int
    at_load: bool


def find_imports(source: str, package: str) -> Iterator[Import]:
    """Find every import of a module, relative ones spelled out, those in functions too."""
    yield from _walk(ast.parse(source), package, at_load=True)


def _walk(node: ast.AST, package: str, *, at_load: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, node.lineno, at_load) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parents = package.split(".")
        base = parents[: len(parents) - node.level + 1] if node.level else []
        origin = ".".join([*base, *([node.module] if node.module else [])])
        yield from (Import(f"{origin}.{alias.name}", node.lineno, at_load) for alias in node.names)
    inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, package, at_load=at_load and not inside and not typing_only)


def find_wrong_imports(source: str, module: str, *, is_package: bool = False) -> list[str]:
    """Say which imports of a module break the order of the rooms."""
    package = module if is_package else module.rpartition(".")[0]
    room = module.split(".")[1] if "." in module else ""
    wrong = []
    for found in find_imports(source, package):
        top, *path = found.name.split(".")
        if top == "sqpsych" and not _may_import(room, path[0]):
            wrong.append(f"{module} line {found.line}: {room or 'the root'} imports {found.name}")
        elif top in HEAVY and room not in HEAVY[top]:
            wrong.append(f"{module} line {found.line}: {top} is not for {room or 'the root'}")
    return wrong


def _may_import(room: str, other: str) -> bool:
    if other in {room, "__version__"}:
        return True
    levels = {name: level for level, names in enumerate(LEVELS) for name in names}
    return room in levels and other in levels and levels[room] < levels[other]


def name_module(path: Path) -> str:
    """Spell a source file as a module."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def list_modules() -> list[Path]:
    """List the source files."""
    return sorted(SOURCE.rglob("*.py"))


def test_the_source_is_where_the_walker_looks() -> None:
    assert {"cli", "roleplay", "corpus", "records"} <= {
        name_module(path).split(".")[1] for path in list_modules() if path.parent != SOURCE
    } | {path.stem for path in SOURCE.glob("*.py")}


@pytest.mark.parametrize("path", list_modules(), ids=name_module)
def test_imports_point_down(path: Path) -> None:
    wrong = find_wrong_imports(
        path.read_text(encoding="utf-8"),
        name_module(path),
        is_package=path.name == "__init__.py",
    )
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", list_modules(), ids=name_module)
def test_no_module_loads_a_heavy_library_with_itself(path: Path) -> None:
    room = name_module(path).split(".")[1:2]
    imports = find_imports(path.read_text(encoding="utf-8"), name_module(path))
    loaded = {found.name.split(".")[0] for found in imports if found.at_load}
    web = name_module(path).startswith("sqpsych.review.web.")
    assert room in (["finetune"], ["benchmarks"]) or web or not loaded & HEAVY.keys()


def test_every_room_has_a_level() -> None:
    rooms = {path.name for path in SOURCE.iterdir() if path.is_dir() and path.name[0] != "_"}
    rooms |= {path.stem for path in SOURCE.glob("*.py")} - {"__init__", "__main__"}
    assert rooms <= {name for names in LEVELS for name in names}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("sqpsych.corpus.journal", "import sqpsych.roleplay"),
        ("sqpsych.corpus.journal", "from sqpsych import roleplay"),
        ("sqpsych.corpus.journal", "from sqpsych.intake import read_profiles"),
        ("sqpsych.corpus.journal", "from ..cli import app"),
        ("sqpsych.corpus.journal", "from .. import assessment"),
        ("sqpsych.roleplay.checks", "def f() -> None:\n    from sqpsych.assessment import x"),
        ("sqpsych.roleplay.checks", "if TYPE_CHECKING:\n    from sqpsych.cli.app import app"),
        ("sqpsych.records", "from sqpsych.errors import InputError"),
        ("sqpsych.errors", "import sqpsych.records as records"),
        ("sqpsych.report.page", "from sqpsych.release import cards"),
        ("sqpsych.roleplay.checks", "from sqpsych.nowhere import anything"),
        ("sqpsych.roleplay.checks", "def f() -> None:\n    import torch.nn"),
        ("sqpsych.intake.reading", "from transformers import pipeline"),
    ],
)
def test_the_walker_catches_a_wrong_import(module: str, source: str) -> None:
    assert len(find_wrong_imports(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("sqpsych.cli.app", "from sqpsych import __version__"),
        ("sqpsych.cli.app", "from sqpsych.cli import models\nimport sqpsych.records"),
        ("sqpsych.roleplay.session", "from .checks import CHECKS\nfrom ..corpus import Journal"),
        ("sqpsych.language_models.embedded", "def f() -> None:\n    import xllamacpp"),
        ("sqpsych.records", "from enum import StrEnum\nimport pydantic"),
    ],
)
def test_the_walker_lets_right_imports_pass(module: str, source: str) -> None:
    assert find_wrong_imports(source, module) == []


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys\n"
        "from sqpsych.cli import main\n"
        "sys.argv = ['sqpsych', '--help']\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.rpartition("LOADED")[2].split())
    assert "generate" in done.stdout
    assert "typer" in loaded
    assert not loaded & {*HEAVY, "pandas", "pyarrow", "aiohttp", "py3langid", "sklearn", "scipy"}


@pytest.mark.parametrize(
    "path",
    [path for path in list_modules() if path.name == "__init__.py" and path.parent != SOURCE],
    ids=name_module,
)
def test_packages_name_what_they_give_in_order(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    listed = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    given = [
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom | ast.Import)
        for alias in node.names
    ]
    assert listed == [sorted(given, key=_order)]


def _order(name: str) -> tuple[int, str]:
    """Ruff's RUF022: constants, then classes, then the rest."""
    if name.isupper():
        return 0, name
    return (1 if name[0].isupper() else 2), name
