"""Many sessions at once: from profiles and models to a corpus in a run directory."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqpsych import __version__
from sqpsych.corpus import (
    Counts,
    Journal,
    PlannedSession,
    SessionHeader,
    open_run,
    record_progress,
)
from sqpsych.errors import ProfileError, ProtocolError, SqpsychError, find_first
from sqpsych.language_models import ChatModel, EgressGuard
from sqpsych.language_models.opening import ModelSpec, ServingSettings, find_weights, open_models
from sqpsych.records import ClientProfile, Speaker, Turn
from sqpsych.roleplay.agent import Agent
from sqpsych.roleplay.lots import deal_lots
from sqpsych.roleplay.plateau import FIRST, Plateau
from sqpsych.roleplay.protocol import Knowledge, Protocol, RiskPolicy
from sqpsych.roleplay.session import play_session
from sqpsych.roleplay.stage import Cast, Observer
from sqpsych.roleplay.tracking import Tracker
from sqpsych.seeds import derive_seed


@dataclass(frozen=True, slots=True)
class Study:
    """What settles a corpus: the same study gives the same corpus, up to the models' arithmetic."""

    profiles: tuple[ClientProfile, ...]
    protocol: Protocol
    therapist: ModelSpec
    client: ModelSpec
    seed: int
    knowledge: Knowledge = "referral"
    """What the therapist knows beforehand."""
    risk: RiskPolicy = "exclude"
    candidates: int = 1
    """Replies drawn at once, the best of which is kept."""
    tracker: ModelSpec | None = None
    """A model that reads along which symptoms are voiced, beside the lexicon."""

    def describe(self) -> dict[str, Any]:
        """Describe it in JSON values, for the manifest; no clinical value is in them."""
        lines = "\n".join(profile.model_dump_json() for profile in self.profiles)
        described = {
            "profiles_sha256": hashlib.sha256(lines.encode()).hexdigest(),
            "protocol": self.protocol.name,
            "protocol_sha256": self.protocol.sha256,
            "seed": self.seed,
            "therapist_knows": self.knowledge,
            "risk": self.risk,
            "candidates": self.candidates,
            "therapist": describe_model(self.therapist),
            "client": describe_model(self.client),
        }
        if self.tracker is not None:
            described["tracker"] = describe_model(self.tracker)
        return described

    @property
    def models(self) -> tuple[ModelSpec, ...]:
        """Therapist, client and, where there is one, the tracking model."""
        return (self.therapist, self.client, *([self.tracker] if self.tracker else []))

    def plan_sessions(self, limit: int | None = None) -> tuple[PlannedSession, ...]:
        """Plan one session a profile, the first `limit` of them."""
        return tuple(
            self._plan(profile)
            for profile in (self.profiles if limit is None else self.profiles[:limit])
        )

    def _plan(self, profile: ClientProfile) -> PlannedSession:
        seed = derive_seed(self.seed, profile.pseudonym)
        named = (self.protocol.name, self.therapist.name, self.client.name, seed, profile.pseudonym)
        digest = hashlib.sha256("/".join(map(str, named)).encode()).hexdigest()
        return PlannedSession(f"d{digest[:12]}", profile, seed)


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a study is run; none of it changes what is in the corpus."""

    corpus: Path
    """The run directory."""
    concurrency: int
    """Sessions at the same time, at most."""
    finds_plateau: bool = False
    """Whether to begin with few sessions and add more as long as the server gets faster."""
    limit: int | None = None
    """How many of the profiles; None: all."""
    serving: ServingSettings = field(default_factory=ServingSettings)
    """How patient to be with the servers; the slots are set from the concurrency."""


def choose_profiles(
    profiles: Sequence[ClientProfile], protocol: Protocol, risk: RiskPolicy
) -> tuple[ClientProfile, ...]:
    """Choose the people who may be played under a risk policy.

    Raises:
        ProfileError: nobody is left.
        ProtocolError: the protocol has no way to deal with risk.
    """
    if risk == "include" and not protocol.handles_risk:
        raise ProtocolError(
            f"The protocol {protocol.name} has no phase for people at risk. Use one that has "
            "(structured), or leave them out with --risk exclude."
        )
    kept = tuple(p for p in profiles if risk == "include" or not p.risk_flags)
    if not kept:
        raise ProfileError("No profile is left to play. Give a file with other people.")
    return kept


async def generate_corpus(
    study: Study, settings: RunSettings, observer: Observer, guard: EgressGuard
) -> Counts:
    """Play a study's sessions into a run directory, going on where an earlier run stopped.

    Args:
        study: what to play.
        settings: where and how.
        observer: watches.
        guard: what it allowed and refused goes into the manifest.

    Returns:
        What is in the corpus at the end.

    Raises:
        StudyMismatchError: the directory was made with another study.
        CorpusLockedError: another process is at work there.
        ModelError: a model cannot be started, or a server stays away; everything said is safe.
    """
    description = study.describe()
    header = SessionHeader(
        protocol=study.protocol.name,
        therapist_model=study.therapist.name,
        client_model=study.client.name,
        prompt_sha256=study.protocol.sha256,
        code_version=__version__,
    )
    with open_run(settings.corpus, description, header) as journal:
        journal.add_sessions(study.plan_sessions(settings.limit))
        observer.on_begin(journal.count())
        try:
            if waiting := journal.list_waiting():
                await _play_all(study, settings, journal, waiting, observer)
        finally:
            egress = {"allowed": guard.allowed, "refused": guard.refused}
            counts = journal.count()
            record_progress(settings.corpus, counts, journal.count_reasons(), egress)
    return counts


async def _play_all(
    study: Study,
    settings: RunSettings,
    journal: Journal,
    waiting: Sequence[PlannedSession],
    observer: Observer,
) -> None:
    most = min(settings.concurrency, len(waiting))
    parts = max(study.models.count(model) for model in study.models)
    serving = replace(settings.serving, slots=most * parts)
    async with open_models(study.models, serving) as models:
        crew = _Crew(study, settings, journal, observer, models, waiting)
        try:
            async with asyncio.TaskGroup() as group:
                crew.grow(group)
        except* SqpsychError as errors:
            raise find_first(errors) from errors


class _Crew:
    """Workers that play one session after the other, as many at once as the server is good for.

    A worker keeps its lane, and with it the server and the slots that know its prompts.
    """

    def __init__(
        self,
        study: Study,
        settings: RunSettings,
        journal: Journal,
        observer: Observer,
        models: tuple[ChatModel, ...],
        waiting: Sequence[PlannedSession],
    ) -> None:
        most = min(settings.concurrency, len(waiting))
        self._study = study
        self._journal = journal
        self._observer = observer
        self._models = models
        self._lots = deal_lots(study.profiles, study.seed)
        self._queue = iter(waiting)
        self._plateau = Plateau(most, FIRST if settings.finds_plateau else most)
        self._free = list(range(most))[::-1]
        self._working = 0

    def grow(self, group: asyncio.TaskGroup) -> None:
        """Start as many workers as are wanted now."""
        while self._working < self._plateau.target:
            self._working += 1
            group.create_task(self._work(self._free.pop(), group))

    async def _work(self, lane: int, group: asyncio.TaskGroup) -> None:
        study = self._study
        cast = _cast(study, self._models, lane)
        watcher = _Watcher(self._observer, self._plateau, lambda: self.grow(group))
        for session in self._queue:
            lot = self._lots[session.profile.pseudonym]
            await play_session(session, cast, study.protocol, self._journal, watcher, lot)
            if self._working > self._plateau.target:
                break
        else:
            # Nobody is waiting any more.
            self._plateau.settled = True
            self._plateau.target = 0
        self._working -= 1
        self._free.append(lane)


class _Watcher:
    """Hands on what it sees, and times the turns."""

    def __init__(self, observer: Observer, plateau: Plateau, grow: Callable[[], None]) -> None:
        self._observer = observer
        self._plateau = plateau
        self._grow = grow
        self.on_begin = observer.on_begin
        self.on_rejected = observer.on_rejected
        self.on_finished = observer.on_finished

    def on_turn(self, session: str, turn: Turn) -> None:
        """Time the turn, and start more workers when they are wanted."""
        self._observer.on_turn(session, turn)
        self._plateau.note(turn.completion_tokens)
        self._grow()


def _cast(study: Study, models: tuple[ChatModel, ...], worker: int) -> Cast:
    """Give the parts to the models; a worker's prompts stay in lanes of their own."""

    def find_lane(part: int) -> int:
        sharing = [p for p, spec in enumerate(study.models) if spec == study.models[part]]
        return worker * len(sharing) + sharing.index(part)

    def make_agent(part: int, speaker: Speaker) -> Agent:
        spec = study.models[part]
        sampling = study.protocol.adapt(spec.sampling)
        return Agent(speaker, models[part], spec.style, sampling, find_lane(part), spec.lead_words)

    return Cast(
        make_agent(0, "therapist"),
        make_agent(1, "client"),
        study.knowledge,
        study.risk,
        study.candidates,
        Tracker(models[2], study.tracker.style, find_lane(2)) if study.tracker else None,
    )


def describe_model(spec: ModelSpec) -> dict[str, Any]:
    """Describe a model by what shapes its replies, not by the address it is reached at."""
    description: dict[str, Any] = {
        "name": spec.name,
        "style": spec.style,
        "sampling": spec.sampling.model_dump(),
    }
    if spec.lead_words:
        description["lead_words"] = spec.lead_words
    if spec.runs_embedded:
        description["sha256"] = find_weights(spec)[1]
    elif spec.model_id is not None:
        description["model_id"] = spec.model_id
    return description
