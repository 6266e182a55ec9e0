"""Judges: what counts as a verdict, what is asked for again, and what stays without value."""

import asyncio
import json
from typing import Any

import pytest

from sqpsych.assessment.judging import Asker, Judge, judge_corpus, load_rubric
from sqpsych.errors import InputError, RequestRefusedError, ServerUnavailableError
from sqpsych.language_models.chat_model import ChatModel, Reply, Request
from sqpsych.records import Dialogue, Score

from ..making import make_dialogue
from .answering import (
    DIALOGUE,
    make_asker,
    make_criterion,
    make_rubric,
    name_dialogue,
    read_requests,
    say,
    say_object,
)


async def judge_one(*lines: Any, style: Any = "chat", **changes: Any) -> Score:
    """What a judge who says these lines makes of one criterion."""
    judge = Judge(make_asker(*lines, style=style), make_rubric(make_criterion(**changes)))
    (score,) = await judge.judge_dialogue(DIALOGUE)
    return score


async def test_a_verdict_has_value_rater_and_the_words_as_they_were_said() -> None:
    score = await judge_one(say(1, 1, "i LAY awake, until three"))
    assert (score.subject, score.measure, score.criterion) == ("d1", "mine", "warmth")
    assert (score.value, score.rater, score.error) == (1, "reader", None)
    assert [(e.turn, e.quote) for e in score.evidence] == [(1, "I lay awake until three")]


async def test_zero_is_a_value() -> None:
    score = await judge_one(say(0))
    assert (score.value, score.error) == (0, None)


@pytest.mark.parametrize(
    "answer",
    [
        f"```json\n{say()}\n```",
        f"<think>Is it {{}}? It is.</think>{say()}",
        f"Here it is: {say()} I hope this helps {{you}}.",
        json.dumps({"warmth": say_object()}),
        say(2.0),
    ],
)
async def test_json_is_found_whatever_stands_around_it(answer: str) -> None:
    assert (await judge_one(answer)).value == 2


async def test_words_of_another_line_give_evidence_where_they_stand() -> None:
    score = await judge_one(say(2, 1, "I'll lose my job"))
    assert [e.turn for e in score.evidence] == [3]


UNUSABLE = [
    ("The dialogue is warm, I would say a 2.", "no complete JSON"),
    ("I'm sorry, but I can't rate therapy sessions.", "no complete JSON"),
    (say()[:-20], "no complete JSON"),
    ("", "no complete JSON"),
    ("[" * 5000 + "{" * 5000, "no complete JSON"),
    ("[2]", "no complete JSON"),
    (say(7), "score is 7; expected one of 0, 1, 2"),
    (say(-1), "score is -1"),
    (say(1.5), "score is 1.5"),
    (say("2"), 'score is "2"'),
    (say(True), "score is true"),
    (say(None), "score is null"),
    ('{"turn": 1, "quote": "lay awake"}', "score is missing"),
    ('{"score": NaN, "turn": 1, "quote": "lay awake"}', "score is NaN"),
    (say(2, 1, "I slept like a baby"), "none of the lines shown"),
    (say(2, 1, ""), "quote holds no words"),
    (say(2, 1, None), "quote holds no words"),
    (say(2, "one"), "turn is no number"),
]


@pytest.mark.parametrize(("answer", "error"), UNUSABLE)
async def test_what_is_no_verdict_is_asked_for_again_then_unscored(answer: str, error: str) -> None:
    asker = make_asker((answer,))
    (score,) = await Judge(asker, make_rubric()).judge_dialogue(DIALOGUE)
    assert score.value is None
    assert score.error is not None
    assert error in score.error
    assert score.evidence == ()
    assert len(read_requests(asker)) == 3


@pytest.mark.parametrize(("answer", "error"), UNUSABLE)
async def test_a_judge_recovers_when_told_what_was_wrong(answer: str, error: str) -> None:
    asker = make_asker((answer, say(1)))
    (score,) = await Judge(asker, make_rubric()).judge_dialogue(DIALOGUE)
    assert (score.value, score.error) == (1, None)
    first, second = read_requests(asker)
    assert second.messages[0] == first.messages[0]
    assert second.messages[1].role == "assistant"
    assert error in second.messages[2].content


async def test_not_assessable_is_no_value_and_no_error_where_the_rubric_allows_it() -> None:
    allowed = await judge_one(say(None, None, ""), not_assessable=True)
    assert (allowed.value, allowed.error) == (None, None)
    refused = await judge_one((say(None, None, ""),))
    assert refused.error is not None


async def test_attempts_are_as_many_as_told() -> None:
    asker = make_asker(("no",), attempts=1)
    await Judge(asker, make_rubric()).judge_dialogue(DIALOGUE)
    assert len(read_requests(asker)) == 1
    with pytest.raises(InputError, match="0 attempts"):
        make_asker(attempts=0)


async def test_of_several_criteria_only_the_failed_are_asked_again() -> None:
    rubric = make_rubric(make_criterion("warmth"), make_criterion("order"))
    first = json.dumps({"warmth": say_object(1), "order": say_object(9)})
    asker = make_asker((first, say(0)))
    warmth, order = await Judge(asker, rubric).judge_dialogue(DIALOGUE)
    assert (warmth.value, order.value) == (1, 0)
    again = read_requests(asker)[1]
    assert set(again.schema["properties"]) == {"turn", "quote", "reason", "score"}
    assert "warmth" not in again.messages[-1].content


async def test_a_criterion_left_out_of_the_answer_fails_alone() -> None:
    rubric = make_rubric(make_criterion("warmth"), make_criterion("order"))
    asker = make_asker((json.dumps({"warmth": say_object(1)}), "no", "no"))
    warmth, order = await Judge(asker, rubric).judge_dialogue(DIALOGUE)
    assert (warmth.value, warmth.error) == (1, None)
    assert order.value is None


async def test_small_models_get_one_criterion_a_request_and_others_all() -> None:
    rubric = make_rubric(make_criterion("warmth"), make_criterion("order"))
    both = json.dumps({"warmth": say_object(), "order": say_object()})
    small, large = make_asker(say(), say(), style="transcript"), make_asker(both)
    for asker, requests in ((small, 2), (large, 1)):
        scores = await Judge(asker, rubric).judge_dialogue(DIALOGUE)
        assert [score.value for score in scores] == [2, 2]
        assert len(read_requests(asker)) == requests
    with pytest.raises(InputError, match="0 criteria a request"):
        Judge(large, rubric, criteria_per_request=0)


async def test_prompts_differ_only_behind_the_dialogue() -> None:
    rubric = make_rubric(make_criterion("warmth"), make_criterion("order"))
    asker = make_asker(say(), say(), style="transcript")
    await Judge(asker, rubric).judge_dialogue(DIALOGUE)
    one, other = (request.transcript for request in read_requests(asker))
    shared = one[: one.index("To be rated now:")]
    assert "[3] Client: Yes. I keep thinking I'll lose my job." in shared
    assert other.startswith(shared)
    assert one.endswith("JSON:")
    assert "[3] Client" not in one.removeprefix(shared)


async def test_a_transcript_grows_at_its_end_and_does_not_repeat_the_failed_answer() -> None:
    asker = make_asker(("Two, I think.", say(7), say()), style="transcript")
    await Judge(asker, make_rubric()).judge_dialogue(DIALOGUE)
    one, two, three = (request.transcript for request in read_requests(asker))
    shared = one.removesuffix("JSON:")
    assert two.startswith(shared)
    assert three.startswith(shared)
    assert "Two, I think." not in two
    assert "score is 7" in three
    assert "no complete JSON" not in three
    assert three.endswith("JSON:")


async def test_the_form_is_described_once_for_all_criteria_of_a_kind() -> None:
    rubric = make_rubric(make_criterion("warmth"), make_criterion("order"))
    asker = make_asker(json.dumps({"warmth": say_object(), "order": say_object()}))
    await Judge(asker, rubric).judge_dialogue(DIALOGUE)
    content = read_requests(asker)[0].messages[0].content
    assert content.count('- "quote"') == 1
    assert 'Under each of "warmth", "order"' in content


async def test_criteria_are_judged_on_the_lines_they_name() -> None:
    rubric = make_rubric(make_criterion("warmth", about="client", view="client"))
    asker = make_asker(say())
    await Judge(asker, rubric).judge_dialogue(DIALOGUE)
    (request,) = read_requests(asker)
    assert "Therapist:" not in request.messages[0].content
    assert request.schema["properties"]["turn"]["enum"] == [1, 3]


async def test_a_view_that_hides_whom_the_rubric_rates_is_refused() -> None:
    with pytest.raises(InputError, match="rates the therapist"):
        Judge(make_asker(), load_rubric("ctrs"), view="client")
    judge = Judge(make_asker(say()), make_rubric(), view="client")
    (score,) = await judge.judge_dialogue(DIALOGUE)
    assert score.value == 2


async def test_what_nobody_said_is_not_asked_about() -> None:
    asker = make_asker()
    rubric = make_rubric(make_criterion(view="client", part="first_third"))
    (score,) = await Judge(asker, rubric).judge_dialogue(make_dialogue("Hello?"))
    assert score.value is None
    assert score.error == "nothing is said in what the judge is shown"
    assert read_requests(asker) == []


async def test_requests_are_the_same_on_every_run_and_first_asked_without_chance() -> None:
    seen = []
    for _ in range(2):
        asker = make_asker(("no", say()))
        await Judge(asker, make_rubric()).judge_dialogue(DIALOGUE)
        seen.append(read_requests(asker))
    assert seen[0] == seen[1]
    first, second = seen[0]
    assert first.temperature == 0
    assert first.seed != second.seed


async def test_a_reasoning_model_gets_room_to_think() -> None:
    plain, thinking = make_asker(say()), make_asker(say())
    thinking = Asker(thinking.model, thinking_tokens=2000)
    for asker in (plain, thinking):
        await Judge(asker, make_rubric()).judge_dialogue(DIALOGUE)
    assert read_requests(thinking)[0].max_tokens - read_requests(plain)[0].max_tokens == 2000


def test_a_key_changes_with_all_that_shapes_the_scores() -> None:
    base = Judge(make_asker(), make_rubric())
    others = [
        Judge(make_asker(attempts=2), make_rubric()),
        Judge(make_asker(style="transcript"), make_rubric(make_criterion(), make_criterion("b"))),
        Judge(make_asker(), make_rubric(), view="client"),
        Judge(make_asker(), make_rubric(make_criterion(definition="How hot it is."))),
        Judge(make_asker(name="other"), make_rubric()),
    ]
    assert base.key == Judge(make_asker(), make_rubric()).key
    assert len({base.key, *(other.key for other in others)}) == 6
    assert base.key.startswith("reader/mine/")


class Failing(ChatModel):
    """Answers, but for dialogues of some names."""

    def __init__(self, errors: dict[str, Exception]) -> None:
        """Raise these errors for dialogues of these ids."""
        self._errors = errors
        self.running = 0
        self.most = 0

    @property
    def name(self) -> str:
        """The name records carry."""
        return "failing"

    async def draw(self, request: Request, candidates: int = 1) -> tuple[Reply, ...]:
        """Answer after a moment."""
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0.001)
        self.running -= 1
        if error := self._errors.get(request.tag.partition("/")[0]):
            raise error
        return (Reply(say(), "stop", 1, 0, 1, 0.0),)


def make_failing_judge(errors: dict[str, Exception]) -> tuple[Judge, Failing]:
    model = Failing(errors)
    return Judge(Asker(model), make_rubric()), model


async def test_a_corpus_is_judged_in_order_and_each_dialogue_is_handed_over_at_once() -> None:
    judge, model = make_failing_judge({})
    dialogues = [name_dialogue(f"d{n}") for n in range(9)]
    handed: list[tuple[str, tuple[Score, ...]]] = []

    def hand_over(dialogue: Dialogue, scores: tuple[Score, ...]) -> None:
        handed.append((dialogue.id, scores))

    scores = await judge_corpus(judge, dialogues, hand_over, concurrency=3)
    assert [score.subject for score in scores] == [dialogue.id for dialogue in dialogues]
    assert sorted(name for name, _ in handed) == [dialogue.id for dialogue in dialogues]
    assert {score for _, some in handed for score in some} == set(scores)
    assert model.most == 3


async def test_what_was_judged_is_not_judged_again() -> None:
    judge, _ = make_failing_judge({"d0": ServerUnavailableError("away")})
    dialogues = [name_dialogue("d0"), name_dialogue("d1")]
    scores = await judge_corpus(judge, dialogues, lambda d, s: None, judged={"d0"})
    assert [score.subject for score in scores] == ["d1"]


async def test_a_dead_server_is_raised_and_what_was_judged_is_with_the_caller() -> None:
    judge, _ = make_failing_judge({"d2": ServerUnavailableError("away")})
    handed: list[str] = []
    dialogues = [name_dialogue(f"d{n}") for n in range(5)]
    with pytest.raises(ServerUnavailableError, match="away"):
        await judge_corpus(judge, dialogues, lambda d, s: handed.append(d.id), concurrency=1)
    assert handed == ["d0", "d1"]


async def test_a_dialogue_that_is_refused_is_unscored_and_the_others_go_on() -> None:
    judge, _ = make_failing_judge({"d0": RequestRefusedError("longer than the context")})
    dialogues = [name_dialogue("d0"), name_dialogue("d1")]
    refused, other = await judge_corpus(judge, dialogues, lambda d, s: None)
    assert (refused.value, refused.error) == (None, "longer than the context")
    assert other.value == 2


async def test_nothing_to_judge_is_no_error() -> None:
    judge, _ = make_failing_judge({})
    assert await judge_corpus(judge, [], lambda d, s: None) == ()


async def test_an_id_with_a_slash_is_judged_too() -> None:
    judge = Judge(make_asker(say()), make_rubric())
    (score,) = await judge.judge_dialogue(name_dialogue("a/b"))
    assert (score.subject, score.value) == ("a/b", 2)
