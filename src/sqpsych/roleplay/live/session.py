"""One session between a person and a model, turn by turn, under the protocol."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqpsych.corpus import Journal, PlannedSession
from sqpsych.errors import InputError, NoReplyError
from sqpsych.language_models import OnText, Request
from sqpsych.records import (
    HUMAN,
    RejectedAttempt,
    Speaker,
    SymptomOutcome,
    Turn,
)
from sqpsych.roleplay.agent import Agent
from sqpsych.roleplay.checks import read_mentions
from sqpsych.roleplay.cues import CLOSING, Cue, find_cue, is_closed
from sqpsych.roleplay.drawing import Drawing
from sqpsych.roleplay.live.answering import CONVERSATION, cue_client
from sqpsych.roleplay.live.hearing import hear
from sqpsych.roleplay.live.lines import read_line, speaks_of_crisis
from sqpsych.roleplay.live.listening import Listener, Overheard, Watching, find_presentable
from sqpsych.roleplay.protocol import Protocol, RiskPolicy
from sqpsych.roleplay.schedule import follow_symptoms
from sqpsych.roleplay.stage import Cast, Stage

CRISIS_VOICED = "crisis_voiced"
"""Flag of a person's line as the client that speaks of death, self-harm or violence."""
TAKEN_BACK = "taken_back"
"""Reason of lines that the person took back."""
STRICT_ATTEMPTS = 8
"""Replies asked for under all checks of the protocol; a small model is given words to begin with
from the fifth on."""
LENIENT_ATTEMPTS = 4
"""Replies asked for after these without the checks of how much a line must hold."""
_LET_GO = frozenset(
    {"untold", "unvoiced", "no_time_frame", "asks_back", "unreflected", "same_opening"}
)
"""Checks that are let go when several replies failed: a person waits for an answer, and none of
these guards against what must not be said."""


class LiveSession:
    """A session in which a person plays one part and a model the other.

    Every turn is in the journal before the next is asked for.
    """

    def __init__(
        self,
        session: PlannedSession,
        agent: Agent,
        protocol: Protocol,
        risk: RiskPolicy,
        journal: Journal,
        listener: Listener,
    ) -> None:
        """Prepare to play a session, from wherever its journal stands.

        Args:
            session: of the journal.
            agent: the model in its part; the person has the other.
            protocol: what is played.
            risk: what happens with thoughts of death and self-harm.
            journal: holds the session.
            listener: is shown replies while they are written.
        """
        heard = replace(agent, model=Overheard(agent.model, self._listen))
        other: Speaker = "therapist" if agent.speaker == "client" else "client"
        self.human: Speaker = other
        """The person's part."""
        self._agent = heard
        self._session = session
        self._journal = journal
        self._listener = listener
        played = protocol.model_copy(update={"redraw_probability": 0.0})
        cast = Cast(therapist=heard, client=heard, risk=risk)
        self._stage = Stage.set(session, cast, played)
        self._turns = list(journal.read_turns(session.id))
        self._on_text: Callable[[Request], OnText] = _listen_to_nothing

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What was said so far."""
        return tuple(self._turns)

    @property
    def session(self) -> PlannedSession:
        """What is played."""
        return self._session

    @property
    def id(self) -> str:
        """Id of the session."""
        return self._session.id

    @property
    def stage(self) -> Stage:
        """What does not change while the session is played."""
        return self._stage

    @property
    def is_over(self) -> bool:
        """Whether both have said goodbye, or the protocol has no further turn."""
        if self.human == "therapist":
            return len(self._turns) % 2 == 0 and is_closed(self._turns)
        last = self._turns[-1] if self._turns else None
        if last and last.speaker == "client" and CLOSING in last.flags:
            return True
        return find_cue(self._stage.protocol, self._stage.plan, self._turns) is None

    @property
    def awaits_human(self) -> bool:
        """Whether the next turn is the person's."""
        return (len(self._turns) % 2 == 0) == (self.human == "therapist") and not self.is_over

    def say(self, line: str) -> Turn:
        """Enter the person's line; it is safe in the journal when this returns.

        Raises:
            InputError: it holds no word, too many, or what stands between lines.
            CorpusError: the journal cannot be written.
        """
        text = read_line(line)
        cue = self._find_cue(self._turns)
        mentions = read_mentions(text, self.human)
        turn = Turn(
            index=len(self._turns),
            speaker=self.human,
            text=text,
            phase=cue.phase if cue else CONVERSATION,
            attempts=1,
            model=HUMAN,
            seed=self._session.seed,
            prompt_tokens=0,
            cached_tokens=0,
            completion_tokens=0,
            seconds=0.0,
            flags=(HUMAN, *self._flag(text)),
            mentions=mentions,
        )
        self._journal.add_turn(self._session.id, turn)
        self._turns.append(turn)
        return turn

    def _flag(self, text: str) -> tuple[str, ...]:
        closing = (CLOSING,) if self._closes(text) else ()
        crisis = self.human == "client" and speaks_of_crisis(text)
        return (*closing, CRISIS_VOICED) if crisis else closing

    def _closes(self, text: str) -> bool:
        """Whether the person ends the session with a line; a first one only begins it."""
        begun = len(self._turns) > 1
        return begun and hear(text).says_goodbye and not is_closed(self._turns)

    async def answer(self) -> Turn:
        """Ask the model for its turn.

        Raises:
            NoReplyError: no reply passed its checks; asking again may bring one.
            ModelError: a server is away or talks nonsense; what was said so far is safe.
            CorpusError: the journal cannot be written.
        """
        cue = self._find_cue(self._turns)
        if cue is None or self.awaits_human:
            raise AssertionError("it is not the model's turn")
        for index in range(len(self._turns)):
            earlier = self._find_cue(self._turns[:index])
            if earlier is not None:
                self._stage.note(earlier)
        checks = self._stage.protocol.checks
        lenient = tuple(name for name in checks if name not in _LET_GO)
        reasons: tuple[str, ...] = ()
        for most, names in ((STRICT_ATTEMPTS, checks), (LENIENT_ATTEMPTS, lenient)):
            drawing = self._draw(cue, most, names)
            turn = await drawing.draw(self._list_rejected()[1])
            if turn is not None:
                self._turns.append(turn)
                return turn
            reasons = drawing.last_reasons
        raise NoReplyError(
            f"No reply of {self._agent.model.name} passed its checks "
            f"({', '.join(reasons)}). Ask again, or take your line back and put it differently."
        )

    def _draw(self, cue: Cue, most: int, checks: tuple[str, ...]) -> Drawing:
        """Prepare to ask for the turn so many times more."""
        withdrawn, rejected = self._list_rejected()
        attempts = len(rejected) + most
        protocol = self._stage.protocol.model_copy(update={"attempts": attempts, "checks": checks})
        stage = replace(self._stage, protocol=protocol)
        moment = stage.describe(cue, self._turns)

        def listen(request: Request) -> OnText:
            lead = self._agent.find_lead(cue, int(request.tag.rpartition("/")[2]))
            last = ""

            def show(text: str) -> None:
                nonlocal last
                shown = find_presentable(text, moment, checks, lead)
                if shown is not None and shown != last:
                    last = shown
                    self._listener.on_text(shown)

            return show

        self._on_text = listen
        watching = Watching(self._listener)
        return Drawing(stage, self._journal, watching, cue, self._turns, withdrawn=withdrawn)

    def _list_rejected(self) -> tuple[int, list[RejectedAttempt]]:
        """List the attempts at this turn since one was last taken back, and count those before."""
        every = self._journal.read_rejected(self._session.id)
        here = [attempt for attempt in every if attempt.turn == len(self._turns)]
        back = [n for n, attempt in enumerate(here, 1) if attempt.reasons == (TAKEN_BACK,)]
        withdrawn = back[-1] if back else 0
        return withdrawn, here[withdrawn:]

    def _listen(self, request: Request) -> OnText:
        return self._on_text(request)

    def hint(self) -> str:
        """Say what the profile has to come out in the client's next line, for who plays the client.

        Returns:
            Words to go by; empty where the protocol settles none, and for a therapist.
        """
        cue = self._find_cue(self._turns) if self.human == "client" else None
        return cue.told if cue is not None and cue.speaker == "client" else ""

    def move_to(self, journal: Journal) -> None:
        """Go on in another journal, to which the session was copied."""
        self._journal = journal

    def take_back(self) -> int:
        """Take the person's last line back, with what the model answered; both stay on record.

        Returns:
            How many turns were taken back.

        Raises:
            InputError: the person has said nothing yet.
        """
        own = [turn.index for turn in self._turns if turn.speaker == self.human]
        if not own:
            raise InputError("There is no line of yours to take back.")
        self._journal.take_back(self._session.id, own[-1], TAKEN_BACK)
        taken = len(self._turns) - own[-1]
        del self._turns[own[-1] :]
        return taken

    def finish(self) -> tuple[SymptomOutcome, ...]:
        """Commit that the session has ended.

        Returns:
            What became of each symptom of the profile.
        """
        outcomes = follow_symptoms(self._stage.plan, self._turns)
        self._journal.finish(
            self._session.id,
            "closed",
            None,
            invented=self._stage.plan.invented if self._stage.protocol.schedule else (),
            symptoms=outcomes,
        )
        return outcomes

    def _find_cue(self, turns: Sequence[Turn]) -> Cue | None:
        """Find the cue of the turn after these."""
        if self.human == "client":
            return find_cue(self._stage.protocol, self._stage.plan, turns)
        if len(turns) % 2:
            return cue_client(self._stage.protocol, self._stage.plan, turns)
        return Cue(len(turns), "therapist", CONVERSATION, "", "wanted")


def _listen_to_nothing(request: Request) -> OnText:
    return lambda text: None
