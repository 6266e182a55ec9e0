"""Many sessions at once: from profiles and models to a corpus in a run directory."""

import asyncio
import hashlib
from collections.abc import Sequence
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
from sqpsych.errors import SqpsychError
from sqpsych.language_models import ChatModel, EgressGuard
from sqpsych.language_models.opening import ModelSpec, ServingSettings, find_weights, open_models
from sqpsych.records import ClientProfile
from sqpsych.roleplay.agent import Agent, derive_seed
from sqpsych.roleplay.protocol import Protocol
from sqpsych.roleplay.session import Cast, Observer, play_session


@dataclass(frozen=True, slots=True)
class Study:
    """What settles a corpus: the same study gives the same corpus, up to the models' arithmetic."""

    profiles: tuple[ClientProfile, ...]
    protocol: Protocol
    therapist: ModelSpec
    client: ModelSpec
    seed: int

    def describe(self) -> dict[str, Any]:
        """Describe it in JSON values, for the manifest; no clinical value is in them."""
        lines = "\n".join(profile.model_dump_json() for profile in self.profiles)
        return {
            "profiles_sha256": hashlib.sha256(lines.encode()).hexdigest(),
            "protocol": self.protocol.name,
            "protocol_sha256": self.protocol.sha256,
            "seed": self.seed,
            "therapist": _describe_model(self.therapist),
            "client": _describe_model(self.client),
        }

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
    """Sessions at the same time."""
    limit: int | None = None
    """How many of the profiles; None: all."""
    serving: ServingSettings = field(default_factory=ServingSettings)
    """How patient to be with the servers; the slots are set from the concurrency."""


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
    workers = min(settings.concurrency, len(waiting))
    shared = study.therapist == study.client
    serving = replace(settings.serving, slots=workers * (2 if shared else 1))
    queue = iter(waiting)

    async with open_models((study.therapist, study.client), serving) as models:

        async def work(worker: int) -> None:
            cast = _cast(study, models, worker, shared=shared)
            for session in queue:
                await play_session(session, cast, study.protocol, journal, observer)

        try:
            async with asyncio.TaskGroup() as group:
                for worker in range(workers):
                    group.create_task(work(worker))
        except* SqpsychError as errors:
            raise _first(errors) from errors


def _cast(study: Study, models: tuple[ChatModel, ChatModel], worker: int, *, shared: bool) -> Cast:
    """Give the two parts to the models; a worker's prompts stay in lanes of their own."""
    lane = worker * 2 if shared else worker
    therapist, client = study.therapist, study.client
    return Cast(
        Agent("therapist", models[0], therapist.style, therapist.sampling, lane),
        Agent("client", models[1], client.style, client.sampling, lane + 1 if shared else lane),
    )


def _describe_model(spec: ModelSpec) -> dict[str, Any]:
    """Describe a model by what shapes its replies, not by the address it is reached at."""
    description: dict[str, Any] = {
        "name": spec.name,
        "style": spec.style,
        "sampling": spec.sampling.model_dump(),
    }
    if spec.runs_embedded:
        description["sha256"] = find_weights(spec)[1]
    elif spec.model_id is not None:
        description["model_id"] = spec.model_id
    return description


def _first(errors: BaseExceptionGroup[SqpsychError]) -> SqpsychError:
    """The first of the errors that ended a group of tasks."""
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
