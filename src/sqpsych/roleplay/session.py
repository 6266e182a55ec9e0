"""One session, turn by turn, from wherever its journal stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol as Interface

from sqpsych.corpus import Counts, Journal, PlannedSession
from sqpsych.errors import RequestRefusedError
from sqpsych.language_models import Reply
from sqpsych.records import RejectedAttempt, Turn
from sqpsych.roleplay.agent import Agent, derive_seed
from sqpsych.roleplay.checks import CHECKS, Moment, closes, find_faults
from sqpsych.roleplay.cues import CLOSING, Cue, find_cue, is_closed
from sqpsych.roleplay.prompts import fill_instructions
from sqpsych.roleplay.protocol import Protocol
from sqpsych.roleplay.replies import Candidate, clean_reply

REDRAWN = "redrawn"
"""Reason of a reply that passed and was set aside, because the protocol has it written twice."""
_HINTS = {check.name: check.hint for check in CHECKS}


class Observer(Interface):
    """Someone who watches sessions: a progress display."""

    def on_begin(self, counts: Counts) -> None:
        """A run begins, or goes on; this is what the corpus holds already."""

    def on_turn(self, session: str, turn: Turn) -> None:
        """A turn was accepted and is safe in the journal."""

    def on_rejected(self, session: str, attempt: RejectedAttempt) -> None:
        """A reply failed its checks."""

    def on_finished(self, session: str, reason: str | None) -> None:
        """A session ended; `reason` says why it was rejected, None that it was closed."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The two agents of a session."""

    therapist: Agent
    client: Agent


async def play_session(
    session: PlannedSession, cast: Cast, protocol: Protocol, journal: Journal, observer: Observer
) -> None:
    """Play a session to its end, committing every turn before the next is asked for.

    Raises:
        ModelError: a server is away or talks nonsense; what was said so far is safe.
        CorpusError: the journal cannot be written.
    """
    turns = list(journal.read_turns(session.id))
    rejected = [a for a in journal.read_rejected(session.id) if a.turn == len(turns)]
    draw = derive_seed(session.seed, "appointment")
    appointment = protocol.appointments[draw % len(protocol.appointments)]
    while (cue := find_cue(protocol, turns, appointment)) is not None:
        agent = cast.therapist if cue.speaker == "therapist" else cast.client
        drawing = _Drawing(session, agent, protocol, journal, observer, cue, turns)
        try:
            turn = await drawing.draw(rejected)
        except RequestRefusedError as error:
            _finish(session, journal, observer, f"turn {cue.turn}: {error}")
            return
        if turn is None:
            failed = drawing.last_reasons
            _finish(session, journal, observer, f"turn {cue.turn}: {', '.join(failed)}")
            return
        journal.add_turn(session.id, turn)
        observer.on_turn(session.id, turn)
        turns.append(turn)
        rejected = []
    reason = None if is_closed(turns) else f"not closed by exchange {protocol.limits.hard_stop}"
    _finish(session, journal, observer, reason)


def _finish(
    session: PlannedSession, journal: Journal, observer: Observer, reason: str | None
) -> None:
    journal.finish(session.id, "closed" if reason is None else "rejected", reason)
    observer.on_finished(session.id, reason)


class _Drawing:
    """Asks for one turn until a reply passes, or the attempts are used up."""

    def __init__(
        self,
        session: PlannedSession,
        agent: Agent,
        protocol: Protocol,
        journal: Journal,
        observer: Observer,
        cue: Cue,
        turns: Sequence[Turn],
    ) -> None:
        self._session = session
        self._agent = agent
        self._protocol = protocol
        self._journal = journal
        self._observer = observer
        self._cue = cue
        self._turns = turns
        instructions = fill_instructions(protocol, agent.speaker, session.profile)
        self._moment = Moment(
            speaker=agent.speaker,
            turns=turns,
            closing=cue.closing,
            sums_up=cue.sums_up,
            word_limit=protocol.word_limit(agent.speaker),
            instructions=instructions,
            language=protocol.language,
            end_marker=protocol.end_marker,
        )
        self.last_reasons: tuple[str, ...] = ()

    async def draw(self, rejected: Sequence[RejectedAttempt]) -> Turn | None:
        """Draw the turn.

        Args:
            rejected: attempts at this turn that the journal already holds.

        Returns:
            The turn, not committed yet; None when no attempt passed.
        """
        spare = next((a for a in rejected if a.reasons == (REDRAWN,)), None)
        failed = next((a for a in reversed(rejected) if a is not spare), None)
        self.last_reasons = failed.reasons if failed else ()
        for number in range(len(rejected) + 1, self._protocol.attempts + 1):
            seed = derive_seed(self._session.seed, self._cue.turn, number)
            reply = await self._ask(number, seed)
            candidate = self._clean(reply)
            moment = replace(self._moment, insists=number <= self._protocol.closing_attempts)
            reasons = tuple(check.name for check in find_faults(candidate, moment))
            if not reasons and spare is None and self._is_redrawn(number):
                spare = self._reject(reply, number, seed, (REDRAWN,))
            elif reasons:
                self.last_reasons = self._reject(reply, number, seed, reasons).reasons
            else:
                return self._make_turn(candidate, reply, number, seed)
        if spare is None:
            return None
        return self._take_back(spare)

    async def _ask(self, number: int, seed: int) -> Reply:
        hints = list(dict.fromkeys(_HINTS[reason] for reason in self.last_reasons))
        request = self._agent.make_request(
            self._session.id, self._moment.instructions, self._turns, self._cue, hints, number, seed
        )
        return await self._agent.model.reply(request)

    def _clean(self, reply: Reply) -> Candidate:
        return clean_reply(reply, self._agent.speaker, self._protocol.end_marker)

    def _is_redrawn(self, number: int) -> bool:
        """Whether an utterance that passed is written a second time; seeded."""
        if number == self._protocol.attempts:
            return False
        coin = derive_seed(self._session.seed, self._cue.turn, REDRAWN) / 2**31
        return coin < self._protocol.redraw_probability

    def _reject(
        self, reply: Reply, number: int, seed: int, reasons: tuple[str, ...]
    ) -> RejectedAttempt:
        attempt = RejectedAttempt(
            turn=self._cue.turn,
            number=number,
            speaker=self._agent.speaker,
            text=reply.text,
            reasons=reasons,
            seed=seed,
            prompt_tokens=reply.prompt_tokens,
            cached_tokens=reply.cached_tokens,
            completion_tokens=reply.completion_tokens,
            seconds=reply.seconds,
        )
        self._journal.add_rejected(self._session.id, attempt)
        self._observer.on_rejected(self._session.id, attempt)
        return attempt

    def _take_back(self, spare: RejectedAttempt) -> Turn:
        """Use the reply that was set aside, when none after it passed."""
        reply = Reply(
            spare.text,
            "stop",
            spare.prompt_tokens,
            spare.cached_tokens,
            spare.completion_tokens,
            spare.seconds,
        )
        return self._make_turn(self._clean(reply), reply, self._protocol.attempts, spare.seed)

    def _make_turn(self, candidate: Candidate, reply: Reply, number: int, seed: int) -> Turn:
        closing = (CLOSING,) if closes(candidate, self._moment) else ()
        return Turn(
            index=self._cue.turn,
            speaker=self._agent.speaker,
            text=candidate.text,
            phase=self._cue.phase,
            attempts=number,
            model=self._agent.model.name,
            seed=seed,
            prompt_tokens=reply.prompt_tokens,
            cached_tokens=reply.cached_tokens,
            completion_tokens=reply.completion_tokens,
            seconds=reply.seconds,
            flags=(*candidate.flags, *closing),
        )
