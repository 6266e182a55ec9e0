"""What a simulated client tells a person: what was asked, no more, and in time."""

from dataclasses import replace

import pytest

from sqpsych.records import ClientProfile, Mention, Symptom, Turn
from sqpsych.roleplay import load_protocol
from sqpsych.roleplay.live.answering import LATE_TURN, choose_due, cue_client
from sqpsych.roleplay.plan import Attitude, SessionPlan, plan_session

from ..puppets import STRUCTURED, make_person
from ..sessions import make_turns

PHQ = {"phq9_1": 2, "phq9_2": 3, "phq9_3": 3, "phq9_4": 1, "phq9_6": 2}
"""Interest, mood, sleep, energy and worth; appetite, concentration, pace and death denied."""


def make_plan(person: ClientProfile, attitude: Attitude = "open") -> SessionPlan:
    plan = plan_session(person, STRUCTURED, seed=5, risk="include")
    return replace(plan, attitude=attitude)


def say(*lines: str, claims: tuple[Symptom, ...] = ()) -> tuple[Turn, ...]:
    """Turns of these lines, the therapist first; the claims are of the client's first line."""
    turns = list(make_turns(lines))
    if claims:
        mentions = tuple(Mention(symptom=s, kind="claimed", quote="x") for s in claims)
        turns[1] = turns[1].model_copy(update={"mentions": mentions})
    return tuple(turns)


def list_due(
    plan: SessionPlan, *lines: str, most: int = 3, **more: tuple[Symptom, ...]
) -> list[str]:
    return [note.symptom.value for note in choose_due(plan, say(*lines, **more), most)]


def test_what_is_asked_about_comes_out_and_nothing_else() -> None:
    plan = make_plan(make_person("phq9", PHQ))
    assert list_due(plan, "How are your nights?") == ["insomnia"]
    assert list_due(plan, "How is your appetite?") == []


@pytest.mark.parametrize(("attitude", "most"), [("open", 3), ("agreeable", 2), ("guarded", 1)])
def test_an_open_question_brings_as_much_as_the_attitude_allows(
    attitude: Attitude, most: int
) -> None:
    plan = make_plan(make_person("phq9", PHQ), attitude)
    cue = cue_client(STRUCTURED, plan, say("How have you been lately?"))
    assert len(cue.due) == most


def test_what_was_asked_before_and_held_back_comes_first() -> None:
    plan = make_plan(make_person("phq9", PHQ), "guarded")
    asked = ("How are sleep and mood?", "I sleep badly.", "Tell me more.")
    assert list_due(plan, *asked, most=1, claims=(Symptom.INSOMNIA,)) == ["depressed_mood"]
    silent = (*asked[:2], "Mhm.")
    assert list_due(plan, *silent, claims=(Symptom.INSOMNIA,)) == ["depressed_mood"]


def test_a_question_about_circumstances_brings_no_symptom() -> None:
    plan = make_plan(make_person("phq9", PHQ))
    cue = cue_client(STRUCTURED, plan, say("What went through your mind?"))
    assert cue.due == ()
    assert plan.situation.thought in cue.told


def test_what_was_told_is_not_told_again() -> None:
    plan = make_plan(make_person("phq9", PHQ))
    told = cue_client(STRUCTURED, plan, say("What went through your mind?")).told
    again = say("What went through your mind?", told, "What went through your mind?")
    cue = cue_client(STRUCTURED, plan, again)
    assert cue.told == ""
    assert "not said before" in cue.direction


def test_what_the_profile_denies_is_said_to_be_well() -> None:
    plan = make_plan(make_person("phq9", PHQ))
    cue = cue_client(STRUCTURED, plan, say("How is your appetite?"))
    assert cue.due == ()
    assert cue.told.startswith("I ")
    assert "appetite" in {symptom.value for symptom in cue.screens}


def test_what_nobody_asked_the_person_is_left_open() -> None:
    plan = make_plan(make_person("phq9", PHQ))
    cue = cue_client(STRUCTURED, plan, say("How is intimacy with your partner?"))
    assert cue.due == ()
    assert cue.told


def test_who_told_of_trouble_does_not_say_that_there_is_none_beside_it() -> None:
    plan = make_plan(make_person("phq9", PHQ))
    asked = ("Do you feel worthless?", "Yes.", "How do you see yourself?")
    cue = cue_client(STRUCTURED, plan, say(*asked, claims=(Symptom.WORTHLESSNESS,)))
    assert cue.told == ""
    assert "not said before" in cue.direction


def test_thoughts_of_death_come_out_when_asked_about_and_never_else() -> None:
    plan = make_plan(make_person("phq9", PHQ | {"phq9_9": 2}))
    everything = tuple(note.symptom for note in plan.notes if note.symptom != Symptom.SUICIDALITY)
    lines = ["Hello.", "All of it.", *["Mhm.", "Yes."] * LATE_TURN, "Is there anything else?"]
    assert list_due(plan, *lines, claims=everything) == []
    assert list_due(plan, "Have you thought about hurting yourself?") == ["suicidality"]


def test_other_sensitive_symptoms_come_out_late_when_asked_what_is_left() -> None:
    plan = make_plan(make_person("bdi21", 2))
    rest = tuple(note.symptom for note in plan.notes if not note.sensitive)
    sensitive = [n.symptom.value for n in plan.notes if n.sensitive and n.symptom != "suicidality"]
    assert sensitive
    lines = ["Hello.", "All of it."]
    late = [*lines, *["Mhm.", "Yes."] * LATE_TURN, "Is there anything else?"]
    assert list_due(plan, *lines, "Is there anything else?", claims=rest) == []
    assert list_due(plan, *late, claims=rest) == sensitive


def test_who_told_of_thoughts_of_death_answers_questions_of_safety() -> None:
    plan = make_plan(make_person("phq9", PHQ | {"phq9_9": 2}))
    turns = say("Hello.", "x", "Do you have a plan for it?", claims=(Symptom.SUICIDALITY,))
    assert "no plan" in cue_client(STRUCTURED, plan, turns).told
    before = cue_client(STRUCTURED, plan, say("Hello.", "x", "Do you have a plan for it?"))
    assert "no plan" not in before.told


def test_a_question_left_open_stays_open() -> None:
    plan = replace(make_plan(make_person("phq9", PHQ)), leaves_risk_open=True)
    cue = cue_client(STRUCTURED, plan, say("Have you thought of killing yourself?"))
    assert cue.told == "I would rather not speak about that."


@pytest.mark.parametrize(
    ("line", "agrees"), [("Monday at nine, then. Goodbye.", True), ("Bye.", False)]
)
def test_goodbye_is_answered(line: str, agrees: bool) -> None:
    turns = make_turns(["Hello.", "Hello.", line], closing=True)
    cue = cue_client(STRUCTURED, make_plan(make_person("phq9", PHQ)), turns)
    assert (cue.closing, cue.phase) == ("done", "farewell")
    assert ("agrees to the date" in cue.direction) is agrees


def test_without_a_schedule_nothing_is_put_into_the_mouth() -> None:
    paper = load_protocol("paper")
    cue = cue_client(paper, make_plan(make_person("phq9", PHQ)), say("How are your nights?"))
    assert (cue.due, cue.told) == ((), "")
    assert cue.words == ""
