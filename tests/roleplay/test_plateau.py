"""Finding out how many sessions a server is good for, with a clock of the test's own."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqpsych.roleplay.plateau import FIRST, GAIN, Plateau

TOKENS = 20
"""Of a turn."""


class Server:
    """Gives more tokens a second up to so many sessions at once, then no more."""

    def __init__(self, rate: Callable[[int], float]) -> None:
        self.now = 0.0
        self._rate = rate

    def clock(self) -> float:
        """The time."""
        return self.now

    def play(self, plateau: Plateau, turns: int) -> list[int]:
        """Play turns with as many sessions as wanted; returns how many that were each time."""
        targets = []
        for _ in range(turns):
            targets.append(plateau.target)
            self.now += TOKENS / self._rate(plateau.target)
            plateau.note(TOKENS)
        return targets


def grow_to(best: int) -> Callable[[int], float]:
    """A rate that grows with the sessions up to so many."""
    return lambda sessions: 50.0 * min(sessions, best)


@settings(deadline=None, max_examples=50)
@given(best=st.integers(FIRST, 2000), most=st.integers(1, 600))
def test_it_settles_near_the_sessions_a_server_is_good_for(best: int, most: int) -> None:
    server = Server(grow_to(best))
    plateau = Plateau(most, clock=server.clock)
    targets = server.play(plateau, 20 * (most + FIRST))
    assert plateau.settled
    assert max(targets) <= most
    wanted = min(best, most)
    assert wanted / 2 <= plateau.target <= 2 * wanted


@settings(deadline=None, max_examples=50)
@given(most=st.integers(1, 1000))
def test_a_server_without_end_is_given_all_but_a_last_step_too_small_to_tell(most: int) -> None:
    server = Server(lambda sessions: 50.0 * sessions)
    plateau = Plateau(most, clock=server.clock)
    server.play(plateau, 20 * (most + FIRST))
    assert plateau.settled
    assert most / GAIN <= plateau.target <= most


def test_a_server_that_breaks_down_under_load_gets_the_load_before() -> None:
    server = Server(lambda sessions: 50.0 * sessions if sessions <= 16 else 100.0)
    plateau = Plateau(256, clock=server.clock)
    targets = server.play(plateau, 2000)
    assert max(targets) == 32
    assert plateau.target == 16


@pytest.mark.parametrize("most", [1, 2, FIRST, 50])
def test_a_number_given_is_kept(most: int) -> None:
    plateau = Plateau(most, first=most)
    assert (plateau.target, plateau.settled) == (most, True)
    for _ in range(100):
        plateau.note(TOKENS)
    assert plateau.target == most


def test_the_first_turns_after_a_change_do_not_count() -> None:
    """They pay for long prompts: a slow start must not make twice the sessions look slow."""
    server = Server(grow_to(64))
    plateau = Plateau(64, clock=server.clock)
    before = plateau.target
    for _ in range(400):
        if plateau.target != before:
            before = plateau.target
            server.now += 30.0
        server.play(plateau, 1)
    assert plateau.target == 64


def test_once_settled_it_stays() -> None:
    server = Server(grow_to(10))
    plateau = Plateau(200, clock=server.clock)
    server.play(plateau, 1000)
    settled = plateau.target
    server.now += 1000.0
    assert set(server.play(plateau, 1000)) == {settled}
