"""A judge who fills in the client's questionnaire without the profile."""

import json

import pytest

from sqpsych.assessment.judging import FidelityJudge, find_instruments
from sqpsych.errors import InputError
from sqpsych.instruments import load_instrument
from sqpsych.records import Answer, ClientProfile, Evidence

from .answering import DIALOGUE, make_asker, read_requests

PHQ = load_instrument("phq9")
ITEMS = [item.id for item in PHQ.items]


def tell(
    answer: object, turn: object = 1, quote: str = "lay awake until three"
) -> dict[str, object]:
    return {"turn": turn, "quote": quote, "reason": "So it says.", "answer": answer}


async def test_each_item_gets_points_words_or_is_not_assessable() -> None:
    told = {item: tell(None, None, "") for item in ITEMS}
    told |= {"phq9_3": tell(3), "phq9_4": tell(2, 1, "I'm worn out"), "phq9_9": tell(7)}
    asker = make_asker((json.dumps(told), "no", "no"))
    scores = {s.criterion: s for s in await FidelityJudge(asker, PHQ).judge_dialogue(DIALOGUE)}
    assert list(scores) == ITEMS
    assert (scores["phq9_3"].value, scores["phq9_4"].value) == (3, 2)
    assert scores["phq9_4"].evidence == (Evidence(turn=1, quote="I'm worn out"),)
    assert (scores["phq9_1"].value, scores["phq9_1"].error) == (None, None)
    assert scores["phq9_9"].value is None
    assert scores["phq9_9"].error is not None


async def test_the_judge_sees_the_clients_lines_or_all_and_the_items_in_our_words() -> None:
    told = json.dumps({item: tell(0) for item in ITEMS})
    for view, shown in (("client", False), ("whole", True)):
        asker = make_asker(told)
        judge = FidelityJudge(asker, PHQ, view)  # type: ignore[arg-type]
        assert judge.measure == f"answers of phq9, {view}"
        await judge.judge_dialogue(DIALOGUE)
        prompt = read_requests(asker)[0].messages[0].content
        assert ("Therapist:" in prompt) is shown
        assert PHQ.items[0].options[1].statement in prompt


async def test_small_models_get_one_item_a_request() -> None:
    asker = make_asker(*[json.dumps(tell(1))] * 9, style="transcript")
    scores = await FidelityJudge(asker, PHQ).judge_dialogue(DIALOGUE)
    assert [score.value for score in scores] == [1] * 9
    assert len(read_requests(asker)) == 9
    with pytest.raises(InputError, match="0 items"):
        FidelityJudge(asker, PHQ, items_per_request=0)


def test_views_are_stored_apart() -> None:
    judges = [FidelityJudge(make_asker(), PHQ, view) for view in ("client", "whole")]
    assert judges[0].key != judges[1].key


def test_instruments_are_those_that_people_answered() -> None:
    answer = Answer(instrument="phq9", item="phq9_1", value=1)
    person = ClientProfile(pseudonym="p", answers=(answer,))
    assert [i.id for i in find_instruments([person])] == ["phq9"]
    assert find_instruments([]) == ()
