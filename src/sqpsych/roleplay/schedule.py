"""When symptoms come out: followed turn by turn, and chosen for the client's next line."""

from collections.abc import Sequence

from sqpsych.records import Symptom, SymptomOutcome, Turn
from sqpsych.roleplay.plan import SessionPlan
from sqpsych.roleplay.protocol import Condition, Schedule, Step
from sqpsych.roleplay.telling import SymptomNote


def follow_symptoms(plan: SessionPlan, turns: Sequence[Turn]) -> tuple[SymptomOutcome, ...]:
    """Say what has become of each symptom of the profile so far."""
    claimed = find_claims(turns)
    endorsed = [
        SymptomOutcome(
            symptom=note.symptom,
            severity=note.severity,
            state="voiced" if note.symptom in claimed else "pending",
            turn=claimed.get(note.symptom),
        )
        for note in plan.notes
    ]
    denied = [
        SymptomOutcome(
            symptom=symptom,
            severity=0.0,
            state="contradicted" if symptom in claimed else "kept",
            turn=claimed.get(symptom),
        )
        for symptom in sorted(plan.denied)
    ]
    return (*endorsed, *denied)


def find_claims(turns: Sequence[Turn]) -> dict[Symptom, int]:
    """Find the turn in which the client first claimed each symptom."""
    claims: dict[Symptom, int] = {}
    for turn in turns:
        if turn.speaker == "client":
            for mention in turn.mentions:
                if mention.kind == "claimed":
                    claims.setdefault(mention.symptom, turn.index)
    return claims


def list_pending(plan: SessionPlan, turns: Sequence[Turn]) -> tuple[SymptomNote, ...]:
    """List the endorsed symptoms that have not come out yet."""
    claimed = find_claims(turns)
    return tuple(note for note in plan.notes if note.symptom not in claimed)


def holds(condition: Condition, plan: SessionPlan, turns: Sequence[Turn]) -> bool:
    """Whether a condition of the protocol holds after these turns."""
    if condition == "crisis_voiced":
        return Symptom.SUICIDALITY in find_claims(turns)
    if condition == "safety_known":
        return plan.includes_risk or Symptom.SUICIDALITY in plan.denied
    if condition == "more_to_tell":
        return bool(list_pending(plan, turns)) or plan.knows_of("closeness")
    return not any(not note.sensitive for note in list_pending(plan, turns))


def choose_due(
    schedule: Schedule,
    plan: SessionPlan,
    turns: Sequence[Turn],
    step: Step,
    left: int,
    asking: int,
) -> tuple[SymptomNote, ...]:
    """Choose what comes out in the client's next line.

    First what the therapist has just asked about, then what was asked about before and held back,
    and, when few turns are left for what is pending, all else that is not sensitive. A question
    about safety is answered, and nothing else is told then.

    Args:
        schedule: how much a client tells at a time.
        plan: of the session.
        turns: what was said.
        step: what the therapist was told to ask in the turn before.
        left: client's lines to come before the session may close, this one included.
        asking: of these, the lines of this phase that answer what everyone is asked, this one
            included; symptoms come out there, as far as they are few enough.
    """
    pending = list_pending(plan, turns)
    asked = [note for note in pending if note.area in step.screens]
    if "safety" in step.screens or not pending:
        return tuple(asked)
    heard = {symptom for turn in turns for symptom in turn.screens}
    held_back = [note for note in pending if note not in asked and note.symptom in heard]
    unasked = [
        note
        for note in pending
        if note not in asked and note not in held_back and not note.sensitive
    ]
    usual: int = getattr(schedule, plan.attitude)
    most = max(usual, -(-len(pending) // max(left, 1)))
    if asking:
        most = max(most, min(-(-len(pending) // asking), schedule.most))
    end = asking or left
    in_haste = unasked if len(unasked) >= most * max(end - 1, 0) else []
    return tuple([*asked, *held_back, *in_haste][:most])
