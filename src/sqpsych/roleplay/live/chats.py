"""Sessions with a person, in a corpus of their own or nowhere.

A corpus holds the sessions of one part, one protocol and one model. A session that was interrupted
waits there, and goes on where it was. Without a corpus, a session is kept in memory alone.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

from sqpsych import __version__
from sqpsych.corpus import Journal, PlannedSession, SessionHeader, open_run, record_progress
from sqpsych.errors import ProfileError
from sqpsych.language_models import ChatModel, EgressGuard
from sqpsych.language_models.opening import ModelSpec
from sqpsych.records import HUMAN, ClientProfile, Speaker
from sqpsych.roleplay.agent import Agent
from sqpsych.roleplay.generation import choose_profiles, describe_model
from sqpsych.roleplay.protocol import Protocol, RiskPolicy


@dataclass(frozen=True, slots=True)
class LiveStudy:
    """What all sessions of a corpus with a person share."""

    protocol: Protocol
    model: ModelSpec
    human: Speaker
    """The person's part."""
    risk: RiskPolicy = "exclude"

    @property
    def played(self) -> Speaker:
        """The model's part."""
        return "client" if self.human == "therapist" else "therapist"

    @property
    def header(self) -> SessionHeader:
        """What all dialogues share."""
        names = {self.human: HUMAN, self.played: self.model.name}
        return SessionHeader(
            protocol=self.protocol.name,
            therapist_model=names["therapist"],
            client_model=names["client"],
            prompt_sha256=self.protocol.sha256,
            code_version=__version__,
        )

    def describe(self) -> dict[str, Any]:
        """Describe it in JSON values, for the manifest."""
        return {
            HUMAN: self.human,
            "protocol": self.protocol.name,
            "protocol_sha256": self.protocol.sha256,
            "risk": self.risk,
            self.played: describe_model(self.model),
        }

    def make_agent(self, model: ChatModel, lane: int = 0) -> Agent:
        """Give the model its part; its prompts stay in a lane."""
        spec = self.model
        sampling = self.protocol.adapt(spec.sampling)
        return Agent(self.played, model, spec.style, sampling, lane, spec.lead_words)


@contextmanager
def open_chats(study: LiveStudy, corpus: Path | None, guard: EgressGuard) -> Iterator[Journal]:
    """Open the journal of a corpus of such sessions, or one that is kept nowhere.

    Args:
        study: what the sessions share.
        corpus: the run directory; made when missing. None: in memory alone.
        guard: what it allowed and refused goes into the manifest.

    Raises:
        StudyMismatchError: the corpus holds other sessions.
        CorpusLockedError: another process is writing there.
        CorpusError: it cannot be written.
    """
    if corpus is None:
        journal = Journal.keep_in_memory()
        try:
            yield journal
        finally:
            journal.close()
        return
    with open_run(corpus, study.describe(), study.header) as journal:
        try:
            yield journal
        finally:
            egress = {"allowed": guard.allowed, "refused": guard.refused}
            record_progress(corpus, journal.count(), journal.count_reasons(), egress)


def choose_person(
    profiles: Sequence[ClientProfile], pseudonym: str | None, study: LiveStudy, seed: int
) -> ClientProfile:
    """Choose whose profile is played, under the risk policy of the study.

    Args:
        profiles: of all people there are.
        pseudonym: whose, or how it begins; None: one is drawn.
        study: says what is played and the policy.
        seed: of the draw.

    Raises:
        ProfileError: nobody or more than one is called so, or the policy leaves them out.
        ProtocolError: the protocol has no way to deal with risk.
    """
    kept = choose_profiles(profiles, study.protocol, study.risk)
    if pseudonym is None:
        return kept[seed % len(kept)]
    found = [p for p in profiles if p.pseudonym == pseudonym] or [
        p for p in profiles if p.pseudonym.startswith(pseudonym)
    ]
    if len(found) != 1:
        many = f"{len(found)} people's pseudonyms begin" if found else "Nobody's pseudonym begins"
        raise ProfileError(
            f"{many} with {pseudonym!r}. Give it whole, as the profiles file has it."
        )
    if found[0] not in kept:
        raise ProfileError(
            f"{pseudonym} is left out: the answers name suicidal thoughts, or leave that open. "
            "Take --risk include to play such a client."
        )
    return found[0]


def begin_session(journal: Journal, profile: ClientProfile, seed: int) -> PlannedSession:
    """Begin a session with a profile, beside those that the same seed began before."""
    session = PlannedSession(f"d{token_hex(6)}", profile, seed)
    journal.add_sessions([session])
    return session


def find_waiting(journal: Journal, pseudonym: str | None = None) -> PlannedSession | None:
    """Find the last session that was interrupted, of one person or of anybody.

    Args:
        journal: of the corpus.
        pseudonym: whose, or how it begins.
    """
    begun = pseudonym or ""
    waiting = [one for one in journal.list_waiting() if one.profile.pseudonym.startswith(begun)]
    whole = [one for one in waiting if one.profile.pseudonym == pseudonym]
    return next(iter((whole or waiting)[::-1]), None)
