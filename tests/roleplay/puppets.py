"""Whole sessions of `structured`, played by a stand-in that says what its direction holds."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import puppet

from sqpsych.corpus import Journal, PlannedSession, SessionHeader
from sqpsych.instruments import load_instrument, render_statements
from sqpsych.intake import build_nhanes_sample_profiles
from sqpsych.language_models import ChatModel, Reply, Request
from sqpsych.language_models.catalogue import PromptStyle, SamplingDefaults
from sqpsych.records import ClientProfile, Dialogue, RejectedAttempt, Speaker
from sqpsych.roleplay import Protocol, load_protocol, play_session
from sqpsych.roleplay.agent import Agent
from sqpsych.roleplay.protocol import Knowledge, RiskPolicy
from sqpsych.roleplay.stage import Cast

from .sessions import Watcher, make_profile

STRUCTURED = load_protocol("structured")
STYLES: tuple[PromptStyle, ...] = ("chat", "transcript")
SPEAKERS: tuple[Speaker, ...] = ("therapist", "client")
HEADER = SessionHeader("structured", "puppet", "puppet", STRUCTURED.sha256, "0")
_SAMPLING = SamplingDefaults(temperature=0.7, top_p=0.8, max_tokens=200)
_LABELS = {"therapist": ("Therapist", "Client"), "client": ("Client", "Therapist")}

Spoil = Callable[[Request, int, str], str]
"""What becomes of a line: the request, the number of the candidate from 0, the puppet's line."""


def read_prompt(request: Request) -> str:
    """The whole prompt as one text, spoken lines labelled in either style."""
    if request.transcript is not None:
        return request.transcript
    own, other = _LABELS[request.tag.split("/")[1]]
    labels = {"system": "", "assistant": f"{own}: ", "user": f"{other}: "}
    return "\n".join(labels[message.role] + message.content for message in request.messages)


class Puppet(ChatModel):
    """Says what the direction holds; keeps the requests and how many replies each asked for."""

    def __init__(self, spoil: Spoil = lambda request, number, line: line) -> None:
        self.requests: list[tuple[Request, int]] = []
        self._spoil = spoil

    @property
    def name(self) -> str:
        """The name records carry."""
        return "puppet"

    async def draw(self, request: Request, candidates: int = 1) -> tuple[Reply, ...]:
        """Say the line so many times, each spoilt in its own way."""
        self.requests.append((request, candidates))
        prompt = read_prompt(request)
        line = puppet.answer(prompt)
        return tuple(
            Reply(self._spoil(request, number, line), "stop", len(prompt), 0, len(line), 0.0)
            for number in range(candidates)
        )


@dataclass(frozen=True)
class Played:
    """A session that was played, and how it was asked for."""

    dialogue: Dialogue
    rejected: tuple[RejectedAttempt, ...]
    requests: tuple[tuple[Request, int], ...]
    """Each request, with the number of replies it asked for."""

    def prompts_of(self, speaker: Speaker) -> list[tuple[int, str]]:
        """The prompts of one side, each with the index of its turn."""
        places = [(request.tag.split("/"), request) for request, _ in self.requests]
        return [(int(tag[2]), read_prompt(r)) for tag, r in places if tag[1] == speaker]

    def lines_of(self, speaker: Speaker, phase: str = "") -> list[str]:
        """What one side said, in a phase or in all."""
        turns = self.dialogue.turns
        return [t.text for t in turns if t.speaker == speaker and phase in {"", t.phase}]

    @property
    def phases(self) -> list[str]:
        """The phase of each exchange."""
        return [turn.phase for turn in self.dialogue.turns[::2]]


@dataclass(frozen=True)
class Setting:
    """How a session is to be played."""

    style: PromptStyle = "transcript"
    protocol: Protocol = STRUCTURED
    knowledge: Knowledge = "referral"
    risk: RiskPolicy = "exclude"
    candidates: int = 1
    seed: int = 5
    journal: Path = field(default=Path(":memory:"))


def play(
    profile: ClientProfile, setting: Setting = Setting(), model: Puppet | None = None
) -> Played:
    """Play a session to its end, or on from where its journal stands."""
    model = model or Puppet()
    therapist, client = (Agent(s, model, setting.style, _SAMPLING, lane=0) for s in SPEAKERS)
    cast = Cast(therapist, client, setting.knowledge, setting.risk, setting.candidates)
    session = PlannedSession("d1", profile, setting.seed)
    journal = Journal.open(setting.journal)
    try:
        journal.add_sessions([session])
        asyncio.run(play_session(session, cast, setting.protocol, journal, Watcher()))
        (dialogue,) = journal.read_dialogues(HEADER)
        return Played(dialogue, journal.read_rejected("d1"), tuple(model.requests))
    finally:
        journal.close()


def make_person(
    instrument: str, values: Mapping[str, int] | int, number: int = 1, **fields: Any
) -> ClientProfile:
    """Make a person by answers: points by item, or the same of the range for all items."""
    known = load_instrument(instrument)
    answers = {
        item.id: values if isinstance(values, int) else values.get(item.id, item.options[0].value)
        for item in known.items
    }
    allowed = {item.id: [option.value for option in item.options] for item in known.items}
    chosen = {
        item: min(allowed[item], key=lambda option: abs(option - value))
        for item, value in answers.items()
    }
    person = make_profile(number)
    return person.model_copy(
        update={"answers": (), "scores": (), "statements": render_statements(known, chosen)}
        | fields
    )


@cache
def list_people() -> tuple[ClientProfile, ...]:
    """Twenty people of the NHANES sample without risk, from no symptom to the most."""
    safe = [p for p in build_nhanes_sample_profiles() if not p.risk_flags]
    by_total = sorted(safe, key=lambda p: (p.scores[0].value or 0, p.pseudonym))
    return tuple(by_total[place * (len(by_total) - 1) // 19] for place in range(20))
