"""Corpora of sessions with a person."""

from pathlib import Path

import pytest

from sqpsych.corpus import Journal, open_corpus
from sqpsych.errors import CorpusError, CorpusLockedError, ProfileError, StudyMismatchError
from sqpsych.language_models import install_guard
from sqpsych.language_models.opening import find_spec
from sqpsych.records import Speaker
from sqpsych.roleplay.live import (
    LiveStudy,
    begin_session,
    choose_person,
    find_waiting,
    open_chats,
)

from ..puppets import STRUCTURED, make_person
from .talking import PHQ, begin

PEOPLE = (
    make_person("phq9", PHQ, 1),
    make_person("phq9", PHQ, 2),
    make_person("phq9", PHQ | {"phq9_9": 1}, 3, risk_flags=("suicidality",)),
)


def make_study(human: Speaker = "therapist", **changes: object) -> LiveStudy:
    spec = find_spec("scripted:none.json")
    return LiveStudy(STRUCTURED, spec, human, **changes)  # type: ignore[arg-type]


def test_the_manifest_says_which_part_was_a_person(tmp_path: Path) -> None:
    with open_chats(make_study(), tmp_path / "c", install_guard()) as journal:
        begin_session(journal, PEOPLE[0], 1)
    with open_corpus(tmp_path / "c") as corpus:
        assert corpus.manifest["study"]["human"] == "therapist"
        assert corpus.manifest["header"]["therapist_model"] == "human"
        assert corpus.manifest["header"]["client_model"] == "scripted"
        assert corpus.manifest["counts"]["waiting"] == 1


@pytest.mark.parametrize("other", [{"human": "client"}, {"risk": "include"}])
def test_other_sessions_do_not_enter_the_same_corpus(tmp_path: Path, other: dict[str, str]) -> None:
    with open_chats(make_study(), tmp_path, install_guard()):
        pass
    with (
        pytest.raises(StudyMismatchError),
        open_chats(make_study(**other), tmp_path, install_guard()),  # type: ignore[arg-type]
    ):
        pass


def test_two_chats_at_once_need_two_corpora(tmp_path: Path) -> None:
    with (
        open_chats(make_study(), tmp_path, install_guard()),
        pytest.raises(CorpusLockedError),
        open_chats(make_study(), tmp_path, install_guard()),
    ):
        pass


def test_the_interrupted_session_of_a_person_is_found() -> None:
    journal = Journal.keep_in_memory()
    first, second = (begin_session(journal, person, 1) for person in PEOPLE[:2])
    third = begin_session(journal, PEOPLE[0], 2)
    assert len({first.id, second.id, third.id}) == 3
    assert find_waiting(journal) == third
    assert find_waiting(journal, PEOPLE[1].pseudonym) == second
    assert find_waiting(journal, "nobody") is None


async def test_a_session_is_saved_with_all_that_was_rejected() -> None:
    talk, target = begin(), Journal.keep_in_memory()
    await talk.tell("How are your nights?")
    await talk.tell("How is your mood?")
    talk.live.take_back()
    target.copy_session(talk.journal, talk.live.session)
    talk.live.move_to(target)
    await talk.tell("How is your energy?")
    assert target.read_turns("d1") == talk.live.turns
    assert len(target.read_rejected("d1")) == 2
    assert len(talk.journal.read_turns("d1")) == 2
    with pytest.raises(CorpusError, match="d1 is in this corpus already"):
        target.copy_session(talk.journal, talk.live.session)
    assert target.read_turns("d1") == talk.live.turns


def test_a_person_is_chosen_by_the_beginning_of_the_pseudonym() -> None:
    chosen = choose_person(PEOPLE, PEOPLE[1].pseudonym[:-1] + "2", make_study(), 0)
    assert chosen == PEOPLE[1]
    assert choose_person(PEOPLE, None, make_study(), 3) == PEOPLE[1]


@pytest.mark.parametrize(("name", "why"), [("zzz", "Nobody's"), ("", "3 people's")])
def test_who_is_meant_must_be_plain(name: str, why: str) -> None:
    with pytest.raises(ProfileError, match=why):
        choose_person(PEOPLE, name, make_study(), 0)


def test_a_whole_pseudonym_is_meant_though_it_begins_others() -> None:
    one, ten = (PEOPLE[0].model_copy(update={"pseudonym": name}) for name in ("P1", "P10"))
    assert choose_person([ten, one], "P1", make_study(), 0) == one
    journal = Journal.keep_in_memory()
    first, _ = (begin_session(journal, person, 1) for person in (one, ten))
    assert find_waiting(journal, "P1") == first


def test_a_seed_used_before_begins_another_session() -> None:
    journal = Journal.keep_in_memory()
    first = begin_session(journal, PEOPLE[0], 1)
    journal.finish(first.id, "closed", None)
    assert begin_session(journal, PEOPLE[0], 1).id != first.id
    assert [state for _, state in journal.list_sessions()] == ["closed", "waiting"]


def test_people_at_risk_are_played_under_the_policy_alone() -> None:
    name = PEOPLE[2].pseudonym
    with pytest.raises(ProfileError, match="--risk include"):
        choose_person(PEOPLE, name, make_study(), 0)
    assert choose_person(PEOPLE, name, make_study(risk="include"), 0) == PEOPLE[2]
