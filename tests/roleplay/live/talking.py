"""Sessions with a person, played by lines of a test and a model that says what it is told to."""

from collections.abc import Callable
from dataclasses import dataclass, field

import puppet

from sqpsych.corpus import Journal, PlannedSession
from sqpsych.language_models import ChatModel, OnText, Reply, Request
from sqpsych.language_models.catalogue import PromptStyle, SamplingDefaults
from sqpsych.records import ClientProfile, Speaker
from sqpsych.roleplay.agent import Agent
from sqpsych.roleplay.live import LiveSession
from sqpsych.roleplay.protocol import Protocol, RiskPolicy

from ..puppets import STRUCTURED, make_person, read_prompt

PHQ = {"phq9_1": 2, "phq9_2": 3, "phq9_3": 3, "phq9_4": 1, "phq9_6": 2}
SMALL_TALK = (
    "The bus was late again this morning.",
    "My neighbour has a new dog, a small brown one.",
    "There was a market in our street on Saturday.",
    "I had soup at noon, with bread.",
)
"""What the stand-in says when nothing is due."""

Choose = Callable[[Request, str], str]
"""What is said: from the request and the line that it asks for."""


class Speaking(ChatModel):
    """Says what the direction holds, word by word; keeps the requests."""

    def __init__(self, choose: Choose = lambda request, line: line) -> None:
        self.requests: list[Request] = []
        self._choose = choose

    @property
    def name(self) -> str:
        """The name records carry."""
        return "stand-in"

    async def draw(self, request: Request, candidates: int = 1) -> tuple[Reply, ...]:
        """Say the line so many times."""
        self.requests.append(request)
        prompt = read_prompt(request)
        line = puppet.answer(prompt)
        turn = int(request.tag.split("/")[2])
        if "client" in request.tag and "goodbye" not in prompt[-400:]:
            line = SMALL_TALK[turn // 2 % len(SMALL_TALK)] if "goodbye" in line else line
        return (Reply(self._choose(request, line), "stop", 9, 3, 5, 0.1),) * candidates

    async def stream(self, request: Request, on_text: OnText) -> Reply:
        """Say the line in pieces of a few letters."""
        (reply,) = await self.draw(request)
        for end in range(3, len(reply.text) + 3, 3):
            on_text(reply.text[:end])
        return reply


@dataclass
class Heard:
    """Keeps what a person is shown."""

    texts: list[str] = field(default_factory=list)
    rejected: list[tuple[str, ...]] = field(default_factory=list)

    def on_text(self, text: str) -> None:
        """Keep what is shown."""
        self.texts.append(text)

    def on_rejected(self, reasons: tuple[str, ...]) -> None:
        """Keep why it was taken back."""
        self.rejected.append(reasons)


@dataclass
class Talk:
    """A session with what surrounds it."""

    live: LiveSession
    journal: Journal
    heard: Heard
    model: Speaking

    async def tell(self, line: str) -> str:
        """Say a line, and hear the answer."""
        self.live.say(line)
        return (await self.live.answer()).text


def begin(
    person: ClientProfile | None = None,
    human: Speaker = "therapist",
    *,
    choose: Choose = lambda request, line: line,
    protocol: Protocol = STRUCTURED,
    risk: RiskPolicy = "exclude",
    journal: Journal | None = None,
    style: PromptStyle = "transcript",
) -> Talk:
    """Begin a session, or go on with the one in the journal."""
    journal = journal or Journal.keep_in_memory()
    session = PlannedSession("d1", person or make_person("phq9", PHQ), 5)
    journal.add_sessions([session])
    model, heard = Speaking(choose), Heard()
    part: Speaker = "client" if human == "therapist" else "therapist"
    sampling = SamplingDefaults(temperature=0.7, top_p=0.8, max_tokens=200)
    agent = Agent(part, model, style, sampling, lane=0)
    live = LiveSession(session, agent, protocol, risk, journal, heard)
    return Talk(live, journal, heard, model)
