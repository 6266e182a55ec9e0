"""Invitations, passphrases, sessions, and how often one may try."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from review.making import PASSPHRASE, make_study
from sqpsych.errors import EntryError, ReviewError
from sqpsych.review import open_study
from sqpsych.review.people import (
    FAILURE_WINDOW_S,
    FAILURES_BY_ADDRESS,
    INVITATION_DAYS,
    SESSION_HOURS,
    People,
    TooManyTriesError,
)


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def people(tmp_path: Path, clock: Clock) -> Iterator[People]:
    make_study(tmp_path)
    with open_study(tmp_path / "study") as store:
        yield People(store.database, clock)


def test_an_invitation_lets_in_once_and_a_new_one_replaces_it(people: People) -> None:
    lost = people.invite("rater-1")
    token = people.invite("rater-1")
    with pytest.raises(EntryError):
        people.find_invited(lost)
    assert people.join(token, PASSPHRASE).name == "rater-1"
    with pytest.raises(EntryError):
        people.find_invited(token)
    with pytest.raises(EntryError):
        people.join(token, PASSPHRASE)
    assert people.list_joined() == {"rater-1"}
    assert people.check_in("rater-1", PASSPHRASE, "a").role == "rater"


def test_an_invitation_holds_for_two_weeks(people: People, clock: Clock) -> None:
    token = people.invite("rater-1")
    clock.now += INVITATION_DAYS * 86400 - 1
    people.find_invited(token)
    clock.now += 2
    with pytest.raises(EntryError):
        people.join(token, PASSPHRASE)


def test_only_people_of_the_study_can_be_invited(people: People) -> None:
    with pytest.raises(ReviewError, match=r"nobody called 'rater-9'.*owner, rater-1, rater-2"):
        people.invite("rater-9")


@pytest.mark.parametrize("weak", ["", "short", "a" * 30, "x" * 1000])
def test_weak_and_endless_passphrases_are_refused(people: People, weak: str) -> None:
    token = people.invite("rater-1")
    with pytest.raises(EntryError):
        people.join(token, weak)
    people.find_invited(token)


def test_a_session_ends_by_time_and_with_a_new_passphrase(people: People, clock: Clock) -> None:
    people.join(people.invite("rater-1"), PASSPHRASE)
    token = people.start_session("rater-1")
    clock.now += SESSION_HOURS * 3600 - 1
    assert people.find_signed_in(token) is not None
    clock.now += 2
    assert people.find_signed_in(token) is None
    token = people.start_session("rater-1")
    people.join(people.invite("rater-1"), "another good passphrase")
    assert people.find_signed_in(token) is None


def test_tries_are_counted_for_a_while_and_success_clears_them(
    people: People, clock: Clock
) -> None:
    people.join(people.invite("rater-1"), PASSPHRASE)
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(EntryError):
                people.check_in("rater-1", "wrong passphrase", "a")
        people.check_in("rater-1", PASSPHRASE, "a")
    for _ in range(5):
        with pytest.raises(EntryError):
            people.check_in("rater-1", "wrong passphrase", "a")
    with pytest.raises(TooManyTriesError):
        people.check_in("rater-1", PASSPHRASE, "a")
    assert people.check_in("rater-1", PASSPHRASE, "b").name == "rater-1"
    clock.now += FAILURE_WINDOW_S + 1
    assert people.check_in("rater-1", PASSPHRASE, "a").name == "rater-1"


def test_one_address_cannot_try_all_names(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(People, "_verify", lambda self, hashed, passphrase: False)
    for number in range(FAILURES_BY_ADDRESS):
        with pytest.raises(EntryError) as refused:
            people.check_in(f"name {number}", "wrong", "a")
        assert not isinstance(refused.value, TooManyTriesError)
    with pytest.raises(TooManyTriesError):
        people.check_in("one more", "wrong", "a")
