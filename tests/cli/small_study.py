"""A small study, and the real `sqpsych` command to run it with."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqpsych.intake import write_profiles
from sqpsych.records import ClientProfile, Fact, Statement

SQPSYCH = Path(sys.executable).with_name("sqpsych")
CANARY = "Quetzalcoatlus"
"""Stands in a demographics value, a statement and the condition, and must stay there."""

PROTOCOL = """
name = "small"
title = "Two exchanges"
source = "none"
language = "en"
end_marker = "[END]"
attempts = 6
closing_attempts = 2
redraw_probability = 0.0
farewell = "says goodbye in one short sentence"
appointments = ["next Tuesday at ten"]

[limits]
therapist_words = 40
client_words = 40
hard_stop = 3

[[phases]]
name = "mood_check"
exchanges = [1, 1]

[[phases.steps]]
therapist = "greets the client and asks how the week has been"
client = "says how the week has been"

[[phases]]
name = "closing"
exchanges = [1, 2]
closes = true

[[phases.steps]]
therapist = "sums up, offers {appointment} and says goodbye"
client = "answers"
"""
SCRIPT: dict[str, Any] = {
    "therapist": [
        "Good to see you. How has the past week been for you?",
        "You told me of tired mornings, of broken sleep, and of a heavy head at the office. "
        "Let us meet next Tuesday at ten. Goodbye. [END]",
    ],
    "client": [
        "I was tired every morning, my sleep is broken, and nothing gets done at the office.",
        "Thank you, Tuesday is fine. Goodbye.",
    ],
}


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left behind."""

    code: int | None
    out: str
    err: str


def make_profile(number: int) -> ClientProfile:
    """One person with a canary wherever clinical values stand."""
    return ClientProfile(
        pseudonym=f"p{number:016x}",
        condition=f"{CANARY} group",
        demographics=(Fact(name="occupation", value=f"{CANARY} keeper", origin="observed"),),
        statements=(
            Statement(
                instrument="phq9",
                item="phq9_3",
                symptom="insomnia",
                text=f"The client dreamt of the {CANARY} nearly every day.",
                severity=1.0,
            ),
        ),
    )


def write_study(folder: Path, people: int = 1, **script: Any) -> list[str]:
    """Write profiles, protocol and script; give the arguments of a `generate` that plays them."""
    write_profiles((make_profile(number) for number in range(people)), folder / "profiles.jsonl")
    write_protocol(folder / "small")
    (folder / "script.json").write_text(json.dumps(SCRIPT | script), encoding="utf-8")
    return generate(folder, f"scripted:{folder / 'script.json'}")


def write_protocol(folder: Path) -> Path:
    """Write the protocol of the small study; its folder."""
    folder.mkdir()
    (folder / "protocol.toml").write_text(PROTOCOL, encoding="utf-8")
    for speaker in ("therapist", "client"):
        text = f"You are the {speaker}.\n{{demographics}}\n{{statements}}\nThe session:"
        (folder / f"{speaker}.txt").write_text(text, encoding="utf-8")
    return folder


def generate(folder: Path, model: str, *more: str) -> list[str]:
    """The arguments of a `generate` over the small study with another model."""
    files = [str(folder / "profiles.jsonl"), "-o", str(folder / "corpus")]
    return ["generate", *files, "--protocol", str(folder / "small"), "-m", model, *more]


@asynccontextmanager
async def start_sqpsych(
    *arguments: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start the real command; it is gone afterwards."""
    process = await asyncio.create_subprocess_exec(
        SQPSYCH,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def run_sqpsych(*arguments: str, environment: Mapping[str, str] | None = None) -> Done:
    """Run the real command to its end."""
    async with start_sqpsych(*arguments, environment=environment) as process:
        out, err = await asyncio.wait_for(process.communicate(), 100)
        return Done(process.returncode, out.decode(), err.decode())


def list_files(folder: Path) -> list[str]:
    """All files below a folder, by relative path."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
