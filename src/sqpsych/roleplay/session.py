"""One session, turn by turn, from wherever its journal stands."""

from sqpsych.corpus import Journal, PlannedSession
from sqpsych.errors import RequestRefusedError
from sqpsych.roleplay.cues import find_cue, is_closed
from sqpsych.roleplay.drawing import Drawing
from sqpsych.roleplay.lots import Lot
from sqpsych.roleplay.protocol import Protocol
from sqpsych.roleplay.schedule import follow_symptoms
from sqpsych.roleplay.stage import Cast, Observer, Stage

REFUSED = "the server refused the request, which may be longer than its context"
_FIRST = (0, 1)
"""Turns in which therapist and client are first heard."""


async def play_session(
    session: PlannedSession,
    cast: Cast,
    protocol: Protocol,
    journal: Journal,
    observer: Observer,
    lot: Lot | None = None,
) -> None:
    """Play a session to its end, committing every turn before the next is asked for.

    Args:
        session: who is played.
        cast: by whom.
        protocol: what is played.
        journal: keeps it.
        observer: watches.
        lot: what falls to the session in its run; None when it stands alone.

    Raises:
        ModelError: a server is away, talks nonsense or refuses all that is asked for first; what
            was said so far is safe.
        CorpusError: the journal cannot be written.
    """
    stage = Stage.set(session, cast, protocol, lot)
    turns = list(journal.read_turns(session.id))
    rejected = [a for a in journal.read_rejected(session.id) if a.turn == len(turns)]
    reason = None
    while (cue := find_cue(protocol, stage.plan, turns)) is not None:
        drawing = Drawing(stage, journal, observer, cue, turns)
        try:
            turn = await drawing.draw(rejected)
        except RequestRefusedError:
            if cue.turn in _FIRST and not journal.was_answered(cue.turn):
                raise
            reason = f"turn {cue.turn}: {REFUSED}"
            break
        if turn is None:
            reason = f"turn {cue.turn}: {', '.join(drawing.last_reasons)}"
            break
        turns.append(turn)
        rejected = []
    if reason is None and not is_closed(turns):
        reason = f"not closed by exchange {protocol.limits.hard_stop}"
    follows = protocol.schedule is not None
    journal.finish(
        session.id,
        "closed" if reason is None else "rejected",
        reason,
        invented=stage.plan.invented if follows else (),
        symptoms=follow_symptoms(stage.plan, turns) if follows else (),
    )
    observer.on_finished(session.id, reason)
