"""Ten raters saving at once, against the real server: how long a rater waits for "saved".

    .venv/bin/python perf/rating.py

Each rater saves a rating as soon as the one before is acknowledged, which is far more than people
do. Writes perf-results/rating.json. The aim: 95 of 100 acknowledged within 100 ms, on 2 cores.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_hex

from results import make_results, write_result

from sqpsych.corpus import import_dialogues
from sqpsych.review import ReviewStore, StudySettings, create_study, open_study
from sqpsych.review.web.visitors import derive_csrf

PORT = 8791


def main() -> None:
    """Make a study, serve it, let raters save, and print how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raters", type=int, default=10)
    parser.add_argument("--ratings", type=int, default=100, help="Each rater's.")
    parser.add_argument("--pause", type=float, default=0.0, help="Seconds between two ratings.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study = make_study(Path(folder), options.raters)
        waits = measure(study, options.ratings, options.pause)
    waits.sort()
    figures = {
        "raters": options.raters,
        "ratings": len(waits),
        "pause_s": options.pause,
        "cores": os.cpu_count(),
        "median_ms": round(1000 * statistics.median(waits), 1),
        "p95_ms": round(1000 * waits[int(0.95 * len(waits))], 1),
        "longest_ms": round(1000 * waits[-1], 1),
    }
    print(json.dumps(figures, indent=2))
    write_result(make_results() / "rating.json", figures)


def make_study(folder: Path, raters: int) -> Path:
    """Make a study of ten dialogues of sixty lines."""
    rows = [
        {
            "dialogue_id": f"d{number}",
            "pseudonym": f"p{number}",
            "condition": None,
            "protocol": "made",
            "therapist_model": "none",
            "client_model": "none",
            "ending": "closed",
            "turns": [
                {
                    "speaker": "client" if place % 2 else "therapist",
                    "text": "A line of a dozen words or so, as people say them.",
                    "phase": "talk",
                }
                for place in range(60)
            ],
        }
        for number in range(10)
    ]
    file = folder / "corpus.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    import_dialogues(file, folder / "corpus")
    from sqpsych.assessment.judging import load_rubric

    settings = StudySettings(per_corpus=10, raters=raters, rubric=load_rubric("sqpsych36"))
    create_study([folder / "corpus"], folder / "study", settings)
    return folder / "study"


def measure(study: Path, ratings: int, pause_s: float) -> list[float]:
    """Serve a study, let its raters save at once; gives the seconds each saving took."""
    command = [str(Path(sys.executable).with_name("sqpsych")), "review", "serve", str(study)]
    server = subprocess.Popen([*command, "--port", str(PORT)], stdout=subprocess.DEVNULL)
    waits: list[float] = []
    try:
        wait_for_server()
        with open_study(study) as store:
            people = [person.name for person in store.people.read_all() if person.role == "rater"]
            raters = [sign_in(store, name) for name in people]
        with ThreadPoolExecutor(len(raters)) as pool:
            saving = [pool.submit(save_many, one, ratings, pause_s, waits) for one in raters]
        for one in saving:
            one.result()
    finally:
        server.kill()
        server.wait()
    return waits


def wait_for_server() -> None:
    """Wait until the server answers."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/sign-in"):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def sign_in(store: ReviewStore, name: str) -> tuple[str, list[str]]:
    """Sign a rater in; gives the session and the tasks."""
    return store.people.start_session(name), [task.id for task in store.read_tasks(name)]


def save_many(
    rater: tuple[str, list[str]], ratings: int, pause_s: float, waits: list[float]
) -> None:
    """Save one rating after the other."""
    session, tasks = rater
    connection = HTTPConnection("127.0.0.1", PORT)
    headers = {
        "Content-Type": "application/json",
        "Cookie": f"sqpsych={session}",
        "X-CSRF-Token": derive_csrf(session),
    }
    for number in range(ratings):
        body = {"event": token_hex(16), "criterion": "paraphrase", "value": number % 3}
        body["comment"] = "A remark of the usual length, as a rater may leave it. " * 3
        started = time.perf_counter()
        connection.request(
            "POST", f"/tasks/{tasks[number % len(tasks)]}/ratings", json.dumps(body), headers
        )
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"a rating was answered with {answer.status}")
        waits.append(time.perf_counter() - started)
        time.sleep(pause_s)
    connection.close()


if __name__ == "__main__":
    main()
