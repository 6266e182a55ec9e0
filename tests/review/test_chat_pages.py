"""Trying a client out in the browser: the real server, with a scripted model."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from review.chatting import CLIENT, Chatter, Chatting, list_people, read_events, serve_chats
from review.making import HOSTILE, serve_study
from sqpsych.cli.app import app
from sqpsych.corpus import open_corpus
from sqpsych.errors import ReviewError

HELLO = "Hello, how are your nights?"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Chatting]:
    with serve_chats(tmp_path) as running:
        yield running


@pytest.fixture
def owner(served: Chatting) -> Chatter:
    return served.join("owner")


def test_a_session_is_chatted_to_its_end_and_kept_as_a_persons(
    served: Chatting, owner: Chatter
) -> None:
    assert owner.begin().headers["location"] == "/chat/now"
    events = owner.say(0, HELLO)
    kinds = [kind for kind, _ in events]
    assert (kinds[0], kinds[-2:]) == ("turn", ["turn", "state"])
    assert "text" in kinds
    assert events[0][1] == {
        "index": 0, "speaker": "therapist", "text": HELLO, "own": True, "crisis": False,
    }  # fmt: skip
    assert events[-2][1]["text"] == CLIENT[0]
    assert events[-1][1] == {"over": False, "awaits": True}
    shown = [value["text"] for kind, value in events if kind == "text"]
    assert all(CLIENT[0].startswith(text) for text in shown)
    assert owner.say(2, "I see. Goodbye, until next Monday at nine.")[-1][1]["over"]
    page = owner.client.get(owner.post("/chat/now/end").headers["location"]).text
    assert CLIENT[0] in page
    with open_corpus(served.folder / "study/chats/therapist") as corpus:
        (dialogue,) = corpus.read_dialogues()
    assert (dialogue.therapist_model, dialogue.client_model) == ("human", "scripted")
    assert len(dialogue.turns) == 4


def test_every_page_says_that_it_is_a_simulation(owner: Chatter) -> None:
    pages = [owner.client.get("/chat").text]
    owner.begin()
    pages.append(owner.client.get("/chat/now").text)
    owner.say(0, HELLO)
    pages.append(owner.client.get(owner.post("/chat/now/end").headers["location"]).text)
    for page in pages:
        assert "This is a simulation" in page
        assert "Not for clinical use" in page


def test_text_comes_before_the_line_is_complete(tmp_path: Path) -> None:
    with serve_chats(tmp_path, delay_s=3.0) as running:
        owner = running.join("owner")
        owner.begin()
        headers = {"x-csrf-token": owner.csrf}
        body = {"turns": 0, "text": HELLO}
        arrived: list[float] = []
        with owner.client.stream("POST", "/chat/now/lines", json=body, headers=headers) as answer:
            for line in answer.iter_lines():
                if line.startswith("event: text"):
                    arrived.append(time.monotonic())
    assert len(arrived) > 5
    assert arrived[-1] - arrived[0] > 0.8


def test_a_model_may_lead(owner: Chatter) -> None:
    owner.begin(part="client", profile=list_people()[0].pseudonym)
    page = owner.client.get("/chat/now").text
    assert "Who you play" in page
    events = read_events(owner.send("answers", turns=0).text)
    assert events[-2][1]["speaker"] == "therapist"
    assert owner.say(1, "I want to kill myself.")[0][1]["crisis"]


def test_a_chat_outlives_the_server(tmp_path: Path) -> None:
    with serve_chats(tmp_path) as running:
        owner = running.join("owner")
        owner.begin()
        owner.say(0, HELLO)
        cookies = dict(owner.client.cookies)
    with serve_chats(tmp_path) as running:
        again = Chatter(running.browse(cookies))
        assert CLIENT[0] in again.client.get("/chat/now").text
        assert again.say(2, "What else is there to tell?")[-2][1]["text"] == CLIENT[1]


def test_a_line_is_taken_back(owner: Chatter) -> None:
    owner.begin()
    owner.say(0, HELLO)
    assert owner.send("undo", turns=2).json() == {"turns": 0}
    assert owner.send("undo", turns=0).status_code == 409
    assert owner.say(0, "Good morning, how do you sleep?")[0][1]["index"] == 0


def test_a_model_that_fails_is_shown_as_failing(owner: Chatter) -> None:
    owner.begin()
    for turns, line in ((0, HELLO), (2, "And?"), (4, "And then?"), (6, "And besides?")):
        events = owner.say(turns, line)
    assert events[-2][0] == "failed"
    assert "None of the model's answers passed" in events[-2][1]["message"]
    assert events[-1][1] == {"over": False, "awaits": False}
    assert owner.send("lines", turns=7, text="Hello?").status_code == 409
    again = read_events(owner.send("answers", turns=7).text)
    assert again[-2][0] == "failed"
    assert owner.send("undo", turns=7).status_code == 200


def test_markup_is_shown_as_it_was_typed(owner: Chatter) -> None:
    owner.begin()
    owner.say(0, f"How are your nights? {HOSTILE.replace('<', '&lt;')}")
    assert "<script>document" not in owner.client.get("/chat/now").text
    refused = owner.send("lines", turns=2, text=HOSTILE)
    assert refused.status_code == 422
    assert "cannot be said" in refused.json()["message"]


def test_old_pages_and_forms_sent_twice_change_nothing(served: Chatting, owner: Chatter) -> None:
    assert owner.send("lines", turns=0, text=HELLO).status_code == 409
    owner.begin()
    assert owner.begin().status_code == 409
    owner.say(0, HELLO)
    assert owner.send("lines", turns=0, text=HELLO).status_code == 409
    assert owner.send("answers", turns=2).status_code == 409
    with open_corpus(served.folder / "study/chats/therapist") as corpus:
        assert corpus.journal.count().turns == 2


@pytest.mark.parametrize(
    "body",
    [
        {"turns": 0},
        {"turns": 0, "text": ""},
        {"turns": 0, "text": "a" * 2001},
        {"turns": "0", "text": "Hello"},
        {"turns": -1, "text": "Hello"},
        {"turns": 0, "text": "Hello", "speaker": "client"},
        [],
    ],
)
def test_what_is_no_line_is_refused(owner: Chatter, body: object) -> None:
    owner.begin()
    headers = {"x-csrf-token": owner.csrf}
    answer = owner.client.post("/chat/now/lines", json=body, headers=headers)
    assert answer.status_code == 422


def test_a_closed_study_refuses_chats_and_plans_none(served: Chatting, owner: Chatter) -> None:
    assert owner.post("/owner/close", event="0" * 32, sure="yes").status_code == 303
    assert [owner.begin().status_code for _ in range(2)] == [409, 409]
    with open_corpus(served.folder / "study/chats/therapist") as corpus:
        assert corpus.journal.list_waiting() == ()


def test_nobody_else_gets_in(served: Chatting, owner: Chatter) -> None:
    owner.begin()
    owner.say(0, HELLO)
    ended = owner.post("/chat/now/end").headers["location"]
    stranger = served.browse()
    rater = served.join("rater-1")
    for page in ("/chat", "/chat/now", ended):
        assert stranger.get(page).headers["location"] == "/sign-in"
        assert rater.client.get(page).status_code == 404
    assert rater.begin().status_code == 404
    assert rater.send("lines", turns=0, text=HELLO).status_code == 404
    assert "/chat" not in rater.client.get("/tasks").text
    assert owner.client.get("/chat/ended/d000000000000").status_code == 404


def test_nothing_is_changed_without_the_pages_token(owner: Chatter) -> None:
    owner.csrf = "0" * 64
    assert owner.begin().status_code == 403
    for path in ("lines", "answers", "undo"):
        assert owner.send(path, turns=0, text=HELLO).status_code == 403
    assert owner.post("/chat/now/end").status_code == 403


def test_profiles_at_risk_are_not_offered(owner: Chatter) -> None:
    well, at_risk = list_people()[0].pseudonym, list_people()[-1].pseudonym
    page = owner.client.get("/chat").text
    assert well in page
    assert at_risk not in page
    assert owner.begin(profile=at_risk).status_code == 422
    assert owner.begin(profile="' OR 1=1").status_code == 422


def test_raters_chat_where_they_may_and_each_reads_their_own_alone(tmp_path: Path) -> None:
    with serve_chats(tmp_path, "--chat-raters") as running:
        first, second = running.join("rater-1"), running.join("rater-2")
        assert "/chat" in first.client.get("/tasks").text
        first.begin()
        first.say(0, HELLO)
        assert second.client.get("/chat/now").headers["location"] == "/chat"
        assert second.send("undo", turns=2).status_code == 409
        second.begin()
        assert second.say(0, "Good morning, how do you sleep?")[0][1]["index"] == 0
        ended = first.post("/chat/now/end").headers["location"]
        assert first.client.get(ended).status_code == 200
        assert second.client.get(ended).status_code == 404
        assert "scripted" not in first.client.get(ended).text


def test_without_a_model_there_is_no_such_page(tmp_path: Path) -> None:
    with serve_study(tmp_path) as made:
        owner = made.join("owner")
        assert owner.client.get("/chat").status_code == 404
        assert owner.post_json("/chat/now/lines", turns=0, text="x").status_code in {404, 422}
        assert "/chat" not in owner.client.get("/owner").text


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--chat", "scripted:x.json"], "takes both"),
        (["--profiles", "x.jsonl"], "takes both"),
        (["--chat-raters"], "with --chat MODEL alone"),
    ],
)
def test_half_of_what_a_chat_needs_is_refused(options: list[str], why: str) -> None:
    result = CliRunner().invoke(app, ["review", "serve", "study", *options])
    assert isinstance(result.exception, ReviewError)
    assert why in str(result.exception)


def test_an_answer_nobody_waits_for_is_given_up_and_can_be_asked_for(tmp_path: Path) -> None:
    with serve_chats(tmp_path, delay_s=3.0) as running:
        owner = running.join("owner")
        owner.begin()
        headers, body = {"x-csrf-token": owner.csrf}, {"turns": 0, "text": HELLO}
        with owner.client.stream("POST", "/chat/now/lines", json=body, headers=headers) as answer:
            for line in answer.iter_lines():
                if line.startswith("event: text"):
                    break
        until = time.monotonic() + 10
        while (again := owner.send("answers", turns=1)).status_code == 409:
            assert time.monotonic() < until
            time.sleep(0.1)
        assert read_events(again.text)[-2][1]["text"] == CLIENT[0]
