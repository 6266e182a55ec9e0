"""A rater's pages: the list, a dialogue, what is saved, skipping, training, breaks."""

from pathlib import Path

from review.making import serve_study


def test_a_rater_rates_a_dialogue_from_the_link_to_the_store(tmp_path: Path) -> None:
    with serve_study(tmp_path) as served:
        browser = served.join("rater-1")
        (task, *_) = served.store.read_tasks("rater-1")
        assert f"/tasks/{task.id}" in browser.client.get("/tasks").text
        page = browser.client.get(f"/tasks/{task.id}").text
        assert "Therapist" in page
        assert "The client goes below the surface." in page
        saved = browser.rate(task.id, "warmth", 2, comment="kind", evidence=[2, 0])
        assert saved.status_code == 200
        (event,) = served.store.events.read_task_ratings(task.id)
        assert event.id == saved.json()["event"]
        assert event.person == "rater-1"
        assert '"evidence":[0,2]' in event.body
