"""Sessions and runs on the scripted model: how dialogues go, end, fail and go on."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sqpsych.corpus import Counts, open_corpus
from sqpsych.errors import ServerReplyError, StudyMismatchError
from sqpsych.language_models import EgressGuard
from sqpsych.records import Dialogue, RejectedAttempt
from sqpsych.roleplay import RunSettings, Study, generate_corpus
from sqpsych.roleplay.drawing import REDRAWN

from .sessions import (
    CLIENT,
    MORE_CLIENT,
    MORE_THERAPIST,
    THERAPIST,
    Watcher,
    load_paper,
    make_profile,
    make_study,
    weave,
    write_script,
)


async def run(
    study: Study,
    corpus: Path,
    watcher: Watcher | None = None,
    concurrency: int = 2,
    limit: int | None = None,
) -> Counts:
    """Run a study."""
    settings = RunSettings(corpus, concurrency, limit=limit)
    return await generate_corpus(study, settings, watcher or Watcher(), EgressGuard())


def read(corpus: Path) -> tuple[list[Dialogue], dict[str, tuple[RejectedAttempt, ...]]]:
    """Read the dialogues and rejected attempts of a corpus."""
    with open_corpus(corpus) as opened:
        dialogues = list(opened.read_dialogues())
        return dialogues, {d.id: opened.read_rejected(d.id) for d in dialogues}


async def test_a_session_is_opened_by_the_therapist_and_ends_with_the_farewell(
    tmp_path: Path,
) -> None:
    study = make_study(write_script(tmp_path / "script.json"))
    counts = await run(study, tmp_path / "corpus")
    assert counts == Counts(waiting=0, closed=1, rejected=0, turns=30, attempts=30)
    (dialogue,), _ = read(tmp_path / "corpus")
    assert (dialogue.ending, dialogue.reason) == ("closed", None)
    assert [turn.text for turn in dialogue.turns] == weave()
    assert [turn.speaker for turn in dialogue.turns] == ["therapist", "client"] * 15
    assert [turn.index for turn in dialogue.turns] == list(range(30))
    assert dialogue.turns[-2].flags == ("closing",)
    assert dialogue.turns[-2].phase == "closing"
    assert dialogue.turns[-1].phase == "farewell"
    assert not any(turn.flags for turn in dialogue.turns[:-2])


async def test_a_dialogue_says_what_it_was_made_with(tmp_path: Path) -> None:
    study = make_study(write_script(tmp_path / "script.json"))
    await run(study, tmp_path / "corpus")
    (dialogue,), _ = read(tmp_path / "corpus")
    assert dialogue.pseudonym == "p0001"
    assert dialogue.protocol == "paper"
    assert dialogue.prompt_sha256 == study.protocol.sha256
    assert (dialogue.therapist_model, dialogue.client_model) == ("scripted", "scripted")
    assert len({turn.seed for turn in dialogue.turns}) == 30


async def test_a_reply_that_fails_is_asked_for_again(tmp_path: Path) -> None:
    therapist = [*THERAPIST]
    client: list[str | tuple[str, ...]] = [*CLIENT]
    client[2] = ("", "*shrugs* No idea.", f"Client: {CLIENT[2]}")
    study = make_study(write_script(tmp_path / "script.json", therapist, client))
    watcher = Watcher()
    counts = await run(study, tmp_path / "corpus", watcher)
    assert counts.attempts == 32
    (dialogue,), rejected = read(tmp_path / "corpus")
    turn = dialogue.turns[5]
    assert (turn.text, turn.attempts, turn.flags) == (CLIENT[2], 3, ("label_removed",))
    attempts = rejected[dialogue.id]
    assert [(a.turn, a.number, a.reasons) for a in attempts] == [
        (5, 1, ("empty",)),
        (5, 2, ("stage_direction",)),
    ]
    assert attempts[1].text == "*shrugs* No idea."
    assert [attempt for _, attempt in watcher.rejected] == list(attempts)
    assert [turn for _, turn in watcher.turns] == list(dialogue.turns)
    assert watcher.finished == {dialogue.id: None}


async def test_the_end_marker_closes_and_is_no_part_of_the_line(tmp_path: Path) -> None:
    therapist = [*THERAPIST[:-1], THERAPIST[-1].removesuffix(" Goodbye.") + " [END]"]
    study = make_study(write_script(tmp_path / "script.json", therapist))
    await run(study, tmp_path / "corpus")
    (dialogue,), _ = read(tmp_path / "corpus")
    assert dialogue.ending == "closed"
    assert dialogue.turns[28].text == THERAPIST[-1].removesuffix(" Goodbye.")
    assert set(dialogue.turns[28].flags) == {"end_marker_removed", "closing"}


async def test_a_session_may_go_on_past_the_fifteenth_exchange(tmp_path: Path) -> None:
    therapist = [*THERAPIST[:14], *MORE_THERAPIST[:3], THERAPIST[-1]]
    client = [*CLIENT[:14], *MORE_CLIENT[:3], CLIENT[-1]]
    study = make_study(write_script(tmp_path / "script.json", therapist, client))
    await run(study, tmp_path / "corpus")
    (dialogue,), _ = read(tmp_path / "corpus")
    assert (dialogue.ending, len(dialogue.turns)) == ("closed", 36)


async def test_the_therapist_is_asked_again_to_close(tmp_path: Path) -> None:
    therapist: list[str | tuple[str, ...]] = [*THERAPIST[:14], (*MORE_THERAPIST[:2], THERAPIST[-1])]
    study = make_study(write_script(tmp_path / "script.json", therapist))
    study = replace(study, protocol=load_paper(closing_attempts=2))
    await run(study, tmp_path / "corpus")
    (dialogue,), rejected = read(tmp_path / "corpus")
    assert (dialogue.ending, len(dialogue.turns)) == ("closed", 30)
    assert [a.reasons for a in rejected[dialogue.id]] == [("not_closing",)] * 2


async def test_a_session_that_never_closes_is_rejected_where_it_must(tmp_path: Path) -> None:
    therapist = [*THERAPIST[:14], *MORE_THERAPIST]
    client = [*CLIENT[:14], *MORE_CLIENT]
    study = make_study(write_script(tmp_path / "script.json", therapist, client))
    limits = study.protocol.limits.model_copy(update={"hard_stop": 22})
    study = replace(study, protocol=study.protocol.model_copy(update={"limits": limits}))
    watcher = Watcher()
    counts = await run(study, tmp_path / "corpus", watcher)
    assert (counts.closed, counts.rejected) == (0, 1)
    (dialogue,), rejected = read(tmp_path / "corpus")
    assert (dialogue.ending, len(dialogue.turns)) == ("rejected", 42)
    assert dialogue.reason == "turn 42: not_closing"
    assert watcher.finished == {dialogue.id: dialogue.reason}
    assert [a.number for a in rejected[dialogue.id]] == list(range(1, 9))


async def test_a_session_without_a_passing_reply_is_rejected_and_others_go_on(
    tmp_path: Path,
) -> None:
    people = [make_profile(number) for number in (1, 2, 3)]
    told = "It is heavy because of the long night work at the northern parcel depot."
    fact = people[1].demographics[2].model_copy(update={"value": told})
    people[1] = people[1].model_copy(update={"demographics": (fact,)})
    client = [*CLIENT[:3], told, *CLIENT[4:]]
    study = make_study(write_script(tmp_path / "script.json", client=client), people)
    counts = await run(study, tmp_path / "corpus")
    assert (counts.closed, counts.rejected, counts.waiting) == (2, 1, 0)
    dialogues, rejected = read(tmp_path / "corpus")
    assert [d.pseudonym for d in dialogues] == ["p0001", "p0002", "p0003"]
    assert [d.reason for d in dialogues] == [None, "turn 7: copied", None]
    attempts = rejected[dialogues[1].id]
    assert [(a.turn, a.number) for a in attempts] == [(7, number) for number in range(1, 9)]
    assert all(a.reasons == ("copied",) for a in attempts)
    with open_corpus(tmp_path / "corpus") as corpus:
        assert corpus.manifest["rejected_by"] == {"copied": 8}


async def test_a_line_written_twice_keeps_the_second(tmp_path: Path) -> None:
    client: list[str | tuple[str, ...]] = [*CLIENT]
    client[3] = ("I get up, work, come home. That is the whole of it.", CLIENT[3])
    model = write_script(tmp_path / "script.json", client=client)
    study = make_study(model, redraw_probability=1.0)
    counts = await run(study, tmp_path / "corpus")
    assert (counts.turns, counts.attempts) == (30, 60)
    (dialogue,), rejected = read(tmp_path / "corpus")
    assert [turn.text for turn in dialogue.turns] == weave()
    assert all(turn.attempts == 2 for turn in dialogue.turns)
    assert {a.reasons for a in rejected[dialogue.id]} == {(REDRAWN,)}
    assert [a.text for a in rejected[dialogue.id] if a.turn == 7] == [str(client[3][0])]


async def test_a_line_set_aside_is_used_when_no_other_passes(tmp_path: Path) -> None:
    therapist = [(line, "(nods)") for line in THERAPIST]
    client = [(line, "*sighs*", "") for line in CLIENT]
    model = write_script(tmp_path / "script.json", therapist, client)
    counts = await run(make_study(model, redraw_probability=1.0), tmp_path / "corpus")
    assert (counts.closed, counts.turns, counts.attempts) == (1, 30, 30 * 9)
    (dialogue,), rejected = read(tmp_path / "corpus")
    assert [turn.text for turn in dialogue.turns] == weave()
    assert all(turn.attempts == 8 for turn in dialogue.turns)
    firsts = [a for a in rejected[dialogue.id] if a.number == 1]
    assert {a.reasons for a in firsts} == {(REDRAWN,)}
    assert [a.seed for a in firsts] == [turn.seed for turn in dialogue.turns]


async def test_about_three_lines_in_ten_are_written_twice(tmp_path: Path) -> None:
    people = [make_profile(number) for number in range(12)]
    model = write_script(tmp_path / "script.json")
    study = make_study(model, people, redraw_probability=load_paper(0.3).redraw_probability)
    counts = await run(study, tmp_path / "corpus", concurrency=4)
    assert 0.2 < (counts.attempts - counts.turns) / counts.turns < 0.4


async def test_a_finished_run_is_left_as_it_is(tmp_path: Path) -> None:
    study = make_study(write_script(tmp_path / "script.json"))
    first = await run(study, tmp_path / "corpus")
    (tmp_path / "script.json").unlink()
    watcher = Watcher()
    assert await run(study, tmp_path / "corpus", watcher) == first
    assert watcher.begun == [first]
    assert not watcher.turns


async def test_a_run_that_broke_off_goes_on_at_its_turn(tmp_path: Path) -> None:
    people = [make_profile(number) for number in (1, 2, 3)]
    model = write_script(tmp_path / "script.json", THERAPIST[:9], CLIENT[:9])
    study = make_study(model, people)
    with pytest.raises(ServerReplyError, match="turn 18 needs one more"):
        await run(study, tmp_path / "corpus", concurrency=1)
    with open_corpus(tmp_path / "corpus") as corpus:
        assert corpus.journal.count() == Counts(3, 0, 0, turns=18, attempts=18)
        assert corpus.manifest["counts"]["turns"] == 18
    write_script(tmp_path / "script.json")
    watcher = Watcher()
    counts = await run(study, tmp_path / "corpus", watcher)
    assert (counts.closed, counts.turns, counts.attempts) == (3, 90, 90)
    assert len(watcher.turns) == 72


async def test_a_limit_takes_the_first_people_and_can_be_raised(tmp_path: Path) -> None:
    people = [make_profile(number) for number in (1, 2, 3)]
    study = make_study(write_script(tmp_path / "script.json"), people)
    assert (await run(study, tmp_path / "corpus", limit=1)).closed == 1
    assert (await run(study, tmp_path / "corpus")).closed == 3
    dialogues, _ = read(tmp_path / "corpus")
    assert [d.pseudonym for d in dialogues] == ["p0001", "p0002", "p0003"]


async def test_the_corpus_does_not_depend_on_concurrency(tmp_path: Path) -> None:
    people = [make_profile(number) for number in range(5)]
    model = write_script(tmp_path / "script.json")
    study = make_study(model, people, redraw_probability=0.3)
    found = []
    for concurrency in (1, 5):
        await run(study, tmp_path / f"corpus{concurrency}", concurrency=concurrency)
        found.append(read(tmp_path / f"corpus{concurrency}"))
    assert found[0] == found[1]


async def test_the_corpus_does_not_depend_on_the_search_for_the_plateau(tmp_path: Path) -> None:
    people = [make_profile(number) for number in range(9)]
    study = make_study(write_script(tmp_path / "script.json"), people, redraw_probability=0.3)
    found = []
    for finds_plateau in (False, True):
        corpus = tmp_path / f"corpus{finds_plateau}"
        settings = RunSettings(corpus, concurrency=9, finds_plateau=finds_plateau)
        counts = await generate_corpus(study, settings, Watcher(), EgressGuard())
        assert (counts.closed, counts.waiting) == (9, 0)
        found.append(read(corpus))
    assert found[0] == found[1]


@pytest.mark.parametrize("what", ["knowledge", "risk", "candidates"])
async def test_other_terms_are_another_study(tmp_path: Path, what: str) -> None:
    study = make_study(write_script(tmp_path / "script.json"))
    await run(study, tmp_path / "corpus")
    others = {
        "knowledge": replace(study, knowledge="items"),
        "risk": replace(study, risk="include"),
        "candidates": replace(study, candidates=2),
    }
    with pytest.raises(StudyMismatchError):
        await run(others[what], tmp_path / "corpus")


@pytest.mark.parametrize("what", ["seed", "profiles", "protocol", "model"])
async def test_another_study_is_refused(tmp_path: Path, what: str) -> None:
    model = write_script(tmp_path / "script.json")
    study = make_study(model)
    await run(study, tmp_path / "corpus")
    others = {
        "seed": Study(study.profiles, study.protocol, study.therapist, study.client, seed=8),
        "profiles": make_study(model, [make_profile(2)]),
        "protocol": make_study(model, redraw_probability=0.5),
        "model": make_study("http://127.0.0.1:9/v1#other", client_model=model),
    }
    with pytest.raises(StudyMismatchError):
        await run(others[what], tmp_path / "corpus")


def test_the_description_of_a_study_holds_no_clinical_value() -> None:
    study = make_study("http://127.0.0.1:9/v1#m")
    described = str(study.describe())
    for secret in ("nightly rest", "parcels", "phq9", study.profiles[0].pseudonym, "127.0.0.1"):
        assert secret not in described


def test_sessions_are_planned_alike_every_time() -> None:
    people = [make_profile(number) for number in range(4)]
    study = make_study("http://127.0.0.1:9/v1#m", people)
    planned = study.plan_sessions()
    assert planned == study.plan_sessions()
    assert planned[:2] == study.plan_sessions(2)
    assert len({session.id for session in planned}) == len(people)
    assert len({session.seed for session in planned}) == len(people)


def list_ids(sessions: Sequence[Dialogue]) -> list[str]:
    """The ids of dialogues."""
    return [dialogue.id for dialogue in sessions]


async def test_another_order_of_profiles_gives_each_person_the_same_session(
    tmp_path: Path,
) -> None:
    model = write_script(tmp_path / "script.json")
    people = [make_profile(number) for number in (1, 2)]
    await run(make_study(model, people), tmp_path / "one")
    await run(make_study(model, people[::-1]), tmp_path / "two")
    assert list_ids(read(tmp_path / "one")[0]) == list_ids(read(tmp_path / "two")[0])[::-1]
