"""Comparisons: asked in both orders, and what the orders disagree on is a tie."""

import json

import pytest

from sqpsych.assessment.judging import (
    BETTER_ANSWER,
    Pairing,
    Preference,
    compare_pair,
    compare_pairs,
    pair_dialogues,
    rate_preferences,
)
from sqpsych.assessment.judging.pairwise import Winner

from ..making import make_dialogue
from .answering import DIALOGUE, make_asker, read_requests

PAIR = Pairing("1", "p", "Take a walk.", "Take a pill.", "I feel low.", BETTER_ANSWER)


def choose(better: object) -> str:
    return json.dumps({"reason": "It is.", "better": better})


@pytest.mark.parametrize(
    ("straight", "swapped", "winner", "consistent"),
    [
        ("A", "B", "a", True),
        ("B", "A", "b", True),
        ("tie", "tie", "tie", True),
        ("A", "A", "tie", False),
        ("B", "B", "tie", False),
        ("tie", "A", "tie", False),
        ("b ", "a", "b", True),
    ],
)
async def test_a_winner_must_win_in_both_places(
    straight: str, swapped: str, winner: str, consistent: bool
) -> None:
    preference = await compare_pair(make_asker(choose(straight), choose(swapped)), PAIR)
    assert (preference.winner, preference.consistent) == (winner, consistent)
    assert preference.reasons == ("It is.", "It is.")


async def test_the_places_are_swapped_and_both_see_the_prompt() -> None:
    asker = make_asker(choose("A"), choose("B"))
    await compare_pair(asker, PAIR)
    first, second = (request.messages[0].content for request in read_requests(asker))
    assert first.index("a walk") < first.index("a pill")
    assert second.index("a pill") < second.index("a walk")
    assert "I feel low." in first
    assert "I feel low." in second
    assert first.count(BETTER_ANSWER) == 1


@pytest.mark.parametrize("answer", ["A is better.", choose("C"), choose(None), choose(1), "{}"])
async def test_a_comparison_that_fails_once_has_no_winner(answer: str) -> None:
    asker = make_asker(choose("A"), (answer,))
    preference = await compare_pair(asker, PAIR)
    assert (preference.winner, preference.consistent) == (None, None)
    assert preference.error
    assert len(read_requests(asker)) == 4


async def test_a_comparison_recovers() -> None:
    preference = await compare_pair(make_asker(("A.", choose("A")), choose("B")), PAIR)
    assert preference.winner == "a"


async def test_dialogues_are_compared_as_transcripts() -> None:
    other = make_dialogue("Well?", "Fine.", name="d2", person="person")
    pairing = pair_dialogues(DIALOGUE, other)
    assert (pairing.id, pairing.person) == ("d1+d2", "person")
    assert pairing.b == "[0] Therapist: Well?\n[1] Client: Fine."


async def test_pairs_compared_before_are_passed_over_and_results_handed_on() -> None:
    handed: list[Preference] = []
    asker = make_asker(choose("A"), choose("B"))
    pairs = [PAIR, Pairing("2", "q", "x", "y")]
    results = await compare_pairs(asker, pairs, handed.append, compared={"1"})
    assert [preference.pairing for preference in results] == ["2"]
    assert handed == list(results)


def prefer(n: int, first: Winner, second: Winner) -> Preference:
    winner: Winner = first if first == second else "tie"
    return Preference(str(n), f"p{n}", "reader", winner, first == second, first, second)


def test_win_rate_counts_ties_half_and_disagreeing_orders_apart() -> None:
    preferences = [
        prefer(0, "a", "a"),
        prefer(1, "a", "a"),
        prefer(2, "b", "b"),
        prefer(3, "a", "b"),
        prefer(4, "tie", "tie"),
        Preference("5", "p5", "reader", None, None, error="prose"),
    ]
    measured = rate_preferences(preferences, "new", "old")
    rows = {row.name: row for row in measured.rows}
    assert rows["win rate of new against old"].value == pytest.approx((2 + 0.5 * 2) / 5)
    assert rows["won by new, share"].value == pytest.approx(0.4)
    assert rows["won by old, share"].value == pytest.approx(0.2)
    assert rows["tied, share"].value == pytest.approx(0.4)
    assert rows["orders that disagree, share"].value == pytest.approx(0.2)
    assert rows["win rate of new against old"].n == 5
    assert rows["win rate of new against old"].note == "1 of 6 pairs without a verdict"
    assert rows["win rate of new against old"].low is not None
    # Of eight choices, the first place was taken in pairs 0, 1 and 2 once each, in 3 twice.
    assert rows["first place chosen, share"].value == pytest.approx(5 / 8)
    assert len(measured.tables["preferences"]) == 6


def test_nothing_compared_gives_no_win_rate() -> None:
    assert all(row.value is None for row in rate_preferences([]).rows)
    ties = rate_preferences([prefer(0, "tie", "tie")]).rows
    assert {row.name: row.value for row in ties}["first place chosen, share"] is None
