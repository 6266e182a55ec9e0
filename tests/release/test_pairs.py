"""Pairs: what failed behind what passed, what people and models preferred, and who is in which."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from corpus.records import HEADER, STUDY, make_attempt, make_session, make_turn
from release.comparing import export_choices
from review.making import import_rows, make_event, make_row, make_study, write_corpus
from sqpsych.assessment.judging import Preference, pair_dialogues
from sqpsych.assessment.judging.pairwise import Winner
from sqpsych.corpus import Journal, open_corpus, open_run
from sqpsych.errors import ReleaseError
from sqpsych.records import Dialogue, RejectedAttempt
from sqpsych.release import (
    SPLITS,
    PairSettings,
    ReleaseSettings,
    release_corpora,
    release_pairs,
)
from sqpsych.release.comparisons import find_sides
from sqpsych.release.preferences import Place
from sqpsych.review import answering, open_study
from sqpsych.review.exporting import export_study
from sqpsych.roleplay.drawing import NOT_CHOSEN, REDRAWN
from sqpsych.roleplay.live.session import TAKEN_BACK
from sqpsych.roleplay.prompts import OPENING

LINES = ("Good morning.", "Not well.", "What was it like?", "Long.", "Until Tuesday, goodbye.")
SYSTEM = "You are a therapist."
WHOLE = PairSettings(dev=0, test=0, system=SYSTEM)
NOBODY_HELD_OUT = PairSettings(dev=0, test=0)
PREFERENCE = TypeAdapter(Preference)
Write = Callable[..., Path]


def attempt(turn: int, number: int, text: str, *reasons: str, **more: Any) -> RejectedAttempt:
    """Make an attempt that failed."""
    return make_attempt(turn, number, *reasons).model_copy(update={"text": text, **more})


FAILED = attempt(2, 1, "Sleep more.", "early_advice", "too_long")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a corpus of some people, each with one closed dialogue."""

    def write_run(
        name: str,
        people: int = 1,
        attempts: Sequence[RejectedAttempt] = (FAILED,),
        *,
        flags: Sequence[str] = (),
        risky: int | None = None,
        before: Callable[[Journal, str], None] = lambda journal, session: None,
    ) -> Path:
        with open_run(tmp_path / name, STUDY, HEADER) as journal:
            for number in range(people):
                session = make_session(f"{number}", "control" if number % 2 else "case")
                if number == risky:
                    profile = session.profile.model_copy(update={"risk_flags": ("suicidality",)})
                    session = replace(session, profile=profile)
                journal.add_sessions([session])
                before(journal, session.id)
                for index, line in enumerate(LINES):
                    turn = make_turn(index, line).model_copy(update={"flags": tuple(flags)})
                    journal.add_turn(session.id, turn)
                journal.add_rejected(session.id, attempts)
                journal.finish(session.id, "closed", None)
        return tmp_path / name

    return write_run


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read the rows of all splits."""
    files = [path / "jsonl" / f"{split}.jsonl" for split in SPLITS]
    return [
        json.loads(line)
        for file in files
        if file.exists()
        for line in file.read_text("utf-8").removesuffix("\n").split("\n")
    ]


def say(role: str, content: str) -> dict[str, str]:
    """A message."""
    return {"role": role, "content": content}


def test_datasets_reads_pairs_without_a_network(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    import datasets

    release_pairs([write("one", 12)], tmp_path / "out", PairSettings())
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    assert list(loaded) == list(SPLITS)
    rows = read_rows(tmp_path / "out")
    assert [row for split in SPLITS for row in loaded[split]] == rows
    assert len({row["person"] for row in rows}) == len(rows) == 12
    number = rows[0]["person"].removeprefix("person-")
    assert rows[0] == {
        "id": f"one/{number}/2/1",
        "person": f"person-{number}",
        "origin": "attempts",
        "reason": "early_advice, too_long",
        "prompt": [say("user", OPENING), say("assistant", LINES[0]), say("user", LINES[1])],
        "chosen": [say("assistant", LINES[2])],
        "rejected": [say("assistant", "Sleep more.")],
    }


def test_attempts_that_make_no_pair_are_counted_by_why(write: Write, tmp_path: Path) -> None:
    attempts = [
        attempt(0, 1, "Hm.", "too_short"),
        attempt(1, 1, "The client's own.", "repeated"),
        attempt(2, 1, " ... ", "empty"),
        attempt(2, 2, "Passed.", NOT_CHOSEN),
        attempt(2, 3, "Passed, too.", REDRAWN),
        attempt(2, 4, f"Therapist: {LINES[2]} [END]", "repeated"),
        attempt(2, 5, "Sleep more.", "early_advice"),
        attempt(2, 6, "Sleep  more.", "early_advice"),
        attempt(2, 7, "Eat more.", "early_advice"),
        attempt(4, 1, "Well.", "not_closing"),
        attempt(4, 2, "Well, well.", "not_closing", "repeated"),
        attempt(6, 1, "Never said.", "repeated"),
    ]
    released = release_pairs([write("one", 1, attempts)], tmp_path / "out", NOBODY_HELD_OUT)
    assert released.left_out == {
        "attempts: at a turn never said": 1,
        "attempts: beyond 1 of a turn": 1,
        "attempts: equal to another": 1,
        "attempts: equal to the accepted line": 1,
        "attempts: not closing, nor does the accepted line": 1,
        "attempts: passed over, they had failed nothing": 1,
        "attempts: without text": 1,
        "attempts: written a second time, they had failed nothing": 1,
    }
    assert [row["rejected"][0]["content"] for row in read_rows(tmp_path / "out")] == [
        "Hm.",
        "Sleep more.",
        "Well, well.",
    ]
    assert read_rows(tmp_path / "out")[2]["reason"] == "repeated"
    more = replace(WHOLE, per_turn=2)
    release_pairs([tmp_path / "one"], tmp_path / "more", more)
    assert [row["id"] for row in read_rows(tmp_path / "more")] == [
        "one/0/0/1",
        "one/0/2/5",
        "one/0/2/7",
        "one/0/4/2",
    ]
    assert read_rows(tmp_path / "more")[0]["prompt"] == [
        say("system", SYSTEM),
        say("user", OPENING),
    ]


def test_a_closing_line_is_preferred_to_one_that_does_not_close(
    write: Write, tmp_path: Path
) -> None:
    attempts = [attempt(4, 1, "Well.", "not_closing")]
    corpus = write("one", 1, attempts, flags=["closing"])
    release_pairs([corpus], tmp_path / "out", NOBODY_HELD_OUT)
    assert [row["reason"] for row in read_rows(tmp_path / "out")] == ["not_closing"]


def test_a_line_whose_first_words_were_given_is_whole_or_left_out(
    write: Write, tmp_path: Path
) -> None:
    attempts = [
        attempt(2, 1, "you again.", "repeated", said="What was it, you again."),
        attempt(4, 1, "you later.", "repeated"),
    ]
    corpus = write("one", 1, attempts, flags=["led"])
    released = release_pairs([corpus], tmp_path / "out", NOBODY_HELD_OUT)
    (row,) = read_rows(tmp_path / "out")
    assert row["rejected"] == [say("assistant", "What was it, you again.")]
    assert released.left_out == {"attempts: first words given to the model, not kept": 1}


def test_nothing_is_made_of_attempts_at_turns_that_were_taken_back(
    write: Write, tmp_path: Path
) -> None:
    def take_back(journal: Journal, session: str) -> None:
        for index, line in enumerate(("Good morning.", "Other words.")):
            journal.add_turn(session, make_turn(index, line))
        journal.take_back(session, 1, TAKEN_BACK)
        journal.take_back(session, 0, TAKEN_BACK)

    with pytest.raises(ReleaseError, match="2 attempts: taken back, or after a turn that was"):
        release_pairs([write("one", before=take_back)], tmp_path / "out", NOBODY_HELD_OUT)


def test_people_keep_the_split_and_the_system_line_of_another_dataset(
    write: Write, tmp_path: Path
) -> None:
    corpus, small = write("one", 20), write("small", 12)
    release_corpora([small], tmp_path / "dialogues", ReleaseSettings(system=SYSTEM, seed=3))
    settings = PairSettings(like=tmp_path / "dialogues", seed=9)
    released = release_pairs([corpus], tmp_path / "out", settings)
    dialogues = json.loads((tmp_path / "dialogues" / "release.json").read_text("utf-8"))
    for split, figures in released.splits.items():
        file = tmp_path / "dialogues" / "jsonl" / f"{split}.jsonl"
        there = {json.loads(line)["person"] for line in file.read_text("utf-8").splitlines()}
        assert figures.people == there
        assert len(there) == dialogues["splits"][split]["people"]
    record = json.loads((tmp_path / "out" / "release.json").read_text("utf-8"))
    assert record["like_sha256"] == [dialogues["sha256"]["data/train.parquet"]]
    assert released.left_out == {"attempts: of people who are not in dialogues": 8}
    assert {row["prompt"][0]["content"] for row in read_rows(tmp_path / "out")} == {SYSTEM}
    release_pairs([corpus], tmp_path / "own", replace(settings, system="Other."))
    assert {row["prompt"][0]["content"] for row in read_rows(tmp_path / "own")} == {"Other."}


def test_dialogues_with_risk_flags_are_left_out_unless_wanted(write: Write, tmp_path: Path) -> None:
    corpus = write("one", 10, risky=4)
    released = release_pairs([corpus], tmp_path / "out", PairSettings())
    assert released.left_out == {"dialogues: risk flags": 1}
    assert "person-4" not in {row["person"] for row in read_rows(tmp_path / "out")}
    every = release_pairs([corpus], tmp_path / "every", PairSettings(risk="include"))
    assert sum(figures.pairs.total() for figures in every.splits.values()) == 10


def test_figures_hashes_and_card_are_those_of_the_files(write: Write, tmp_path: Path) -> None:
    corpus = write("one", 10)
    for name in ("out", "again"):
        release_pairs([corpus], tmp_path / name, PairSettings(licence="cc-by-4.0"))
    record = json.loads((tmp_path / "out" / "release.json").read_text("utf-8"))
    for name, digest in record["sha256"].items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == digest
    assert len(record["sha256"]) == 7
    assert record["splits"]["train"] == {
        "people": 8,
        "pairs": {"attempts": 8},
        "words": {"chosen": 32, "rejected": 16},
    }
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "license: cc-by-4.0" in card
    assert "| train | 8 | 8 | 0 | 0 | 32 | 16 |" in card
    assert "| attempts | early_advice | 10 |" in card
    assert "| one | 10 | paper |" in card
    for file in (tmp_path / "out").rglob("*"):
        if file.is_file():
            assert b"secret statement" not in file.read_bytes()
            again = tmp_path / "again" / file.relative_to(tmp_path / "out")
            assert again.read_bytes() == file.read_bytes()


def test_experts_prefer_whole_dialogues_and_what_was_settled_holds(tmp_path: Path) -> None:
    choices = {"rater-1": "aabt", "rater-2": "abbt", "rater-3": "-a--"}
    corpora, results, people = export_choices(tmp_path, choices, settled={1: -1})
    released = release_pairs(corpora, tmp_path / "out", WHOLE, experts=[results])
    assert released.left_out == {"experts: ties": 1}
    rows = {row["person"]: row for row in read_rows(tmp_path / "out")}
    assert [rows[people[place]]["reason"] for place in (0, 1, 2)] == [
        "mean of 2 raters",
        "settled by the owner",
        "mean of 2 raters",
    ]
    said = {}
    for name, path in zip(("sure", "plain"), corpora, strict=True):
        with open_corpus(path) as corpus:
            for one in corpus.read_dialogues():
                said[name, one.pseudonym] = [turn.text for turn in one.turns]
    for place, (better, worse) in enumerate(
        (("sure", "plain"), ("plain", "sure"), ("plain", "sure"))
    ):
        row = rows[people[place]]
        assert [m["content"] for m in row["chosen"]] == said[better, people[place]]
        assert [m["content"] for m in row["rejected"]] == said[worse, people[place]]
        assert row["prompt"] == [say("system", SYSTEM), say("user", OPENING)]
        assert row["origin"] == "experts"


def test_pairs_that_nobody_finished_are_counted(tmp_path: Path) -> None:
    corpora, results, _ = export_choices(tmp_path, {"rater-1": "a-tb"})
    released = release_pairs(corpora, tmp_path / "out", WHOLE, experts=[results])
    assert released.left_out == {"experts: finished by nobody": 1, "experts: ties": 1}
    assert released.splits["train"].reasons == Counter({("experts", "1 rater"): 2})


def test_dialogues_of_two_people_make_no_pair(tmp_path: Path) -> None:
    turns = [{"speaker": "therapist", "text": "Hello.", "phase": "talk"}]
    corpora = [
        import_rows(
            tmp_path,
            name,
            [make_row(f"{name}-p", f"{name}+1", "case", [*turns, {**turns[0], "text": name}])],
        )
        for name in ("one", "two")
    ]
    make_study(tmp_path, "one", "two", rubric=None, per_corpus=1, raters=1, pair_by="prompt")
    with open_study(tmp_path / "study") as store:
        (task,) = store.read_tasks()
        answering.save_choice(store, task, make_event(), "left", "Because.")
        answering.finish(store, task, make_event())
        export_study(store, tmp_path / "results")
    with pytest.raises(ReleaseError, match="1 experts: of two people"):
        release_pairs(corpora, tmp_path / "out", WHOLE, experts=[tmp_path / "results"])


def read_people(path: Path) -> dict[str, Dialogue]:
    """Read the dialogues of a corpus by person."""
    with open_corpus(path) as corpus:
        return {dialogue.pseudonym: dialogue for dialogue in corpus.read_dialogues()}


def write_verdicts(
    path: Path, corpora: Sequence[Path], *verdicts: tuple[str, str, Winner | None, Winner | None]
) -> Path:
    """Write verdicts as `compare_pairs` gives them: person, judge, choice in either order."""
    first_corpus, second_corpus = map(read_people, corpora)
    records = []
    for person, judge, first, second in verdicts:
        had = first is not None and second is not None
        records.append(
            Preference(
                pairing=pair_dialogues(first_corpus[person], second_corpus[person]).id,
                person=person,
                rater=judge,
                winner=(first if first == second else "tie") if had else None,
                consistent=first == second if had else None,
                first=first,
                second=second,
                reasons=("A is warmer.\u2028So.",) if had else (),
                error=None if had else "no verdict",
            )
        )
    path.write_bytes(b"".join(PREFERENCE.dump_json(record) + b"\n" for record in records))
    return path


def test_a_verdict_of_judges_counts_where_it_holds_in_both_orders(tmp_path: Path) -> None:
    corpora = [write_corpus(tmp_path, name) for name in ("sure", "plain")]
    verdicts = write_verdicts(
        tmp_path / "verdicts.jsonl",
        corpora,
        ("p01", "gemma", "b", "b"),
        ("p01", "llama", "tie", "tie"),
        ("p02", "gemma", "a", "b"),
        ("p02", "llama", "a", None),
        ("p03", "gemma", "a", "a"),
        ("p03", "llama", "b", "b"),
        ("p04", "gemma", "a", "a"),
        ("p04", "llama", "b", "a"),
    )
    released = release_pairs(corpora, tmp_path / "out", WHOLE, judges=[verdicts])
    assert released.left_out == {
        "judges: ties": 1,
        "judges: verdicts not had in both orders": 1,
        "judges: verdicts that change with the order": 2,
    }
    rows = {row["person"]: row for row in read_rows(tmp_path / "out")}
    assert {name: row["reason"] for name, row in rows.items()} == {
        "p01": "gemma, llama",
        "p04": "gemma",
    }
    assert "carried furniture" in str(rows["p01"]["rejected"])


def test_ids_with_a_plus_in_them_are_told_apart_or_refused() -> None:
    places = {"a+b": ["one"], "c": ["two"], "a": ["one"], "b+c": ["two", "three"]}
    pair = (Place("one", "a"), Place("three", "b+c"))
    assert find_sides("a+b+c", places, "here", "one+three") == pair
    with pytest.raises(ReleaseError, match=r"here compares .* there are 2 pairs"):
        find_sides("a+b+c", places, "here", "one+two")
    with pytest.raises(ReleaseError, match="there are 3 pairs"):
        find_sides("a+b+c", places, "here")


def test_bad_input_is_refused_and_nothing_is_written(write: Write, tmp_path: Path) -> None:
    (tmp_path / "exported").mkdir()
    corpora, results, _ = export_choices(tmp_path / "exported", {"rater-1": "aabb"})
    verdicts = write_verdicts(tmp_path / "verdicts.jsonl", corpora, ("p01", "gemma", "a", "a"))
    twice = tmp_path / "twice.jsonl"
    twice.write_bytes(verdicts.read_bytes() * 2)
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"pairing": "x+y", "person": "p", "winner": "c"}\n')
    lacking = tmp_path / "lacking"
    lacking.mkdir()
    rows = [json.loads(line) for line in (results / "ratings.jsonl").read_text().splitlines()]
    for row in rows:
        del row["settled"], row["corpus"]
    (lacking / "ratings.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "ratings.jsonl").write_text("")
    rated = tmp_path / "rated"
    rated.mkdir()
    (rated / "ratings.jsonl").write_text(
        json.dumps(rows[0] | {"corpus": "sure", "settled": None, "measure": "sqpsych36"})
    )
    bare = write("bare", 3, ())

    def refuse(said: str, corpora: Sequence[Path] = corpora, **more: Any) -> None:
        settings = more.pop("settings", WHOLE)
        with pytest.raises(ReleaseError, match=said):
            release_pairs(corpora, tmp_path / "out", settings, **more)
        assert not list(tmp_path.glob("out*"))

    refuse("There is no pair in what was given. Give a corpus", [bare])
    refuse("the corpora given do not have both", [bare], experts=[results])
    refuse(
        "verdicts.jsonl line 1 compares the dialogues .* do not have both",
        [bare],
        judges=[verdicts],
    )
    refuse("twice.jsonl line 2 has a verdict that stands in", judges=[twice])
    refuse(
        "broken.jsonl line 1 is no verdict on a pair: consistent, rater, winner", judges=[broken]
    )
    refuse("nothing.jsonl cannot be read", judges=[tmp_path / "nothing.jsonl"])
    refuse("line 1 lacks or misuses corpus, settled", experts=[lacking])
    refuse("ratings.jsonl is empty", experts=[empty])
    refuse("holds ratings by sqpsych36; expected a study of pairs", experts=[rated])
    refuse("ratings.jsonl cannot be read", experts=[tmp_path])
    refuse("of a study that is given already", experts=[results, results])
    refuse("is no dataset to keep to", settings=PairSettings(like=corpora[0]))
    refuse("There are 2 people, too few", [write("few", 2)], settings=PairSettings())
    release_pairs(corpora, tmp_path / "there", WHOLE, experts=[results])
    with pytest.raises(ReleaseError, match="is there already"):
        release_pairs(corpora, tmp_path / "there", WHOLE, experts=[results])
