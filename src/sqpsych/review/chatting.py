"""Trying a simulated client out in the browser: whose chats there are, and how they are kept.

A corpus for each part: CORPUS/therapist, where people played the therapist, and CORPUS/client. Who
began which chat stands in the events of the study, so that a chat outlives the server, and nobody
reads another's.
"""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol as Interface

from sqpsych.corpus import Journal, PlannedSession
from sqpsych.errors import ChangeRefusedError, StudyClosedError
from sqpsych.language_models import ChatModel, EgressGuard
from sqpsych.language_models.opening import ModelSpec
from sqpsych.records import SPEAKERS, ClientProfile, Dialogue, Speaker
from sqpsych.review.store import ReviewStore
from sqpsych.review.study import Person
from sqpsych.roleplay import choose_profiles, load_protocol
from sqpsych.roleplay.live import (
    LiveSession,
    LiveStudy,
    begin_session,
    choose_person,
    open_chats,
)
from sqpsych.roleplay.protocol import RiskPolicy
from sqpsych.seeds import draw_seed

LANES = 4
"""Prompts an embedded server keeps at a time; more people share them."""


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What may be chatted with, and who may."""

    model: ModelSpec
    profiles: tuple[ClientProfile, ...]
    corpus: Path
    """Where the chats are kept: a corpus for each part below it."""
    for_raters: bool = False
    """Whether raters may, beside the owner."""
    risk: RiskPolicy = "exclude"
    protocol: str = "structured"


class Follower(Interface):
    """Someone who follows a reply."""

    def put(self, kind: str, **values: object) -> None:
        """Tell what happens."""


@dataclass
class Relay:
    """Hands what is written to whoever follows it at the moment."""

    follower: Follower | None = None

    def on_text(self, text: str) -> None:
        """Hand on the reply so far."""
        if self.follower is not None:
            self.follower.put("text", text=text)

    def on_rejected(self, reasons: tuple[str, ...]) -> None:
        """Hand on that what was shown is void; the reasons stay in the journal."""
        if self.follower is not None:
            self.follower.put("rejected")


@dataclass
class OpenChat:
    """A chat that goes on."""

    live: LiveSession
    relay: Relay = field(default_factory=Relay)
    busy: bool = False
    """Whether an answer is being written."""


class ChatDesk:
    """Begins, finds and ends the chats of a study; used by one thread."""

    def __init__(
        self,
        store: ReviewStore,
        settings: ChatSettings,
        model: ChatModel,
        studies: Mapping[Speaker, LiveStudy],
        journals: Mapping[Speaker, Journal],
    ) -> None:
        """Use open journals; see `open_desk`."""
        self._store = store
        self._settings = settings
        self._model = model
        self._studies = studies
        self._journals = journals
        self._open: dict[str, OpenChat] = {}
        study = studies["therapist"]
        self.profiles: Sequence[ClientProfile] = choose_profiles(
            settings.profiles, study.protocol, study.risk
        )
        """Whose profiles may be played."""

    def admits(self, person: Person) -> bool:
        """Whether someone may chat."""
        return person.role == "owner" or self._settings.for_raters

    def find(self, person: Person) -> OpenChat | None:
        """Find the chat someone has begun and not ended, also before the server was started."""
        if person.name in self._open:
            return self._open[person.name]
        for begun in reversed(self._store.events.read_chats(person.name)):
            part, session = _read_begun(begun.body)
            for waiting in self._journals[part].list_waiting():
                if waiting.id == session:
                    return self._go_on(person, part, waiting)
        return None

    def begin(self, person: Person, part: Speaker, pseudonym: str | None) -> OpenChat:
        """Begin a chat.

        Args:
            person: who chats.
            part: the person's part.
            pseudonym: whose profile, whole; None: any.

        Raises:
            ChangeRefusedError: one goes on already.
            ProfileError: nobody is called so.
            StudyClosedError: the study is closed.
        """
        if self.find(person) is not None:
            raise ChangeRefusedError("A chat goes on already; end it first.")
        if self._store.events.find_closing() is not None:
            raise StudyClosedError("The study is closed: no chat can be begun any more.")
        study, journal = self._studies[part], self._journals[part]
        seed = draw_seed()
        profile = choose_person(self.profiles, pseudonym, study, seed)
        session = begin_session(journal, profile, seed)
        body = {"part": part, "session": session.id}
        self._store.events.append(secrets.token_hex(16), person.name, "chat_begun", body)
        return self._go_on(person, part, session)

    def end(self, person: Person) -> str:
        """End someone's chat.

        Returns:
            The id of its dialogue.

        Raises:
            ChangeRefusedError: there is none, or an answer is being written.
        """
        chat = self.find(person)
        if chat is None or chat.busy:
            raise ChangeRefusedError("There is no chat that could be ended now.")
        chat.live.finish()
        del self._open[person.name]
        return chat.live.id

    def find_ended(self, person: Person, session: str) -> Dialogue | None:
        """Find a dialogue that someone has ended; None also where it is another's."""
        for begun in self._store.events.read_chats(person.name):
            part, own = _read_begun(begun.body)
            if own == session:
                header = self._studies[part].header
                found = (d for d in self._journals[part].read_dialogues(header) if d.id == own)
                return next(found, None)
        return None

    def _go_on(self, person: Person, part: Speaker, session: PlannedSession) -> OpenChat:
        study, relay = self._studies[part], Relay()
        agent = study.make_agent(self._model, lane=len(self._open) % LANES)
        live = LiveSession(session, agent, study.protocol, study.risk, self._journals[part], relay)
        self._open[person.name] = OpenChat(live, relay)
        return self._open[person.name]


@contextmanager
def open_desk(
    store: ReviewStore, settings: ChatSettings, model: ChatModel, guard: EgressGuard
) -> Iterator[ChatDesk]:
    """Open the corpora of the chats.

    Args:
        store: the study.
        settings: what may be chatted with.
        model: that of the settings, open.
        guard: what it allowed and refused goes into the manifests.

    Raises:
        ProfileError: the risk policy leaves nobody.
        CorpusError: a corpus cannot be written, holds other chats, or is in use.
    """
    protocol = load_protocol(settings.protocol)
    studies = {part: LiveStudy(protocol, settings.model, part, settings.risk) for part in SPEAKERS}
    with ExitStack() as stack:
        journals = {
            part: stack.enter_context(open_chats(study, settings.corpus / part, guard))
            for part, study in studies.items()
        }
        yield ChatDesk(store, settings, model, studies, journals)


def _read_begun(body: str) -> tuple[Speaker, str]:
    begun = json.loads(body)
    return begun["part"], begun["session"]
