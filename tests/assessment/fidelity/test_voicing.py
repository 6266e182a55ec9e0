"""Symptoms voiced, denied ones claimed, and what the therapist names too soon."""

import pytest

from sqpsych.assessment.fidelity import measure_fidelity, rate_fidelity
from sqpsych.records import Symptom

from ..making import make_dialogue, make_profile

FATIGUE, INSOMNIA, APPETITE = Symptom.FATIGUE, Symptom.INSOMNIA, Symptom.APPETITE


def test_endorsed_and_denied_symptoms_are_looked_for_in_the_clients_words() -> None:
    dialogue = make_dialogue(
        "How was your week?",
        "I feel tired all the time.",
        "You have no appetite, and you sleep badly?",
        "I sleep well, really.",
    )
    profile = make_profile((FATIGUE, 0.3), (APPETITE, 1.0), (INSOMNIA, 0.0))
    fidelity = measure_fidelity(dialogue, profile)
    assert fidelity.endorsed == {FATIGUE, APPETITE}
    assert fidelity.voiced == {FATIGUE}
    assert fidelity.denied == {INSOMNIA}
    assert fidelity.contradicted == frozenset()


def test_a_denied_symptom_claimed_is_a_contradiction() -> None:
    dialogue = make_dialogue("How was your week?", "I feel tired all the time.")
    assert measure_fidelity(dialogue, make_profile((FATIGUE, 0.0))).contradicted == {FATIGUE}


def test_the_strongest_statement_decides() -> None:
    fidelity = measure_fidelity(make_dialogue(), make_profile((FATIGUE, 0.0), (FATIGUE, 0.5)))
    assert fidelity.endorsed == {FATIGUE}
    assert fidelity.denied == frozenset()


def test_naming_a_symptom_first_is_prescience_once() -> None:
    dialogue = make_dialogue(
        "How is your appetite?", "It was an odd week.", "So your appetite is gone?", "Well."
    )
    found = measure_fidelity(dialogue, make_profile()).prescience
    assert [(ahead.turn, ahead.symptom) for ahead in found] == [(0, APPETITE)]


def test_what_the_client_spoke_of_may_be_named() -> None:
    dialogue = make_dialogue(
        "How was your week?",
        "I feel tired all the time. I sleep well.",
        "You feel tired. And your sleep is good.",
        "Yes.",
    )
    assert measure_fidelity(dialogue, make_profile()).prescience == ()


def test_the_same_turn_is_not_earlier() -> None:
    dialogue = make_dialogue("You feel tired?", "I feel tired all the time.")
    assert len(measure_fidelity(dialogue, make_profile()).prescience) == 1


def test_a_screening_question_is_no_prescience_nor_is_coming_back_to_it() -> None:
    lines = ("How is your appetite?", "It was an odd week.", "And the appetite?", "Well.")
    screened = make_dialogue(*lines, screens={0: (APPETITE,)})
    assert measure_fidelity(screened, make_profile()).prescience == ()
    too_late = make_dialogue(*lines, screens={2: (APPETITE,)})
    assert [p.turn for p in measure_fidelity(too_late, make_profile()).prescience] == [0]
    other = make_dialogue(*lines, screens={0: (INSOMNIA,)})
    assert [p.symptom for p in measure_fidelity(other, make_profile()).prescience] == [APPETITE]


def test_a_part_spoken_of_makes_the_whole_known() -> None:
    dialogue = make_dialogue(
        "How was your week?",
        "I wake up at four every morning and can't fall back asleep.",
        "So your sleep is short.",
        "Yes.",
    )
    named = {p.symptom for p in measure_fidelity(dialogue, make_profile()).prescience}
    assert INSOMNIA not in named


def test_rates_are_of_all_symptoms_together() -> None:
    tired = make_dialogue("How was it?", "I feel tired all the time.", person="a")
    silent = make_dialogue("How is your appetite?", "It was fine.", person="b")
    fidelities = [
        measure_fidelity(tired, make_profile((FATIGUE, 1.0))),
        measure_fidelity(silent, make_profile((FATIGUE, 1.0), (APPETITE, 1.0), (INSOMNIA, 0.0))),
    ]
    rates = rate_fidelity(fidelities, ["a", "b"])
    assert rates.voiced.value == pytest.approx(1 / 3)
    assert rates.contradicted.value == 0
