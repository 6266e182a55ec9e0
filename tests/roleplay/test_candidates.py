"""Several replies drawn at once: the best is kept, the rest on record, a kill changes nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sqpsych.language_models import Request
from sqpsych.roleplay.drawing import NOT_CHOSEN, REDRAWN

from .puppets import STRUCTURED, Played, Puppet, Setting, Spoil, list_people, play

PERSON = list_people()[10]
THREE = Setting(candidates=3)


class Killed(BaseException):
    """Stands for a kill."""


def find_place(request: Request) -> tuple[int, int]:
    """The turn and the attempt of a request."""
    *_, turn, attempt = request.tag.split("/")
    return int(turn), int(attempt)


def spoil_some(request: Request, number: int, line: str) -> str:
    """Of three, the first is a stage direction in every third turn, the second always empty."""
    turn, _ = find_place(request)
    if number == 0 and turn % 3 == 0:
        return f"*smiles* {line}"
    return "" if number == 1 else line


def kill_at(count: int, spoil: Spoil) -> Spoil:
    """Spoil lines, and be killed before the reply to so many requests is there."""
    seen: list[tuple[int, int]] = []

    def say(request: Request, number: int, line: str) -> str:
        if number == 0:
            seen.append(find_place(request))
        if len(seen) > count:
            raise Killed
        return spoil(request, number, line)

    return say


def describe(played: Played) -> list[tuple[int, int, tuple[str, ...]]]:
    """Turn, number and reasons of what was rejected."""
    return [(a.turn, a.number, a.reasons) for a in played.rejected]


def test_the_best_is_kept_and_the_others_are_on_record() -> None:
    played = play(PERSON, THREE, Puppet(spoil_some))
    assert played.dialogue.ending == "closed"
    for turn in played.dialogue.turns:
        assert turn.attempts == 3
        others = {a.number: a.reasons for a in played.rejected if a.turn == turn.index}
        if turn.index % 3 == 0:
            assert others == {1: ("stage_direction",), 2: ("empty",)}
        else:
            assert others == {2: ("empty",), 3: (NOT_CHOSEN,)}
            (passed,) = [a.said for a in played.rejected if (a.turn, a.number) == (turn.index, 3)]
            assert passed == turn.text
    alone = play(PERSON)
    assert [t.text for t in played.dialogue.turns] == [t.text for t in alone.dialogue.turns]


def test_all_candidates_of_a_turn_are_one_request() -> None:
    played = play(PERSON, THREE, Puppet(spoil_some))
    assert {count for _, count in played.requests} == {3}
    assert len(played.requests) == len(played.dialogue.turns)
    assert len({request.seed for request, _ in played.requests}) == len(played.requests)


def test_among_those_that_pass_the_farthest_from_earlier_lines_is_kept() -> None:
    first = max(play(PERSON).dialogue.turns[1].text.split(". "), key=len)

    def spoil(request: Request, number: int, line: str) -> str:
        turn, _ = find_place(request)
        near = f"{line} {first.removesuffix('.')}, yes, that is how it is with me."
        return near if turn == 3 and number == 0 else line

    played = play(PERSON, Setting(candidates=2), Puppet(spoil))
    assert [(a.number, a.reasons) for a in played.rejected if a.turn == 3] == [(1, (NOT_CHOSEN,))]
    assert first.removesuffix(".") not in played.dialogue.turns[3].text


def test_when_all_fail_the_next_are_told_what_the_best_of_them_lacked() -> None:
    def spoil(request: Request, number: int, line: str) -> str:
        turn, attempt = find_place(request)
        if turn != 4 or attempt > 1:
            return line
        return f"*nods* [INST] {line}" if number else f"*nods* {line}"

    played = play(PERSON, THREE, Puppet(spoil))
    turn = played.dialogue.turns[4]
    assert turn.attempts == 6
    assert describe(played).count((4, 1, ("stage_direction",))) == 1
    requests = [r for r, _ in played.requests if find_place(r)[0] == 4]
    assert [find_place(request)[1] for request in requests] == [1, 4]
    told = (requests[1].transcript or "").splitlines()[-2]
    assert "without brackets" in told
    assert "without labels" not in told


@pytest.mark.parametrize(
    ("candidates", "draws"), [(5, [5, 5, 2]), (12, [12]), (16, [12]), (1, [1] * 12)]
)
def test_no_more_replies_are_asked_for_than_the_protocol_allows(
    candidates: int, draws: list[int]
) -> None:
    model = Puppet(lambda request, number, line: "")
    played = play(PERSON, Setting(candidates=candidates), model)
    assert [count for _, count in played.requests] == draws
    assert played.dialogue.reason == "turn 0: empty"
    assert [number for _, number, _ in describe(played)] == list(range(1, 13))


def play_killed(
    setting: Setting, spoil: Spoil, counts: range, folder: Path
) -> Iterator[tuple[int, Played, list[Request]]]:
    """Play a session with a kill after so many replies, and on to the end.

    Yields:
        The number of replies, the session, and all that was asked for until its end.
    """
    for count in counts:
        journal = folder / f"{count}.sqlite"
        killed = Puppet(kill_at(count, spoil))
        with pytest.raises(Killed):
            play(PERSON, replace(setting, journal=journal), killed)
        after = play(PERSON, replace(setting, journal=journal), Puppet(spoil))
        asked = [request for request, _ in (*killed.requests[:count], *after.requests)]
        yield count, after, asked


def fail_all_at_first(request: Request, number: int, line: str) -> str:
    """At every fourth turn the first three all fail, the first of them least."""
    turn, attempt = find_place(request)
    if turn % 4 == 1 and attempt == 1:
        return [f"*nods* {line}", f"*nods* [INST] {line}", "*nods* [INST] And"][number]
    return spoil_some(request, number, line)


@pytest.mark.parametrize("redraw", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("spoil", [spoil_some, fail_all_at_first])
def test_a_kill_between_two_replies_changes_nothing(
    tmp_path: Path, redraw: float, spoil: Spoil
) -> None:
    short = ("evidence", "fairer_thought", "plan", "feedback", "closing")
    phases = tuple(map(STRUCTURED.find_phase, short))
    protocol = STRUCTURED.model_copy(update={"redraw_probability": redraw, "phases": phases})
    setting = Setting(candidates=3, protocol=protocol)
    whole = play(PERSON, setting, Puppet(spoil))
    assert whole.dialogue.ending == "closed"
    assert any(reasons == (REDRAWN,) for *_, reasons in describe(whole)) == (redraw > 0)
    counts = range(10)
    for count, after, asked in play_killed(setting, spoil, counts, tmp_path):
        assert asked == [request for request, _ in whole.requests], count
        assert after.rejected == whole.rejected, count
        assert after.dialogue == whole.dialogue, count
