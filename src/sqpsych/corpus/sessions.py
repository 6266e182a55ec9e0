"""What a journal holds of sessions: planned, finished, and how many of each."""

from dataclasses import dataclass
from typing import Literal

from sqpsych.records import ClientProfile, Ending, Turn

SessionState = Literal["waiting", "closed", "rejected"]


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """One session to be played."""

    id: str
    profile: ClientProfile
    seed: int


@dataclass(frozen=True, slots=True)
class FinishedSession:
    """One session that was played elsewhere."""

    planned: PlannedSession
    turns: tuple[Turn, ...]
    state: Ending = "closed"
    reason: str | None = None
    """Why it was rejected; None for a closed one."""


@dataclass(frozen=True, slots=True)
class SessionHeader:
    """What all dialogues of a run share."""

    protocol: str
    therapist_model: str
    client_model: str
    prompt_sha256: str
    code_version: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How far a run is."""

    waiting: int
    closed: int
    rejected: int
    turns: int
    attempts: int
    """Replies asked for: turns and rejected attempts."""
