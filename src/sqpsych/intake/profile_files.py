"""Profiles on disk: JSONL, one person a line."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from sqpsych.errors import ProfileError
from sqpsych.intake.problems import raise_if_any
from sqpsych.records import ClientProfile
from sqpsych.whole_files import replace_file

_OWNER_ALONE = 0o600
"""Who may read answers: whoever wrote the file."""


def write_profiles(profiles: Iterable[ClientProfile], path: Path | str) -> None:
    """Write profiles in one step: there whole or as it was before, for its owner alone.

    Raises:
        ProfileError: the folder is not there or cannot be written to.
    """
    path = Path(path)
    try:
        with replace_file(path) as partial:
            partial.touch(_OWNER_ALONE)
            with partial.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(profile.model_dump_json() + "\n" for profile in profiles)
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
