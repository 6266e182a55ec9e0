"""kill -9 while ratings are saved: whatever was acknowledged is there afterwards."""

import threading
import time
from pathlib import Path

import httpx2 as httpx

from review.making import Browser, make_event, make_study
from review.serving import find_port, start, stop
from sqpsych.review import open_study

ROUNDS = 3


def test_a_killed_server_loses_no_acknowledged_rating(tmp_path: Path) -> None:
    created = make_study(tmp_path, raters=2)
    port = find_port()
    acknowledged: dict[str, int] = {}
    browsers: list[Browser] = []
    with open_study(tmp_path / "study") as store:
        tasks = {name: store.read_tasks(name) for name in created.tasks}

    def save(browser: Browser, name: str) -> None:
        number = 0
        while True:
            event, task = make_event(), tasks[name][number % 4].id
            number += 1
            body = {"event": event, "criterion": "warmth", "value": number % 3}
            headers = {"x-csrf-token": browser.csrf}
            try:
                answer = browser.client.post(f"/tasks/{task}/ratings", json=body, headers=headers)
            except httpx.TransportError:
                return
            assert answer.status_code == 200
            acknowledged[event] = answer.json()["number"]

    for _ in range(ROUNDS):
        process = start(tmp_path / "study", port)
        try:
            if not browsers:
                clients = [httpx.Client(base_url=f"http://127.0.0.1:{port}") for _ in created.tasks]
                browsers = [
                    Browser(client, created.invitations[name])
                    for client, name in zip(clients, created.tasks, strict=True)
                ]
            before = len(acknowledged)
            threads = [
                threading.Thread(target=save, args=pair)
                for pair in zip(browsers, created.tasks, strict=True)
            ]
            for thread in threads:
                thread.start()
            while len(acknowledged) < before + 30:
                time.sleep(0.01)
        finally:
            stop(process)
        for thread in threads:
            thread.join()
    for browser in browsers:
        browser.client.close()
    with open_study(tmp_path / "study") as store:
        kept = {event.id: event.number for event in store.events.read_all()}
    assert len(acknowledged) >= 30 * ROUNDS
    assert acknowledged.items() <= kept.items()
