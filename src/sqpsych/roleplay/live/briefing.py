"""What the person is told before a session: about the client, or about the part to play."""

from sqpsych.records import Speaker
from sqpsych.roleplay.plan import describe_referral
from sqpsych.roleplay.stage import Stage
from sqpsych.wording import load_lexicon, make_sentence


def brief(stage: Stage, human: Speaker) -> tuple[str, ...]:
    """Say what the person knows beforehand, a line each.

    A therapist is told what a referral holds, and no answers. Who plays the client is told their
    answers in words, what these deny, and the invented situation.
    """
    profile, plan = stage.session.profile, stage.plan
    if human == "therapist":
        return describe_referral(profile, plan, "referral")
    lexicon = load_lexicon()
    life = plan.situation
    known = [*profile.demographics, *profile.history]
    endorsed = [s.text for s in profile.statements if s.severity > 0]
    well = ", ".join(lexicon[symptom].name for symptom in sorted(plan.denied))
    return (
        *(f"{fact.name.replace('_', ' ').capitalize()}: {fact.value}" for fact in known),
        *(endorsed or ["The questionnaire names no trouble."]),
        *([f"No trouble with: {well}."] if well else []),
        f"Wants to talk about {life.reason}. {make_sentence(life.fact)}",
        f"A moment that stood out: {life.event}.",
        f"The thought that came: “{make_sentence(life.thought)}”",
    )
