"""What does not change while a session is played: people, plan, instructions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol as Interface
from typing import Self

from sqpsych.corpus import Counts, PlannedSession
from sqpsych.records import SPEAKERS, RejectedAttempt, Speaker, Turn
from sqpsych.roleplay.agent import Agent
from sqpsych.roleplay.checks import Moment
from sqpsych.roleplay.cues import Cue, find_cue
from sqpsych.roleplay.lots import Lot
from sqpsych.roleplay.plan import SessionPlan, plan_session
from sqpsych.roleplay.prompts import fill_instructions
from sqpsych.roleplay.protocol import Knowledge, Protocol, RiskPolicy
from sqpsych.roleplay.tracking import Tracker


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
    """The two agents of a session, and how they are to deal with each other."""

    therapist: Agent
    client: Agent
    knowledge: Knowledge = "referral"
    """What the therapist knows beforehand."""
    risk: RiskPolicy = "exclude"
    candidates: int = 1
    """Replies drawn at once."""
    tracker: Tracker | None = None
    """A model that reads along, beside the lexicon."""

    def find(self, speaker: Speaker) -> Agent:
        """The agent who speaks."""
        return self.therapist if speaker == "therapist" else self.client


@dataclass(frozen=True, slots=True)
class Stage:
    """One session, ready to be played."""

    session: PlannedSession
    cast: Cast
    protocol: Protocol
    plan: SessionPlan
    instructions: Mapping[Speaker, str]
    _directions: dict[int, str]
    """What led to each turn so far, by its index; filled as the session goes on."""

    @classmethod
    def set(
        cls, session: PlannedSession, cast: Cast, protocol: Protocol, lot: Lot | None = None
    ) -> Self:
        """Get a session ready, one of a run with the lot that falls to it there."""
        plan = plan_session(session.profile, protocol, session.seed, cast.risk, lot)
        instructions: dict[Speaker, str] = {
            speaker: fill_instructions(protocol, speaker, session.profile, plan, cast.knowledge)
            for speaker in SPEAKERS
        }
        return cls(session, cast, protocol, plan, instructions, {})

    def note(self, cue: Cue) -> None:
        """Note what leads to the next turn."""
        self._directions[cue.turn] = cue.direction

    def list_directions(self, speaker: Speaker, turns: Sequence[Turn]) -> Mapping[int, str]:
        """List the directions of a side that stay in its prompt, by the index of their turn."""
        if not self.protocol.keeps_directions:
            return {}
        for index in range(len(turns)):
            if index not in self._directions:
                cue = find_cue(self.protocol, self.plan, turns[:index])
                self._directions[index] = cue.direction if cue is not None else ""
        return {t.index: self._directions[t.index] for t in turns if t.speaker == speaker}

    def describe(self, cue: Cue, turns: Sequence[Turn]) -> Moment:
        """Describe the moment of a cue to the checks."""
        notes = self.plan.notes
        summing = {phase.name for phase in self.protocol.phases if phase.sums_up}
        return Moment(
            speaker=cue.speaker,
            turns=turns,
            closing=cue.closing,
            word_limit=self.protocol.word_limit(cue.speaker),
            instructions=self.instructions[cue.speaker],
            language=self.protocol.language,
            end_marker=self.protocol.end_marker,
            appointment=self.plan.appointment,
            sums_up=cue.sums_up,
            summed_up=any(turn.phase in summing for turn in turns),
            advises=cue.advises,
            screens=frozenset(cue.screens),
            heard=cue.heard,
            told=cue.told,
            asks=cue.speaker == "therapist" and cue.words.endswith("?"),
            due=frozenset(note.symptom for note in cue.due),
            endorsed=frozenset(note.symptom for note in notes),
            denied=self.plan.denied,
            sensitive=frozenset(note.symptom for note in notes if note.sensitive),
            statements=tuple(s.text for s in self.session.profile.statements),
        )
