"""Help: every verb has it, with an example that can be copied, and it loads nothing heavy."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner

from sqpsych.cli.app import app

HEAVY = "torch transformers trl xllamacpp inspect_ai ray presidio_analyzer aiohttp pandas pyarrow"


def list_commands() -> Iterator[tuple[str, ...]]:
    """Every command that does something, as the words behind `sqpsych`."""
    todo: list[tuple[tuple[str, ...], object]] = [((), typer.main.get_command(app))]
    while todo:
        words, command = todo.pop()
        below = getattr(command, "commands", None)
        if below is None:
            yield words
        else:
            todo += [((*words, name), child) for name, child in below.items()]


COMMANDS = sorted(list_commands())
GROUPS = sorted({words[:length] for words in COMMANDS for length in range(len(words))})


def test_all_verbs_are_found() -> None:
    assert {("generate",), ("show",), ("export",), ("demo",)} < set(COMMANDS)
    assert {("models", "pull"), ("profiles", "build"), ("instruments", "show")} < set(COMMANDS)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_of_a_verb_shows_an_example_to_copy(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0
    example = re.compile(rf"^\s*(Example: )?sqpsych {' '.join(words)}( |$)", re.MULTILINE)
    assert example.search(result.stdout.partition("Usage:")[2].partition("\n")[2])


@pytest.mark.parametrize("words", COMMANDS + GROUPS, ids=" ".join)
def test_both_spellings_of_help_say_the_same(words: tuple[str, ...]) -> None:
    short, long = (CliRunner().invoke(app, [*words, option]) for option in ("-h", "--help"))
    assert (short.exit_code, short.stdout) == (0, long.stdout)


@pytest.mark.parametrize("words", COMMANDS + GROUPS, ids=" ".join)
def test_help_leaves_no_option_unexplained(words: tuple[str, ...]) -> None:
    command = typer.main.get_command(app)
    for word in words:
        command = command.commands[word]  # type: ignore[attr-defined]
    for parameter in command.params:
        assert getattr(parameter, "help", "") or parameter.name == "help", parameter.name


def test_help_loads_nothing_heavy() -> None:
    script = f"""
import sys
sys.argv = ["sqpsych", "--help"]
from sqpsych.cli import main
try:
    main()
except SystemExit as done:
    assert not done.code
print(sorted(set({HEAVY.split()}) & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr.strip() == "[]"
    assert "generate" in done.stdout
