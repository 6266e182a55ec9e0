"""Making a study: what is drawn, blinded, handed out, and what is refused."""

import json
import sqlite3
from pathlib import Path

import pytest

from review.making import import_rows, load_small, make_row, make_study, write_corpus
from sqpsych.assessment.judging import BETTER_ANSWER, BETTER_SESSION
from sqpsych.errors import InputError, ReviewError
from sqpsych.review import StudySettings, create_study, open_study

TURNS = [{"speaker": "therapist", "text": "What did you think?", "phase": "talk"}]


def write_training(folder: Path, **ratings: object) -> Path:
    file = folder / "training.jsonl"
    file.write_text(
        json.dumps({"turns": [{"speaker": "client", "text": "Hm."}], "ratings": ratings})
    )
    return file


def test_a_study_holds_what_was_said_apart_from_where_it_is_from(tmp_path: Path) -> None:
    created = make_study(tmp_path, per_corpus=3, raters=3)
    assert (created.items, set(created.tasks.values())) == (6, {6})
    with open_study(tmp_path / "study") as store:
        items, origins = store.read_items(), store.read_origins()
        shown = "".join(item.model_dump_json() for item in items.values())
        for secret in ("hidden-", "p01", "p02", "p03", "p04", "case", "control", "sure-", "plain-"):
            assert secret not in shown
        corpora = sorted(origin.corpus for (origin,) in origins.values())
        assert corpora == ["plain"] * 3 + ["sure"] * 3
        assert {origin.therapist_model for (origin,) in origins.values()} == {"hidden-model"}
        assert store.study.overlap == 3


def test_a_seed_draws_the_same_dialogues_under_other_ids(tmp_path: Path) -> None:
    drawn = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        make_study(folder, seed=5)
        with open_study(folder / "study") as store:
            drawn.append(store.read_origins())
    first, second = drawn
    dialogues = [[origin.dialogue for (origin,) in one.values()] for one in drawn]
    assert dialogues[0] == dialogues[1]
    assert not first.keys() & second.keys()


def test_the_file_is_readable_by_its_owner_alone_and_holds_no_link(tmp_path: Path) -> None:
    created = make_study(tmp_path)
    file = tmp_path / "study" / "review.sqlite"
    assert file.stat().st_mode & 0o077 == 0
    whole = "\n".join(sqlite3.connect(file).iterdump())
    assert not [token for token in created.invitations.values() if token in whole]
    assert list(created.invitations) == ["owner", "rater-1", "rater-2"]


def test_people_are_paired_across_corpora(tmp_path: Path) -> None:
    make_study(tmp_path, per_corpus=4, rubric=None)
    with open_study(tmp_path / "study") as store:
        assert store.study.question == BETTER_SESSION
        for a, b in store.read_origins().values():
            assert (a.corpus, b.corpus) == ("sure", "plain")
            assert a.pseudonym == b.pseudonym


def test_two_answers_to_one_prompt_are_shown_below_it(tmp_path: Path) -> None:
    corpora = []
    for name in ("ours", "theirs"):
        rows = [
            make_row(
                f"{name}-{n}",
                f"{name}-{n}",
                "case",
                [
                    {"speaker": "client", "text": f"Question {n}?", "phase": "talk"},
                    {"speaker": "therapist", "text": f"An answer of {name}.", "phase": "talk"},
                ],
            )
            for n in range(3)
        ]
        corpora.append(import_rows(tmp_path, name, rows))
    settings = StudySettings(per_corpus=3, raters=2, pair_by="prompt")
    create_study(corpora, tmp_path / "study", settings)
    with open_study(tmp_path / "study") as store:
        assert store.study.question == BETTER_ANSWER
        for item in store.read_items().values():
            assert [turn.speaker for turn in item.prompt] == ["client"]
            assert [[t.text for t in text.turns] for text in item.texts] == [
                ["An answer of ours."],
                ["An answer of theirs."],
            ]


def test_training_comes_first_for_everyone(tmp_path: Path) -> None:
    training = write_training(tmp_path, warmth={"value": 2, "why": "So."}, depth={"value": None})
    make_study(tmp_path, training=training)
    with open_study(tmp_path / "study") as store:
        items = store.read_items()
        for rater in ("rater-1", "rater-2"):
            practice = [items[task.item].training for task in store.read_tasks(rater)]
            assert practice == [True, False, False, False, False]


@pytest.mark.parametrize(
    ("ratings", "says"),
    [
        ({"warmth": {"value": 1}}, "there is no rating of depth"),
        ({"warmth": {"value": 5}, "depth": {"value": 1}}, "warmth is 5; expected 0 to 2"),
        ({"warmth": {"value": None}, "depth": {"value": 1}}, "warmth must have a value"),
        ({"warmth": {"value": 1}, "depth": {"value": 1}, "x": {"value": 1}}, "no criterion 'x'"),
        ({"warmth": {"value": "a"}}, "ratings.warmth.value: Input should be a valid integer"),
    ],
)
def test_faulty_training_is_named_by_line(
    tmp_path: Path, ratings: dict[str, object], says: str
) -> None:
    with pytest.raises(ReviewError, match=rf"training\.jsonl line 1: .*{says}"):
        make_study(tmp_path, training=write_training(tmp_path, **ratings))


def test_without_a_number_five_are_drawn_or_as_many_as_there_are(tmp_path: Path) -> None:
    corpora = [write_corpus(tmp_path, "sure"), write_corpus(tmp_path, "plain")]
    for rubric in (load_small(tmp_path), None):
        folder = tmp_path / ("pairs" if rubric is None else "ratings")
        created = create_study(corpora, folder, StudySettings(rubric=rubric))
        assert created.study.per_corpus == 4
        assert created.items == (4 if rubric is None else 8)


def test_what_does_not_fit_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path, "sure")
    rubric = load_small(tmp_path)
    training = write_training(tmp_path)
    faults = {
        "A corpus is given twice": ([corpus, corpus], StudySettings(rubric=rubric)),
        "Pairs need two corpora": ([corpus], StudySettings()),
        "Training dialogues are for ratings": (
            [corpus, write_corpus(tmp_path, "plain")],
            StudySettings(per_corpus=1, training=training),
        ),
        "sure has 4 closed dialogues; 5": (
            [corpus],
            StudySettings(rubric=rubric, per_corpus=5),
        ),
    }
    for says, (corpora, settings) in faults.items():
        with pytest.raises(InputError, match=says):
            create_study(corpora, tmp_path / "study", settings)
    assert not (tmp_path / "study").exists()


def test_a_study_is_not_overwritten(tmp_path: Path) -> None:
    make_study(tmp_path)
    with pytest.raises(ReviewError, match="holds a study already"):
        make_study(tmp_path)


def test_a_corpus_without_a_closed_dialogue_is_named(tmp_path: Path) -> None:
    row = make_row("p1", "d1", "case", TURNS) | {"ending": "rejected"}
    import_rows(tmp_path, "sure", [row])
    write_corpus(tmp_path, "plain")
    for rubric in (load_small(tmp_path), None):
        with pytest.raises(ReviewError, match=r"/sure holds no closed dialogue\."):
            make_study(tmp_path, rubric=rubric)
