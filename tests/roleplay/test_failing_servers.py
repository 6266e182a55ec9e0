"""What a run does when a server refuses one request, or goes away: against a real local server."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from sqpsych.corpus import Counts, open_corpus
from sqpsych.errors import RequestRefusedError, ServerUnavailableError
from sqpsych.language_models import EgressGuard
from sqpsych.language_models.opening import ServingSettings
from sqpsych.roleplay import RunSettings, Study, generate_corpus

from .sessions import CLIENT, THERAPIST, Watcher, make_profile, make_study

PEOPLE = 3
IMPATIENT = ServingSettings(timeout_s=20.0, retries=0)
Refuse = Callable[[str, int], int]
"""From the system message and the turn asked for to a status: 200 answers from the script."""


class LineServer:
    """An OpenAI-compatible server that says the lines of the script."""

    def __init__(self, server: HTTPServer) -> None:
        self.refuse: Refuse = lambda system, turn: 200
        self.asked = 0
        models = {"object": "list", "data": [_describe(name) for name in ("therapist", "client")]}
        server.expect_request("/v1/models").respond_with_json(models)
        server.expect_request("/v1/chat/completions").respond_with_handler(self._answer)
        self.url = server.url_for("/v1")

    def make_study(self) -> Study:
        """Make a study of three people on this server."""
        people = [make_profile(number) for number in range(PEOPLE)]
        return make_study(f"{self.url}#therapist", people, client_model=f"{self.url}#client")

    def _answer(self, request: Request) -> Response:
        self.asked += 1
        body = json.loads(request.get_data())
        said = len(body["messages"]) - 2
        is_client = body["model"] == "client"
        turn = said + 1 if is_client else said
        status = self.refuse(body["messages"][0]["content"], turn)
        if status != 200:
            return Response(json.dumps({"error": {"message": "no"}}), status)
        text = (CLIENT if is_client else THERAPIST)[turn // 2]
        message = {"role": "assistant", "content": text}
        reply = {
            "id": "r",
            "object": "chat.completion",
            "created": 1,
            "model": body["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": 40, "completion_tokens": 9, "total_tokens": 49},
        }
        return Response(json.dumps(reply), content_type="application/json")


def _describe(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": 1, "owned_by": "tests"}


@pytest.fixture
def lines(httpserver: HTTPServer) -> LineServer:
    return LineServer(httpserver)


async def run(lines: LineServer, corpus: Path, watcher: Watcher, concurrency: int) -> Counts:
    """Run the study without retries."""
    settings = RunSettings(corpus, concurrency, serving=IMPATIENT)
    return await generate_corpus(lines.make_study(), settings, watcher, EgressGuard())


@pytest.mark.parametrize("status", [400, 413])
async def test_a_refused_request_rejects_its_session_alone(
    lines: LineServer, tmp_path: Path, status: int
) -> None:
    lines.refuse = lambda system, turn: status if "Age: 31" in system and turn == 6 else 200
    counts = await run(lines, tmp_path / "corpus", Watcher(), concurrency=PEOPLE)
    assert (counts.closed, counts.rejected, counts.waiting) == (2, 1, 0)
    assert (counts.turns, counts.attempts) == (66, 66)
    with open_corpus(tmp_path / "corpus") as corpus:
        refused = next(d for d in corpus.read_dialogues() if d.ending == "rejected")
        assert refused.pseudonym == "p0001"
        assert len(refused.turns) == 6
        assert str(refused.reason).startswith("turn 6: the server refused the request")
        assert lines.url not in str(refused.reason)


@pytest.mark.parametrize("first", [0, 1])
async def test_a_server_that_refuses_everything_ends_the_run_and_burns_no_session(
    lines: LineServer, tmp_path: Path, first: int
) -> None:
    lines.refuse = lambda system, turn: 400 if turn % 2 == first else 200
    with pytest.raises(RequestRefusedError, match="may not know a sampling setting"):
        await run(lines, tmp_path / "corpus", Watcher(), concurrency=2)
    lines.refuse = lambda system, turn: 200
    counts = await run(lines, tmp_path / "corpus", Watcher(), concurrency=2)
    assert (counts.closed, counts.rejected, counts.waiting) == (PEOPLE, 0, 0)


async def test_a_refusal_of_the_first_turn_rejects_its_session_once_others_were_answered(
    lines: LineServer, tmp_path: Path
) -> None:
    lines.refuse = lambda system, turn: 400 if "Age: 32" in system and turn < 2 else 200
    counts = await run(lines, tmp_path / "corpus", Watcher(), concurrency=1)
    assert (counts.closed, counts.rejected, counts.waiting) == (PEOPLE - 1, 1, 0)


async def test_a_server_that_goes_away_stops_the_run_and_nothing_is_lost(
    lines: LineServer, tmp_path: Path
) -> None:
    lines.refuse = lambda system, turn: 503 if turn == 9 else 200
    watcher = Watcher()
    with pytest.raises(ServerUnavailableError, match=r"answers 503.*start the same command"):
        await run(lines, tmp_path / "corpus", watcher, concurrency=2)
    with open_corpus(tmp_path / "corpus") as corpus:
        kept = {name: corpus.journal.read_turns(name) for name, _ in corpus.journal.list_sessions()}
        assert {state for _, state in corpus.journal.list_sessions()} == {"waiting"}
        assert corpus.manifest["counts"]["turns"] == len(watcher.turns)
    assert max(map(len, kept.values())) == 9
    assert sum(map(len, kept.values())) == len(watcher.turns)

    lines.refuse = lambda system, turn: 200
    lines.asked = 0
    counts = await run(lines, tmp_path / "corpus", Watcher(), concurrency=2)
    assert (counts.closed, counts.rejected, counts.turns) == (PEOPLE, 0, 30 * PEOPLE)
    assert lines.asked == 30 * PEOPLE - len(watcher.turns)
    with open_corpus(tmp_path / "corpus") as corpus:
        for name, turns in kept.items():
            assert corpus.journal.read_turns(name)[: len(turns)] == turns


async def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    study = make_study("http://127.0.0.1:9/v1#m")
    settings = RunSettings(tmp_path / "corpus", concurrency=1, serving=IMPATIENT)
    with pytest.raises(ServerUnavailableError, match="No server answers at http://127"):
        await generate_corpus(study, settings, Watcher(), EgressGuard())
    with open_corpus(tmp_path / "corpus") as corpus:
        assert corpus.journal.count() == Counts(1, 0, 0, 0, 0)
