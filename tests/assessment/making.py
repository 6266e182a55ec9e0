"""Dialogues and profiles small enough to write by hand, and corpora drawn at random."""

from collections.abc import Mapping, Sequence

import numpy as np

from sqpsych.records import (
    ClientProfile,
    Dialogue,
    Ending,
    RejectedAttempt,
    Speaker,
    Statement,
    Symptom,
    Turn,
)

SPEAKERS: tuple[Speaker, Speaker] = ("therapist", "client")


def make_turn(
    index: int,
    text: str,
    *,
    speaker: Speaker | None = None,
    screens: tuple[Symptom, ...] = (),
    attempts: int = 1,
) -> Turn:
    """Make a turn; the therapist speaks at even positions unless told otherwise."""
    return Turn(
        index=index,
        speaker=speaker or SPEAKERS[index % 2],
        text=text,
        phase="any",
        attempts=attempts,
        model="model",
        seed=index,
        prompt_tokens=100,
        cached_tokens=90,
        completion_tokens=10,
        seconds=0.5,
        screens=screens,
    )


def make_dialogue(
    *lines: str,
    person: str = "person",
    name: str | None = None,
    ending: Ending = "closed",
    reason: str | None = None,
    screens: Mapping[int, tuple[Symptom, ...]] | None = None,
) -> Dialogue:
    """Make a dialogue of these lines, the therapist's first."""
    turns = [
        make_turn(index, line, screens=(screens or {}).get(index, ()))
        for index, line in enumerate(lines)
    ]
    return make_dialogue_of(turns, person=person, name=name, ending=ending, reason=reason)


def make_dialogue_of(
    turns: Sequence[Turn],
    *,
    person: str = "person",
    name: str | None = None,
    ending: Ending = "closed",
    reason: str | None = None,
) -> Dialogue:
    """Make a dialogue of these turns."""
    return Dialogue(
        id=name or f"dialogue-of-{person}",
        pseudonym=person,
        protocol="any",
        therapist_model="model",
        client_model="model",
        turns=tuple(turns),
        ending=ending,
        reason=reason,
        seed=0,
        prompt_sha256="0" * 64,
        code_version="0",
    )


def make_profile(
    *severities: tuple[Symptom, float], person: str = "person", condition: str | None = None
) -> ClientProfile:
    """Make a profile with a statement for each symptom and severity."""
    return ClientProfile(
        pseudonym=person,
        condition=condition,
        statements=tuple(
            Statement(instrument="any", item=f"any_{n}", symptom=symptom, text="-", severity=level)
            for n, (symptom, level) in enumerate(severities)
        ),
    )


def make_attempt(turn: int, *reasons: str) -> RejectedAttempt:
    """Make a rejected attempt."""
    return RejectedAttempt(
        turn=turn,
        number=1,
        speaker=SPEAKERS[turn % 2],
        text="no",
        reasons=reasons or ("repeated",),
        seed=0,
        prompt_tokens=100,
        cached_tokens=0,
        completion_tokens=5,
        seconds=0.25,
    )


def draw_line(generator: np.random.Generator, words: Sequence[str], length: int = 8) -> str:
    """Draw a line of these words."""
    return " ".join(generator.choice(list(words), length)) + "."


def name_words(prefix: str, count: int) -> list[str]:
    """Words that mean nothing and share no stem: prefix, a vowel-free number in letters."""
    letters = "bcdfgklmnp"
    return [
        prefix + "".join(letters[int(digit)] + "o" for digit in f"{n:02}") for n in range(count)
    ]
