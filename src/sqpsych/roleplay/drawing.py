"""Asking for one turn until a reply passes its checks, or the attempts are used up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from sqpsych.corpus import Journal
from sqpsych.language_models import Reply
from sqpsych.records import Mention, RejectedAttempt, Turn
from sqpsych.roleplay.agent import Attempt, View
from sqpsych.roleplay.checks import (
    CHECKS,
    COMMON,
    closes,
    find_faults,
    measure_novelty,
    read_mentions,
)
from sqpsych.roleplay.cues import CLOSING, Cue
from sqpsych.roleplay.replies import Candidate, clean_reply
from sqpsych.roleplay.stage import Observer, Stage
from sqpsych.roleplay.tracking import TRACKER_FAILED
from sqpsych.seeds import derive_seed

REDRAWN = "redrawn"
"""Reason of a reply that passed and was set aside, because the protocol has it written twice."""
NOT_CHOSEN = "not_chosen"
"""Reason of a reply that passed, beside a better one drawn with it."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A reply, and what the checks made of it."""

    number: int
    """1 for the first attempt that counts."""
    seed: int
    reply: Reply
    candidate: Candidate
    reasons: tuple[str, ...]


class Drawing:
    """Asks for one turn."""

    def __init__(
        self,
        stage: Stage,
        journal: Journal,
        observer: Observer,
        cue: Cue,
        turns: Sequence[Turn],
        *,
        withdrawn: int = 0,
    ) -> None:
        """Prepare to ask for the turn of a cue.

        Args:
            stage: of the session.
            journal: keeps what is said.
            observer: is told of it.
            cue: says whose turn it is and what is wanted.
            turns: what was said before.
            withdrawn: attempts at this turn that are on record and count no more, since a turn
                that came of them was taken back.
        """
        self._stage = stage
        self._agent = stage.cast.find(cue.speaker)
        self._journal = journal
        self._observer = observer
        self._cue = cue
        self._withdrawn = withdrawn
        self._moment = stage.describe(cue, turns)
        told = stage.list_directions(cue.speaker, turns)
        stage.note(cue)
        self._view = View(stage.session.id, self._moment.instructions, turns, told)
        self.last_reasons: tuple[str, ...] = ()
        """Checks that the last reply failed."""

    async def draw(self, rejected: Sequence[RejectedAttempt]) -> Turn | None:
        """Ask until a reply passes, and commit it.

        Args:
            rejected: attempts at this turn that the journal already holds and that count.

        Returns:
            The turn; None when no attempt passed.
        """
        spare = next((a for a in rejected if a.reasons == (REDRAWN,)), None)
        self.last_reasons = self._recall_reasons(rejected)
        asked, most = len(rejected), self._stage.protocol.attempts
        while asked < most:
            drawn = await self._ask(asked + 1, min(self._stage.cast.candidates, most - asked))
            asked += len(drawn)
            best = self._choose(drawn)
            others = [self._describe(one) for one in drawn if one is not best]
            if best.reasons:
                self.last_reasons = best.reasons
                self._reject([*others, self._describe(best)])
            elif spare is None and asked < most and self._is_redrawn():
                spare = self._describe(replace(best, reasons=(REDRAWN,)))
                self._reject([*others, spare])
            else:
                return await self._accept(best, asked, others)
        return await self._take_back(spare) if spare else None

    def _recall_reasons(self, rejected: Sequence[RejectedAttempt]) -> tuple[str, ...]:
        """Find what the best of the last draw that failed was rejected for."""
        draws = [list(draw) for _, draw in groupby(rejected, key=lambda attempt: attempt.seed)]
        aside = {(REDRAWN,), (NOT_CHOSEN,)}
        failed = [draw for draw in draws if not any(one.reasons in aside for one in draw)]
        if not failed:
            return ()
        in_force = {check.name for check in COMMON} | set(self._stage.protocol.checks)
        drawn = [
            replace(self._recall(one), reasons=tuple(r for r in one.reasons if r in in_force))
            for one in failed[-1]
        ]
        return self._choose(drawn).reasons

    def _recall(self, attempt: RejectedAttempt) -> _Drawn:
        number = attempt.number - self._withdrawn
        return self._judge(_restore(attempt), number, attempt.seed)

    def _choose(self, drawn: Sequence[_Drawn]) -> _Drawn:
        return drawn[0] if len(drawn) == 1 else min(drawn, key=self._rank)

    async def _ask(self, number: int, candidates: int) -> list[_Drawn]:
        on_record = self._withdrawn + number
        seed = derive_seed(self._stage.session.seed, self._cue.turn, on_record)
        hints = list(dict.fromkeys(CHECKS[reason].hint for reason in self.last_reasons))
        # Every other time more freely, or a reply that strays one way would do so again and again.
        closer = number % 2 == 0 and any(CHECKS[reason].strays for reason in self.last_reasons)
        attempt = Attempt(number, seed, hints, closer)
        request = self._agent.make_request(self._view, self._cue, attempt)
        replies = await self._agent.model.draw(request, candidates)
        return [
            self._judge(reply, number + more, seed, hints) for more, reply in enumerate(replies)
        ]

    def _judge(self, reply: Reply, number: int, seed: int, hints: Sequence[str] = ()) -> _Drawn:
        protocol = self._stage.protocol
        candidate = self._clean(reply, number)
        moment = replace(self._moment, insists=number <= protocol.closing_attempts, hints=hints)
        faults = find_faults(candidate, moment, protocol.checks)
        reasons = tuple(check.name for check in faults)
        return _Drawn(number, seed, reply, candidate, reasons)

    def _rank(self, drawn: _Drawn) -> tuple[int, float]:
        """Fewest faults first, then what is farthest from all the speaker has said."""
        return len(drawn.reasons), -measure_novelty(drawn.candidate, self._moment)

    def _clean(self, reply: Reply, number: int) -> Candidate:
        lead = self._agent.find_lead(self._cue, number)
        return clean_reply(reply, self._cue.speaker, self._stage.protocol.end_marker, lead)

    def _is_redrawn(self) -> bool:
        """Whether an utterance that passed is written a second time; seeded."""
        coin = derive_seed(self._stage.session.seed, self._cue.turn, REDRAWN) / 2**31
        return coin < self._stage.protocol.redraw_probability

    def _describe(self, drawn: _Drawn) -> RejectedAttempt:
        reply = drawn.reply
        return RejectedAttempt(
            turn=self._cue.turn,
            number=self._withdrawn + drawn.number,
            speaker=self._cue.speaker,
            text=reply.text,
            said=drawn.candidate.text,
            reasons=drawn.reasons or (NOT_CHOSEN,),
            seed=drawn.seed,
            prompt_tokens=reply.prompt_tokens,
            cached_tokens=reply.cached_tokens,
            completion_tokens=reply.completion_tokens,
            seconds=reply.seconds,
        )

    def _reject(self, attempts: Sequence[RejectedAttempt]) -> None:
        self._journal.add_rejected(self._stage.session.id, attempts)
        for attempt in attempts:
            self._observer.on_rejected(self._stage.session.id, attempt)

    async def _take_back(self, spare: RejectedAttempt) -> Turn:
        """Use the reply that was set aside, when none after it passed."""
        return await self._accept(self._recall(spare), self._stage.protocol.attempts, ())

    async def _track(self, line: str) -> tuple[tuple[Mention, ...], tuple[str, ...]]:
        """Find the symptoms a line speaks of; a flag, when the tracking model gave no reading."""
        found = read_mentions(line, self._cue.speaker)
        tracker = self._stage.cast.tracker
        if tracker is None or self._cue.speaker == "therapist":
            return found, ()
        session = self._stage.session
        asked = sorted({statement.symptom for statement in session.profile.statements})
        read = await tracker.read(session.id, session.seed, self._view.turns, line, asked)
        return (found, (TRACKER_FAILED,)) if read is None else ((*found, *read), ())

    async def _accept(self, drawn: _Drawn, asked: int, others: Sequence[RejectedAttempt]) -> Turn:
        session, reply, candidate = self._stage.session.id, drawn.reply, drawn.candidate
        closing = (CLOSING,) if closes(candidate, self._moment) else ()
        mentions, failed = await self._track(candidate.text)
        turn = Turn(
            index=self._cue.turn,
            speaker=self._cue.speaker,
            text=candidate.text,
            phase=self._cue.phase,
            attempts=asked,
            model=self._agent.model.name,
            seed=drawn.seed,
            prompt_tokens=reply.prompt_tokens,
            cached_tokens=reply.cached_tokens,
            completion_tokens=reply.completion_tokens,
            seconds=reply.seconds,
            flags=(*candidate.flags, *closing, *failed),
            screens=self._cue.screens if self._cue.speaker == "therapist" else (),
            mentions=mentions,
        )
        self._journal.add_turn(session, turn, others)
        for attempt in others:
            self._observer.on_rejected(session, attempt)
        self._observer.on_turn(session, turn)
        return turn


def _restore(attempt: RejectedAttempt) -> Reply:
    """The reply an attempt was; one that was cut off is known by its text or its length."""
    cut_off = "cut_off" in attempt.reasons
    return Reply(
        attempt.text,
        "length" if cut_off else "stop",
        attempt.prompt_tokens,
        attempt.cached_tokens,
        attempt.completion_tokens,
        attempt.seconds,
    )
