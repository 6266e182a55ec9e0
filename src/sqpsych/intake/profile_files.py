"""Profiles on disk: JSONL, one person a line."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from sqpsych.errors import ProfileError
from sqpsych.intake.problems import raise_if_any
from sqpsych.records import ClientProfile


def write_profiles(profiles: Iterable[ClientProfile], path: Path | str) -> None:
    """Write profiles in one step: the file is there whole, or as it was before.

    Raises:
        ProfileError: the folder is not there or cannot be written to.
    """
    path = Path(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.writelines(profile.model_dump_json() + "\n" for profile in profiles)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise ProfileError(f"{path} cannot be written: {error.strerror}.") from error


def read_profiles(path: Path | str) -> tuple[ClientProfile, ...]:
    """Read a profiles file.

    Raises:
        ProfileError: not there, no profiles in it, lines that are no profile, or one person twice;
            the lines are named, their contents are not shown.
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise ProfileError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ProfileError(f"{path} is not UTF-8 text; expected profiles, one a line.") from error
    profiles: list[ClientProfile] = []
    problems: list[str] = []
    first_lines: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            profile = ClientProfile.model_validate_json(line)
        except ValidationError as error:
            problems.append(f"{path} line {number} is no profile: {_describe(error)}.")
            continue
        first = first_lines.setdefault(profile.pseudonym, number)
        if first != number:
            problems.append(
                f"{path} line {number} is the same person as line {first}. Keep one of them."
            )
        profiles.append(profile)
    raise_if_any(problems, ProfileError, str(path))
    if not profiles:
        raise ProfileError(f"{path} holds no profiles. Build them: sqpsych profiles build --help")
    return tuple(profiles)


def _describe(error: ValidationError) -> str:
    """Name the fields that are wrong, without what they hold."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    if found[0]["type"] == "json_invalid":
        return "not valid JSON"
    named = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in found[:3]]
    return "; ".join(named) + (f"; and {len(found) - 3} more" if len(found) > 3 else "")
