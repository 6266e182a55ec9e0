"""A rater's pages: the list, a dialogue, what is saved, skipping, training, breaks, pairs."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from review.making import (
    PASSPHRASE,
    Browser,
    Served,
    find_csrf,
    import_rows,
    make_event,
    make_row,
    make_study,
    serve_study,
)
from sqpsych.review import open_study
from sqpsych.review.events import EventLog
from sqpsych.review.progress import measure_work
from sqpsych.review.study import Task


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serve_study(tmp_path) as made:
        yield made


@pytest.fixture
def rater(served: Served) -> Browser:
    return served.join("rater-1")


def list_tasks(served: Served, name: str = "rater-1") -> list[Task]:
    return list(served.store.read_tasks(name))


def test_a_rater_rates_a_dialogue_from_the_link_to_the_store(
    served: Served, rater: Browser
) -> None:
    task = list_tasks(served)[0]
    assert f"/tasks/{task.id}" in rater.client.get("/tasks").text
    page = rater.client.get(f"/tasks/{task.id}").text
    assert "The client goes below the surface." in page
    assert "This page needs JavaScript." in page
    assert page.count('class="said" lang="en"') == page.count('class="said"') > 0
    saved = rater.rate(task.id, "warmth", 2, comment="kind", evidence=[2, 0])
    assert saved.status_code == 200
    (event,) = served.store.events.read_task_ratings(task.id)
    assert saved.json() == {"event": event.id, "number": event.number, "time": event.time}
    assert event.person == "rater-1"
    assert json.loads(event.body) == {
        "value": 2,
        "groundless": False,
        "comment": "kind",
        "evidence": [0, 2],
    }
    again = rater.client.get(f"/tasks/{task.id}").text
    assert 'name="v-warmth" value="2" checked' in again
    assert ">kind</textarea>" in again
    assert 'data-evidence="[0, 2]"' in again


def test_finishing_leads_on_and_asks_for_what_is_missing(served: Served, rater: Browser) -> None:
    first, second, *_ = list_tasks(served)
    rater.rate(first.id, "warmth", 1)
    unfinished = rater.post_form(f"/tasks/{first.id}/finish")
    assert unfinished.status_code == 303
    page = rater.client.get(unfinished.headers["location"])
    assert "1 criteria are still open" in page.text
    assert f"/languages/de?back=/tasks/{first.id}" in page.text
    assert served.store.find_state(first) == "started"
    rater.rate(first.id, "depth", None, groundless=True)
    finished = rater.post_form(f"/tasks/{first.id}/finish")
    assert finished.headers["location"] == f"/tasks/{second.id}"
    assert served.store.find_state(first) == "finished"


def test_a_finished_dialogue_can_be_changed_but_not_emptied(served: Served, rater: Browser) -> None:
    task = list_tasks(served)[0]
    rater.rate_all(task.id, 1, 1)
    assert rater.rate(task.id, "warmth", 2).status_code == 200
    assert rater.rate(task.id, "warmth", None).status_code == 409
    assert served.store.find_state(task) == "finished"


def test_the_last_dialogue_leads_to_thanks(served: Served, rater: Browser) -> None:
    for task in list_tasks(served):
        rater.rate_all(task.id, 1, 1)
    assert "You have been through everything" in rater.client.get("/tasks").text


def test_a_dialogue_is_left_out_with_a_reason_and_taken_up_again(
    served: Served, rater: Browser
) -> None:
    task = list_tasks(served)[0]
    assert rater.post_form(f"/tasks/{task.id}/skip", reason="nonsense").status_code == 422
    assert rater.post_form(f"/tasks/{task.id}/skip", reason="distressing").status_code == 303
    assert served.store.find_state(task) == "skipped"
    assert rater.rate(task.id, "warmth", 1).status_code == 409
    assert rater.post_form(f"/tasks/{task.id}/finish").status_code == 409
    assert rater.post_form(f"/tasks/{task.id}/return").status_code == 303
    assert rater.rate(task.id, "warmth", 1).status_code == 200
    assert rater.post_form(f"/tasks/{task.id}/return").status_code == 409


def test_a_form_sent_twice_does_not_undo_what_came_after(served: Served, rater: Browser) -> None:
    task, event = list_tasks(served)[0], make_event()
    rater.post_form(f"/tasks/{task.id}/skip", reason="other", event=event)
    rater.post_form(f"/tasks/{task.id}/return")
    rater.post_form(f"/tasks/{task.id}/skip", reason="other", event=event)
    assert served.store.find_state(task) == "open"


def test_a_change_that_was_saved_is_acknowledged_again_whatever_came_after(
    served: Served, rater: Browser
) -> None:
    task, saved, back = list_tasks(served)[0], make_event(), make_event()
    first = rater.rate(task.id, "warmth", 1, event=saved)
    rater.post_form(f"/tasks/{task.id}/skip", reason="other")
    assert rater.rate(task.id, "warmth", 1, event=saved).json() == first.json()
    assert rater.rate(task.id, "warmth", 2, event=saved).status_code == 409
    assert rater.rate(task.id, "warmth", 2).status_code == 409
    for _ in range(2):
        assert rater.post_form(f"/tasks/{task.id}/return", event=back).status_code == 303
    assert served.store.find_state(task) == "started"
    kinds = [event.kind for event in served.store.events.read_all()]
    assert kinds == ["rated", "skipped", "returned"]


def test_training_shows_the_reference_and_is_locked_then(tmp_path: Path) -> None:
    training = tmp_path / "training.jsonl"
    ratings = {
        "warmth": {"value": 2, "why": "It is warm <b>throughout</b>."},
        "depth": {"value": None},
    }
    turns = [{"speaker": "therapist", "text": "I am glad you came."}]
    training.write_text(json.dumps({"turns": turns, "ratings": ratings}))
    with serve_study(tmp_path, training=training) as served:
        rater = served.join("rater-1")
        practice, real, *_ = list_tasks(served)
        to_practice = rater.client.get(f"/tasks/{real.id}")
        assert to_practice.headers["location"] == f"/tasks/{practice.id}"
        assert rater.client.get(f"/tasks/{practice.id}/feedback").status_code == 404
        assert "It is warm" not in rater.client.get(f"/tasks/{practice.id}").text
        rater.rate(practice.id, "warmth", 0)
        rater.rate(practice.id, "depth", 1)
        finished = rater.post_form(f"/tasks/{practice.id}/finish")
        assert finished.headers["location"] == f"/tasks/{practice.id}/feedback"
        feedback = rater.client.get(f"/tasks/{practice.id}/feedback").text
        assert "It is warm &lt;b&gt;throughout&lt;/b&gt;." in feedback
        assert rater.rate(practice.id, "warmth", 2).status_code == 409
        assert rater.client.get(f"/tasks/{real.id}").status_code == 200


def test_a_dialogue_with_thoughts_of_death_says_so_first(tmp_path: Path) -> None:
    turns = [{"speaker": "therapist", "text": "How are you?", "phase": "talk"}]
    row = make_row("p1", "d1", "case", turns) | {"risk_flags": ["suicidality"]}
    import_rows(tmp_path, "sure", [row])
    with serve_study(tmp_path, "sure", per_corpus=1) as served:
        (item,) = served.store.read_items().values()
        if not item.sensitive:
            pytest.fail("the flag of the dialogue was lost on the way into the study")
        rater = served.join("rater-1")
        (task,) = list_tasks(served)
        warned = rater.client.get(f"/tasks/{task.id}").text
        assert "How are you?" not in warned
        assert "thoughts of death or suicide may come up" in warned
        assert "How are you?" in rater.client.get(f"/tasks/{task.id}?shown=true").text


def test_a_break_is_taken_and_ended(served: Served, rater: Browser) -> None:
    assert rater.post_form("/break/start").headers["location"] == "/break"
    assert "Everything is saved" in rater.client.get("/break").text
    assert rater.post_form("/break/end").headers["location"].startswith("/tasks/")
    kinds = [event.kind for event in served.store.events.read_all()]
    assert kinds == ["break_started", "break_ended"]


def test_work_is_counted_from_the_last_break(tmp_path: Path) -> None:
    make_study(tmp_path)
    now = datetime(2026, 1, 1, 9, tzinfo=UTC)

    def after(minutes: int) -> datetime:
        return now + timedelta(minutes=minutes)

    with open_study(tmp_path / "study") as store:
        log = EventLog(store.database, iter(map(after, (0, 5, 30, 38, 46, 54, 60))).__next__)
        for _ in range(7):
            log.append(make_event(), "rater-1", "noted")
        assert measure_work(store, "rater-1", lambda: after(65)) == timedelta(minutes=35)
        assert measure_work(store, "rater-1", lambda: after(90)) == timedelta()
        assert measure_work(store, "rater-2", lambda: after(65)) == timedelta()


def test_a_pair_is_chosen_by_its_place_and_kept_by_its_text(tmp_path: Path) -> None:
    with serve_study(tmp_path, per_corpus=4, rubric=None) as served:
        rater = served.join("rater-1")
        items = served.store.read_items()
        swapped = {task.swapped for task in list_tasks(served)}
        assert swapped == {True, False}
        for task in list_tasks(served):
            page = rater.client.get(f"/tasks/{task.id}").text
            first = [text.turns[2].text.split("'")[0] for text in items[task.item].texts]
            a, b = (page.index(words) for words in first)
            assert (a > b) is task.swapped
            url = f"/tasks/{task.id}/choice"
            assert rater.post_json(url, side="left", reason="").status_code == 200
            unfinished = rater.post_form(f"/tasks/{task.id}/finish")
            assert "say why" in rater.client.get(unfinished.headers["location"]).text
            assert rater.post_json(url, side="left", reason="Clearer.").status_code == 200
            assert rater.post_form(f"/tasks/{task.id}/finish").status_code == 303
            assert 'value="left" checked' in rater.client.get(f"/tasks/{task.id}").text
            assert rater.rate(task.id, "warmth", 1).status_code == 409
        choices = {
            event.task: json.loads(event.body) for event in served.store.events.read_choices()
        }
        for task in list_tasks(served):
            expected = {"winner": "b" if task.swapped else "a", "reason": "Clearer."}
            assert choices[task.id] == expected


def test_the_language_is_that_of_the_browser_until_another_is_chosen(served: Served) -> None:
    browser = served.browse()
    browser.headers["accept-language"] = "de-AT,de;q=0.9,en;q=0.5"
    assert "Passphrase verloren?" in browser.get("/sign-in").text
    browser.get("/languages/en?back=/sign-in")
    assert "Passphrase lost?" in browser.get("/sign-in").text


def test_names_and_passphrases_that_fit_let_in_again(served: Served) -> None:
    served.join("rater-1")
    browser = served.browse()
    data = {"csrf": find_csrf(browser.get("/sign-in").text), "name": " rater-1 "}
    wrong = browser.post("/sign-in", data=data | {"passphrase": "wrong passphrase"})
    assert wrong.status_code == 403
    assert "do not fit" in wrong.text
    right = browser.post("/sign-in", data=data | {"passphrase": PASSPHRASE})
    assert right.headers["location"] == "/tasks"
    assert browser.get("/tasks").status_code == 200
    assert browser.get("/sign-in").headers["location"] == "/tasks"


def test_two_entries_that_differ_leave_the_invitation_open(served: Served) -> None:
    token = served.created.invitations["rater-1"]
    browser = served.browse()
    csrf = find_csrf(browser.get(f"/invitations/{token}").text)
    for first, second, says in (
        (PASSPHRASE, PASSPHRASE + "x", "differ"),
        ("short", "short", "too easy"),
    ):
        form = {"csrf": csrf, "passphrase": first, "repeated": second}
        answer = browser.post(f"/invitations/{token}", data=form)
        assert answer.status_code == 422
        assert says in answer.text
    served.join("rater-1")
