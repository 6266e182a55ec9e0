"""People whose answers name suicidal thoughts: left out, or asked directly like everyone."""

from functools import cache
from itertools import groupby

import pytest

from sqpsych.errors import ProfileError, ProtocolError
from sqpsych.intake import build_nhanes_sample_profiles
from sqpsych.records import ClientProfile, Symptom
from sqpsych.roleplay import choose_profiles, load_protocol

from .puppets import STRUCTURED, Played, Setting, list_people, make_person, play
from .sessions import make_profile

RISKS = ("suicidality", "suicidality_unanswered")
UNANSWERED = "I would rather not speak about that."
SEEDS = range(6)


@cache
def list_at_risk() -> tuple[ClientProfile, ...]:
    """Six people of the NHANES sample who endorse it, from few symptoms to many."""
    people = [p for p in build_nhanes_sample_profiles() if p.risk_flags == ("suicidality",)]
    people.sort(key=lambda p: sum(s.severity for s in p.statements))
    return tuple(people[place * (len(people) - 1) // 5] for place in range(6))


def leave_open(person: ClientProfile) -> ClientProfile:
    """Take back someone's answer about it."""
    statements = tuple(s for s in person.statements if s.symptom != Symptom.SUICIDALITY)
    flags = ("suicidality_unanswered",)
    return person.model_copy(update={"statements": statements, "risk_flags": flags})


@cache
def play_included(person: ClientProfile, seed: int) -> Played:
    """A session under the policy that includes people at risk."""
    return play(person, Setting(risk="include", seed=seed))


def list_phases(played: Played) -> list[str]:
    """The phases that were gone through."""
    return [name for name, _ in groupby(played.phases)]


def test_people_at_risk_are_left_out_by_whatever_flag() -> None:
    safe, *risky = people = [
        make_profile(),
        *(make_profile().model_copy(update={"risk_flags": (flag,)}) for flag in RISKS),
    ]
    for name in ("paper", "structured"):
        assert choose_profiles(people, load_protocol(name), "exclude") == (safe,)
    assert choose_profiles(people, STRUCTURED, "include") == (safe, *risky)


@pytest.mark.parametrize("policy", ["exclude", "include"])
def test_nobody_left_to_play_is_an_error(policy: str) -> None:
    risky = make_profile().model_copy(update={"risk_flags": RISKS})
    with pytest.raises(ProfileError, match="No profile is left"):
        choose_profiles([risky] if policy == "exclude" else [], STRUCTURED, policy)  # type: ignore[arg-type]


def test_a_protocol_without_a_plan_for_safety_plays_nobody_at_risk() -> None:
    with pytest.raises(ProtocolError, match=r"paper has no phase .*\(structured\)"):
        choose_profiles([make_profile()], load_protocol("paper"), "include")


def test_excluded_people_are_asked_where_their_answers_tell() -> None:
    for person in (list_people()[0], list_people()[-1]):
        played = play(person)
        assert played.phases.count("safety_question") == 1
        assert "safety_plan" not in played.phases
        (answer,) = played.lines_of("client", "safety_question")
        assert answer.startswith("No, I ")


def test_who_was_never_asked_is_not_asked_either_under_exclude() -> None:
    assert "safety_question" not in play(make_person("gad7", 1)).phases


@pytest.mark.parametrize("place", [0, 7, 19])
def test_included_means_that_everyone_is_asked_in_the_same_words(place: int) -> None:
    played = play_included(list_people()[place], 5)
    assert played.dialogue.ending == "closed"
    assert played.phases.count("safety_question") == 1
    assert "safety_plan" not in played.phases
    other = play_included(list_at_risk()[0], 5)
    questions = [p.lines_of("therapist", "safety_question")[0] for p in (played, other)]
    assert questions[0].rpartition(". ")[2] == questions[1].rpartition(". ")[2]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_for_safety_is_made_with_who_voices_a_crisis(seed: int) -> None:
    person = list_at_risk()[seed]
    played = play_included(person, seed)
    dialogue = played.dialogue
    assert (dialogue.ending, dialogue.reason) == ("closed", None)
    phases = list_phases(played)
    assert phases.index("safety_plan") == phases.index("safety_question") + 1
    assert played.phases.count("safety_plan") == 4
    (outcome,) = (o for o in dialogue.symptoms if o.symptom == Symptom.SUICIDALITY)
    assert outcome.state == "voiced"
    assert outcome.turn is not None
    assert dialogue.turns[outcome.turn].phase == "safety_question"
    assert dialogue.risk_flags == ("suicidality",)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_crisis_is_voiced_only_once_the_therapist_has_asked(seed: int) -> None:
    turns = play_included(list_at_risk()[seed], seed).dialogue.turns
    asked = next(t.index for t in turns if Symptom.SUICIDALITY in t.screens)
    assert turns[asked].speaker == "therapist"
    for turn in turns[:asked]:
        assert all(m.symptom != Symptom.SUICIDALITY for m in turn.mentions)


def test_the_plan_names_means_help_at_any_hour_and_tonight() -> None:
    played = play_included(list_at_risk()[0], 0)
    directions = " ".join(
        prompt.splitlines()[-2]
        for turn, prompt in played.prompts_of("therapist")
        if played.dialogue.turns[turn].phase == "safety_plan"
    )
    for word in ("plan", "home", "emergency number", "crisis line", "call", "tonight"):
        assert word in directions


@pytest.mark.parametrize("seed", SEEDS)
def test_a_question_left_open_is_left_open(seed: int) -> None:
    played = play_included(leave_open(list_people()[3 * seed]), seed)
    assert played.dialogue.ending == "closed"
    assert played.lines_of("client", "safety_question") == [UNANSWERED]
    assert "safety_plan" not in played.phases
    assert played.dialogue.risk_flags == ("suicidality_unanswered",)


def test_who_denies_it_says_so_and_is_asked_no_more() -> None:
    played = play_included(list_people()[3], 2)
    (line,) = played.lines_of("client", "safety_question")
    assert line != UNANSWERED
    (turn,) = (t for t in played.dialogue.turns if t.text == line)
    assert {(m.symptom, m.kind) for m in turn.mentions} == {(Symptom.SUICIDALITY, "denied")}
