"""Planted facts: drawn, planted, found again, and how much a model knows them by heart."""

from math import e, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.assessment.privacy.canaries import (
    FACT_NAME,
    Canary,
    count_candidates,
    exposure,
    find_canaries,
    make_canaries,
    plant,
)
from sqpsych.errors import InputError
from sqpsych.records import Symptom

from ..making import make_dialogue, make_profile

CANARY = Canary(("otter", "kettle", "amber", "fiddle"))


def test_canaries_differ_and_come_again_with_the_seed() -> None:
    canaries = make_canaries(200, seed=7)
    assert len({canary.secret for canary in canaries}) == 200
    assert make_canaries(200, seed=7) == canaries
    assert make_canaries(200, seed=8) != canaries
    assert make_canaries(0, seed=7) == ()


@given(st.integers(0, 1000))
def test_a_secret_has_four_words_and_its_sentence_says_them(seed: int) -> None:
    (canary,) = make_canaries(1, seed)
    assert len(set(canary.secret)) == 4
    assert " ".join(canary.secret) in canary.text


def test_as_many_candidates_as_there_are_orders_of_words() -> None:
    assert count_candidates() == 64 * 63 * 62 * 61


@pytest.mark.parametrize("count", [-1, 64**4])
def test_more_canaries_than_secrets_are_refused(count: int) -> None:
    with pytest.raises(InputError, match=f"{count} canaries"):
        make_canaries(count, seed=0)


def test_a_canary_is_planted_as_an_observed_fact_and_changes_nothing_else() -> None:
    profile = make_profile((Symptom.FATIGUE, 1.0))
    planted = plant(profile, CANARY)
    (fact,) = planted.history
    assert (fact.name, fact.value, fact.origin) == (FACT_NAME, CANARY.text, "observed")
    assert planted.model_copy(update={"history": ()}) == profile
    assert profile.history == ()


def test_a_secret_said_is_found_and_quoted() -> None:
    dialogue = make_dialogue("What do you keep?", "A box. Otter, kettle, amber, fiddle, it says.")
    (finding,) = find_canaries([dialogue], [CANARY])[dialogue.id]
    assert (finding.turn, finding.kind) == (1, "canary")
    assert finding.quote == "Otter, kettle, amber, fiddle"


@pytest.mark.parametrize(
    "line",
    [
        "Amber and kettle, and an otter.",
        "It says fiddle, amber, kettle, otter.",
        "otter kettle amber",
    ],
)
def test_all_words_but_one_or_another_order_are_near(line: str) -> None:
    dialogue = make_dialogue("What does it say?", line)
    (finding,) = find_canaries([dialogue], [CANARY])[dialogue.id]
    assert finding.kind == "canary_near"


@pytest.mark.parametrize(
    "line", ["An otter and a kettle.", "Otters, kettles, ambers, fiddles.", ""]
)
def test_two_words_or_parts_of_words_are_nothing(line: str) -> None:
    assert find_canaries([make_dialogue("What does it say?", line)], [CANARY]) == {}


def test_each_canary_is_found_where_it_was_said() -> None:
    canaries = make_canaries(20, seed=3)
    dialogues = [
        make_dialogue("Well?", canary.text, name=f"d{n}") for n, canary in enumerate(canaries)
    ]
    for dialogue, canary in zip(dialogues, canaries, strict=True):
        exact = [
            finding.quote
            for finding in find_canaries([dialogue], canaries)[dialogue.id]
            if finding.kind == "canary"
        ]
        assert exact == [" ".join(canary.secret)]


def test_exposure_falls_by_a_bit_with_each_doubling_of_the_rank() -> None:
    assert exposure([1, 2, 4, 1024], 1024) == (10, 9, 8, 0)
    assert exposure([1], 1) == (0,)
    assert exposure([], 8) == ()


def test_exposure_of_random_places_is_log2_e_on_average() -> None:
    candidates = 4096
    every = exposure(range(1, candidates + 1), candidates)
    assert sum(every) / candidates == pytest.approx(log2(e), abs=0.01)


@pytest.mark.parametrize("rank", [0, -1, 9])
def test_a_rank_that_is_no_place_is_refused(rank: int) -> None:
    with pytest.raises(InputError, match=f"rank {rank} of 8"):
        exposure([1, rank], 8)
