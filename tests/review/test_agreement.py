"""Agreement as it forms, disagreements, what is settled, what is exported and given back."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from review.by_hand import compute_alpha, compute_icc, compute_kappa
from review.making import Served, make_event, make_study, serve_study, write_corpus
from sqpsych.assessment.judging import load_rubric, measure_judged, name_sections
from sqpsych.assessment.sample import Sample
from sqpsych.cli.app import app
from sqpsych.corpus import open_corpus, open_scores
from sqpsych.errors import ChangeRefusedError
from sqpsych.records import Score
from sqpsych.review import answering
from sqpsych.review.agreement import (
    Adjudication,
    AgreementWatch,
    find_consensus,
    list_disagreements,
    list_scores,
    measure_agreement,
    read_settled,
)
from sqpsych.review.exporting import Row, export_study, list_ratings, list_tasks, write_csv
from sqpsych.review.landing import land_scores
from sqpsych.review.settling import adjudicate, close
from sqpsych.review.store import ReviewStore
from sqpsych.review.study import PREFERENCE, Judgement, Task, Winner
from sqpsych.review.wins import list_wins

VALUES = {
    "rater-1": [0, 0, 1, 1, 2, 2, 2, 1],
    "rater-2": [0, 1, 1, 1, 2, 2, 1, 0],
    "rater-3": [0, 0, 2, 1, 1, 2, 2, 1],
}


LETTERS: dict[str, Winner] = {"a": "a", "b": "b", "t": "tie"}


def say(
    store: ReviewStore, task: Task, criterion: str, value: int | None, comment: str = ""
) -> None:
    judgement = Judgement(value=value, groundless=value is None, comment=comment, evidence=(1,))
    answering.save_judgement(store, task, make_event(), criterion, judgement)


def rate_everything(store: ReviewStore) -> None:
    order = list(store.read_items())
    for rater, values in VALUES.items():
        for task in store.read_tasks(rater):
            value = values[order.index(task.item)]
            say(store, task, "warmth", value, f"{rater} says {value}")
            say(store, task, "depth", 2 - value)
            assert answering.finish(store, task, make_event()) == ()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serve_study(tmp_path, per_corpus=4, raters=3) as made:
        yield made


def test_agreement_is_what_the_formulas_give(served: Served) -> None:
    rate_everything(served.store)
    table = [{r: float(v[n]) for r, v in VALUES.items()} for n in range(8)]
    found = {
        one.criterion: one
        for one in measure_agreement(served.store.study, list_scores(served.store))
    }
    assert list(found) == ["warmth", "depth", "total"]
    warmth = found["warmth"]
    assert warmth.alpha.value == pytest.approx(compute_alpha(table))
    single, average = compute_icc(table)
    assert warmth.icc_single.value == pytest.approx(single)
    assert warmth.icc_average.value == pytest.approx(average)
    assert warmth.kappa.value == pytest.approx(compute_kappa(table))


def test_agreement_forms_as_ratings_come_and_is_measured_anew_only_then(served: Served) -> None:
    watch = AgreementWatch(served.store)
    assert watch.measure() == ()
    (task, *_) = served.store.read_tasks("rater-1")
    say(served.store, task, "warmth", 1)
    (one,) = watch.measure()
    assert (one.criterion, one.alpha.value) == ("warmth", None)
    assert watch.measure() is watch.measure()


def test_a_later_rating_replaces_an_earlier_one_and_skipping_takes_all_out(served: Served) -> None:
    (task, *_) = served.store.read_tasks("rater-1")
    say(served.store, task, "warmth", 1)
    say(served.store, task, "warmth", 2)
    (score,) = list_scores(served.store)
    assert (score.value, score.rater, score.evidence[0].turn) == (2, "rater-1", 1)
    answering.skip(served.store, task, make_event(), "distressing", "")
    assert list_scores(served.store) == ()
    answering.take_back(served.store, task, make_event())
    assert list_scores(served.store) == (score,)


def test_practice_counts_nowhere(tmp_path: Path) -> None:
    training = tmp_path / "training.jsonl"
    turns = [{"speaker": speaker, "text": "Hm."} for speaker in ("therapist", "client")]
    ratings = {name: {"value": 1} for name in ("warmth", "depth")}
    training.write_text(json.dumps({"turns": turns, "ratings": ratings}))
    with serve_study(tmp_path, training=training, raters=2) as served:
        for rater, value in (("rater-1", 0), ("rater-2", 2)):
            practice = served.store.read_tasks(rater)[0]
            for name in ratings:
                say(served.store, practice, name, value)
            assert answering.finish(served.store, practice, make_event()) == ()
        assert list_scores(served.store) == ()
        assert list_disagreements(served.store) == ()
        assert {row["training"] for row in list_ratings(served.store)} == {True}


def test_disagreements_come_widest_first_and_are_settled_once_raters_are_done(
    served: Served,
) -> None:
    store = served.store
    owner = store.people.read_all()[0]
    rate_everything(store)
    found = list_disagreements(store)
    assert len(found) == 2 * 5
    first = found[0]
    assert (first.criterion, first.spread, first.settled) == ("warmth", 1, None)
    assert {opinion.rater for opinion in first.opinions} == set(VALUES)
    adjudicate(
        store, owner, make_event(), first.item, "warmth", Adjudication(value=1, reason="So.")
    )
    again = next(
        d for d in list_disagreements(store) if (d.item, d.criterion) == (first.item, "warmth")
    )
    assert again.settled == Adjudication(value=1, reason="So.")
    for item, criterion, value in (
        (first.item, "warmth", 3),
        (first.item, "nothing", 1),
        (next(iter(store.read_items())), "warmth", 1),
    ):
        with pytest.raises(ChangeRefusedError):
            adjudicate(store, owner, make_event(), item, criterion, Adjudication(value=value))


def test_exports_hold_current_ratings_the_history_and_scores(
    served: Served, tmp_path: Path
) -> None:
    store = served.store
    rate_everything(store)
    (task, *_) = store.read_tasks("rater-1")
    say(store, task, "warmth", 0, "second thoughts, in several words")
    export_study(store, tmp_path / "out")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out/ratings.csv").read_text("utf-8"))))
    assert len(rows) == 3 * 8 * 2
    (changed,) = [r for r in rows if r["task"] == task.id and r["criterion"] == "warmth"]
    assert (changed["value"], changed["comment"]) == ("0", "second thoughts, in several words")
    assert changed["corpus"] in {"sure", "plain"}
    assert changed["condition"] in {"case", "control"}
    lines = (tmp_path / "out/ratings.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["event"] for line in lines] == [row["event"] for row in rows]
    history = [json.loads(x) for x in (tmp_path / "out/history.jsonl").read_text().splitlines()]
    assert [entry["number"] for entry in history] == list(range(1, 3 * 8 * 3 + 2))
    given = [
        e["body"]["value"] for e in history if e["task"] == task.id and e["criterion"] == "warmth"
    ]
    assert given == [VALUES["rater-1"][list(store.read_items()).index(task.item)], 0]
    scores = [
        Score.model_validate_json(line)
        for line in (tmp_path / "out/scores.jsonl").read_text("utf-8").splitlines()
    ]
    raters = {score.rater for score in scores}
    assert raters == {f"{n}@{store.study.id}" for n in (*VALUES, "consensus")}


def test_formulas_are_disarmed_and_everything_else_comes_back_as_it_was() -> None:
    rows: list[Row] = [{"a": "=1+1", "b": 'a,b\n"c"', "c": [1, 2]}, {"a": "-x", "b": "@y", "c": []}]
    read = list(csv.DictReader(io.StringIO(write_csv(rows))))
    assert [row["a"] for row in read] == ["'=1+1", "'-x"]
    assert read[0]["b"] == 'a,b\n"c"'
    assert read[0]["c"] == "[1, 2]"


def test_results_land_in_the_corpora_and_stand_beside_judges(tmp_path: Path) -> None:
    rubric = load_rubric("sqpsych36")
    with serve_study(tmp_path, per_corpus=4, rubric=rubric) as served:
        store = served.store
        for rater, bonus in (("rater-1", 0), ("rater-2", 1)):
            for task in store.read_tasks(rater):
                for number, criterion in enumerate(rubric.criteria):
                    say(store, task, criterion.id, number % 2 + bonus * (number == 0))
                answering.finish(store, task, make_event())
        owner = store.people.read_all()[0]
        first = list_disagreements(store)[0]
        adjudicate(store, owner, make_event(), first.item, first.criterion, Adjudication(value=2))
        kept, gone = land_scores(store)
        assert (set(kept), gone) == ({"sure", "plain"}, ())
        study = store.study.id
        people = {
            f"person:{name}@{study}/sqpsych36" for name in ("consensus", "rater-1", "rater-2")
        }
        with open_scores(tmp_path / "sure") as scores:
            assert set(scores.list_judges()) == people
            judged = {key: scores.read_scores(key) for key in people}
        with open_corpus(tmp_path / "sure") as corpus:
            dialogues = tuple(corpus.read_dialogues())
            profiles = {d.id: corpus.read_profile(d.id) for d in dialogues}
        sample = Sample("sure", dialogues, profiles)
        model = [
            score.model_copy(update={"rater": "gemma"})
            for score in judged[f"person:rater-1@{study}/sqpsych36"]
        ]
        results = measure_judged(sample, judged | {"gemma/sqpsych36/abc": model})
        assert set(results) == people | {
            "gemma/sqpsych36/abc",
            "people sqpsych36",
            "panel sqpsych36",
        }
        titles = [title for _, title, _ in name_sections(results)]
        assert f"Rater rater-1@{study}, sqpsych36" in titles
        assert "Judge gemma, sqpsych36" in titles
        together = " ".join(row.name for row in results["panel sqpsych36"].rows)
        assert "gemma: correlation with words, given the reference's scores" in together
        assert "consensus" not in together


def test_landing_again_takes_away_what_no_longer_holds(tmp_path: Path) -> None:
    with serve_study(tmp_path, "sure", raters=1) as served:
        store = served.store
        (task, *_) = store.read_tasks("rater-1")
        for criterion in ("warmth", "depth"):
            say(store, task, criterion, 1)
        answering.finish(store, task, make_event())
        assert land_scores(store)[0] == {"sure": 2}
        store.events.append(make_event(), "rater-1", "returned", task=task.id)
        assert land_scores(store)[0] == {"sure": 0}
        with open_scores(tmp_path / "sure") as scores:
            (key,) = scores.list_judges()
            assert scores.read_scores(key) == ()


def test_report_shows_the_raters(tmp_path: Path) -> None:
    rubric = load_rubric("sqpsych36")
    with serve_study(tmp_path, per_corpus=4, rubric=rubric) as served:
        for rater in ("rater-1", "rater-2"):
            for task in served.store.read_tasks(rater):
                for number, criterion in enumerate(rubric.criteria):
                    say(served.store, task, criterion.id, number % 3)
                answering.finish(served.store, task, make_event())
    runner = CliRunner()
    done = runner.invoke(app, ["review", "close", str(tmp_path / "study"), "--sure"])
    assert done.exit_code == 0, done.output
    page = tmp_path / "report.html"
    corpora = [str(tmp_path / "sure"), str(tmp_path / "plain")]
    done = runner.invoke(app, ["report", *corpora, "-o", str(page)])
    assert done.exit_code == 0, done.output
    html = page.read_text("utf-8")
    for title in ("Rater rater-1@", "Rater rater-2@", "Raters together", "What raters settled on"):
        assert title in html


def test_a_closed_study_cannot_be_settled(served: Served) -> None:
    store = served.store
    rate_everything(store)
    owner = store.people.read_all()[0]
    found = list_disagreements(store)[0]
    close(store, owner, make_event())
    with pytest.raises(Exception, match="closed"):
        adjudicate(store, owner, make_event(), found.item, "warmth", Adjudication(value=1))


def test_comparisons_agree_over_choices(tmp_path: Path) -> None:
    with serve_study(tmp_path, per_corpus=4, raters=2, rubric=None) as served:
        store = served.store
        order = list(store.read_items())
        winners = {"rater-1": "aabt", "rater-2": "abbt"}
        for rater, letters in winners.items():
            for task in store.read_tasks(rater):
                wanted = letters[order.index(task.item)]
                side = answering.find_side(LETTERS[wanted], task.swapped)
                answering.save_choice(store, task, make_event(), side, "Because.")
                assert answering.finish(store, task, make_event()) == ()
        (one,) = measure_agreement(store.study, list_scores(store))
        table = [
            {r: {"a": 1.0, "t": 0.0, "b": -1.0}[w[n]] for r, w in winners.items()} for n in range(4)
        ]
        assert one.alpha.value == pytest.approx(compute_alpha(table))
        (differ,) = list_disagreements(store)
        assert differ.item == order[1]
        rows = list_ratings(store)
        assert {row["corpus"] for row in rows} == {"sure+plain"}
        (win,) = list_wins(store)
        assert (win.a, win.b, win.pairs) == ("sure", "plain", 4)
        assert (win.won, win.tied, win.lost) == (3, 2, 3)
        # The pairs: both for a, one each, both for b, both a tie.
        assert win.rate.value == pytest.approx((1 + 0.5 + 0 + 0.5) / 4)
        owner = store.people.read_all()[0]
        adjudicate(store, owner, make_event(), order[1], PREFERENCE, Adjudication(value=1))
        (win,) = list_wins(store)
        assert win.rate.value == pytest.approx((1 + 1 + 0 + 0.5) / 4)
        assert sorted(row["value"] for row in rows if row["rater"] == "rater-1") == [-1, 0, 1, 1]


def test_a_corpus_that_is_gone_is_told(tmp_path: Path) -> None:
    write_corpus(tmp_path, "sure")
    make_study(tmp_path, "sure")
    (tmp_path / "sure").rename(tmp_path / "moved")
    done = CliRunner().invoke(
        app, ["review", "export", str(tmp_path / "study"), "-o", str(tmp_path / "out")]
    )
    assert done.exit_code == 0
    assert f"{tmp_path / 'sure'} is no longer there" in done.output


def test_what_was_settled_holds_when_raters_agree_afterwards(served: Served) -> None:
    store = served.store
    rate_everything(store)
    owner = store.people.read_all()[0]
    found = list_disagreements(store)[0]
    values = {opinion.value for opinion in found.opinions}
    settled = min(value for value in values if value is not None)
    adjudicate(store, owner, make_event(), found.item, found.criterion, Adjudication(value=settled))
    for task in store.read_tasks():
        if task.item == found.item:
            say(store, task, found.criterion, settled + 1)
    (kept,) = [d for d in list_disagreements(store) if d.settled]
    assert (kept.item, kept.criterion, kept.agreed, kept.spread) == (
        found.item,
        found.criterion,
        True,
        0,
    )
    consensus = find_consensus(list_scores(store, finished_only=True), read_settled(store))
    (holds,) = [
        score
        for score in consensus
        if (score.subject, score.criterion) == (found.item, found.criterion)
    ]
    assert holds.value == settled
    rows = [row for row in list_ratings(store) if row["settled"] is not None]
    assert {(row["item"], row["criterion"]) for row in rows} == {(found.item, found.criterion)}


def test_lists_say_what_was_left_out_and_why(served: Served) -> None:
    store = served.store
    task = store.read_tasks("rater-1")[1]
    answering.save_note(store, task, make_event(), "Hard to read.")
    answering.skip(store, task, make_event(), "distressing", "Too close to home.")
    rows = list_tasks(store)
    assert len(rows) == len(store.read_tasks())
    (row,) = [row for row in rows if row["task_state"] == "skipped"]
    assert (row["rater"], row["number_on_list"]) == ("rater-1", 2)
    assert (row["skip_reason"], row["skip_words"]) == ("distressing", "Too close to home.")
    assert row["note"] == "Hard to read."
